import { MtconnectAgentSettings } from '@millrace/contract';
import type { DriverKind, TagAddress } from '../../driver/index.ts';
import { AgentDriver } from './agent-driver.ts';

/** An MTConnect agent over HTTP: probe, current, sample as a stream. */
export const driver: DriverKind = {
  name: 'mtconnect-agent',
  settings: { ...MtconnectAgentSettings },
  checkAddress,
  perWorker: 16,
  open: (context) => new AgentDriver(context),
};

function checkAddress(tag: TagAddress): string | undefined {
  if (/[\s<>&]/.test(tag.address)) {
    return 'an address is the id or name of a data item, such as Lexec or machine1:execution';
  }
  if (tag.type?.startsWith('bcd')) return `${tag.type} is a type of registers; MTConnect sends texts`;
  return undefined;
}
