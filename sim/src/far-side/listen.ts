import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';

const LOOPBACK = '127.0.0.1';
/** Beside what else a controller keeps. */
const PORT_FILE = 'port';

/** Listens on loopback; the system gives the port. */
export const listenLocally = (server: Server): Promise<number> => listenAt(server, 0);

/**
 * Listens where it listened the last time, as `folder` remembers: a gateway finds a controller that was off at its old
 * address. The first time, and when somebody else has the port by now, the system gives another.
 */
export async function listenAgain(server: Server, folder: string): Promise<number> {
  const file = join(folder, PORT_FILE);
  const port = await listenAt(server, portIn(file)).catch((fault: NodeJS.ErrnoException) => {
    if (fault.code === 'EADDRINUSE') return listenLocally(server);
    throw fault;
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, String(port));
  return port;
}

/** For who listens by himself later: a port that is free at this moment, with a folder the one of the last time. */
export async function freePort(folder?: string): Promise<number> {
  const server = createServer();
  const port = await (folder === undefined ? listenLocally(server) : listenAgain(server, folder));
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

async function listenAt(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, LOOPBACK, resolve);
  await promise.finally(() => server.off('error', reject));
  return (server.address() as AddressInfo).port;
}

/** 0, which lets the system choose, when there is none. */
function portIn(file: string): number {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return 0;
  }
  return /^\d{4,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : 0;
}
