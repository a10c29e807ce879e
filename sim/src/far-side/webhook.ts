import { createServer } from 'node:net';
import type { OpenFarSide, Reading } from './far-side.ts';
import { documentMapping } from './http-poll.ts';
import { listenLocally } from './listen.ts';

const PATH = '/machines';
/** Sent again although nothing changed, for a gateway that has just started; also how often at most. */
const AGAIN_MS = 2_000;
const PAUSE_MS = 200;
const TIMEOUT_MS = 2_000;

/** Machines that send their readings to the gateway by themselves. */
export const openWebhook: OpenFarSide = async () => {
  const port = await portOfTheGateway();
  const shown = new Map<string, Reading>();
  const closing = new AbortController();
  let sent = '';
  let sentAt = 0;
  const send = async (): Promise<void> => {
    const body = JSON.stringify(Object.fromEntries(shown));
    if (shown.size === 0 || (body === sent && Date.now() - sentAt < AGAIN_MS)) return;
    const response = await fetch(`http://127.0.0.1:${port}${PATH}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.any([closing.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    }).catch(() => undefined); // the gateway is not there yet; the next turn sends what holds then
    await response?.body?.cancel();
    if (response?.ok) [sent, sentAt] = [body, Date.now()];
  };
  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await send();
      await new Promise((resume) => setTimeout(resume, PAUSE_MS));
    }
  };
  const running = run();
  return {
    connection: {
      code: 'line-hook',
      driver: 'webhook',
      settings: { host: '127.0.0.1', port, path: PATH, format: 'json' },
    },
    mapping: (machine) => documentMapping('line-hook', machine),
    show: (machine, reading) => void shown.set(machine, reading),
    close: async () => {
      closing.abort();
      await running;
    },
  };
};

/** The gateway listens; its configuration must name a port, so that one is asked for that was free a moment ago. */
async function portOfTheGateway(): Promise<number> {
  const server = createServer();
  const port = await listenLocally(server);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
