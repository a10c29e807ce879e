import { MtconnectAdapterSettings } from '@millrace/contract';
import type { DriverKind, TagAddress } from '../../driver/index.ts';
import { AdapterDriver } from './adapter-driver.ts';

/** Lines of text, a few in a second: many connections share a thread. */
const PER_WORKER = 32;

/** SHDR over TCP: the adapter of an MTConnect agent, without the agent. */
export const driver: DriverKind = {
  name: 'mtconnect-adapter',
  settings: { ...MtconnectAdapterSettings },
  checkAddress,
  perWorker: PER_WORKER,
  open: (context) => new AdapterDriver(context),
};

function checkAddress(tag: TagAddress): string | undefined {
  if (tag.address.trim() !== tag.address || tag.address.includes('|')) {
    return 'an address is the key of a data item, such as execution or machine1:execution';
  }
  if (tag.type?.startsWith('bcd')) return `${tag.type} is a type of registers; MTConnect sends texts`;
  return undefined;
}
