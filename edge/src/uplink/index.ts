/** Brings what the store holds to the platform, and lets go of it only when the platform has it. */
export { startUplink, type Uplink, type UplinkOptions } from './uplink.ts';
