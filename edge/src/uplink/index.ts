/** Brings what the store holds to the platform, and lets go of it only when the platform has it. */
export type { LaneHealth } from './lane.ts';
export type { LineTimeouts } from './line.ts';
export type { PauseScale } from './pause.ts';
export { startUplink, type Uplink, type UplinkOptions } from './uplink.ts';
