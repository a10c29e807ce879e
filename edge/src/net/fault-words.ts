/** What an electrician reads instead of an error code of the operating system. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses the connection: nothing listens on that port',
  ECONNRESET: 'broke the connection off',
  EPIPE: 'broke the connection off',
  ETIMEDOUT: 'does not answer',
  EHOSTUNREACH: 'cannot be reached: no route to the host',
  ENETUNREACH: 'cannot be reached: no route to the network',
  EHOSTDOWN: 'cannot be reached: the host is down',
  ENOTFOUND: 'is not known: the name cannot be resolved',
  EAI_AGAIN: 'is not known: the name server does not answer',
  ENOENT: 'does not exist',
  EACCES: 'may not be opened: the agent lacks the permission',
  EPERM: 'may not be opened: the agent lacks the permission',
  EBUSY: 'is in use by another program',
  EIO: 'is gone',
  ENXIO: 'is gone',
  ENODEV: 'is gone',
  EISDIR: 'is a folder',
  EADDRINUSE: 'is in use by another program',
  EADDRNOTAVAIL: 'is no address of this machine',
};
/** Faults go into a health message of at most 500 characters. */
const WORDS_CHARACTERS = 300;

/** `who` and what is wrong with it, from any thrown value. */
export function faultWords(who: string, thrown: unknown): string {
  const code = codeOf(thrown);
  const known = code === undefined ? undefined : WORDS[code];
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return `${who} ${known ?? `fails: ${message || code || 'no reason given'}`}`.slice(0, WORDS_CHARACTERS);
}

/** Node tries all addresses of a host and wraps their errors. */
function codeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if ('code' in thrown && typeof thrown.code === 'string' && thrown.code in WORDS) return thrown.code;
  return thrown instanceof AggregateError ? codeOf(thrown.errors[0]) : undefined;
}
