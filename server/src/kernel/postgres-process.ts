import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { type PostgresHome, postgresEnvironment, storageRefusal } from './postgres-home.ts';

/** A fast shutdown normally takes well under a second; beyond this a disk hangs and waiting longer does not help. */
const fastShutdownMs = 10_000;
/** In an immediate shutdown the postmaster itself kills its children after 5 s. */
const immediateShutdownMs = 7_000;
/** After a kill the kernel needs a moment to detach the old shared memory, during which a start is refused. */
const launchAttempts = 30;
const launchPauseMs = 100;
const readyPollMs = 10;

export interface PostgresExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface PostgresProcess {
  readonly pid: number;
  /** Settles when the process has ended, however. */
  readonly exited: Promise<PostgresExit>;
  stop(): Promise<void>;
}

/** Starts PostgreSQL on an existing cluster and resolves when it accepts connections, recovery included. */
export async function launchPostgres(
  home: PostgresHome,
  binaries: PostgresBinaries,
  settings: Readonly<Record<string, string>>,
  log: (line: string) => void,
): Promise<PostgresProcess> {
  let complaint = '';
  for (let attempt = 0; attempt < launchAttempts; attempt += 1) {
    const outcome = await launchOnce(home, binaries, settings, log);
    if (typeof outcome !== 'string') return outcome;
    complaint = outcome;
    if (!/pre-existing shared memory|lock file .* already exists/.test(complaint)) break;
    await sleep(launchPauseMs);
  }
  throw storageRefusal(home.clusterDir, complaint);
}

/** The running process, or PostgreSQL's own words on why it did not start. */
async function launchOnce(
  home: PostgresHome,
  binaries: PostgresBinaries,
  settings: Readonly<Record<string, string>>,
  log: (line: string) => void,
): Promise<PostgresProcess | string> {
  const child = spawn(binaries.postgres, ['-D', home.clusterDir, ...asArguments(home, settings)], {
    ...home.runAs,
    cwd: '/',
    env: postgresEnvironment,
    stdio: ['ignore', 'ignore', 'pipe'],
    // Its own session: Ctrl-C in a terminal is for us, who let requests finish before the database goes.
    detached: true,
  });
  const exited: Promise<PostgresExit> = new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: null, signal: null }));
  });
  let complaint = '';
  createInterface({ input: child.stderr }).on('line', (line) => {
    log(line);
    if (/FATAL|PANIC/.test(line)) complaint = line.replace(/^.*(FATAL|PANIC):\s*/, '');
  });
  const { pid } = child;
  if (pid === undefined) return `${binaries.postgres} could not be executed`;
  const closed = once(child.stderr, 'close');
  if (!(await becomesReady(home.clusterDir, pid, exited))) {
    await closed;
    return complaint === '' ? 'PostgreSQL ended while starting' : complaint;
  }
  const watchdog = watch(pid);
  exited.then(() => watchdog.stdin?.end('done\n'));
  return { pid, exited, stop: () => stopProcess(child, exited) };
}

/** Line 8 of postmaster.pid says when connections are accepted; pg_ctl waits in the same way. */
async function becomesReady(
  clusterDir: string,
  pid: number,
  exited: Promise<PostgresExit>,
): Promise<boolean> {
  let ended = false;
  exited.then(() => {
    ended = true;
  });
  // Bounded by the life of the process: replaying the log after a crash may rightly take minutes.
  while (!ended) {
    const [owner, , , , , , , status] = readLines(join(clusterDir, 'postmaster.pid'));
    if (Number(owner) === pid && status?.startsWith('ready')) return true;
    await sleep(readyPollMs);
  }
  return false;
}

function readLines(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    // Not written yet.
    return [];
  }
}

/**
 * If we die without a word (SIGKILL, out of memory) nobody would stop PostgreSQL. This small shell reads from
 * a pipe that only we hold; the kernel closes it with us, and the shell then asks for a fast shutdown.
 */
function watch(postmaster: number): ChildProcess {
  const script = 'read -r word; [ "$word" = done ] || kill -INT "$1"';
  const watchdog = spawn('/bin/sh', ['-c', script, 'millrace-watchdog', String(postmaster)], {
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.unref();
  return watchdog;
}

async function stopProcess(child: ChildProcess, exited: Promise<PostgresExit>): Promise<void> {
  const steps = [
    ['SIGINT', fastShutdownMs],
    ['SIGQUIT', immediateShutdownMs],
    ['SIGKILL', immediateShutdownMs],
  ] as const;
  for (const [signal, forMs] of steps) {
    child.kill(signal);
    const waiting = new AbortController();
    const timeout = sleep(forMs, false, { signal: waiting.signal }).catch(() => false);
    const ended = await Promise.race([exited.then(() => true), timeout]);
    waiting.abort();
    if (ended) return;
  }
}

/** Sized for a machine with two cores and a few GB that does other work too. */
const defaultSettings: Readonly<Record<string, string>> = {
  max_connections: '60',
  shared_buffers: '256MB',
  // Every commit is on the disk before it is acknowledged; this is what "acknowledged" means to a gateway.
  fsync: 'on',
  synchronous_commit: 'on',
  // Rare checkpoints: each one makes the first change of a page log the whole page again.
  max_wal_size: '4GB',
  min_wal_size: '256MB',
  checkpoint_timeout: '15min',
  wal_buffers: '16MB',
  // These binaries are built without lz4, and pglz costs more processor time than the bytes are worth.
  wal_compression: 'off',
  // Two cores belong to ingest and planning; parallel workers would also need more /dev/shm than a container has.
  max_parallel_workers_per_gather: '0',
  max_parallel_maintenance_workers: '0',
  // Not in these binaries; asking for it costs a failed library load per backend.
  jit: 'off',
  huge_pages: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  log_line_prefix: '',
};

function asArguments(home: PostgresHome, settings: Readonly<Record<string, string>>): readonly string[] {
  const all = {
    ...defaultSettings,
    ...settings,
    // The sealed part: no network, no way in but the private socket.
    listen_addresses: '',
    unix_socket_directories: home.socketDir,
    unix_socket_permissions: '0700',
    cluster_name: home.clusterName,
  };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
