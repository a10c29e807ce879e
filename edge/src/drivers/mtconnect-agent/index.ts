import { type ConnectionOffer, MtconnectAgentSettings, OFFERS_MAX } from '@millrace/contract';
import type { DriverContext, DriverKind, TagAddress } from '../../driver/index.ts';
import { AgentDriver } from './agent-driver.ts';
import { AgentLink } from './agent-link.ts';

/** A document is read in one go; with more connections on a thread they would wait for each other. */
const PER_WORKER = 16;

/** An MTConnect agent over HTTP: probe, current, sample as a stream. */
export const driver: DriverKind = {
  name: 'mtconnect-agent',
  settings: { ...MtconnectAgentSettings },
  checkAddress,
  perWorker: PER_WORKER,
  open: (context) => new AgentDriver(context),
  discover: findDevices,
};

/** The devices that the agent speaks for. */
async function findDevices({
  settings,
  latency,
}: Pick<DriverContext, 'settings' | 'latency'>): Promise<readonly ConnectionOffer[]> {
  // Checked against MtconnectAgentSettings by the host before. All devices are asked for, whichever is named.
  const { device: _, ...all } = settings as MtconnectAgentSettings;
  const link = new AgentLink(all, latency);
  try {
    const { devices } = await link.probe();
    return devices.slice(0, OFFERS_MAX).map((device) => ({ name: device, settings: { device }, needs: [] }));
  } finally {
    link.close();
  }
}

function checkAddress(tag: TagAddress): string | undefined {
  if (/[\s<>&]/.test(tag.address)) {
    return 'an address is the id or name of a data item, such as Lexec or machine1:execution';
  }
  if (tag.type?.startsWith('bcd')) return `${tag.type} is a type of registers; MTConnect sends texts`;
  return undefined;
}
