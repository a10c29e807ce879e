import { type Logger, pino } from 'pino';

export type Log = Logger;

/** JSON lines on standard error, so that standard output stays free for what a command prints. Secrets never reach a line. */
export function createLog(level: string): Log {
  return pino(
    {
      level,
      redact: ['req.headers.authorization', 'req.headers.cookie', '*.token', '*.password', '*.secret'],
    },
    pino.destination({ fd: 2, sync: false }),
  );
}
