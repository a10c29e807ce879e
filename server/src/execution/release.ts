import { Fault, type Tx } from '../kernel/index.ts';
import type { StoredAllocation } from '../matching/index.ts';
import type { StoredLine } from '../orders/index.ts';
import type { Shop } from './execution.ts';
import { countOrdersOf, insertOperations, insertProductionOrder } from './store.ts';
import type { ProductionOrderRow } from './view.ts';

/** An accepted allocation becomes a production order with one operation per sub-lot; the same allocation twice is one order. */
export async function releaseProductionOrder(shop: Shop, tx: Tx, allocationId: string): Promise<void> {
  const allocation = await shop.matching.allocation(tx, allocationId);
  // Withdrawn again before this event was read.
  if (allocation?.state !== 'accepted') return;
  const line = await shop.orders.line(tx, allocation.lineId);
  const site = await shop.registry.site(tx, allocation.siteId);
  const capability = await shop.registry.capability(tx, allocation.capabilityId);
  if (!line || !site || !capability) {
    throw new Fault(`allocation ${allocationId} names a line, site or capability that is not there`);
  }
  const earlier = await countOrdersOf(tx, allocation.networkId, line.id);
  const order = productionOrderOf(allocation, line, {
    id: shop.kernel.ids(),
    productionNo: productionNo(line, earlier + 1),
    siteName: site.name,
    releasedAt: shop.kernel.clock.now(),
  });
  if (!(await insertProductionOrder(tx, order))) return;
  const declared = capability.ratePerHour;
  const rates = await shop.capacity.ratesPerHour(
    tx,
    allocation.networkId,
    allocation.subLots.map(({ machineId }) => machineId),
    allocation.itemId,
    declared,
  );
  await insertOperations(
    tx,
    allocation.subLots.map((lot) =>
      operationOf(order, lot, shop.kernel.ids(), rates.get(lot.machineId) ?? declared),
    ),
  );
  await shop.kernel.bus.publish(tx, order.network_id, 'production-order-released', {
    productionOrderId: order.id,
    allocationId,
    lineId: line.id,
    siteId: order.site_id,
    quantity: order.quantity,
  });
}

/** The order's number, its line, and which production order of the line this is: readable on the shop floor. */
function productionNo(line: StoredLine, which: number): string {
  return `${line.orderNo.replace(/^SO-/, 'MO-')}-${line.lineNo}.${which}`;
}

function productionOrderOf(
  allocation: StoredAllocation,
  line: StoredLine,
  own: { id: string; productionNo: string; siteName: string; releasedAt: number },
): ProductionOrderRow {
  return {
    network_id: allocation.networkId,
    id: own.id,
    production_no: own.productionNo,
    allocation_id: allocation.id,
    line_id: line.id,
    order_id: line.orderId,
    order_no: line.orderNo,
    item_id: line.itemId,
    item_code: line.itemCode,
    item_name: line.itemName,
    site_id: allocation.siteId,
    site_name: own.siteName,
    work_center_id: allocation.workCenterId,
    factory_org_id: allocation.factoryOrganisationId,
    buyer_org_id: allocation.buyerOrganisationId,
    priority: allocation.priority,
    state: 'released',
    quantity: allocation.quantity,
    good_quantity: 0,
    scrap_quantity: 0,
    told_quantity: 0,
    minimum_shipment: line.minimumShipment,
    planned_start: allocation.startAt,
    planned_finish: allocation.finishAt,
    projected_finish: allocation.finishAt,
    promised_finish: allocation.finishAt,
    slip_told: null,
    line_told_finish: allocation.finishAt,
    transit_ms: Math.max(0, allocation.arriveAt - allocation.finishAt),
    requested_at: line.requestedAt,
    released_at: own.releasedAt,
    started_at: null,
    completed_at: null,
  };
}

function operationOf(
  order: ProductionOrderRow,
  lot: StoredAllocation['subLots'][number],
  id: string,
  ratePerHour: number,
) {
  return {
    network_id: order.network_id,
    id,
    production_order_id: order.id,
    machine_id: lot.machineId,
    machine_code: lot.machineCode,
    factory_org_id: order.factory_org_id,
    buyer_org_id: order.buyer_org_id,
    site_id: order.site_id,
    item_id: order.item_id,
    item_code: order.item_code,
    step_index: lot.stepIndex,
    state: 'queued' as const,
    quantity: lot.quantity,
    counted: 0,
    manual_good: 0,
    scrap_quantity: 0,
    good_quantity: 0,
    running_s: 0,
    rated_pieces: 0,
    rated_running_s: 0,
    planned_start: lot.startAt,
    planned_end: lot.endAt,
    started_at: null,
    finished_at: null,
    set_up_minutes: Math.round(lot.setUpMs / 60_000),
    rate_per_hour: ratePerHour,
  };
}
