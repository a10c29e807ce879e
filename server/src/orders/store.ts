import type { LineState, Order, OrderLine, OrderState, OrderStep } from '@millrace/contract';
import type { Tx } from '../kernel/index.ts';
import type { LineQuantities } from './order-line.ts';
import type { NewStep, StoredLine } from './orders.ts';

const LINE = `l.id, l.order_id AS "orderId", l.line_no AS "lineNo", l.item_id AS "itemId", l.item_code AS "itemCode",
  l.item_name AS "itemName", l.quantity, l.requested_at AS "requestedAt", l.priority, l.split_allowed AS "splitAllowed",
  l.minimum_shipment AS "minimumShipment", l.state, l.promised_at AS "promisedAt", l.projected_at AS "projectedAt",
  l.allocated_quantity AS "allocatedQuantity", l.produced_quantity AS "producedQuantity",
  l.shipped_quantity AS "shippedQuantity", l.received_quantity AS "receivedQuantity",
  l.cancelled_quantity AS "cancelledQuantity"`;
const STORED = `${LINE}, l.network_id AS "networkId", l.short_quantity AS "shortQuantity", l.started, l.unplaceable,
  l.submitted_at AS "submittedAt", o.order_no AS "orderNo", o.state AS "orderState",
  o.buyer_org_id AS "buyerOrganisationId", o.buyer_name AS "buyerName", o.destination_name AS "destinationName",
  o.destination_lat AS lat, o.destination_lon AS lon`;
const JOINED = 'FROM order_line l JOIN sales_order o ON o.network_id = l.network_id AND o.id = l.order_id';

/** A stored line with the two marks that only its state rules read. */
export type LineRow = StoredLine & LineQuantities;
type FlatLine = Omit<LineRow, 'destination'> & { destinationName: string; lat: number; lon: number };

function toLine({ destinationName: name, lat, lon, ...line }: FlatLine): LineRow {
  return { ...line, destination: { name, position: { lat, lon } } };
}

export async function findLine(
  tx: Tx,
  networkId: string,
  id: string,
  lock = false,
): Promise<LineRow | undefined> {
  const row = await tx.maybe<FlatLine>(
    `SELECT ${STORED} ${JOINED} WHERE l.network_id = $1 AND l.id = $2 ${lock ? 'FOR UPDATE OF l' : ''}`,
    [networkId, id],
  );
  return row && toLine(row);
}

export async function findLines(tx: Tx, networkId: string, ids: readonly string[]): Promise<LineRow[]> {
  const rows = await tx.rows<FlatLine>(
    `SELECT ${STORED} ${JOINED} WHERE l.network_id = $1 AND l.id = ANY ($2) ORDER BY l.id`,
    [networkId, ids],
  );
  return rows.map(toLine);
}

export async function openLinesOf(tx: Tx, networkId: string): Promise<LineRow[]> {
  const rows = await tx.rows<FlatLine>(
    `SELECT ${STORED} ${JOINED} WHERE l.network_id = $1 AND l.state NOT IN ('received', 'cancelled')
      ORDER BY l.requested_at, l.id`,
    [networkId],
  );
  return rows.map(toLine);
}

/** In the order of their ids, so that two transactions never wait for each other. */
export async function lockLinesOf(tx: Tx, networkId: string, orderId: string): Promise<LineRow[]> {
  const rows = await tx.rows<FlatLine>(
    `SELECT ${STORED} ${JOINED} WHERE l.network_id = $1 AND l.order_id = $2 ORDER BY l.id FOR UPDATE OF l`,
    [networkId, orderId],
  );
  return rows.map(toLine);
}

export async function updateLine(
  tx: Tx,
  networkId: string,
  id: string,
  line: LineQuantities,
  state: LineState,
  receivedAt: number | null,
): Promise<void> {
  await tx.run(
    `UPDATE order_line SET allocated_quantity = $3, produced_quantity = $4, shipped_quantity = $5,
            received_quantity = $6, short_quantity = $7, cancelled_quantity = $8, started = $9, unplaceable = $10,
            state = $11, received_at = coalesce(received_at, $12)
      WHERE network_id = $1 AND id = $2`,
    [
      networkId,
      id,
      line.allocatedQuantity,
      line.producedQuantity,
      line.shippedQuantity,
      line.receivedQuantity,
      line.shortQuantity,
      line.cancelledQuantity,
      line.started,
      line.unplaceable,
      state,
      receivedAt === null ? null : new Date(receivedAt),
    ],
  );
}

export async function updatePromise(tx: Tx, networkId: string, id: string, at: number): Promise<boolean> {
  const changed = await tx.run(
    'UPDATE order_line SET promised_at = $3 WHERE network_id = $1 AND id = $2 AND promised_at IS NULL',
    [networkId, id, new Date(at)],
  );
  return changed === 1;
}

export async function updateProjected(
  tx: Tx,
  networkId: string,
  id: string,
  at: number | null,
): Promise<void> {
  await tx.run('UPDATE order_line SET projected_at = $3 WHERE network_id = $1 AND id = $2', [
    networkId,
    id,
    at === null ? null : new Date(at),
  ]);
}

export async function lockOrderState(tx: Tx, networkId: string, id: string): Promise<OrderState | undefined> {
  const row = await tx.maybe<{ state: OrderState }>(
    'SELECT state FROM sales_order WHERE network_id = $1 AND id = $2 FOR UPDATE',
    [networkId, id],
  );
  return row?.state;
}

export async function lineStates(tx: Tx, networkId: string, orderId: string): Promise<LineState[]> {
  const rows = await tx.rows<{ state: LineState }>(
    'SELECT state FROM order_line WHERE network_id = $1 AND order_id = $2',
    [networkId, orderId],
  );
  return rows.map((row) => row.state);
}

export async function updateOrderState(
  tx: Tx,
  networkId: string,
  id: string,
  state: OrderState,
): Promise<void> {
  await tx.run('UPDATE sales_order SET state = $3 WHERE network_id = $1 AND id = $2', [networkId, id, state]);
}

export async function findOrder(tx: Tx, networkId: string, id: string): Promise<Order | undefined> {
  const head = await tx.maybe<
    Omit<Order, 'lines' | 'destination'> & { name: string; lat: number; lon: number }
  >(
    `SELECT id, order_no AS "orderNo", reference, buyer_org_id AS "buyerOrganisationId", buyer_name AS "buyerName",
            destination_name AS name, destination_lat AS lat, destination_lon AS lon, state, channel,
            submitted_at AS "submittedAt"
       FROM sales_order WHERE network_id = $1 AND id = $2`,
    [networkId, id],
  );
  if (!head) return undefined;
  const lines = await tx.rows<OrderLine>(
    `SELECT ${LINE} FROM order_line l WHERE l.network_id = $1 AND l.order_id = $2 ORDER BY l.line_no`,
    [networkId, id],
  );
  const { name, lat, lon, ...order } = head;
  return { ...order, destination: { name, position: { lat, lon } }, lines };
}

export async function insertStep(tx: Tx, buyerOrganisationId: string, step: NewStep): Promise<void> {
  await tx.run(
    `INSERT INTO order_step (network_id, order_id, buyer_org_id, line_id, at, kind, actor, site_name, quantity, detail, evidence)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      step.networkId,
      step.orderId,
      buyerOrganisationId,
      step.lineId,
      new Date(step.at),
      step.kind,
      step.actor,
      step.siteName ?? null,
      step.quantity ?? null,
      JSON.stringify(step.detail ?? {}),
      step.evidence ?? null,
    ],
  );
}

/** The story of an order that is still growing after this many steps is read from the end. */
const STEPS_MAX = 5_000;

export async function stepsOf(tx: Tx, networkId: string, orderId: string): Promise<OrderStep[]> {
  const newest = await tx.rows<OrderStep>(
    `SELECT at, kind, actor, line_id AS "lineId", site_name AS "siteName", quantity, detail, evidence
       FROM order_step WHERE network_id = $1 AND order_id = $2 ORDER BY at DESC, seq DESC LIMIT ${STEPS_MAX}`,
    [networkId, orderId],
  );
  return newest.reverse();
}

/** Whose order it is: steps carry the buyer, so that row-level security needs no join. */
export async function buyerOfOrder(tx: Tx, networkId: string, orderId: string): Promise<string | undefined> {
  const row = await tx.maybe<{ id: string }>(
    'SELECT buyer_org_id AS id FROM sales_order WHERE network_id = $1 AND id = $2',
    [networkId, orderId],
  );
  return row?.id;
}
