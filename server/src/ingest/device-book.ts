import { createHash } from 'node:crypto';
import { createAttemptLimit } from '../access/index.ts';
import { type Database, PLATFORM, type Refusal } from '../kernel/index.ts';
import { findMappingByToken, mappingVersion, type StoredMapping } from './store-mapping.ts';

/** How often changes of mappings by another process are looked for: one number. */
export const MAPPING_POLL_MS = 2_000;
/** Devices remembered; the oldest goes first. */
const REMEMBERED_MAX = 50_000;
/** Marks the tokens of mapped devices, so that they are never tried as anything else. */
export const DEVICE_TOKEN_PREFIX = 'mr_device_';
/** A device with a stale token tries again every few seconds; whoever tries hundreds of tokens a minute is guessing. */
const GUESSES = { failuresMax: 300, windowMs: 60_000, lockMs: 60_000 };

/** Whose device a token belongs to; a revoked one works for MAPPING_POLL_MS at most. */
export interface DeviceBook {
  /** A token in use passes whatever others try from its address. */
  find(token: string, address: string): Promise<StoredMapping | undefined | Refusal>;
  /** Looks for changes of other processes. */
  refresh(): Promise<void>;
  /** After a change of our own. */
  forget(): void;
}

export interface DeviceBookParts {
  readonly db: Database;
  readonly wallNow: () => number;
  /** A machine began or ceased to be a device's: the layouts of gateways are no longer true. */
  readonly changed: () => void;
}

export const hashDeviceToken = (token: string): Buffer => createHash('sha256').update(token, 'utf8').digest();

export function createDeviceBook({ db, wallNow, changed }: DeviceBookParts): DeviceBook {
  const remembered = new Map<string, StoredMapping>();
  const guesses = createAttemptLimit(GUESSES, wallNow);
  let version = -1;
  const remember = (token: string, mapping: StoredMapping): void => {
    const oldest = remembered.size >= REMEMBERED_MAX ? remembered.keys().next().value : undefined;
    if (oldest !== undefined) remembered.delete(oldest);
    remembered.set(token, mapping);
  };
  return {
    find: async (token, address) => {
      const known = remembered.get(token);
      if (known) return known;
      const locked = guesses.check(address);
      if (locked) return locked;
      const before = version;
      const found = await db.transaction(PLATFORM, (tx) => findMappingByToken(tx, hashDeviceToken(token)));
      if (!found) guesses.fail(address);
      else if (before === version) remember(token, found);
      return found;
    },
    refresh: async () => {
      const current = await db.transaction(PLATFORM, mappingVersion);
      if (current === version) return;
      remembered.clear();
      version = current;
      changed();
    },
    forget: () => {
      remembered.clear();
      // What is being read at this moment is not remembered either.
      version = -1;
      changed();
    },
  };
}
