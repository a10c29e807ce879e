/** What an electrician reads instead of an error code of the operating system. */
const WORDS: Readonly<Record<string, (who: string) => string>> = {
  ECONNREFUSED: (who) => `${who} refuses the connection: nothing listens on that port`,
  ECONNRESET: (who) => `${who} broke the connection off`,
  EPIPE: (who) => `${who} broke the connection off`,
  ETIMEDOUT: (who) => `${who} does not answer`,
  EHOSTUNREACH: (who) => `${who} cannot be reached: no route to the host`,
  ENETUNREACH: (who) => `${who} cannot be reached: no route to the network`,
  EHOSTDOWN: (who) => `${who} cannot be reached: the host is down`,
  ENOTFOUND: (who) => `${who} is not known: the name cannot be resolved`,
  EAI_AGAIN: (who) => `${who} is not known: the name server does not answer`,
  ENOENT: (who) => `${who} does not exist`,
  EACCES: (who) => `${who} may not be opened: the agent lacks the permission`,
  EPERM: (who) => `${who} may not be opened: the agent lacks the permission`,
  EBUSY: (who) => `${who} is in use by another program`,
  EIO: (who) => `${who} is gone`,
  ENXIO: (who) => `${who} is gone`,
  ENODEV: (who) => `${who} is gone`,
  EISDIR: (who) => `${who} is a folder`,
  EADDRINUSE: (who) => `${who} is in use by another program`,
  EADDRNOTAVAIL: (who) => `${who} is no address of this machine`,
};
/** Faults go into a health message of at most 500 characters. */
const WORDS_CHARACTERS = 300;

/** `who` and what is wrong with it, from any thrown value. */
export function faultWords(who: string, thrown: unknown): string {
  const code = codeOf(thrown);
  const known = code === undefined ? undefined : WORDS[code];
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const words = known?.(who) ?? `${who} fails: ${message || code || 'no reason given'}`;
  return words.slice(0, WORDS_CHARACTERS);
}

/** Node tries all addresses of a host and wraps their errors. */
function codeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if ('code' in thrown && typeof thrown.code === 'string' && thrown.code in WORDS) return thrown.code;
  return thrown instanceof AggregateError ? codeOf(thrown.errors[0]) : undefined;
}
