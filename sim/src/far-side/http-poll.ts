import { createServer } from 'node:http';
import { type MachineMapping, type OpenFarSide, POLL_MS, type Reading, STATE_BY_WORD } from './far-side.ts';
import { listenAgain } from './listen.ts';

/** A web page of a line controller: one JSON document with all its machines. */
export const openHttpPoll: OpenFarSide = async (_machines, folder) => {
  const shown = new Map<string, Reading>();
  const server = createServer((request, response) => {
    if (request.url !== '/machines.json') response.writeHead(404).end();
    else
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(Object.fromEntries(shown)));
  });
  const port = await listenAgain(server, folder);
  return {
    connection: {
      code: 'line-page',
      driver: 'http-poll',
      settings: { url: `http://127.0.0.1:${port}/machines.json`, format: 'json', pollMs: POLL_MS },
    },
    mapping: (machine) => documentMapping('line-page', machine),
    show: (machine, reading) => void shown.set(machine, reading),
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

/** A machine in a document `{machine: reading}`. */
export function documentMapping(connection: string, machine: string): MachineMapping {
  const tag = (name: string, key: keyof Reading) => ({ name, connection, address: `/${machine}/${key}` });
  return {
    tags: [tag('pieces', 'pieces'), tag('state', 'state'), { ...tag('energy', 'energyWh'), unit: 'W.h' }],
    count: { from: 'counter', tag: 'pieces' },
    state: STATE_BY_WORD,
    energy: { tag: 'energy', kind: 'meter' },
  };
}
