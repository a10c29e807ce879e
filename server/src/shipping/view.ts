import type { Milestone, Shipment, ShipmentState } from '@millrace/contract';

export interface ShipmentRow {
  readonly network_id: string;
  readonly id: string;
  readonly shipment_no: string;
  readonly production_order_id: string;
  readonly allocation_id: string;
  readonly line_id: string;
  readonly order_id: string;
  readonly order_no: string;
  readonly factory_org_id: string;
  readonly buyer_org_id: string;
  readonly site_id: string;
  readonly site_name: string;
  readonly item_name: string;
  readonly quantity: number;
  readonly received_quantity: number | null;
  readonly state: ShipmentState;
  readonly from_lat: number;
  readonly from_lon: number;
  readonly to_lat: number;
  readonly to_lon: number;
  readonly destination_name: string;
  readonly distance_km: number;
  readonly travel_ms: number;
  readonly created_at: number;
}

export interface MilestoneRow {
  readonly shipment_id: string;
  readonly seq: number;
  readonly kind: Milestone['kind'];
  readonly planned_at: number | null;
  readonly estimated_at: number | null;
  readonly actual_at: number | null;
  readonly note: string | null;
  readonly recorded_by: string | null;
}

export function viewShipment(row: ShipmentRow, milestones: readonly MilestoneRow[]): Shipment {
  return {
    id: row.id,
    shipmentNo: row.shipment_no,
    productionOrderId: row.production_order_id,
    allocationId: row.allocation_id,
    lineId: row.line_id,
    orderId: row.order_id,
    orderNo: row.order_no,
    factoryOrganisationId: row.factory_org_id,
    buyerOrganisationId: row.buyer_org_id,
    siteId: row.site_id,
    siteName: row.site_name,
    itemName: row.item_name,
    quantity: row.quantity,
    receivedQuantity: row.received_quantity,
    state: row.state,
    from: { lat: row.from_lat, lon: row.from_lon },
    to: { lat: row.to_lat, lon: row.to_lon },
    destinationName: row.destination_name,
    distanceKm: row.distance_km,
    milestones: milestones.map((milestone) => ({
      kind: milestone.kind,
      plannedAt: milestone.planned_at,
      estimatedAt: milestone.estimated_at,
      actualAt: milestone.actual_at,
      note: milestone.note,
      recordedBy: milestone.recorded_by,
    })),
  };
}
