import type { Tx } from '../kernel/index.ts';
import { type BookableOperation, book, bookingSpan, minuteOf } from './booking.ts';
import type { Shop } from './execution.ts';
import { stepIsOpen } from './production-order.ts';
import { inPlanOrder } from './projection.ts';
import {
  bookedUntil,
  bookOperations,
  lockDueOperations,
  type MachineBooking,
  type OperationBooking,
  operationsOf,
  releasedAt,
  setBookedUntil,
  takeBookingTurn,
  updateOperation,
} from './store.ts';
import { addMachineOutput, type MachineOutput } from './store-report.ts';
import type { OperationRow } from './view.ts';

const HOUR_MS = 3_600_000;

/** What one machine runs and may run next: begun or due, the steps before it done, in plan order. */
interface MachineQueue {
  readonly due: readonly OperationRow[];
  readonly bookedUntil: number;
  /** Domain instant at which each due operation's production order was released. */
  readonly releasedAt: ReadonlyMap<string, number>;
}

/**
 * Starts the operations that are due and gives every newly recorded piece to what its machine is running. The minute up to
 * which a machine was counted moves in the same transaction, so each piece is booked exactly once.
 */
export async function countMachines(shop: Shop, networkId: string): Promise<void> {
  await shop.kernel.db.transaction({ kind: 'network', networkId }, async (tx) => {
    if (!(await takeBookingTurn(tx, networkId))) return;
    const queues = await machineQueues(shop, tx, networkId);
    const running: MachineQueue[] = [];
    for (const queue of queues) running.push(await startFirst(shop, tx, queue));
    await bookCounts(shop, tx, networkId, running);
  });
}

async function machineQueues(shop: Shop, tx: Tx, networkId: string): Promise<MachineQueue[]> {
  const due = await lockDueOperations(tx, networkId, shop.kernel.clock.now());
  const released = await releasedAt(tx, networkId, [...new Set(due.map((row) => row.production_order_id))]);
  const later = due.filter(({ step_index }) => step_index > 0).map((row) => row.production_order_id);
  const siblings = Map.groupBy(await operationsOf(tx, networkId, later), (row) => row.production_order_id);
  const isDue = (row: OperationRow): boolean =>
    row.state === 'running' ||
    (released.has(row.production_order_id) &&
      stepIsOpen((siblings.get(row.production_order_id) ?? []).map(stepOutput), row.step_index));
  const byMachine = Map.groupBy(due.filter(isDue), (row) => row.machine_id);
  const booked = await bookedUntil(tx, networkId, [...byMachine.keys()]);
  return [...byMachine].map(([machineId, rows]) => ({
    due: inPlanOrder(rows.map((row) => ({ ...row, plannedStart: row.planned_start }))),
    bookedUntil: booked.get(machineId) ?? 0,
    releasedAt: released,
  }));
}

export const stepOutput = (row: OperationRow) => ({
  stepIndex: row.step_index,
  goodQuantity: row.good_quantity,
  quantity: row.quantity,
  state: row.state,
});

async function startFirst(shop: Shop, tx: Tx, queue: MachineQueue): Promise<MachineQueue> {
  const [first, ...rest] = queue.due;
  if (first?.state !== 'queued') return queue;
  // Pieces made since the plan's start belong to it, unless they were booked to the operation before.
  const released = queue.releasedAt.get(first.production_order_id) ?? 0;
  const startedAt = Math.max(first.planned_start, released, queue.bookedUntil);
  return { ...queue, due: [await start(shop, tx, first, startedAt), ...rest] };
}

async function start(shop: Shop, tx: Tx, row: OperationRow, startedAt: number): Promise<OperationRow> {
  await updateOperation(tx, row, { state: 'running', started_at: startedAt });
  await shop.state.startAssignment(tx, assignmentOf(row, startedAt));
  return { ...row, state: 'running', started_at: startedAt };
}

interface Bookings {
  readonly machines: MachineBooking[];
  readonly operations: OperationBooking[];
  readonly outputs: MachineOutput[];
}

async function bookCounts(
  shop: Shop,
  tx: Tx,
  networkId: string,
  queues: readonly MachineQueue[],
): Promise<void> {
  const nowMs = shop.kernel.clock.now();
  const bookings: Bookings = { machines: [], operations: [], outputs: [] };
  for (const queue of queues) {
    const [first] = queue.due;
    if (!first) continue;
    const from = Math.max(queue.bookedUntil, minuteOf(first.started_at ?? nowMs));
    const newest = shop.state.live(first.machine_id)?.lastMinute ?? null;
    const span = bookingSpan(from, newest, nowMs);
    if (!span) continue;
    const { factory_org_id: factoryOrgId, machine_id: machineId } = first;
    const made = await shop.state.countBetween(tx, factoryOrgId, machineId, span.fromMs, span.untilMs);
    bookings.machines.push({ machineId, factoryOrgId, bookedUntil: span.untilMs });
    if (made.count > 0 || made.runningS > 0) {
      await bookSpan(shop, tx, queue.due, made, span.untilMs, bookings);
    }
  }
  const { machines, operations, outputs } = bookings;
  if (machines.length > 0) await setBookedUntil(tx, networkId, machines);
  if (operations.length > 0) await bookOperations(tx, networkId, operations);
  if (outputs.length > 0) await addMachineOutput(tx, networkId, outputs);
}

async function bookSpan(
  shop: Shop,
  tx: Tx,
  due: readonly OperationRow[],
  made: { readonly count: number; readonly runningS: number },
  untilMs: number,
  { operations, outputs }: Bookings,
): Promise<void> {
  for (const [index, result] of book(due.map(bookable), made.count, made.runningS).entries()) {
    const row = due[index];
    if (!row) continue;
    const pieces = result.counted - row.counted;
    // The machine has one running operation: the one before was ended in this loop's last turn, in the same booking.
    if (row.state === 'queued') await shop.state.startAssignment(tx, assignmentOf(row, untilMs));
    operations.push({
      ...result,
      id: row.id,
      state: result.done ? 'done' : 'running',
      startedAt: row.started_at ?? untilMs,
      finishedAt: result.done ? untilMs : null,
    });
    if (pieces > 0) outputs.push(outputOf(shop, row, pieces, untilMs));
    if (result.done) await endAssignment(shop, tx, row, untilMs);
  }
}

const bookable = (row: OperationRow): BookableOperation => ({
  quantity: row.quantity,
  counted: row.counted,
  manualGood: row.manual_good,
  scrap: row.scrap_quantity,
  runningS: row.running_s,
});

const assignmentOf = (row: OperationRow, at: number) => ({
  orgId: row.factory_org_id,
  machineId: row.machine_id,
  operationId: row.id,
  itemId: row.item_id,
  itemCode: row.item_code,
  ratePerHour: row.rate_per_hour,
  quantity: row.quantity - row.good_quantity,
  at,
});

export async function endAssignment(shop: Shop, tx: Tx, row: OperationRow, at: number): Promise<void> {
  await shop.state.endAssignment(tx, {
    orgId: row.factory_org_id,
    machineId: row.machine_id,
    operationId: row.id,
    at,
  });
}

function outputOf(shop: Shop, row: OperationRow, pieces: number, untilMs: number): MachineOutput {
  return {
    id: shop.kernel.ids(),
    operationId: row.id,
    productionOrderId: row.production_order_id,
    factoryOrgId: row.factory_org_id,
    buyerOrgId: row.buyer_org_id,
    pieces,
    hour: untilMs - 1 - ((untilMs - 1) % HOUR_MS),
  };
}
