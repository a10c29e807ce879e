import {
  type Floor,
  type FloorMachine,
  type FloorOperation,
  openTime,
  type Placed,
  placeAfter,
  setUpAfter,
} from './floor.ts';
import { inPlanOrder } from './projection.ts';

/**
 * The plan that people know, run forward with what is really left: every machine in plan order, nothing before its planned
 * start, each step after all of the step before. This is what a better order of work is compared with.
 */
export function orderOfToday(floor: Floor): Placed[] {
  const steps = 1 + Math.max(0, ...floor.operations.map(({ row }) => row.step_index));
  let ends: ReadonlyMap<string, number> = new Map();
  let placed: Placed[] = [];
  // A later step moves with the earlier ones of its order, wherever they run: one pass for each step settles it.
  for (let pass = 0; pass < steps; pass++) {
    placed = runMachines(floor, readyAfter(floor, ends));
    ends = new Map(placed.map(({ operationId, to }) => [operationId, to]));
  }
  return placed;
}

type Ready = (operation: FloorOperation) => number;

function readyAfter(floor: Floor, ends: ReadonlyMap<string, number>): Ready {
  const byOrder = Map.groupBy(floor.operations, ({ row }) => row.production_order_id);
  return ({ row }) =>
    (byOrder.get(row.production_order_id) ?? [])
      .filter((other) => other.row.step_index < row.step_index)
      .reduce((latest, other) => Math.max(latest, ends.get(other.row.id) ?? 0), 0);
}

function runMachines(floor: Floor, ready: Ready): Placed[] {
  const queues = Map.groupBy(floor.operations, ({ row }) => row.machine_id);
  return floor.machines.flatMap((machine) =>
    runMachine(machine, queues.get(machine.id) ?? [], floor.nowMs, ready),
  );
}

function runMachine(
  machine: FloorMachine,
  queue: readonly FloorOperation[],
  nowMs: number,
  ready: Ready,
): Placed[] {
  const open = openTime(machine);
  const ordered = inPlanOrder(
    queue.map((operation) => ({
      operation,
      id: operation.row.id,
      state: operation.row.state,
      plannedStart: operation.row.planned_start,
    })),
  );
  const placed: Placed[] = [];
  let cursorMs = nowMs;
  let itemBefore = machine.itemId;
  for (const { operation, plannedStart, state } of ordered) {
    const isRunning = state === 'running';
    const earliestMs = isRunning ? cursorMs : Math.max(cursorMs, plannedStart, ready(operation));
    const setUpMs = isRunning ? 0 : setUpAfter(itemBefore, operation);
    const at = placeAfter(
      isRunning ? { ...machine, held: [] } : machine,
      open,
      earliestMs,
      setUpMs,
      operation.alternatives[0]?.runMs ?? 0,
    );
    placed.push({
      operationId: operation.row.id,
      machineId: machine.id,
      ...at,
      // It has the machine already, whatever the shift says.
      ...(isRunning ? { from: nowMs, runFrom: nowMs } : {}),
    });
    cursorMs = at.to;
    itemBefore = operation.row.item_id;
  }
  return placed;
}
