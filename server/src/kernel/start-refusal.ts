/** What the process exits with when it declines to start; distinct so that a service manager can tell them apart. */
export const exitCodes = {
  /** A setting or argument is wrong; starting again without a change fails again. [sysexits EX_CONFIG] */
  configuration: 78,
  /** A port, folder or database is taken or unreachable; it may work later. [sysexits EX_UNAVAILABLE] */
  unavailable: 69,
  /** The folder cannot be written or the disk is full. [sysexits EX_IOERR] */
  storage: 74,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/**
 * The server declines to start for a reason its operator can remove. `main` prints the sentence,
 * without a stack, and exits with the code.
 */
export class StartRefusal extends Error {
  override readonly name = 'StartRefusal';
  /** One complete sentence for the operator: what is wrong, where, and what to do. */
  readonly sentence: string;
  readonly exitCode: ExitCode;

  constructor(sentence: string, exitCode: ExitCode, options?: ErrorOptions) {
    super(sentence, options);
    this.sentence = sentence;
    this.exitCode = exitCode;
  }
}

/** A listener that could not open its port, in words; anything else stays what it is. */
export function portRefusal(cause: unknown, port: number, variable: string): unknown {
  const code = (cause as { code?: unknown }).code;
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return cause;
  const why = code === 'EADDRINUSE' ? 'is already in use' : 'may not be opened by this user';
  return new StartRefusal(`Port ${port} ${why}; choose another with ${variable}.`, exitCodes.unavailable, {
    cause,
  });
}
