/** Runs the drivers in threads of their own: whatever one of them does, the agent and the other connections go on. */
export { type DriverHost, openDriverHost } from './driver-host.ts';
export type { DriverBatch, HostTag } from './host-options.ts';
export { loadDriver } from './load-driver.ts';
