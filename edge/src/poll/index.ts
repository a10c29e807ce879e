/** What drivers that ask at intervals share: the beat, the line they ask on, the plan of what to ask together, and values out of bytes. */
export { type Dialect, isNoAnswer, type Link, writeFault } from './link.ts';
export { PointList } from './point-list.ts';
export { PolledDriver } from './polled-driver.ts';
export type { Reading, Report, Rounds } from './polling.ts';
export { bytesOfType, decodeRaw, encodeRaw, type RawResult } from './raw-value.ts';
export { type Block, ReadPlan, type Span } from './read-plan.ts';
