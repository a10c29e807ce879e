import { PulseSettings } from '@millrace/contract';
import type { DriverKind, TagAddress } from '../../driver/index.ts';
import { PulseDriver } from './pulse-driver.ts';

/** A pulse must not wait behind other connections. */
const PER_WORKER = 8;

/** Digital inputs of the gateway: a relay, a photo-eye, a proximity switch. */
export const driver: DriverKind = {
  name: 'pulse',
  settings: { ...PulseSettings },
  checkAddress,
  perWorker: PER_WORKER,
  open: (context) => new PulseDriver(context),
};

function checkAddress(tag: TagAddress): string | undefined {
  if (!/^(?:0|[1-9]\d{0,3})$/.test(tag.address)) return 'an address is the number of a line, 0 to 9999';
  if (tag.type === 'string' || tag.type?.startsWith('bcd')) return `a line is on or off, not ${tag.type}`;
  return undefined;
}
