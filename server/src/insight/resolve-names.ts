import type { AnyEvent, Tx } from '../kernel/index.ts';
import type { Directory } from '../registry/index.ts';
import type { InsightSources } from './insight.ts';

/** What a reader needs beside the payload: names by id, and whose business it is. */
export interface Resolved {
  readonly names: Record<string, string>;
  factoryOrganisationId: string | null;
  buyerOrganisationId: string | null;
}

export type NameSources = Pick<InsightSources, 'registry' | 'orders' | 'execution' | 'shipping'>;

/** Ids that payloads carry; each event has some of them. */
interface Ids {
  readonly siteId?: string | null;
  readonly machineId?: string;
  readonly capabilityId?: string;
  readonly orderId?: string;
  readonly orderNo?: string;
  readonly lineId?: string;
  readonly lineIds?: readonly string[];
  readonly productionOrderId?: string;
  readonly shipmentId?: string;
  readonly runId?: string;
}

/** Asked once, when the entry is written: the feed then reads without joins, and names stay as they were. */
export async function resolveNames(sources: NameSources, tx: Tx, event: AnyEvent): Promise<Resolved> {
  const ids: Ids = event.payload;
  const resolved: Resolved = { names: {}, factoryOrganisationId: null, buyerOrganisationId: null };
  nameNouns(await sources.registry.directory(event.networkId), ids, resolved);
  await nameProduction(sources, tx, ids, resolved);
  await nameShipment(sources, tx, ids, resolved);
  await nameDemand(sources, tx, ids, resolved);
  return resolved;
}

function nameNouns(directory: Directory, ids: Ids, resolved: Resolved): void {
  const machine = ids.machineId === undefined ? undefined : directory.machine(ids.machineId);
  if (machine) resolved.names[machine.id] = machine.name;
  const capability = ids.capabilityId === undefined ? undefined : directory.capability(ids.capabilityId);
  if (capability) resolved.names[capability.id] = directory.item(capability.itemId)?.name ?? '?';
  const site = directory.site(ids.siteId ?? machine?.siteId ?? capability?.siteId ?? '');
  if (!site) return;
  resolved.names[site.id] = site.name;
  resolved.factoryOrganisationId = site.organisationId;
}

async function nameProduction(
  { execution }: NameSources,
  tx: Tx,
  { productionOrderId }: Ids,
  resolved: Resolved,
): Promise<void> {
  if (productionOrderId === undefined) return;
  const made = await execution.productionOrder(tx, productionOrderId);
  if (!made) return;
  resolved.names[productionOrderId] = made.productionNo;
  resolved.names[made.siteId] = made.siteName;
  resolved.factoryOrganisationId = made.factoryOrganisationId;
  resolved.buyerOrganisationId = made.buyerOrganisationId;
}

async function nameShipment(
  { shipping }: NameSources,
  tx: Tx,
  { shipmentId }: Ids,
  resolved: Resolved,
): Promise<void> {
  if (shipmentId === undefined) return;
  const shipment = await shipping.shipment(tx, shipmentId);
  if (!shipment) return;
  resolved.names[shipmentId] = shipment.shipmentNo;
  resolved.names[shipment.siteId] = shipment.siteName;
  resolved.factoryOrganisationId = shipment.factoryOrganisationId;
  resolved.buyerOrganisationId = shipment.buyerOrganisationId;
}

async function nameDemand({ orders }: NameSources, tx: Tx, ids: Ids, resolved: Resolved): Promise<void> {
  const lineId = ids.lineId ?? ids.lineIds?.[0];
  const line = lineId === undefined ? undefined : await orders.line(tx, lineId);
  if (line) {
    if (ids.lineId !== undefined) resolved.names[line.id] = `${line.orderNo}/${line.lineNo}`;
    resolved.names[line.orderId] = line.orderNo;
    resolved.buyerOrganisationId = line.buyerOrganisationId;
  } else if (ids.orderId !== undefined) {
    const order = await orders.order(tx, ids.orderId);
    if (!order) return;
    resolved.names[order.id] = order.orderNo;
    resolved.buyerOrganisationId = order.buyerOrganisationId;
  }
}
