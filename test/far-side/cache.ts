import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Inside node_modules, so that it is ignored by git and goes when the dependencies go. */
export const CACHE = fileURLToPath(new URL('../../node_modules/.cache/far-side/', import.meta.url));
/** Longer than any making takes: whoever waits for another test file waits for the whole of it. */
const LOCK_TIMEOUT_MS = 240_000;
const LOCK_POLL_MS = 50;
/** A lock without an owner belongs to a process that was ended between two steps. */
const LOCK_OWNERLESS_MS = 5_000;
/** Without network every test file would wait for the same time-outs; one failure speaks for so long. */
const FAILURE_STANDS_MS = 300_000;
/** What a program prints goes into the reason of a skip; more than that nobody reads. */
const REASON_CHARACTERS = 300;

/** Something from outside is not to be had here; the message says why. */
export class Unobtainable extends Error {
  override readonly name = 'Unobtainable';
}

/** The folder of this name in the cache; made once, also when several test files want it at the same time. */
export async function cached(name: string, make: (work: string) => Promise<void>): Promise<string> {
  const folder = join(CACHE, name);
  await mkdir(CACHE, { recursive: true });
  if (!(await exists(folder))) await underLock(`${folder}.lock`, () => makeOnce(folder, make));
  return folder;
}

/** Where it cannot be had, a test is skipped with the reason. */
export async function orMissing<T>(wanted: () => Promise<T>): Promise<T | { missing: string }> {
  try {
    return await wanted();
  } catch (fault) {
    if (fault instanceof Unobtainable) return { missing: fault.message };
    throw fault;
  }
}

async function makeOnce(folder: string, make: (work: string) => Promise<void>): Promise<void> {
  if (await exists(folder)) return;
  const note = `${folder}.missing`;
  const failed = await stat(note).catch(() => undefined);
  if (failed && Date.now() - failed.mtimeMs < FAILURE_STANDS_MS)
    throw new Unobtainable(await readFile(note, 'utf8'));
  const work = `${folder}.${randomUUID()}`;
  await mkdir(work, { recursive: true });
  try {
    await make(work);
    await rename(work, folder);
  } catch (fault) {
    if (fault instanceof Unobtainable) await writeFile(note, fault.message);
    throw fault;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** A folder is made atomically; one left by a process that has died is taken over. */
async function underLock(lock: string, work: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + LOCK_TIMEOUT_MS;
  while (!(await mkdir(lock).then(() => true, alreadyThere))) {
    const [owner] = await readdir(lock).catch(() => []);
    const age = Date.now() - ((await stat(lock).catch(() => undefined))?.mtimeMs ?? Date.now());
    if (owner === undefined ? age > LOCK_OWNERLESS_MS : !isAlive(Number(owner)))
      await rm(lock, { recursive: true, force: true });
    else if (Date.now() > deadline) throw new Unobtainable(`${lock} is held by process ${owner}`);
    else await pause(LOCK_POLL_MS);
  }
  try {
    await writeFile(join(lock, String(process.pid)), '');
    await work();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

function alreadyThere(fault: NodeJS.ErrnoException): boolean {
  if (fault.code === 'EEXIST') return false;
  throw fault;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (fault) {
    return (fault as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Resolves when the program has ended well. */
export function run(program: string, args: readonly string[], timeoutMs: number, cwd = CACHE): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(
      program,
      args,
      { cwd, timeout: timeoutMs, env: { ...process.env, LC_ALL: 'C' } },
      (fault, _out, err) => {
        if (!fault) return resolve();
        const said = (err.trim() || fault.message).slice(-REASON_CHARACTERS).replaceAll(/\s+/g, ' ');
        reject(new Unobtainable(`${program} ${args.at(-1) ?? ''}: ${said}`, { cause: fault }));
      },
    );
  });
}
