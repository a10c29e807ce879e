import { readFileSync, statSync } from 'node:fs';
import { parse } from 'yaml';
import { makePrivate } from '../identity/index.ts';

/** Some hundred entries, certificates lie in files of their own. */
const FILE_BYTES_MAX = 262_144;
/** Machines that share one password; more is a pattern with `*`. */
const PATTERNS_MAX = 64;
const PATTERN_LENGTH_MAX = 300;

export interface SecretEntry {
  readonly value: string;
  /** Addresses that it may be used at; null = nobody said. */
  readonly for: readonly string[] | null;
}
export type SecretEntries = ReadonlyMap<string, SecretEntry>;

/** Gives the entries, read anew whenever the file changed; `warn` hears of a file that others could read or that is wrong. */
export function openSecretsFile(path: string, warn: (message: string) => void): () => SecretEntries {
  let stamp = '';
  let entries: SecretEntries = new Map();
  return () => {
    const now = stampOf(path);
    if (now === stamp) return entries;
    entries = now === '' ? new Map() : readPrivately(path, warn);
    stamp = now === '' ? '' : stampOf(path);
    return entries;
  };
}

/** Who wrote it as another user is told what to do: a file that everybody reads, and that stays so, holds no secrets. */
function readPrivately(path: string, warn: (message: string) => void): SecretEntries {
  try {
    if (makePrivate(path)) warn(`${path} could be read by others on this box; now only by its owner`);
  } catch (cause) {
    warn(`${path} can be read by others and the agent may not change that (${codeOf(cause)}); ${NOT_OURS}`);
    return new Map();
  }
  return readEntries(path, warn);
}

const NOT_OURS = 'give it to the user that the agent runs as, with mode 600; none is used';
const codeOf = (cause: unknown): unknown =>
  cause instanceof Error ? ('code' in cause ? cause.code : cause.name) : 'fault';

function readEntries(path: string, warn: (message: string) => void): SecretEntries {
  const entries = new Map<string, SecretEntry>();
  try {
    const parsed: unknown = parse(readFileSync(path, 'utf8'), { maxAliasCount: 0 });
    if (parsed === null) return entries;
    if (typeof parsed !== 'object' || Array.isArray(parsed)) {
      warn(`${path} must be lines of "name: value"; none is used`);
      return entries;
    }
    for (const [name, written] of Object.entries(parsed)) {
      const entry = entryOf(written);
      if (entry !== undefined) entries.set(name, entry);
      // A misspelt `for` would otherwise leave a password unbound; its words would quote the secret.
      else warn(`the entry "${name}" of ${path} is not used: ${FORM}`);
    }
  } catch (cause) {
    const isForbidden = codeOf(cause) === 'EACCES' || codeOf(cause) === 'EPERM';
    // The parser's words would quote the secret.
    warn(
      isForbidden
        ? `${path} may not be read by the agent (${codeOf(cause)}); ${NOT_OURS}`
        : `${path} cannot be read as YAML (${cause instanceof Error ? cause.name : 'fault'}); none is used`,
    );
  }
  return entries;
}

const FORM = 'it must be "name: value" or "name: { value: …, for: [host:port] }"';

function entryOf(written: unknown): SecretEntry | undefined {
  if (isScalar(written)) return { value: String(written), for: null };
  if (typeof written !== 'object' || written === null || Array.isArray(written)) return undefined;
  const { value, for: patterns, ...more } = written as Readonly<Record<string, unknown>>;
  if (!isScalar(value) || Object.keys(more).length > 0) return undefined;
  const list = Array.isArray(patterns) ? patterns : [patterns];
  if (list.length === 0 || list.length > PATTERNS_MAX || !list.every(isPattern)) return undefined;
  return { value: String(value), for: list };
}

const isScalar = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);
const isPattern = (pattern: unknown): pattern is string =>
  typeof pattern === 'string' && pattern !== '' && pattern.length <= PATTERN_LENGTH_MAX;

/** Changes whenever the file does; empty when there is none, or one too large to be what it should be. */
function stampOf(path: string): string {
  try {
    const { mtimeMs, ctimeMs, size, ino } = statSync(path);
    return size > FILE_BYTES_MAX ? '' : `${mtimeMs}/${ctimeMs}/${size}/${ino}`;
  } catch (cause) {
    // No file, or a folder that lets nobody look: either way there is none for us.
    if (cause instanceof Error && 'code' in cause) return '';
    throw cause;
  }
}
