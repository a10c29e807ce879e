export { canonicalJson } from './canonical.ts';
export { checkSnapshot } from './check-snapshot.ts';
export { SnapshotFault } from './fault.ts';
export * from './interval/interval.ts';
export { type MatchOptions, match } from './matching/match.ts';
export type * from './plan.ts';
export { sha256 } from './sha256.ts';
export * from './snapshot.ts';
export { hashSnapshot } from './snapshot-hash.ts';
