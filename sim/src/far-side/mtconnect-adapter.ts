import { createServer } from 'node:net';
import { connectionsOf, cutOff } from './connections.ts';
import type { OpenFarSide, Reading } from './far-side.ts';
import { listenAgain } from './listen.ts';
import { alarmOf, mtconnectMapping, wordsOf } from './mtconnect-words.ts';

const HEARTBEAT_MS = 10_000;
/** A reader that does not read is let go rather than written to without end. */
const UNREAD_BYTES_MAX = 1_048_576;

/** One adapter for a line: SHDR, what changed and at the beginning everything. [MTConnect adapter protocol, SHDR v1.7] */
export const openMtconnectAdapter: OpenFarSide = async (_machines, folder) => {
  const shown = new Map<string, string>();
  const server = createServer((socket) => {
    socket.on('data', (bytes) => {
      if (bytes.toString('latin1').includes('* PING')) socket.write(`* PONG ${HEARTBEAT_MS}\n`);
    });
    socket.write(linesAt(shown));
  });
  const sockets = connectionsOf(server);
  const port = await listenAgain(server, folder);
  return {
    connection: { code: 'adapter', driver: 'mtconnect-adapter', settings: { host: '127.0.0.1', port } },
    mapping: (machine) => mtconnectMapping('adapter', (key) => `${machine}:${key}`),
    show: (machine, reading) => {
      const changed = new Map(
        [...itemsOf(machine, reading)].filter(([key, text]) => shown.get(key) !== text),
      );
      for (const [key, text] of changed) shown.set(key, text);
      if (changed.size === 0) return;
      const lines = linesAt(changed);
      for (const socket of sockets) {
        if (socket.writableLength > UNREAD_BYTES_MAX) socket.destroy();
        else socket.write(lines);
      }
    },
    close: async () => cutOff(server, sockets),
  };
};

/** What follows the time in the line of a key. */
function itemsOf(machine: string, reading: Reading): ReadonlyMap<string, string> {
  const [level, code, words] = alarmOf(reading);
  return new Map([
    ...Object.entries(wordsOf(reading)).map(([key, text]) => [`${machine}:${key}`, text] as const),
    [`${machine}:system`, `${level}|${code}|||${words}`],
  ]);
}

function linesAt(items: ReadonlyMap<string, string>): string {
  const at = new Date().toISOString();
  return [...items].map(([key, text]) => `${at}|${key}|${text}\n`).join('');
}
