import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from './error-code.ts';

/** How long each way of stopping gets before the next, harsher one. */
const patience = [
  // An ordinary shutdown, which the watchdog of a killed server has usually begun already. It writes out at
  // most shared_buffers, which is quicker than replaying the log after a harsher end.
  { signal: 'SIGINT', forMs: 5_000 },
  // Immediate shutdown: what is committed is in the write-ahead log and is replayed at the next start.
  { signal: 'SIGQUIT', forMs: 1_000 },
  { signal: 'SIGKILL', forMs: 2_000 },
] as const;
const pollMs = 20;

/**
 * Stops every process of the cluster that a killed server left behind. The caller holds the folder lock, so
 * whatever still runs under this cluster's name has lost its owner.
 * Returns false when something survived even SIGKILL (uninterruptible disk wait).
 */
export async function stopLeftovers(
  clusterName: string,
  clusterDir: string,
  log: (line: string) => void,
): Promise<boolean> {
  if (clusterProcesses(clusterName).length > 0)
    log('Stopping the PostgreSQL that a killed server left behind.');
  for (const { signal, forMs } of patience) {
    for (const pid of signalTargets(clusterName, clusterDir, signal)) signalQuietly(pid, signal);
    if (await gone(clusterName, forMs)) {
      dropForeignPidFile(clusterDir);
      return true;
    }
  }
  return false;
}

/** The postmaster asks its own children to stop; they are signalled one by one only when it is dead. */
function signalTargets(clusterName: string, clusterDir: string, signal: NodeJS.Signals): readonly number[] {
  const running = clusterProcesses(clusterName);
  const postmaster = postmasterPid(clusterDir);
  return signal !== 'SIGKILL' && postmaster !== null && running.includes(postmaster) ? [postmaster] : running;
}

async function gone(clusterName: string, forMs: number): Promise<boolean> {
  const deadline = performance.now() + forMs;
  while (clusterProcesses(clusterName).length > 0) {
    if (performance.now() > deadline) return false;
    await sleep(pollMs);
  }
  return true;
}

/**
 * Process numbers of the cluster: the postmaster carries the name in its arguments, its children in their
 * titles (`postgres: NAME: checkpointer`). Titles are readable for every user, unlike `/proc/N/cwd`.
 */
function clusterProcesses(clusterName: string): readonly number[] {
  return processTitles()
    .filter(({ title }) => title.includes('postgres') && title.includes(clusterName))
    .map(({ pid }) => pid);
}

interface ProcessTitle {
  readonly pid: number;
  readonly title: string;
}

function processTitles(): readonly ProcessTitle[] {
  if (process.platform === 'linux') {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => ({
        pid: Number(name),
        title: readIfThere(`/proc/${name}/cmdline`).replaceAll('\0', ' '),
      }));
  }
  const listed = spawnSync('ps', ['-A', '-ww', '-o', 'pid=,command='], { encoding: 'utf8' });
  return listed.stdout
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map((match) => ({ pid: Number(match[1]), title: match[2] ?? '' }));
}

/** First line of postmaster.pid, or null when there is no such file. */
function postmasterPid(clusterDir: string): number | null {
  const pid = Number.parseInt(readIfThere(join(clusterDir, 'postmaster.pid')).split('\n')[0] ?? '', 10);
  return pid > 0 ? pid : null;
}

/**
 * A stale postmaster.pid whose number now belongs to a stranger makes PostgreSQL refuse to start. Nothing of
 * the cluster runs and the folder is locked, so the file means nothing any more.
 */
function dropForeignPidFile(clusterDir: string): void {
  const pid = postmasterPid(clusterDir);
  if (pid !== null && signalQuietly(pid, 0)) rmSync(join(clusterDir, 'postmaster.pid'), { force: true });
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Processes end and files vanish between listing and reading; absent is an answer here.
    return '';
  }
}

function signalQuietly(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (cause) {
    // EPERM: alive, but not ours to signal. ESRCH: ended in the meantime.
    return errorCode(cause) === 'EPERM';
  }
}
