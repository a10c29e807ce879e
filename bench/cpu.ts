import { readdirSync, readFileSync } from 'node:fs';

/** Kernel ticks a second on every Linux this runs on (USER_HZ). */
const TICKS_PER_SECOND = 100;

interface Stat {
  readonly ppid: number;
  /** Ticks of the process and of its children that have ended. */
  readonly own: number;
  readonly ended: number;
}

/** proc(5): the fields after the command's closing bracket; ppid is the 2nd, utime to cstime the 12th to 15th. */
function readStat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [utime, stime, cutime, cstime] = fields.slice(11, 15).map(Number);
    return {
      ppid: Number(fields[1]),
      own: (utime ?? 0) + (stime ?? 0),
      ended: (cutime ?? 0) + (cstime ?? 0),
    };
  } catch {
    // It ended between the listing and the reading.
    return undefined;
  }
}

/** CPU seconds of a process and all its children, ended ones included. */
export function cpuSeconds(pid: number): number {
  let ticks = 0;
  for (const name of readdirSync('/proc')) {
    const candidate = Number(name);
    if (!Number.isInteger(candidate)) continue;
    const stat = readStat(candidate);
    if (stat === undefined) continue;
    if (candidate === pid) ticks += stat.own + stat.ended;
    else if (stat.ppid === pid) ticks += stat.own + stat.ended;
  }
  return ticks / TICKS_PER_SECOND;
}

/** Resident memory, MiB. */
export function residentMb(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(text)?.[1] ?? 0) / 1024;
}
