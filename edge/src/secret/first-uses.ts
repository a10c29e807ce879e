import { readFileSync } from 'node:fs';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { replaceFile } from '../identity/index.ts';
import type { Log } from '../log/index.ts';

/** Addresses of one entry; a person who tries out more than that before one works loses the oldest. */
const ADDRESSES_MAX = 64;
/** Entries of a file of secrets are some hundred; names come from there, never from a configuration. */
const ENTRIES_MAX = 4_096;

const FirstUses = Type.Object({
  v: Type.Literal(1),
  entries: Type.Record(
    Type.String(),
    Type.Object({
      addresses: Type.Array(Type.String(), { maxItems: ADDRESSES_MAX }),
      /** A far side there took it. */
      worked: Type.Array(Type.String(), { maxItems: ADDRESSES_MAX }),
    }),
  ),
});
interface Uses {
  readonly addresses: readonly string[];
  readonly worked: readonly string[];
}

/**
 * Where entries without `for` were used: an entry is open until it first worked somewhere, and from then on only for the
 * addresses it had by then. So a wrong address can be mended from the console, several machines of one configuration may share
 * a password, and who reconfigures the gateway later cannot have it sent anywhere else.
 */
export interface FirstUses {
  /** Whether it may go there; if so and for the first time, that is on the disk before. */
  admit(name: string, address: string): boolean;
  /** The far side took it: no other address from now on. */
  worked(name: string, address: string): void;
  addresses(name: string): readonly string[];
}

export function openFirstUses(path: string, log: Log): FirstUses {
  const entries = readUses(path, log);
  const change = (name: string, uses: Uses): void => {
    const [oldest] = entries.keys();
    if (!entries.has(name) && entries.size >= ENTRIES_MAX && oldest !== undefined) entries.delete(oldest);
    entries.set(name, uses);
    try {
      replaceFile(path, JSON.stringify({ v: 1, entries: Object.fromEntries(entries) }));
    } catch (cause) {
      // A full disk must not stop a machine from being read; it is kept in memory and tried with the next change.
      log.warn('where secrets were used could not be stored', { path, why: String(cause) });
    }
  };
  return {
    addresses: (name) => entries.get(name)?.addresses ?? [],
    admit: (name, address) => {
      const { addresses, worked } = entries.get(name) ?? NONE;
      if (addresses.includes(address)) return true;
      if (worked.length > 0) return false;
      change(name, { addresses: [...addresses, address].slice(-ADDRESSES_MAX), worked });
      log.info('a secret is used at an address for the first time', { secret: name, address });
      return true;
    },
    worked: (name, address) => {
      const { addresses, worked } = entries.get(name) ?? NONE;
      if (!addresses.includes(address) || worked.includes(address)) return;
      change(name, { addresses, worked: [...worked, address] });
      log.info('a secret worked and is bound to its addresses', { secret: name, addresses });
    },
  };
}

const NONE: Uses = { addresses: [], worked: [] };

function readUses(path: string, log: Log): Map<string, Uses> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return new Map();
    throw cause;
  }
  try {
    const stored: unknown = JSON.parse(text);
    if (Compile(FirstUses).Check(stored))
      return new Map(Object.entries((stored as Static<typeof FirstUses>).entries));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  log.warn('the file of first uses is damaged: secrets without "for" are bound anew', { path });
  return new Map();
}
