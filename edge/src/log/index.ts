import { writeSync } from 'node:fs';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
type Fields = Readonly<Record<string, unknown>>;

/** One JSON line an event: `{"at":…,"level":…,"message":…, …fields}`; collectors such as journald and Vector read it as it is. */
export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

/** A machine that flaps must not fill the box's journal: more than these in a minute are counted, and the count is told. */
const LINES_PER_MINUTE_MAX = 600;
/** One line stays one write of a pipe (PIPE_BUF is 4,096 on Linux), so that two processes never mix theirs. */
const LINE_CHARACTERS_MAX = 3_000;
const MINUTE_MS = 60_000;

export interface LogOptions {
  readonly level: LogLevel;
  write(line: string): void;
  now(): number;
}

/** To standard output, synchronously: the last words of a dying process are the ones that matter. */
export function writeToStdout(line: string): void {
  try {
    writeSync(1, line);
  } catch (cause) {
    // A full pipe (EAGAIN) or a closed one (EPIPE) costs this line, never the agent.
    if (!isErrno(cause)) throw cause;
  }
}

/** A writer of JSON lines from `level` upwards. */
export function openLog({ level, write, now }: LogOptions): Log {
  const least = LOG_LEVELS.indexOf(level);
  let windowFrom = Number.NEGATIVE_INFINITY;
  let lines = 0;
  const put = (lineLevel: LogLevel, message: string, fields: Fields = {}): void => {
    if (LOG_LEVELS.indexOf(lineLevel) < least) return;
    const at = now();
    if (Math.abs(at - windowFrom) >= MINUTE_MS) {
      const suppressed = lines - LINES_PER_MINUTE_MAX;
      windowFrom = at;
      lines = 0;
      if (suppressed > 0) write(lineOf(at, 'warn', 'lines were left out of this log', { suppressed }));
    }
    if (++lines <= LINES_PER_MINUTE_MAX) write(lineOf(at, lineLevel, message, fields));
  };
  return {
    debug: (message, fields) => put('debug', message, fields),
    info: (message, fields) => put('info', message, fields),
    warn: (message, fields) => put('warn', message, fields),
    error: (message, fields) => put('error', message, fields),
  };
}

function lineOf(at: number, level: LogLevel, message: string, fields: Fields): string {
  const head = { at: new Date(at).toISOString(), level, message };
  const line = JSON.stringify({ ...head, ...fields });
  const short =
    line.length <= LINE_CHARACTERS_MAX
      ? line
      : JSON.stringify({ ...head, message: message.slice(0, LINE_CHARACTERS_MAX / 2), cut: true });
  return `${short}\n`;
}

function isErrno(cause: unknown): cause is NodeJS.ErrnoException {
  return cause instanceof Error && 'code' in cause;
}
