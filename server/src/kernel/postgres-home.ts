import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode } from './error-code.ts';
import type { PostgresBinaries, RunAs } from './postgres-binaries.ts';
import { exitCodes, StartRefusal } from './start-refusal.ts';

/** PostgreSQL refuses root. 65534 is `nobody` everywhere, and initdb wants an identity with a passwd entry. */
const nobody: RunAs = { uid: 65_534, gid: 65_534 };
/** Where a root-run server keeps what `nobody` must reach when the data folder lies under a closed one. */
const systemRoot = '/var/lib/millrace';
/** The kernel allows 104 (macOS) to 108 bytes for a socket's path; its name takes 15 of them. */
const socketDirLimit = 88;

/** Where one cluster lives and as whom it runs. */
export interface PostgresHome {
  readonly clusterDir: string;
  /** Private folder (0700) of the sockets; short enough for the kernel. */
  readonly socketDir: string;
  readonly runAs: RunAs | null;
  /** Where binaries are copied to when those of node_modules cannot be used. */
  readonly copyRoot: string;
  /** Shown in the title of every process of the cluster; derived from the folder, so it survives restarts. */
  readonly clusterName: string;
}

/** Decides the place and makes the folders; creates no cluster yet. */
export function prepareHome(dataDir: string, log: (line: string) => void): PostgresHome {
  try {
    makeFolder(dataDir);
    const asRoot = process.getuid?.() === 0;
    const base = asRoot ? reachableBase(realpathSync(dataDir), log) : pointedBase(realpathSync(dataDir));
    const clusterDir = join(base, 'cluster');
    const runAs = asRoot ? ownerOf(clusterDir) : null;
    checkOwner(clusterDir, runAs);
    const key = createHash('sha256').update(base).digest('hex').slice(0, 12);
    return {
      clusterDir,
      socketDir: makeSocketDir(base, key, runAs),
      runAs,
      copyRoot: asRoot ? systemRoot : base,
      clusterName: `millrace-${key}`,
    };
  } catch (cause) {
    if (cause instanceof StartRefusal) throw cause;
    throw storageRefusal(dataDir, errorCode(cause), cause);
  }
}

/** Creates the cluster when there is none; refuses one of another major version. */
export function ensureCluster(
  home: PostgresHome,
  binaries: PostgresBinaries,
  log: (line: string) => void,
): void {
  if (existsSync(home.clusterDir)) {
    checkVersion(home, binaries);
    return;
  }
  // Made beside and renamed when whole, so that a start interrupted here leaves no half cluster.
  const unfinished = `${home.clusterDir}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  if (home.runAs !== null) chownSync(unfinished, home.runAs.uid, home.runAs.gid);
  log(`Creating the database in ${home.clusterDir}.`);
  const made = spawnSync(binaries.initdb, [...initdbArguments, unfinished], {
    ...home.runAs,
    cwd: '/',
    env: postgresEnvironment,
    encoding: 'utf8',
  });
  if (made.status !== 0) {
    rmSync(unfinished, { recursive: true, force: true });
    const said = lastLine(made.stderr);
    throw storageRefusal(
      home.clusterDir,
      said === '' ? (made.error?.message ?? 'initdb failed') : said,
      made.error,
    );
  }
  renameSync(unfinished, home.clusterDir);
}

/** The folder cannot be used; the usual causes in the operator's words, any other in PostgreSQL's. */
export function storageRefusal(folder: string, said: string, cause?: unknown): StartRefusal {
  const sentence = /ENOSPC|EDQUOT|No space left|Disk quota/.test(said)
    ? `The disk that holds ${folder} is full; free some space and start again.`
    : /EACCES|EROFS|EPERM|Read-only|Permission denied/.test(said)
      ? `The data folder ${folder} cannot be written by this user; change its permissions or choose another with MILLRACE_DATA_DIR.`
      : `The embedded PostgreSQL cannot use ${folder}: ${said}.`;
  return new StartRefusal(sentence, exitCodes.storage, { cause });
}

/** Nothing of the caller's environment reaches PostgreSQL: PG* variables and locales would change its behaviour. */
export const postgresEnvironment: NodeJS.ProcessEnv = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/**
 * Trust over a socket in a folder of mode 0700: whoever can enter that folder owns the cluster's files
 * already, so a password would guard nothing and would be one more secret on the disk.
 */
const initdbArguments = [
  '--username=millrace_admin',
  '--auth-local=trust',
  '--auth-host=reject',
  '--encoding=UTF8',
  '--no-locale',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--data-checksums',
  '--no-instructions',
  '-D',
];

/** Level by level: the recursive mkdir of Node reports a read-only disk as "no such file". */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
}

function checkOwner(clusterDir: string, runAs: RunAs | null): void {
  if (!existsSync(clusterDir)) return;
  const owner = statSync(clusterDir).uid;
  if (owner === (runAs?.uid ?? process.getuid?.())) return;
  throw new StartRefusal(
    `The database in ${clusterDir} belongs to the system user number ${owner}; start Millrace as that user or as root.`,
    exitCodes.configuration,
  );
}

function checkVersion({ clusterDir }: PostgresHome, { major }: PostgresBinaries): void {
  const written = readFileSync(join(clusterDir, 'PG_VERSION'), 'utf8').trim();
  if (written !== major) {
    throw new StartRefusal(
      `The database in ${clusterDir} was written by PostgreSQL ${written} and this Millrace brings ${major}; start it with the Millrace that wrote it and export from there.`,
      exitCodes.configuration,
    );
  }
}

/** Who owns an existing cluster keeps it: an ordinary user's data folder must survive one start as root. */
function ownerOf(clusterDir: string): RunAs {
  if (!existsSync(clusterDir)) return nobody;
  const { uid, gid } = statSync(clusterDir);
  return uid === 0 ? nobody : { uid, gid };
}

/** As root: the data folder itself when `nobody` can work in it, else a folder under /var/lib that it points to. */
function reachableBase(dataDir: string, log: (line: string) => void): string {
  const pointed = pointedBase(dataDir);
  if (pointed !== dataDir || existsSync(join(dataDir, 'cluster')) || isReachable(dataDir)) return pointed;
  const key = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  const base = join(systemRoot, key);
  mkdirSync(base, { recursive: true, mode: 0o755 });
  writeFileSync(join(dataDir, pointerName), `${base}\n`);
  log(
    `The database is kept in ${base}, because PostgreSQL must not run as root and ${dataDir} is closed to others.`,
  );
  return base;
}

const pointerName = 'location';

function pointedBase(dataDir: string): string {
  const pointer = join(dataDir, pointerName);
  if (!existsSync(pointer)) return dataDir;
  const base = readFileSync(pointer, 'utf8').trim();
  if (existsSync(base)) return base;
  throw new StartRefusal(
    `${pointer} says that the database is kept in ${base}, which does not exist; restore that folder, or delete ${pointer} to begin with an empty database.`,
    exitCodes.configuration,
  );
}

/** Asked of the system itself, as the identity in question: modes, access lists and mounts all have a say. */
function isReachable(folder: string): boolean {
  return (
    spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { ...nobody, cwd: '/', stdio: 'ignore' }).status ===
    0
  );
}

/**
 * Beside the cluster, or under /tmp when that path is too long for a socket: always /tmp, never TMPDIR,
 * because two starts must find each other's lock.
 */
function makeSocketDir(base: string, key: string, runAs: RunAs | null): string {
  const beside = join(base, 'run');
  const uid = runAs?.uid ?? process.getuid?.() ?? 0;
  const socketDir =
    Buffer.byteLength(beside) <= socketDirLimit ? beside : join('/tmp', `millrace-${uid}-${key}`);
  if (!existsSync(socketDir)) {
    mkdirSync(socketDir, { mode: 0o700 });
    if (runAs !== null) chownSync(socketDir, runAs.uid, runAs.gid);
  }
  const found = lstatSync(socketDir);
  if (found.uid !== uid || (found.mode & 0o077) !== 0) {
    throw new StartRefusal(
      `The folder ${socketDir} must belong to user number ${uid} alone (mode 700), and does not; remove it and start again.`,
      exitCodes.configuration,
    );
  }
  return socketDir;
}

/** Tidies /tmp after a stop; inside the data folder the empty directory may stay. */
export function leaveSocketDir({ socketDir }: PostgresHome): void {
  if (!socketDir.startsWith('/tmp/')) return;
  try {
    rmdirSync(socketDir);
  } catch (cause) {
    // The next server has moved in already.
    if (!['ENOTEMPTY', 'ENOENT'].includes(errorCode(cause))) throw cause;
  }
}

function lastLine(text: string | null): string {
  const lines = (text ?? '').trim().split('\n');
  return (lines.find((line) => /error|FATAL/.test(line)) ?? lines.at(-1) ?? '').replace(
    /^initdb: error: /,
    '',
  );
}
