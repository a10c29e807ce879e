import type { Tx } from '../kernel/index.ts';
import type { OperationRow, ProductionOrderRow } from './view.ts';

/** Column names come from our own row types, never from outside. */
const columns = (names: readonly string[]): string => names.join(', ');
const slots = (names: readonly string[]): string => names.map((_, index) => `$${index + 1}`).join(', ');

const ORDER_COLUMNS = [
  'network_id',
  'id',
  'production_no',
  'allocation_id',
  'line_id',
  'order_id',
  'order_no',
  'item_id',
  'item_code',
  'item_name',
  'site_id',
  'site_name',
  'work_center_id',
  'factory_org_id',
  'buyer_org_id',
  'priority',
  'state',
  'quantity',
  'good_quantity',
  'scrap_quantity',
  'told_quantity',
  'minimum_shipment',
  'planned_start',
  'planned_finish',
  'projected_finish',
  'promised_finish',
  'slip_told',
  'line_told_finish',
  'transit_ms',
  'requested_at',
  'released_at',
  'started_at',
  'completed_at',
] as const satisfies readonly (keyof ProductionOrderRow)[];

const OPERATION_COLUMNS = [
  'network_id',
  'id',
  'production_order_id',
  'machine_id',
  'machine_code',
  'factory_org_id',
  'buyer_org_id',
  'site_id',
  'item_id',
  'item_code',
  'step_index',
  'state',
  'quantity',
  'counted',
  'manual_good',
  'scrap_quantity',
  'good_quantity',
  'running_s',
  'rated_pieces',
  'rated_running_s',
  'planned_start',
  'planned_end',
  'started_at',
  'finished_at',
  'set_up_minutes',
  'rate_per_hour',
] as const satisfies readonly (keyof OperationRow)[];

const INSTANTS: ReadonlySet<string> = new Set([
  'planned_start',
  'planned_finish',
  'planned_end',
  'projected_finish',
  'promised_finish',
  'slip_told',
  'line_told_finish',
  'requested_at',
  'released_at',
  'started_at',
  'finished_at',
  'completed_at',
]);

/** Instants are numbers in our rows and timestamptz in SQL [D12]. */
function bound<R extends object>(row: R, names: readonly (keyof R & string)[]): unknown[] {
  return names.map((name) => {
    const value = row[name];
    return INSTANTS.has(name) && typeof value === 'number' ? new Date(value) : value;
  });
}

/** False when the allocation was released before: an event that comes twice makes one production order. */
export async function insertProductionOrder(tx: Tx, row: ProductionOrderRow): Promise<boolean> {
  const inserted = await tx.run(
    `INSERT INTO production_order (${columns(ORDER_COLUMNS)}) VALUES (${slots(ORDER_COLUMNS)})
     ON CONFLICT (network_id, allocation_id) DO NOTHING`,
    bound(row, ORDER_COLUMNS),
  );
  return inserted === 1;
}

/** All in one statement. */
export async function insertOperations(tx: Tx, rows: readonly OperationRow[]): Promise<void> {
  const records = rows.map((row) => {
    const values = bound(row, OPERATION_COLUMNS);
    return Object.fromEntries(OPERATION_COLUMNS.map((name, at) => [name, values[at]]));
  });
  await tx.run(
    `INSERT INTO operation (${columns(OPERATION_COLUMNS)})
     SELECT ${columns(OPERATION_COLUMNS)} FROM jsonb_populate_recordset(NULL::operation, $1)`,
    [JSON.stringify(records)],
  );
}

type Changeable<R> = Partial<{ -readonly [K in keyof R]: R[K] }>;

export async function updateProductionOrder(
  tx: Tx,
  { network_id, id }: Pick<ProductionOrderRow, 'network_id' | 'id'>,
  change: Changeable<ProductionOrderRow>,
): Promise<void> {
  await update(tx, 'UPDATE production_order', network_id, id, change);
}

export async function updateOperation(
  tx: Tx,
  { network_id, id }: Pick<OperationRow, 'network_id' | 'id'>,
  change: Changeable<OperationRow>,
): Promise<void> {
  await update(tx, 'UPDATE operation', network_id, id, change);
}

async function update(
  tx: Tx,
  act: 'UPDATE production_order' | 'UPDATE operation',
  networkId: string,
  id: string,
  change: Record<string, unknown>,
): Promise<void> {
  const names = Object.keys(change);
  if (names.length === 0) return;
  await tx.run(
    `${act} SET ${names.map((name, index) => `${name} = $${index + 3}`).join(', ')}
      WHERE network_id = $1 AND id = $2`,
    [networkId, id, ...bound(change, names)],
  );
}

export function productionOrder(
  tx: Tx,
  id: string,
  lock: 'lock' | 'read' = 'read',
): Promise<ProductionOrderRow | undefined> {
  return tx.maybe<ProductionOrderRow>(
    `SELECT ${columns(ORDER_COLUMNS)} FROM production_order WHERE id = $1 ${lock === 'lock' ? 'FOR UPDATE' : ''}`,
    [id],
  );
}

export function productionOrderOfAllocation(
  tx: Tx,
  networkId: string,
  allocationId: string,
): Promise<ProductionOrderRow | undefined> {
  return tx.maybe<ProductionOrderRow>(
    `SELECT ${columns(ORDER_COLUMNS)} FROM production_order
      WHERE network_id = $1 AND allocation_id = $2 FOR UPDATE`,
    [networkId, allocationId],
  );
}

export function ordersOfLines(
  tx: Tx,
  networkId: string,
  lineIds: readonly string[],
): Promise<ProductionOrderRow[]> {
  return tx.rows<ProductionOrderRow>(
    `SELECT ${columns(ORDER_COLUMNS)} FROM production_order
      WHERE network_id = $1 AND line_id = ANY ($2) ORDER BY id`,
    [networkId, lineIds],
  );
}

/** Production orders that the line has had, whatever became of them. */
export async function countOrdersOf(tx: Tx, networkId: string, lineId: string): Promise<number> {
  const { count } = await tx.one<{ count: number }>(
    'SELECT count(*) FROM production_order WHERE network_id = $1 AND line_id = $2',
    [networkId, lineId],
  );
  return count;
}

/** Work goes on in these networks. */
export async function networksAtWork(tx: Tx): Promise<string[]> {
  const found = await tx.rows<{ network_id: string }>(
    `SELECT DISTINCT network_id FROM production_order WHERE state IN ('released', 'running')`,
  );
  return found.map(({ network_id }) => network_id);
}

export function openProductionOrders(tx: Tx, networkId: string): Promise<ProductionOrderRow[]> {
  return tx.rows<ProductionOrderRow>(
    `SELECT ${columns(ORDER_COLUMNS)} FROM production_order
      WHERE network_id = $1 AND state IN ('released', 'running') ORDER BY id`,
    [networkId],
  );
}

export async function setProjectedFinish(
  tx: Tx,
  networkId: string,
  forecasts: readonly { readonly order: { readonly id: string }; readonly finish: number }[],
): Promise<void> {
  if (forecasts.length === 0) return;
  await tx.run(
    `UPDATE production_order AS p SET projected_finish = f.finish
       FROM unnest($2::uuid[], $3::timestamptz[]) AS f (id, finish) WHERE p.network_id = $1 AND p.id = f.id`,
    [networkId, forecasts.map(({ order }) => order.id), forecasts.map(({ finish }) => new Date(finish))],
  );
}

export function operation(
  tx: Tx,
  id: string,
  lock: 'lock' | 'read' = 'read',
): Promise<OperationRow | undefined> {
  return tx.maybe<OperationRow>(
    `SELECT ${columns(OPERATION_COLUMNS)} FROM operation WHERE id = $1 ${lock === 'lock' ? 'FOR UPDATE' : ''}`,
    [id],
  );
}

export function operationsOf(
  tx: Tx,
  networkId: string,
  productionOrderIds: readonly string[],
): Promise<OperationRow[]> {
  return tx.rows<OperationRow>(
    `SELECT ${columns(OPERATION_COLUMNS)} FROM operation
      WHERE network_id = $1 AND production_order_id = ANY ($2) ORDER BY step_index, planned_start, id`,
    [networkId, productionOrderIds],
  );
}

/** What machines have before them, in plan order. */
export function openOperations(tx: Tx, networkId: string): Promise<OperationRow[]> {
  return tx.rows<OperationRow>(
    `SELECT ${columns(OPERATION_COLUMNS)} FROM operation
      WHERE network_id = $1 AND state IN ('queued', 'running') ORDER BY machine_id, planned_start, id`,
    [networkId],
  );
}

/** Begun, or planned to begin by now; held against reports of people until the transaction ends. */
export function lockDueOperations(tx: Tx, networkId: string, nowMs: number): Promise<OperationRow[]> {
  return tx.rows<OperationRow>(
    `SELECT ${columns(OPERATION_COLUMNS)} FROM operation
      WHERE network_id = $1 AND (state = 'running' OR (state = 'queued' AND planned_start <= $2))
      ORDER BY id FOR UPDATE`,
    [networkId, new Date(nowMs)],
  );
}

/** Domain instants at which these production orders were released; those that have ended are left out. */
export async function releasedAt(
  tx: Tx,
  networkId: string,
  productionOrderIds: readonly string[],
): Promise<Map<string, number>> {
  const found = await tx.rows<{ id: string; released_at: number }>(
    `SELECT id, released_at FROM production_order
      WHERE network_id = $1 AND id = ANY ($2) AND state IN ('released', 'running')`,
    [networkId, productionOrderIds],
  );
  return new Map(found.map((row) => [row.id, row.released_at]));
}

/** One step of an open production order, summed over its machines. */
export interface StepProgress {
  readonly id: string;
  readonly state: ProductionOrderRow['state'];
  readonly quantity: number;
  readonly told_quantity: number;
  readonly step_index: number;
  readonly good: number;
  readonly begun: boolean;
  readonly ended: boolean;
}

/** How far every open production order is, in as few bytes as say it: read several times a minute. */
export function stepProgress(tx: Tx, networkId: string): Promise<StepProgress[]> {
  return tx.rows<StepProgress>(
    `SELECT p.id, p.state, p.quantity, p.told_quantity, o.step_index, sum(o.good_quantity) AS good,
            bool_or(o.state = 'running' OR o.good_quantity > 0) AS begun,
            bool_and(o.state IN ('done', 'withdrawn')) AS ended
       FROM production_order p
       JOIN operation o ON o.network_id = p.network_id AND o.production_order_id = p.id
      WHERE p.network_id = $1 AND p.state IN ('released', 'running')
      GROUP BY p.network_id, p.id, o.step_index ORDER BY p.id, o.step_index`,
    [networkId],
  );
}

/** Only one process books a network at a time; the other finds nothing to do. Released with the transaction. */
export async function takeBookingTurn(tx: Tx, networkId: string): Promise<boolean> {
  const { taken } = await tx.one<{ taken: boolean }>(
    `SELECT pg_try_advisory_xact_lock(hashtextextended('execution-booking:' || $1, 0)) AS taken`,
    [networkId],
  );
  return taken;
}

export async function bookedUntil(
  tx: Tx,
  networkId: string,
  machineIds: readonly string[],
): Promise<Map<string, number>> {
  const found = await tx.rows<{ machine_id: string; booked_until: number }>(
    'SELECT machine_id, booked_until FROM machine_booking WHERE network_id = $1 AND machine_id = ANY ($2)',
    [networkId, machineIds],
  );
  return new Map(found.map((row) => [row.machine_id, row.booked_until]));
}

export interface MachineBooking {
  readonly machineId: string;
  readonly factoryOrgId: string;
  readonly bookedUntil: number;
}

export async function setBookedUntil(
  tx: Tx,
  networkId: string,
  bookings: readonly MachineBooking[],
): Promise<void> {
  await tx.run(
    `INSERT INTO machine_booking (network_id, machine_id, factory_org_id, booked_until)
     SELECT $1, machine_id, factory_org_id, booked_until
       FROM unnest($2::uuid[], $3::uuid[], $4::timestamptz[]) AS b (machine_id, factory_org_id, booked_until)
     ON CONFLICT (network_id, machine_id) DO UPDATE SET booked_until = excluded.booked_until`,
    [
      networkId,
      bookings.map(({ machineId }) => machineId),
      bookings.map(({ factoryOrgId }) => factoryOrgId),
      bookings.map((booking) => new Date(booking.bookedUntil)),
    ],
  );
}

export interface OperationBooking {
  readonly id: string;
  readonly counted: number;
  readonly goodQuantity: number;
  readonly runningS: number;
  readonly state: OperationRow['state'];
  readonly startedAt: number;
  readonly finishedAt: number | null;
}

/** Those that end first, then the others: a machine never has two running operations, not even inside this statement's order. */
export async function bookOperations(
  tx: Tx,
  networkId: string,
  bookings: readonly OperationBooking[],
): Promise<void> {
  const ended = bookings.filter(({ state }) => state === 'done');
  const begun = bookings.filter(({ state }) => state !== 'done');
  for (const part of [ended, begun].filter(({ length }) => length > 0)) {
    await tx.run(
      `UPDATE operation AS o SET counted = b.counted, good_quantity = b.good, running_s = b.running_s,
              state = b.state, started_at = b.started_at, finished_at = b.finished_at
         FROM unnest($2::uuid[], $3::int[], $4::int[], $5::bigint[], $6::text[], $7::timestamptz[], $8::timestamptz[])
           AS b (id, counted, good, running_s, state, started_at, finished_at)
        WHERE o.network_id = $1 AND o.id = b.id`,
      [
        networkId,
        part.map(({ id }) => id),
        part.map(({ counted }) => counted),
        part.map(({ goodQuantity }) => goodQuantity),
        part.map(({ runningS }) => runningS),
        part.map(({ state }) => state),
        part.map(({ startedAt }) => new Date(startedAt)),
        part.map(({ finishedAt }) => (finishedAt === null ? null : new Date(finishedAt))),
      ],
    );
  }
}
