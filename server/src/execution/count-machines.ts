import type { Tx } from '../kernel/index.ts';
import { book, bookingSpan, minuteOf } from './booking.ts';
import type { Shop } from './execution.ts';
import { stepIsOpen } from './production-order.ts';
import { inPlanOrder } from './projection.ts';
import {
  bookedUntil,
  bookOperations,
  type MachineBooking,
  type OperationBooking,
  openOperations,
  openProductionOrders,
  operationsOf,
  setBookedUntil,
  takeBookingTurn,
  updateOperation,
} from './store.ts';
import { addMachineOutput, type MachineOutput } from './store-report.ts';
import type { OperationRow } from './view.ts';

const HOUR_MS = 3_600_000;

/**
 * Starts the operations that are due and gives every newly recorded piece to the operation its machine is running. The
 * minute up to which a machine was counted moves in the same transaction, so each piece is booked exactly once.
 */
export async function countMachines(shop: Shop, networkId: string): Promise<void> {
  await shop.kernel.db.transaction({ kind: 'network', networkId }, async (tx) => {
    if (!(await takeBookingTurn(tx, networkId))) return;
    const open = await openOperations(tx, networkId);
    if (open.length === 0) return;
    const booked = await bookedUntil(tx, networkId, [...new Set(open.map((row) => row.machine_id))]);
    const running = [
      ...open.filter(({ state }) => state === 'running'),
      ...(await startDue(shop, tx, networkId, open, booked)),
    ];
    await bookCounts(shop, tx, networkId, running, booked);
  });
}

/** On every machine that is free: the first of its queue, once its planned start has come and the steps before it are done. */
async function startDue(
  shop: Shop,
  tx: Tx,
  networkId: string,
  open: readonly OperationRow[],
  booked: ReadonlyMap<string, number>,
): Promise<OperationRow[]> {
  const nowMs = shop.kernel.clock.now();
  const byMachine = Map.groupBy(open, (row) => row.machine_id);
  const due = [...byMachine.values()].flatMap((queue) => {
    const [first] = inPlanOrder(queue.map((row) => ({ ...row, plannedStart: row.planned_start })));
    return first?.state === 'queued' && first.planned_start <= nowMs ? [first] : [];
  });
  if (due.length === 0) return [];
  const orders = new Map((await openProductionOrders(tx, networkId)).map((row) => [row.id, row]));
  const later = due.filter(({ step_index }) => step_index > 0).map((row) => row.production_order_id);
  const siblings = Map.groupBy(await operationsOf(tx, networkId, later), (row) => row.production_order_id);
  const started: OperationRow[] = [];
  for (const { plannedStart, ...row } of due) {
    const order = orders.get(row.production_order_id);
    const steps = (siblings.get(row.production_order_id) ?? []).map(stepOutput);
    if (!order || !stepIsOpen(steps, row.step_index)) continue;
    // Pieces made since the plan's start belong to it, unless they were booked to the operation before.
    const startedAt = Math.max(plannedStart, order.released_at, booked.get(row.machine_id) ?? 0);
    await updateOperation(tx, row, { state: 'running', started_at: startedAt });
    await shop.state.startAssignment(tx, {
      orgId: row.factory_org_id,
      machineId: row.machine_id,
      operationId: row.id,
      itemId: row.item_id,
      itemCode: row.item_code,
      ratePerHour: row.rate_per_hour,
      quantity: row.quantity - row.good_quantity,
      at: startedAt,
    });
    started.push({ ...row, state: 'running', started_at: startedAt });
  }
  return started;
}

export const stepOutput = (row: OperationRow) => ({
  stepIndex: row.step_index,
  goodQuantity: row.good_quantity,
  quantity: row.quantity,
  state: row.state,
});

async function bookCounts(
  shop: Shop,
  tx: Tx,
  networkId: string,
  running: readonly OperationRow[],
  booked: ReadonlyMap<string, number>,
): Promise<void> {
  const nowMs = shop.kernel.clock.now();
  const machines: MachineBooking[] = [];
  const operations: OperationBooking[] = [];
  const outputs: MachineOutput[] = [];
  for (const row of running) {
    const from = Math.max(booked.get(row.machine_id) ?? 0, minuteOf(row.started_at ?? nowMs));
    const newest = shop.state.live(row.machine_id)?.lastMinute ?? null;
    const span = bookingSpan(from, newest, nowMs);
    if (!span) continue;
    const made = await shop.state.countBetween(
      tx,
      row.factory_org_id,
      row.machine_id,
      span.fromMs,
      span.untilMs,
    );
    const result = book(
      {
        quantity: row.quantity,
        counted: row.counted,
        manualGood: row.manual_good,
        scrap: row.scrap_quantity,
        runningS: row.running_s,
      },
      made.count,
      made.runningS,
    );
    machines.push({
      machineId: row.machine_id,
      factoryOrgId: row.factory_org_id,
      bookedUntil: span.untilMs,
    });
    if (made.count > 0 || made.runningS > 0) {
      operations.push({
        ...result,
        id: row.id,
        state: result.done ? 'done' : 'running',
        finishedAt: result.done ? span.untilMs : null,
      });
    }
    if (made.count > 0) outputs.push(outputOf(shop, row, made.count, span.untilMs));
    if (result.done) await endAssignment(shop, tx, row, span.untilMs);
  }
  if (machines.length > 0) await setBookedUntil(tx, networkId, machines);
  if (operations.length > 0) await bookOperations(tx, networkId, operations);
  if (outputs.length > 0) await addMachineOutput(tx, networkId, outputs);
}

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
