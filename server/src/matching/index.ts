/** Match runs, allocations, promises, overrides, re-plans: calls the engine, persists, explains. */
export type { Matching, Retimed, StoredAllocation, StoredSubLot } from './matching.ts';
/** Opens the module: subscriptions are declared, nothing runs before the kernel starts. */
export { openMatching } from './service.ts';
/** Share of its planned time that a machine really runs: what is scheduled elsewhere must reckon the same. */
export { PLANNED_AVAILABILITY } from './snapshot-input.ts';
