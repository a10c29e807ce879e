/** Shipments and their milestones: planned, estimated, and actual by somebody's record; receipt by the buyer. */
export { openShipping } from './service.ts';
export type { Shipping } from './shipping.ts';
