import { type Alternatives, buildAlternatives } from './operation-alternatives.ts';
import { buildPrecedence, type Precedence } from './precedence.ts';
import { buildResources, type ShopResources } from './shop-resources.ts';
import type { ShopProblem } from './shop-schedule.ts';
import type { ShopOperation, ShopSnapshot } from './shop-snapshot.ts';

/** Why an operation must not be moved by the search. */
export const PIN = { none: 0, running: 1, locked: 2, frozen: 3 } as const;
/** When an operator is needed, as in `Attended`. */
export const ATTENDED = { none: 0, setUp: 1, whole: 2 } as const;

/** A shop as typed arrays by operation index (snapshot order); instants are relative to now. */
export interface ShopModel extends Precedence, Alternatives {
  readonly shop: ShopSnapshot;
  readonly resources: ShopResources;
  readonly operations: readonly ShopOperation[];
  readonly operationCount: number;
  readonly jobCount: number;
  /** By job. */
  readonly jobWeight: Float64Array;
  readonly jobDue: Float64Array;
  /** Sum of weight × what jobs are past their due date already, ms. */
  readonly overdue: number;
  readonly jobRelease: Float64Array;
  /** Nothing of the operation, set-up included, starts earlier. */
  readonly floor: Float64Array;
  /** The run starts no earlier: what is frozen never moves forward. */
  readonly notBefore: Float64Array;
  readonly lag: Float64Array;
  readonly whole: Uint8Array;
  readonly attended: Uint8Array;
  /** Lines [from, to) of the tool's copies and of the group's seats; from = to when none is needed. */
  readonly toolFrom: Int32Array;
  readonly toolTo: Int32Array;
  readonly seatFrom: Int32Array;
  readonly seatTo: Int32Array;
  /** −1 = runs alone. */
  readonly batchFamily: Int32Array;
  readonly batchSize: Float64Array;
  /** By machine; 0 = no furnace. */
  readonly batchCapacity: Float64Array;
  readonly pin: Uint8Array;
  /** Told or locked start of what is pinned. */
  readonly pinMs: Float64Array;
  /** 1 when there was a told start that counts as a change when left. */
  readonly hasTold: Uint8Array;
  readonly toldMachine: Int32Array;
  readonly toldMs: Float64Array;
  readonly toleranceMs: number;
}

/** Expects a shop that `checkShop` found clean; what still cannot be is added to `problems`. */
export function buildModel(shop: ShopSnapshot, problems: ShopProblem[]): ShopModel {
  const resources = buildResources(shop);
  const operations = shop.jobs.flatMap((job) => job.operations);
  const count = operations.length;
  const fenceMs = Math.max(0, (shop.fenceMs ?? shop.nowMs) - shop.nowMs);
  const pin = Uint8Array.from(operations, (operation) => pinOf(shop, operation));
  const pinMs = Float64Array.from(operations, (operation, index) =>
    pin[index] === PIN.locked
      ? (operation.lock?.startMs ?? 0) - shop.nowMs
      : Math.max(0, (operation.told?.startMs ?? 0) - shop.nowMs),
  );
  const [toolFrom, toolTo] = lineRanges(operations, resources.toolLines, (operation) => operation.toolId);
  const [seatFrom, seatTo] = lineRanges(operations, resources.groupLines, (operation) =>
    operation.attended === 'none' ? undefined : operation.operatorGroupId,
  );
  const families = new Map<string, number>();
  for (const { batch } of operations)
    if (batch && !families.has(batch.family)) families.set(batch.family, families.size);
  const toldMachine = Int32Array.from(
    operations,
    ({ told }) => resources.machineIndex.get(told?.machineId ?? '') ?? -1,
  );
  return {
    shop,
    resources,
    operations,
    operationCount: count,
    jobCount: shop.jobs.length,
    jobWeight: Float64Array.from(shop.jobs, (job) => job.weight),
    jobDue: Float64Array.from(shop.jobs, (job) => job.dueMs - shop.nowMs),
    overdue: shop.jobs.reduce((sum, job) => sum + job.weight * Math.max(0, shop.nowMs - job.dueMs), 0),
    jobRelease: Float64Array.from(shop.jobs, (job) => job.releaseMs - shop.nowMs),
    floor: Float64Array.from(operations, (_, index) => (pin[index] === PIN.none ? fenceMs : 0)),
    notBefore: Float64Array.from(operations, (_, index) =>
      pin[index] === PIN.frozen ? (pinMs[index] as number) : 0,
    ),
    lag: Float64Array.from(operations, (operation) => operation.lagMs ?? 0),
    whole: Uint8Array.from(operations, (operation) => (operation.interruptible || operation.running ? 0 : 1)),
    attended: Uint8Array.from(operations, ({ attended }) =>
      attended === 'whole' ? ATTENDED.whole : attended === 'set-up' ? ATTENDED.setUp : ATTENDED.none,
    ),
    toolFrom,
    toolTo,
    seatFrom,
    seatTo,
    batchFamily: Int32Array.from(operations, ({ batch }) => families.get(batch?.family ?? '') ?? -1),
    batchSize: Float64Array.from(operations, ({ batch }) => batch?.size ?? 0),
    batchCapacity: Float64Array.from(shop.machines, (machine) => machine.batchCapacity ?? 0),
    pin,
    pinMs,
    hasTold: Uint8Array.from(operations, ({ told }, index) => (told && pin[index] !== PIN.running ? 1 : 0)),
    toldMachine,
    toldMs: Float64Array.from(operations, ({ told }) => (told?.startMs ?? 0) - shop.nowMs),
    toleranceMs: shop.changeToleranceMs ?? 0,
    ...buildPrecedence(shop),
    ...buildAlternatives(shop, resources, operations, pin, problems),
  };
}

/** Frozen: told to start before the fence, on a machine that can still do it. A human's lock goes before. */
function pinOf(shop: ShopSnapshot, operation: ShopOperation): number {
  if (operation.running) return PIN.running;
  if (operation.lock?.startMs !== undefined) return PIN.locked;
  const { told, lock } = operation;
  if (!told || told.startMs >= (shop.fenceMs ?? shop.nowMs)) return PIN.none;
  if (lock && lock.machineId !== told.machineId) return PIN.none;
  return operation.alternatives.some(({ machineId }) => machineId === told.machineId) ? PIN.frozen : PIN.none;
}

function lineRanges(
  operations: readonly ShopOperation[],
  lines: ReadonlyMap<string, readonly [number, number]>,
  idOf: (operation: ShopOperation) => string | undefined,
): readonly [Int32Array, Int32Array] {
  const ranges = operations.map((operation) => lines.get(idOf(operation) ?? '') ?? [0, 0]);
  return [Int32Array.from(ranges, ([from]) => from), Int32Array.from(ranges, ([, to]) => to)];
}
