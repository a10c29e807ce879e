import type { SchedulePin } from '@millrace/contract';
import {
  type Interval,
  type OperationAlternative,
  type SetUpMatrix,
  type ShopJob,
  type ShopMachine,
  type ShopOperation,
  type ShopSnapshot,
  subtract,
} from '@millrace/engine';
import {
  type Floor,
  type FloorMachine,
  type FloorOperation,
  isFrozen,
  openTime,
  type Placed,
  workUntil,
} from './floor.ts';
import { lateWeight } from './late-weight.ts';
import type { ProductionOrderRow } from './view.ts';

const HOUR_MS = 3_600_000;
/** The engine takes whole weights; this much finer they can be shared out over the parts of an order. */
export const WEIGHT_SCALE = 20;
/** People do not count a start that moves by less as another start. */
const TOLERANCE_MS = 15 * 60_000;
/** Schedules are reproducible; another seed would be another schedule. */
const SEED = 1;

/** The engine's input. Pins are locks; what is told is the order of today, so that a change counts as one. */
export function toShop(floor: Floor, today: readonly Placed[], pins: readonly SchedulePin[]): ShopSnapshot {
  const calendars: Record<string, readonly Interval[]> = {};
  for (const machine of floor.machines) calendars[machine.id] = openTime(machine);
  const told = new Map(today.map((placed) => [placed.operationId, placed]));
  const pinned = new Map(pins.map((pin) => [pin.operationId, pin]));
  const toOperation = (operation: FloorOperation): ShopOperation =>
    shopOperation(floor, operation, told.get(operation.row.id), pinned.get(operation.row.id));
  const matrices = matricesOf(floor);
  return {
    siteId: floor.siteId,
    nowMs: floor.nowMs,
    fenceMs: floor.fenceMs,
    seed: SEED,
    changeToleranceMs: TOLERANCE_MS,
    calendars,
    setUpMatrices: [...matrices.values()],
    machines: floor.machines.map((machine) =>
      shopMachine(machine, heldAfterRunning(floor, machine), matrices.get(machine.workCenterId)),
    ),
    operatorGroups: [],
    tools: [],
    jobs: floor.orders.flatMap((order) =>
      jobsOf(
        floor,
        order,
        floor.operations.filter(({ row }) => row.production_order_id === order.id),
        toOperation,
      ),
    ),
  };
}

/** One table for each work center: how long it takes to make a machine ready depends on what comes, not on what was. */
function matricesOf(floor: Floor): Map<string, SetUpMatrix> {
  const centerOf = new Map(floor.machines.map((machine) => [machine.id, machine.workCenterId]));
  const matrices = new Map<string, SetUpMatrix>();
  for (const [id, operations] of Map.groupBy(floor.operations, ({ row }) => centerOf.get(row.machine_id))) {
    if (id === undefined) continue;
    const byItem = new Map(operations.map((operation) => [operation.row.item_id, operation.setUpMs]));
    const families = [...byItem.keys()].sort();
    const initialMs = families.map((family) => byItem.get(family) ?? 0);
    const ms = families.map((from) => initialMs.map((setUp, to) => (families[to] === from ? 0 : setUp)));
    matrices.set(id, { id, families, ms, initialMs });
  }
  return matrices;
}

/** Work that runs over its time is not taken off the machine for the sake of what was promised next: that begins later. */
function heldAfterRunning(floor: Floor, machine: FloorMachine): readonly Interval[] {
  const running = floor.operations.find(
    ({ row }) => row.machine_id === machine.id && row.state === 'running',
  );
  const runMs = running?.alternatives[0]?.runMs ?? 0;
  if (runMs === 0) return machine.held;
  const endMs = workUntil(openTime(machine), floor.nowMs, runMs);
  return subtract(machine.held, [{ startMs: floor.nowMs, endMs }]);
}

function shopMachine(
  machine: FloorMachine,
  held: readonly Interval[],
  matrix: SetUpMatrix | undefined,
): ShopMachine {
  const { itemId } = machine;
  return {
    id: machine.id,
    calendarId: machine.id,
    ...(held.length > 0 ? { maintenance: held } : {}),
    ...(matrix ? { setUpMatrixId: matrix.id } : {}),
    // Ready for an item that nobody waits for is as good as not ready.
    ...(itemId !== undefined && matrix?.families.includes(itemId) ? { family: itemId } : {}),
  };
}

/** Past its promise already, ms: whatever is done, the order is late by this. The engine decides about the rest. */
export const overdueMs = (floor: Floor, order: ProductionOrderRow): number =>
  Math.max(0, floor.nowMs - order.promised_finish);

/** The engine's weighted milliseconds as hours × weight over all orders, with what they are past their promise already. */
export function pointHours(floor: Floor, weightedMs: number): number {
  const overdue = floor.orders.reduce(
    (sum, order) => sum + lateWeight(order.priority) * overdueMs(floor, order),
    0,
  );
  return (weightedMs / WEIGHT_SCALE + overdue) / HOUR_MS;
}

/**
 * An order whose steps each have one operation is one job. Parts that run side by side are jobs of their own that share the
 * order's weight; a later step waits for all parts of the one before.
 */
function jobsOf(
  floor: Floor,
  order: ProductionOrderRow,
  operations: readonly FloorOperation[],
  toOperation: (operation: FloorOperation) => ShopOperation,
): ShopJob[] {
  const steps = [...Map.groupBy(operations, ({ row }) => row.step_index)].sort(([a], [b]) => a - b);
  const weight = lateWeight(order.priority) * WEIGHT_SCALE;
  const base = { releaseMs: floor.nowMs, dueMs: Math.max(floor.nowMs, order.promised_finish) };
  if (steps.length === 0) return [];
  if (steps.every(([, parts]) => parts.length === 1)) {
    return [
      { id: order.id, ...base, weight, operations: steps.flatMap(([, parts]) => parts.map(toOperation)) },
    ];
  }
  return steps.flatMap(([, parts], at) => {
    const isLast = at === steps.length - 1;
    const before = steps[at - 1]?.[1].map(({ row }) => row.id);
    const pieces = parts.reduce((sum, { remaining }) => sum + remaining, 0);
    return parts.map((part) => ({
      id: part.row.id,
      ...base,
      // Only the last step is delivered; what leads to it is late with it.
      weight: isLast ? Math.max(1, Math.floor((weight * part.remaining) / Math.max(1, pieces))) : 1,
      operations: [toOperation(part)],
      ...(before ? { afterJobIds: before } : {}),
    }));
  });
}

/** What is about to begin is locked where it is, to the minute at which its set-up begins. */
function shopOperation(
  floor: Floor,
  operation: FloorOperation,
  today: Placed | undefined,
  pin: SchedulePin | undefined,
): ShopOperation {
  const { row } = operation;
  const alternatives = operation.alternatives.map(
    ({ machineId, runMs }): OperationAlternative => ({ machineId, durationMs: runMs }),
  );
  const base = {
    id: row.id,
    alternatives,
    setUpFamily: row.item_id,
    interruptible: true,
    attended: 'none',
  } as const;
  const [own] = operation.alternatives;
  if (row.state === 'running' && own) {
    return { ...base, running: { machineId: own.machineId, remainingMs: own.runMs } };
  }
  const told = today && { machineId: today.machineId, startMs: today.runFrom };
  const lock = pin
    ? { machineId: pin.machineId, startMs: pin.runFrom }
    : today && isFrozen(floor, today)
      ? told
      : undefined;
  return { ...base, ...(told ? { told } : {}), ...(lock ? { lock } : {}) };
}
