import { OpcUaSettings } from '@millrace/contract';
import type { DriverKind, TagAddress } from '../../driver/index.ts';
import { parseTarget } from './address.ts';
import { findOffers } from './offers.ts';
import { OpcUaDriver } from './opc-ua-driver.ts';

/** The protocol stack takes tens of megabytes in each worker and never blocks it, so connections share one. */
const CONNECTIONS_PER_WORKER = 32;

/** OPC UA over TCP, with the companion models Machinery and MachineTool. docs/edge/opc-ua.md */
export const driver: DriverKind = {
  name: 'opc-ua',
  settings: { ...OpcUaSettings },
  perWorker: CONNECTIONS_PER_WORKER,
  checkAddress: wrongAddress,
  open: (context) => new OpcUaDriver(context),
  discover: findOffers,
};

function wrongAddress({ address, type }: TagAddress): string | undefined {
  if (type === 'bcd16' || type === 'bcd32') return `${type} is no type of OPC UA; read the integer`;
  const target = parseTarget(address);
  return typeof target === 'string' ? target : undefined;
}
