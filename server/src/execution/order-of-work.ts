import type { OrderOfWork } from '@millrace/contract';
import { workingMs } from '@millrace/engine';
import { type Floor, openTime, type Placed } from './floor.ts';
import { lateWeight } from './late-weight.ts';

const HOUR_MS = 3_600_000;
/** Rounding of rates on the way from plan to schedule is no delay. */
const LATE_FROM_MS = 60_000;

/** What an order of work means for the orders: the same figures for the plan of today and for every proposal. */
export function orderOfWork(floor: Floor, placed: readonly Placed[]): OrderOfWork {
  const orderOf = new Map(floor.operations.map(({ row }) => [row.id, row.production_order_id]));
  const finishes = new Map<string, number>();
  for (const { operationId, to } of placed) {
    const order = orderOf.get(operationId);
    if (order !== undefined) finishes.set(order, Math.max(to, finishes.get(order) ?? 0));
  }
  const orders = floor.orders.map((order) => {
    // Everything is made, and the completion is about to be told.
    const finish = finishes.get(order.id) ?? floor.nowMs;
    const pastMs = finish - order.promised_finish;
    return {
      productionOrderId: order.id,
      finish,
      lateMs: pastMs >= LATE_FROM_MS ? pastMs : 0,
      weight: lateWeight(order.priority),
    };
  });
  const open = new Map(floor.machines.map((machine) => [machine.id, openTime(machine)]));
  const setUps = placed.filter(({ from, runFrom }) => runFrom > from);
  return {
    operations: placed.map(({ operationId, machineId, from, runFrom, to }) => ({
      operationId,
      machineId,
      from,
      runFrom,
      to,
    })),
    orders: orders.map(({ productionOrderId, finish, lateMs }) => ({ productionOrderId, finish, lateMs })),
    figures: {
      weightedTardiness: orders.reduce((sum, { lateMs, weight }) => sum + (lateMs / HOUR_MS) * weight, 0),
      lateOrders: orders.filter(({ lateMs }) => lateMs > 0).length,
      setUps: setUps.length,
      setUpMs: setUps.reduce(
        (sum, { machineId, from, runFrom }) => sum + workingMs(open.get(machineId) ?? [], from, runFrom),
        0,
      ),
      finish: placed.length === 0 ? null : Math.max(...placed.map(({ to }) => to)),
    },
  };
}
