import type { LineState, OrderRow } from '@millrace/contract';
import type { Tx } from '../kernel/index.ts';
import type { OrderFigures } from './orders.ts';

const ROW = `o.id AS "orderId", o.order_no AS "orderNo", l.id AS "lineId", l.line_no AS "lineNo", o.buyer_name AS "buyerName",
  l.item_code AS "itemCode", l.item_name AS "itemName", l.quantity, l.produced_quantity AS "producedQuantity",
  l.requested_at AS "requestedAt", l.promised_at AS "promisedAt", l.projected_at AS "projectedAt",
  round((extract(epoch FROM l.projected_at - l.requested_at) / 3600)::numeric, 1) AS "hoursLate",
  l.priority, l.state, l.submitted_at AS "submittedAt"`;
const JOINED = 'FROM order_line l JOIN sales_order o ON o.network_id = l.network_id AND o.id = l.order_id';
const OPEN = `l.state NOT IN ('received', 'cancelled')`;
/**
 * The one meaning of "at risk": still open, and the forecast is past the requested date, or the date itself has passed, or
 * nobody can make it. `now` is the domain's.
 */
const atRiskAt = (now: string): string =>
  `${OPEN} AND (l.projected_at > l.requested_at OR l.requested_at < ${now} OR l.unplaceable)`;

export const ORDER_SORTS = ['requestedAt', 'submittedAt', 'hoursLate'] as const;
export type OrderSort = (typeof ORDER_SORTS)[number];

/** Sort column, its direction, and how a cursor's value is bound. */
const SORTS: Readonly<Record<OrderSort, { key: string; down: boolean; bind: (value: unknown) => unknown }>> =
  {
    requestedAt: { key: 'l.requested_at', down: false, bind: (value) => new Date(Number(value)) },
    submittedAt: { key: 'l.submitted_at', down: true, bind: (value) => new Date(Number(value)) },
    // Without a forecast a line is neither early nor late; it stands at the end.
    hoursLate: {
      key: 'coalesce(extract(epoch FROM l.projected_at - l.requested_at)::float8, -1e15)',
      down: true,
      bind: Number,
    },
  };

export interface OrderQuery {
  readonly networkId: string;
  readonly now: number;
  readonly state?: LineState | undefined;
  readonly q?: string | undefined;
  readonly atRisk?: boolean | undefined;
  readonly sort: OrderSort;
  readonly limit: number;
  readonly after?: readonly (string | number | null)[] | undefined;
}

/** An order row with its place in the list. */
export type ListedRow = OrderRow & { readonly sortKey: number };

export async function listLines(tx: Tx, query: OrderQuery): Promise<{ rows: ListedRow[]; total?: number }> {
  const values: unknown[] = [query.networkId];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const wheres = ['l.network_id = $1'];
  if (query.state) wheres.push(`l.state = ${bind(query.state)}`);
  if (query.atRisk) wheres.push(atRiskAt(`${bind(new Date(query.now))}::timestamptz`));
  if (query.q) {
    const like = bind(`%${query.q.replace(/[\\%_]/g, '\\$&')}%`);
    wheres.push(
      `(${['o.order_no', 'o.reference', 'o.buyer_name', 'l.item_code', 'l.item_name'].map((column) => `${column} ILIKE ${like}`).join(' OR ')})`,
    );
  }
  const total = query.after
    ? undefined
    : (await tx.one<{ n: number }>(`SELECT count(*) AS n ${JOINED} WHERE ${wheres.join(' AND ')}`, values)).n;
  const { key, down, bind: bindKey } = SORTS[query.sort];
  if (query.after) {
    const [value, id] = query.after;
    wheres.push(`(${key}, l.id) ${down ? '<' : '>'} (${bind(bindKey(value))}, ${bind(id)}::uuid)`);
  }
  const way = down ? 'DESC' : 'ASC';
  const rows = await tx.rows<ListedRow>(
    `SELECT ${ROW}, ${key} AS "sortKey" ${JOINED} WHERE ${wheres.join(' AND ')}
      ORDER BY ${key} ${way}, l.id ${way} LIMIT ${bind(query.limit + 1)}`,
    values,
  );
  return { rows, ...(total === undefined ? {} : { total }) };
}

export function atRiskRows(tx: Tx, networkId: string, now: number, limit: number): Promise<OrderRow[]> {
  return tx.rows<OrderRow>(
    `SELECT ${ROW} ${JOINED} WHERE l.network_id = $1 AND ${atRiskAt('$2')}
      ORDER BY coalesce(l.projected_at, $2) - l.requested_at DESC, l.id LIMIT $3`,
    [networkId, new Date(now), limit],
  );
}

/** Days over which promises are counted as kept or broken. */
const KEPT_SPAN_MS = 30 * 86_400_000;

export async function readFigures(tx: Tx, networkId: string, now: number): Promise<OrderFigures> {
  const open = await tx.one<{ ordersOpen: number }>(
    `SELECT count(*) AS "ordersOpen" FROM sales_order WHERE network_id = $1 AND state IN ('submitted', 'in-progress')`,
    [networkId],
  );
  const risk = await tx.one<{ ordersAtRisk: number }>(
    `SELECT count(DISTINCT l.order_id) AS "ordersAtRisk" FROM order_line l WHERE l.network_id = $1 AND ${atRiskAt('$2')}`,
    [networkId, new Date(now)],
  );
  const kept = await tx.one<{ kept: number; received: number }>(
    `SELECT count(*) FILTER (WHERE received_at <= requested_at) AS kept, count(*) AS received
       FROM order_line WHERE network_id = $1 AND received_at > $2 AND received_at <= $3`,
    [networkId, new Date(now - KEPT_SPAN_MS), new Date(now)],
  );
  const keptPromises = kept.received === 0 ? null : kept.kept / kept.received;
  return { ...open, ...risk, keptPromises, linesReceived: kept.received };
}
