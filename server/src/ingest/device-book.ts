import { createHash } from 'node:crypto';
import { type Database, PLATFORM } from '../kernel/index.ts';
import { findMappingByToken, mappingVersion, type StoredMapping } from './store-mapping.ts';

/** How often changes of mappings by another process are looked for: one number. */
export const MAPPING_POLL_MS = 2_000;
/** Devices remembered; the oldest goes first. */
const REMEMBERED_MAX = 50_000;
/** Marks the tokens of mapped devices, so that they are never tried as anything else. */
export const DEVICE_TOKEN_PREFIX = 'mr_device_';

/** Whose device a token belongs to; a revoked one works for MAPPING_POLL_MS at most. */
export interface DeviceBook {
  find(token: string): Promise<StoredMapping | undefined>;
  refresh(): Promise<void>;
  /** After a change of our own. */
  forget(): void;
}

export const hashDeviceToken = (token: string): Buffer => createHash('sha256').update(token, 'utf8').digest();

export function createDeviceBook(db: Database): DeviceBook {
  const remembered = new Map<string, StoredMapping>();
  let version = -1;
  return {
    find: async (token) => {
      const known = remembered.get(token);
      if (known) return known;
      const before = version;
      const found = await db.transaction(PLATFORM, (tx) => findMappingByToken(tx, hashDeviceToken(token)));
      if (found && before === version) {
        const oldest = remembered.size >= REMEMBERED_MAX ? remembered.keys().next().value : undefined;
        if (oldest !== undefined) remembered.delete(oldest);
        remembered.set(token, found);
      }
      return found;
    },
    refresh: async () => {
      const current = await db.transaction(PLATFORM, mappingVersion);
      if (current !== version) remembered.clear();
      version = current;
    },
    forget: () => {
      remembered.clear();
      // What is being read at this moment is not remembered either.
      version = -1;
    },
  };
}
