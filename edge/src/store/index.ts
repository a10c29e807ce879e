/** What waits for its delivery, on the disk of the gateway. */
export type { Disk } from './disk.ts';
export type { Appended, CheckpointPatch, Loss, NewEntry, StoredEntry, StreamName } from './entry.ts';
export { FolderInUse } from './folder-lock.ts';
export { NoOwnerAnswer } from './owner-line.ts';
export { type ResendRefused, readQuarantine } from './quarantine.ts';
export type { Quarantined } from './quarantine-file.ts';
export { resendThere } from './resend-line.ts';
export { openStore, type Store, type StoreOptions } from './store.ts';
export { NotStored } from './writer.ts';
