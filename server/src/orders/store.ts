import type { LineState, Order, OrderLine, OrderState, OrderStep } from '@millrace/contract';
import { assert, type Tx } from '../kernel/index.ts';
import type { LineQuantities } from './order-line.ts';
import type { LineForecast, LinePromise, NewStep, StoredLine } from './orders.ts';

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

export async function findLine(tx: Tx, networkId: string, id: string): Promise<LineRow | undefined> {
  return (await findLines(tx, networkId, [id]))[0];
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
export async function lockLines(tx: Tx, networkId: string, ids: readonly string[]): Promise<LineRow[]> {
  const rows = await tx.rows<FlatLine>(
    `SELECT ${STORED} ${JOINED} WHERE l.network_id = $1 AND l.id = ANY ($2) ORDER BY l.id FOR UPDATE OF l`,
    [networkId, ids],
  );
  return rows.map(toLine);
}

export async function lockLinesOf(tx: Tx, networkId: string, orderId: string): Promise<LineRow[]> {
  const rows = await tx.rows<FlatLine>(
    `SELECT ${STORED} ${JOINED} WHERE l.network_id = $1 AND l.order_id = $2 ORDER BY l.id FOR UPDATE OF l`,
    [networkId, orderId],
  );
  return rows.map(toLine);
}

export interface MovedLine {
  readonly id: string;
  readonly quantities: LineQuantities;
  readonly state: LineState;
  /** Set once, when the last piece is received. */
  readonly receivedAt: number | null;
}

/** All in one statement, whatever their number. */
export async function updateLines(tx: Tx, networkId: string, moved: readonly MovedLine[]): Promise<void> {
  const of = <T>(value: (quantities: LineQuantities) => T): T[] =>
    moved.map(({ quantities }) => value(quantities));
  await tx.run(
    `UPDATE order_line l SET allocated_quantity = m.allocated, produced_quantity = m.produced,
            shipped_quantity = m.shipped, received_quantity = m.received, short_quantity = m.short,
            cancelled_quantity = m.cancelled, started = m.started, unplaceable = m.unplaceable, state = m.state,
            received_at = coalesce(l.received_at, m.received_at)
       FROM unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
              $9::boolean[], $10::boolean[], $11::text[], $12::timestamptz[])
         AS m (id, allocated, produced, shipped, received, short, cancelled, started, unplaceable, state, received_at)
      WHERE l.network_id = $1 AND l.id = m.id`,
    [
      networkId,
      moved.map(({ id }) => id),
      of((line) => line.allocatedQuantity),
      of((line) => line.producedQuantity),
      of((line) => line.shippedQuantity),
      of((line) => line.receivedQuantity),
      of((line) => line.shortQuantity),
      of((line) => line.cancelledQuantity),
      of((line) => line.started),
      of((line) => line.unplaceable),
      moved.map(({ state }) => state),
      moved.map(({ receivedAt }) => (receivedAt === null ? null : new Date(receivedAt))),
    ],
  );
}

/** Answers the lines that had no promise yet. */
export async function promiseLines(
  tx: Tx,
  networkId: string,
  promises: readonly LinePromise[],
): Promise<Pick<LineRow, 'id' | 'orderId' | 'quantity'>[]> {
  if (promises.length === 0) return [];
  return tx.rows(
    `UPDATE order_line l SET promised_at = p.at FROM unnest($2::uuid[], $3::timestamptz[]) AS p (id, at)
      WHERE l.network_id = $1 AND l.id = p.id AND l.promised_at IS NULL
     RETURNING l.id, l.order_id AS "orderId", l.quantity`,
    [networkId, promises.map(({ lineId }) => lineId), promises.map(({ at }) => new Date(at))],
  );
}

export async function updateProjected(
  tx: Tx,
  networkId: string,
  forecasts: readonly LineForecast[],
): Promise<void> {
  if (forecasts.length === 0) return;
  await tx.run(
    `UPDATE order_line l SET projected_at = f.at FROM unnest($2::uuid[], $3::timestamptz[]) AS f (id, at)
      WHERE l.network_id = $1 AND l.id = f.id AND l.projected_at IS DISTINCT FROM f.at`,
    [
      networkId,
      forecasts.map(({ lineId }) => lineId),
      forecasts.map(({ at }) => (at === null ? null : new Date(at))),
    ],
  );
}

export interface OrderHead {
  readonly id: string;
  readonly orderNo: string;
  readonly state: OrderState;
}

/** In the order of their ids. Their lines are locked before them, everywhere. */
export function lockOrders(tx: Tx, networkId: string, ids: readonly string[]): Promise<OrderHead[]> {
  return tx.rows<OrderHead>(
    `SELECT id, order_no AS "orderNo", state FROM sales_order
      WHERE network_id = $1 AND id = ANY ($2) ORDER BY id FOR UPDATE`,
    [networkId, ids],
  );
}

/** By order. */
export async function lineStates(
  tx: Tx,
  networkId: string,
  orderIds: readonly string[],
): Promise<Map<string, LineState[]>> {
  const rows = await tx.rows<{ orderId: string; states: LineState[] }>(
    `SELECT order_id AS "orderId", array_agg(state) AS states FROM order_line
      WHERE network_id = $1 AND order_id = ANY ($2) GROUP BY order_id`,
    [networkId, orderIds],
  );
  return new Map(rows.map(({ orderId, states }) => [orderId, states]));
}

export async function updateOrderStates(
  tx: Tx,
  networkId: string,
  orders: readonly Pick<OrderHead, 'id' | 'state'>[],
): Promise<void> {
  if (orders.length === 0) return;
  await tx.run(
    `UPDATE sales_order o SET state = s.state FROM unnest($2::uuid[], $3::text[]) AS s (id, state)
      WHERE o.network_id = $1 AND o.id = s.id`,
    [networkId, orders.map(({ id }) => id), orders.map(({ state }) => state)],
  );
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

/** All of one network, in one statement. They carry the order's buyer, so that row-level security needs no join. */
export async function insertSteps(tx: Tx, steps: readonly NewStep[]): Promise<void> {
  const [first] = steps;
  if (!first) return;
  const inserted = await tx.run(
    `INSERT INTO order_step (network_id, order_id, buyer_org_id, line_id, at, kind, actor, site_name, quantity, detail, evidence)
     SELECT $1, o.id, o.buyer_org_id, s.line_id, s.at, s.kind, s.actor, s.site_name, s.quantity, s.detail, s.evidence
       FROM unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::bigint[],
              $9::jsonb[], $10::text[]) WITH ORDINALITY
         AS s (order_id, line_id, at, kind, actor, site_name, quantity, detail, evidence, no)
       JOIN sales_order o ON o.network_id = $1 AND o.id = s.order_id
      ORDER BY s.no`,
    [
      first.networkId,
      steps.map(({ orderId }) => orderId),
      steps.map(({ lineId }) => lineId),
      steps.map(({ at }) => new Date(at)),
      steps.map(({ kind }) => kind),
      steps.map(({ actor }) => actor),
      steps.map(({ siteName }) => siteName ?? null),
      steps.map(({ quantity }) => quantity ?? null),
      steps.map(({ detail }) => JSON.stringify(detail ?? {})),
      steps.map(({ evidence }) => evidence ?? null),
    ],
  );
  assert(inserted === steps.length, 'a step tells of an order of its network');
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

/** Whose order it is; undefined when the transaction may not see it. */
export async function buyerOfOrder(tx: Tx, networkId: string, orderId: string): Promise<string | undefined> {
  const row = await tx.maybe<{ id: string }>(
    'SELECT buyer_org_id AS id FROM sales_order WHERE network_id = $1 AND id = $2',
    [networkId, orderId],
  );
  return row?.id;
}
