import { ScannerSettings } from '@millrace/contract';
import type { DriverKind, TagAddress } from '../../driver/index.ts';
import { ScannerDriver } from './scanner-driver.ts';

/** A label must not wait behind other connections. */
const PER_WORKER = 8;

/** Barcode scanners on a serial line, or those that act as a keyboard. */
export const driver: DriverKind = {
  name: 'scanner',
  settings: { ...ScannerSettings },
  checkAddress,
  perWorker: PER_WORKER,
  open: (context) => new ScannerDriver(context),
};

function checkAddress(tag: TagAddress): string | undefined {
  if (tag.address !== 'label') return 'the only address is label: the last label read';
  if (tag.type !== undefined && tag.type !== 'string') return `a label is a string, not ${tag.type}`;
  return undefined;
}
