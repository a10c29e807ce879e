import type { OpenFarSide, Reading } from './far-side.ts';
import { documentMapping } from './http-poll.ts';
import { freePort } from './listen.ts';

const PATH = '/machines';
/** Sent again although nothing changed, for a gateway that has just started; also how often at most. */
const AGAIN_MS = 2_000;
const PAUSE_MS = 200;
const TIMEOUT_MS = 2_000;

/** Machines that send their readings to the gateway by themselves. */
export const openWebhook: OpenFarSide = async (_machines, folder, before) => {
  // Where the gateway listens; one that runs has the port already.
  const port = Number(before?.settings.port ?? (await freePort(folder)));
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
