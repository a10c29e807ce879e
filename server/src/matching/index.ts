/** Match runs, allocations, promises, overrides, re-plans: calls the engine, persists, explains. */
export type { Matching, StoredAllocation } from './matching.ts';
/** Opens the module: subscriptions are declared, nothing runs before the kernel starts. */
export { openMatching } from './service.ts';
