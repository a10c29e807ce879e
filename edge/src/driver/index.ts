export {
  DriverFault,
  type DriverKind,
  type Sample,
  type TagAddress,
} from './driver.ts';
export { type DriverHost, openDriverHost } from './driver-host.ts';
export type { DriverBatch, HostTag } from './host-options.ts';
export { loadDriver } from './load-driver.ts';
