import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { errorCode } from './error-code.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { locateBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import {
  ensureCluster,
  leaveSocketDir,
  type PostgresHome,
  prepareHome,
  storageRefusal,
} from './postgres-home.ts';
import { stopLeftovers } from './postgres-leftovers.ts';
import { launchPostgres, type PostgresExit, type PostgresProcess } from './postgres-process.ts';
import { exitCodes, StartRefusal } from './start-refusal.ts';

export interface EmbeddedPostgresOptions {
  /** Folder that belongs to this database alone; made when missing. */
  readonly dataDir: string;
  /** Receives PostgreSQL's own log and the supervisor's sentences, a line at a time. */
  readonly log: (line: string) => void;
  /** PostgreSQL settings that replace the defaults of postgres-process.ts. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  /** Connection string of the superuser over the private unix socket; stays the same across restarts. */
  adminUrl(database?: string): string;
  /** The postmaster's process number; changes when the supervisor had to restart it. */
  readonly pid: number;
  readonly dataDir: string;
  /** Fast shutdown: open transactions are rolled back, everything committed is kept. */
  stop(): Promise<void>;
  /** Told when PostgreSQL is gone for good: it ended without being asked to and could not be restarted. */
  onExit(listener: (exit: PostgresExit) => void): void;
}

/** A crash now and then is healed by a restart; as many as this within the window is a cause that stays. */
const restartLimit = 10;
const restartWindowMs = 60_000;

/**
 * Starts the PostgreSQL that came with npm on a folder, creating the cluster the first time, and keeps it
 * running: when it dies it is restarted on the same socket, so that pools only have to reconnect.
 * When this process ends in whatever way, PostgreSQL is shut down.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir);
  const home = prepareHome(dataDir, options.log);
  const lock = await takeLock(home, dataDir);
  try {
    const binaries = locateBinaries(home.runAs, home.copyRoot, options.log);
    ensureCluster(home, binaries, options.log);
    const launch = () => relaunch(home, binaries, options);
    return supervise({ dataDir, home, lock, launch, log: options.log, running: await launch() });
  } catch (cause) {
    await lock.release();
    throw cause;
  }
}

async function takeLock(home: PostgresHome, dataDir: string): Promise<FolderLock> {
  let lock: FolderLock | null;
  try {
    lock = await lockFolder(home.socketDir);
  } catch (cause) {
    throw storageRefusal(home.socketDir, errorCode(cause), cause);
  }
  if (lock !== null) return lock;
  throw new StartRefusal(
    `Another Millrace is already running on the data folder ${dataDir}; stop it first, or choose another folder with MILLRACE_DATA_DIR.`,
    exitCodes.unavailable,
  );
}

async function relaunch(
  home: PostgresHome,
  binaries: PostgresBinaries,
  { settings, log }: EmbeddedPostgresOptions,
): Promise<PostgresProcess> {
  if (!(await stopLeftovers(home.clusterName, home.clusterDir, log))) {
    throw storageRefusal(home.clusterDir, 'a PostgreSQL left behind by an earlier run cannot be stopped');
  }
  // Nothing of the cluster runs any more, so what a kill left of its socket is only in the way.
  for (const name of ['.s.PGSQL.5432', '.s.PGSQL.5432.lock'])
    rmSync(join(home.socketDir, name), { force: true });
  return launchPostgres(home, binaries, settings ?? {}, log);
}

interface Supervision {
  readonly dataDir: string;
  readonly home: PostgresHome;
  readonly lock: FolderLock;
  readonly launch: () => Promise<PostgresProcess>;
  readonly log: (line: string) => void;
  running: PostgresProcess;
}

function supervise(supervision: Supervision): EmbeddedPostgres {
  const { dataDir, home, lock, launch, log } = supervision;
  const listeners: ((exit: PostgresExit) => void)[] = [];
  const restarts: number[] = [];
  let stopping: Promise<void> | null = null;
  let restarting: Promise<unknown> = Promise.resolve();

  const heal = async (exit: PostgresExit): Promise<void> => {
    const now = performance.now();
    restarts.push(now);
    const recent = restarts.filter((at) => at > now - restartWindowMs).length;
    log(`PostgreSQL ended unexpectedly (${exit.signal ?? `exit code ${exit.code}`}).`);
    try {
      if (recent > restartLimit)
        throw storageRefusal(home.clusterDir, `PostgreSQL ended ${recent} times in a minute`);
      supervision.running = await launch();
      log('PostgreSQL is running again.');
      guard();
    } catch (cause) {
      log(`PostgreSQL could not be restarted: ${errorCode(cause)}`);
      await lock.release();
      for (const listener of listeners) listener(exit);
    }
  };
  const guard = (): void => {
    supervision.running.exited.then((exit) => {
      if (stopping === null) restarting = heal(exit);
    });
  };
  const shutDown = async (): Promise<void> => {
    await restarting;
    await supervision.running.stop();
    await lock.release();
    leaveSocketDir(home);
  };

  guard();
  return {
    dataDir,
    get pid() {
      return supervision.running.pid;
    },
    // The host parameter wins over the authority, which is there because URL parsers insist on one.
    adminUrl: (database = 'postgres') =>
      `postgresql://millrace_admin@localhost/${encodeURIComponent(database)}?host=${encodeURIComponent(home.socketDir)}`,
    stop: () => {
      stopping ??= shutDown();
      return stopping;
    },
    onExit: (listener) => {
      listeners.push(listener);
    },
  };
}
