import { randomBytes } from 'node:crypto';
import { link, open, rename, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { systemCode } from './disk.ts';
import { type AnswerOwner, askOwnerAt, serveOwnerLine } from './owner-line.ts';

/** Another agent works on the folder: two writers would destroy each other's log. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse';
}

export interface FolderLock {
  /** Who connects is answered from now on; undefined = is not any more. */
  serve(answer: AnswerOwner | undefined): void;
  release(): Promise<void>;
}

/** A person with a few windows. */
const ASKING_MAX = 8;
/** `sockaddr_un.sun_path` has 108 bytes with its zero. [unix(7)] */
const SOCKET_PATH_BYTES_MAX = 107;

/**
 * A listening unix socket: the kernel drops it with the process however that dies, so it is never stale the way a file with a
 * process number is. Rejects with `FolderInUse`.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const name = 'lock';
  const { path, close } = await shortPath(folder, name);
  try {
    const server = (await listen(join(path, name))) ?? (await takeOver(path, name, folder));
    let answer: AnswerOwner | undefined;
    const open = new Set<Socket>();
    server.on('connection', (socket) => {
      // Whoever only looks whether somebody is here has seen it.
      if (answer === undefined || open.size >= ASKING_MAX) return void socket.destroy();
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      return serveOwnerLine(socket, answer);
    });
    return {
      serve: (next) => {
        answer = next;
      },
      release: async () => {
        const closed = new Promise<void>((done) => server.close(() => done()));
        for (const socket of open) socket.destroySoon();
        await closed;
        // Only now: closing removes the socket by the name it was made with.
        await close();
      },
    };
  } catch (cause) {
    await close();
    throw cause;
  }
}

/** What the agent that runs on the folder answers; undefined when none runs there. Rejects with `NoOwnerAnswer`. */
export async function askOwner(folder: string, question: unknown): Promise<unknown> {
  const name = 'lock';
  const { path, close } = await shortPath(folder, name);
  try {
    return await askOwnerAt(join(path, name), question);
  } finally {
    await close();
  }
}

async function takeOver(path: string, name: string, folder: string): Promise<Server> {
  await moveDeadAside(path, name, folder);
  const server = await listen(join(path, name));
  if (server === undefined) throw inUse(folder);
  return server;
}

const inUse = (folder: string): FolderInUse =>
  new FolderInUse(
    `another agent is running on ${folder}; stop it first, or give this one a folder of its own`,
  );

/** A socket's name may be 107 bytes long; a deeper folder is reached through the process's own open handle. [proc(5)] */
async function shortPath(folder: string, name: string): Promise<{ path: string; close(): Promise<void> }> {
  const long = Buffer.byteLength(join(folder, `${name}.00000000`)) > SOCKET_PATH_BYTES_MAX;
  if (!long || process.platform !== 'linux') return { path: folder, close: async () => undefined };
  const handle = await open(folder, 'r');
  return { path: `/proc/self/fd/${handle.fd}`, close: () => handle.close() };
}

/** Someone's socket is there. Asked where it stands; a dead one is moved first, so that of two starters one removes it. */
async function moveDeadAside(path: string, name: string, folder: string): Promise<void> {
  if (await answers(join(path, name))) throw inUse(folder);
  const aside = join(path, `${name}.${randomBytes(4).toString('hex')}`);
  try {
    await rename(join(path, name), aside);
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return;
    throw cause;
  }
  const alive = await answers(aside);
  // The other starter was quicker, and this is its lock: it gets it back.
  if (alive) await link(aside, join(path, name));
  await rm(aside, { force: true });
  if (alive) throw inUse(folder);
}

function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (cause) => {
      if (systemCode(cause) === 'EADDRINUSE') resolve(undefined);
      else reject(cause);
    });
    server.listen(path, () => {
      // The lock alone must not keep a finished process alive.
      server.unref();
      resolve(server);
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
