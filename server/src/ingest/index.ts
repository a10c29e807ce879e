/** The door of ingest: machine records over HTTP and MQTT, stored before they are acknowledged, and the loss ledger. */

/** A batch of one gateway and minute, and how to read a machine's values from it. */
export { ABSENT, type Batch, countOf, energyOf, isOwnDay, type SharedPosition, stateOf } from './batch.ts';
/** Pieces from cumulative counts: the one rule for live state, roll-up and recomputation. */
export { type CountTrack, countStep, createTrack, NO_MINUTE, piecesOf } from './count.ts';
export { type Ingest, openIngest } from './ingest.ts';
/** A gateway's list of machines; positions of batches refer to it. */
export type { Layout, StoredLayout } from './layout.ts';
export { createDayFinder, MINUTE_MS } from './local-day.ts';
/** What is stored, for roll-ups: whole gateways at once, and the hours that changed. */
export {
  carriedBatches,
  clearDirtyHours,
  type DirtyHour,
  dirtyHoursOf,
  layoutsOfMachine,
  listLayouts,
  lockDirtyHours,
  newestLayout,
  storedBatches,
} from './stored-records.ts';
export type { CommittedBatch } from './write-group.ts';
