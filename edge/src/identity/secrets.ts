import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { DriverFault } from '../driver/index.ts';
import { makePrivate } from './data-folder.ts';

const FILE = 'secrets.yaml';
/** Some hundred entries, certificates lie in files of their own. */
const FILE_BYTES_MAX = 262_144;

/** Passwords and keys of the machines: they never leave the box, a configuration only names them. */
export interface Secrets {
  /** The value of an entry; throws a `DriverFault` that says what to write where. */
  read(name: string): string;
  /** All entries, for handing to a worker; empty when the file is wrong. */
  all(): Readonly<Record<string, string>>;
}

/** Reads `secrets.yaml` anew whenever it changed; `warn` hears of a file that others could read or that is wrong. */
export function openSecrets(folder: string, warn: (message: string) => void): Secrets {
  const path = join(folder, FILE);
  let stamp = '';
  let entries: Readonly<Record<string, string>> = {};
  const all = (): Readonly<Record<string, string>> => {
    const now = stampOf(path);
    if (now === stamp) return entries;
    if (now !== '' && makePrivate(path)) {
      warn(`${path} could be read by others on this box; now only by its owner`);
    }
    stamp = stampOf(path);
    entries = now === '' ? {} : entriesOf(path, warn);
    return entries;
  };
  return {
    all,
    read: (name) => {
      const value = all()[name];
      if (value !== undefined) return value;
      throw new DriverFault(`there is no entry "${name}" in ${path}; write it there as ${name}: …`, {
        lasting: true,
      });
    },
  };
}

function entriesOf(path: string, warn: (message: string) => void): Readonly<Record<string, string>> {
  try {
    const parsed: unknown = parse(readFileSync(path, 'utf8'), { maxAliasCount: 0 });
    if (parsed === null) return {};
    if (typeof parsed === 'object' && !Array.isArray(parsed)) {
      const rows = Object.entries(parsed).map(([name, value]) => [name, String(value)] as const);
      // No prototype: a name such as "constructor" is not an entry.
      return Object.assign(Object.create(null), Object.fromEntries(rows));
    }
    warn(`${path} must be lines of "name: value"; none is used`);
  } catch (cause) {
    // The parser's words would quote the secret.
    warn(`${path} cannot be read as YAML (${cause instanceof Error ? cause.name : 'fault'}); none is used`);
  }
  return {};
}

/** Changes whenever the file does; empty when there is none, or one too large to be what it should be. */
function stampOf(path: string): string {
  if (!existsSync(path)) return '';
  const { mtimeMs, ctimeMs, size, ino } = statSync(path);
  return size > FILE_BYTES_MAX ? '' : `${mtimeMs}/${ctimeMs}/${size}/${ino}`;
}
