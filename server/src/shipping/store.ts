import type { ShipmentState } from '@millrace/contract';
import type { Tx } from '../kernel/index.ts';
import type { MilestoneRow, ShipmentRow } from './view.ts';

/** False when the production order was shipped before: an event that comes twice makes one shipment. */
export async function insertShipment(tx: Tx, row: ShipmentRow): Promise<boolean> {
  const inserted = await tx.run(
    `INSERT INTO shipment (network_id, id, shipment_no, production_order_id, allocation_id, line_id, order_id, order_no,
            factory_org_id, buyer_org_id, site_id, site_name, item_name, quantity, received_quantity, state,
            from_lat, from_lon, to_lat, to_lon, destination_name, distance_km, travel_ms, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
     ON CONFLICT (network_id, production_order_id) DO NOTHING`,
    [
      row.network_id,
      row.id,
      row.shipment_no,
      row.production_order_id,
      row.allocation_id,
      row.line_id,
      row.order_id,
      row.order_no,
      row.factory_org_id,
      row.buyer_org_id,
      row.site_id,
      row.site_name,
      row.item_name,
      row.quantity,
      row.received_quantity,
      row.state,
      row.from_lat,
      row.from_lon,
      row.to_lat,
      row.to_lon,
      row.destination_name,
      row.distance_km,
      row.travel_ms,
      new Date(row.created_at),
    ],
  );
  return inserted === 1;
}

const instant = (at: number | null): Date | null => (at === null ? null : new Date(at));

export type NewMilestoneRow = Omit<MilestoneRow, 'seq' | 'shipment_id'>;

export async function insertMilestone(tx: Tx, shipment: ShipmentRow, row: NewMilestoneRow): Promise<void> {
  await tx.run(
    `INSERT INTO shipment_milestone (network_id, shipment_id, seq, factory_org_id, buyer_org_id, kind, planned_at, estimated_at,
            actual_at, note, recorded_by)
     SELECT $1, $2, coalesce(max(seq), 0) + 1, $3, $4, $5, $6, $7, $8, $9, $10
       FROM shipment_milestone WHERE network_id = $1 AND shipment_id = $2`,
    [
      shipment.network_id,
      shipment.id,
      shipment.factory_org_id,
      shipment.buyer_org_id,
      row.kind,
      instant(row.planned_at),
      instant(row.estimated_at),
      instant(row.actual_at),
      row.note,
      row.recorded_by,
    ],
  );
}

/** Actual, note and author as far as given; an estimate too. */
export async function updateMilestone(
  tx: Tx,
  shipment: ShipmentRow,
  kind: MilestoneRow['kind'],
  change: Partial<Pick<MilestoneRow, 'estimated_at' | 'actual_at' | 'note' | 'recorded_by'>>,
): Promise<void> {
  await tx.run(
    `UPDATE shipment_milestone SET estimated_at = coalesce($4, estimated_at), actual_at = coalesce($5, actual_at),
            note = coalesce($6, note), recorded_by = coalesce($7, recorded_by)
      WHERE network_id = $1 AND shipment_id = $2 AND kind = $3`,
    [
      shipment.network_id,
      shipment.id,
      kind,
      instant(change.estimated_at ?? null),
      instant(change.actual_at ?? null),
      change.note ?? null,
      change.recorded_by ?? null,
    ],
  );
}

export async function setShipmentState(
  tx: Tx,
  shipment: ShipmentRow,
  state: ShipmentState,
  receivedQuantity: number | null = shipment.received_quantity,
): Promise<void> {
  await tx.run('UPDATE shipment SET state = $3, received_quantity = $4 WHERE network_id = $1 AND id = $2', [
    shipment.network_id,
    shipment.id,
    state,
    receivedQuantity,
  ]);
}

export function shipmentById(
  tx: Tx,
  id: string,
  lock: 'lock' | 'read' = 'read',
): Promise<ShipmentRow | undefined> {
  return tx.maybe<ShipmentRow>(
    `SELECT * FROM shipment WHERE id = $1 ${lock === 'lock' ? 'FOR UPDATE' : ''}`,
    [id],
  );
}

export function shipmentsOfLine(tx: Tx, networkId: string, lineId: string): Promise<ShipmentRow[]> {
  return tx.rows<ShipmentRow>('SELECT * FROM shipment WHERE network_id = $1 AND line_id = $2', [
    networkId,
    lineId,
  ]);
}

export function milestonesOf(
  tx: Tx,
  networkId: string,
  shipmentIds: readonly string[],
): Promise<MilestoneRow[]> {
  return tx.rows<MilestoneRow>(
    `SELECT shipment_id, seq, kind, planned_at, estimated_at, actual_at, note, recorded_by FROM shipment_milestone
      WHERE network_id = $1 AND shipment_id = ANY ($2) ORDER BY seq`,
    [networkId, shipmentIds],
  );
}

export interface ShipmentFilter {
  readonly orderId?: string;
  readonly state?: ShipmentState;
}

/** Newest first; keyset on (created_at, id). */
export function listShipments(
  tx: Tx,
  filter: ShipmentFilter,
  after: { createdAt: number; id: string } | undefined,
  limit: number,
): Promise<ShipmentRow[]> {
  return tx.rows<ShipmentRow>(
    `SELECT * FROM shipment
      WHERE ($1::uuid IS NULL OR order_id = $1) AND ($2::text IS NULL OR state = $2)
        AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4::uuid))
      ORDER BY created_at DESC, id DESC LIMIT $5`,
    [
      filter.orderId ?? null,
      filter.state ?? null,
      after ? new Date(after.createdAt) : null,
      after?.id ?? null,
      limit,
    ],
  );
}

export interface OverdueRow {
  readonly network_id: string;
  readonly shipment_id: string;
}

/** Shipments whose next milestone was expected before `nowMs` and has not been recorded, over all networks. */
export function overdueShipments(tx: Tx, nowMs: number, limit: number): Promise<OverdueRow[]> {
  return tx.rows<OverdueRow>(
    `SELECT s.network_id, s.id AS shipment_id FROM shipment s
       JOIN shipment_milestone m ON m.network_id = s.network_id AND m.shipment_id = s.id
      WHERE (s.state = 'ready' AND m.kind = 'departure' OR s.state = 'in-transit' AND m.kind = 'arrival')
        AND m.actual_at IS NULL AND m.estimated_at <= $1
      ORDER BY m.estimated_at LIMIT $2`,
    [new Date(nowMs), limit],
  );
}

export interface TransitRow {
  readonly id: string;
  readonly order_no: string;
  readonly from_lat: number;
  readonly from_lon: number;
  readonly to_lat: number;
  readonly to_lon: number;
  readonly departed_at: number;
  readonly estimated_arrival: number;
}

export function shipmentsInTransit(tx: Tx, networkId: string, limit: number): Promise<TransitRow[]> {
  return tx.rows<TransitRow>(
    `SELECT s.id, s.order_no, s.from_lat, s.from_lon, s.to_lat, s.to_lon,
            d.actual_at AS departed_at, a.estimated_at AS estimated_arrival
       FROM shipment s
       JOIN shipment_milestone d ON d.network_id = s.network_id AND d.shipment_id = s.id AND d.kind = 'departure'
       JOIN shipment_milestone a ON a.network_id = s.network_id AND a.shipment_id = s.id AND a.kind = 'arrival'
      WHERE s.network_id = $1 AND s.state = 'in-transit' AND d.actual_at IS NOT NULL AND a.estimated_at IS NOT NULL
      ORDER BY d.actual_at DESC LIMIT $2`,
    [networkId, limit],
  );
}
