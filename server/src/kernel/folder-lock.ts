import { renameSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { errorCode } from './error-code.ts';

export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Takes a folder for this process, or returns null when another live process holds it. The lock is a
 * listening unix socket: the kernel drops it with the process however that dies, so it is never stale the
 * way a file with a process number is (numbers are used again, and mean nothing in another container).
 */
export async function lockFolder(folder: string): Promise<FolderLock | null> {
  const path = join(folder, 'lock');
  const taken = await listen(path);
  if (taken !== null) return taken;
  // Someone's socket is there. Move it aside before asking whether it is alive, so that of two starters
  // only one can take away a dead one.
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return null;
    throw cause;
  }
  if (await answers(aside)) {
    renameSync(aside, path);
    return null;
  }
  rmSync(aside, { force: true });
  return listen(path);
}

function listen(path: string): Promise<FolderLock | null> {
  return new Promise((resolve, reject) => {
    const server: Server = createServer((socket) => socket.destroy());
    server.once('error', (cause) => {
      if (errorCode(cause) === 'EADDRINUSE') resolve(null);
      else reject(cause);
    });
    server.listen(path, () => {
      // The lock alone must not keep a finished process alive.
      server.unref();
      resolve({ release: () => new Promise((done) => server.close(() => done())) });
    });
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
