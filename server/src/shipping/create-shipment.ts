import { DEFAULT_TRANSPORT } from '@millrace/engine';
import type { StoredProductionOrder } from '../execution/index.ts';
import { Fault, type Tx } from '../kernel/index.ts';
import { distanceKm } from './distance.ts';
import { type Dispatch, PLATFORM_ACTOR } from './shipping.ts';
import { insertMilestone, insertShipment } from './store.ts';
import type { ShipmentRow } from './view.ts';

/** Finished goods become a shipment that is ready; when it leaves and arrives is planned here and recorded by people. */
export async function createShipment(
  dispatch: Dispatch,
  tx: Tx,
  productionOrderId: string,
  goodQuantity: number,
): Promise<void> {
  if (goodQuantity === 0) return;
  const order = await dispatch.execution.productionOrder(tx, productionOrderId);
  const line = order && (await dispatch.orders.line(tx, order.lineId));
  const site = order && (await dispatch.registry.site(tx, order.siteId));
  if (!order || !line || !site) {
    throw new Fault(`production order ${productionOrderId} names a line or site that is not there`);
  }
  const readyAt = order.completedAt ?? dispatch.kernel.clock.now();
  const handlingMs = Math.min(DEFAULT_TRANSPORT.fixedMs, order.transitMs);
  const row = shipmentOf(order, line.destination, site.position, {
    id: dispatch.kernel.ids(),
    quantity: goodQuantity,
    travelMs: order.transitMs - handlingMs,
    createdAt: readyAt,
  });
  if (!(await insertShipment(tx, row))) return;
  const none = { estimated_at: null, actual_at: null, note: null, recorded_by: null };
  await insertMilestone(tx, row, {
    ...none,
    kind: 'ready',
    planned_at: readyAt,
    actual_at: readyAt,
    recorded_by: PLATFORM_ACTOR,
  });
  const departureAt = readyAt + handlingMs;
  const arrivalAt = readyAt + order.transitMs;
  await insertMilestone(tx, row, {
    ...none,
    kind: 'departure',
    planned_at: departureAt,
    estimated_at: departureAt,
  });
  await insertMilestone(tx, row, {
    ...none,
    kind: 'arrival',
    planned_at: arrivalAt,
    estimated_at: arrivalAt,
  });
  await dispatch.kernel.bus.publish(tx, row.network_id, 'shipment-ready', {
    shipmentId: row.id,
    lineId: row.line_id,
    orderId: row.order_id,
    quantity: row.quantity,
  });
}

function shipmentOf(
  order: StoredProductionOrder,
  destination: { readonly name: string; readonly position: { lat: number; lon: number } },
  from: { lat: number; lon: number },
  own: { id: string; quantity: number; travelMs: number; createdAt: number },
): ShipmentRow {
  return {
    network_id: order.networkId,
    id: own.id,
    shipment_no: order.productionNo.replace(/^MO-/, 'SH-'),
    production_order_id: order.id,
    allocation_id: order.allocationId,
    line_id: order.lineId,
    order_id: order.orderId,
    order_no: order.orderNo,
    factory_org_id: order.factoryOrganisationId,
    buyer_org_id: order.buyerOrganisationId,
    site_id: order.siteId,
    site_name: order.siteName,
    item_name: order.itemName,
    quantity: own.quantity,
    received_quantity: null,
    state: 'ready',
    from_lat: from.lat,
    from_lon: from.lon,
    to_lat: destination.position.lat,
    to_lon: destination.position.lon,
    destination_name: destination.name,
    distance_km: Math.round(distanceKm(from, destination.position)),
    travel_ms: own.travelMs,
    created_at: own.createdAt,
  };
}
