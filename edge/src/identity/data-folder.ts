import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/** Only the agent's own user reads what lies there: the token is in it. */
const FOLDER_MODE = 0o700;
const SECRET_MODE = 0o600;

/** A person must give the agent another folder, or rights in this one. */
export class NoDataFolder extends Error {
  override readonly name = 'NoDataFolder';

  constructor(folder: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(
      `the data folder ${folder} cannot be used (${why}); ${adviceFor(cause)}choose another with --data`,
      {
        cause,
      },
    );
  }
}

/** Whoever started the agent once with `sudo` left files that its own user may not read. */
function adviceFor(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'make room there, or ';
  const isForbidden = code === 'EACCES' || code === 'EPERM';
  return isForbidden ? 'give it and all that is in it to the user that the agent runs as, or ' : '';
}

/**
 * Makes the folder where the agent keeps everything it must not forget; throws `NoDataFolder`. Level by level, because Node's
 * recursive mkdir tries for ever below /proc, which says that a folder is missing and lets nobody make it.
 */
export function makeDataFolder(folder: string): void {
  const missing: string[] = [];
  for (let path = resolve(folder); !existsSync(path); path = dirname(path)) missing.unshift(path);
  try {
    for (const path of missing) mkdirSync(path, { mode: FOLDER_MODE });
    if (!statSync(folder).isDirectory()) throw new TypeError('it is no folder');
  } catch (cause) {
    throw new NoDataFolder(folder, cause);
  }
}

/** Takes away what a power cut in the middle of `replaceFile` left. For who has the folder to himself. */
export function tidyDataFolder(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (/\.[0-9a-f]{8}\.new$/.test(name)) rmSync(join(folder, name));
  }
}

/**
 * After it returns the file holds the whole new text, whatever power does; before, the whole old one. Written beside,
 * forced to the disk, renamed, and the folder's entry forced too. [POSIX rename]
 */
export function replaceFile(path: string, text: string): void {
  const beside = `${path}.${randomBytes(4).toString('hex')}.new`;
  const file = openSync(beside, 'wx', SECRET_MODE);
  try {
    try {
      // All of it or a fault: a disk that becomes full amid a single write takes a part and says nothing.
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
  } catch (cause) {
    // A full disk is tried again for days, and each attempt would leave one.
    rmSync(beside, { force: true });
    throw cause;
  }
  syncFolder(dirname(path));
}

/** Makes a new, removed or renamed entry of the folder durable. Windows has no such call and needs none. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const entry = openSync(folder, 'r');
  try {
    fsyncSync(entry);
  } finally {
    closeSync(entry);
  }
}

/** The file's text, or undefined when there is none; a file beyond the bound is not read. */
export async function readSmallFile(path: string, bytesMax: number): Promise<string | undefined> {
  try {
    const { size } = statSync(path);
    if (size > bytesMax)
      throw new RangeError(`${path} has ${size} bytes; more than ${bytesMax} are not read`);
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw cause;
  }
}

/** Takes reading and writing away from everybody but the owner. True when somebody else could read it before. */
export function makePrivate(path: string): boolean {
  if (process.platform === 'win32') return false;
  const open = (statSync(path).mode & 0o077) !== 0;
  if (open) chmodSync(path, SECRET_MODE);
  return open;
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}
