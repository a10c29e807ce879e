import type { ShopResources } from './shop-resources.ts';
import type { ShopProblem } from './shop-schedule.ts';
import type { OperationAlternative, ShopOperation, ShopSnapshot } from './shop-snapshot.ts';

/** Where each operation may go; rows [alternativeFirst[o], alternativeFirst[o + 1]). */
export interface Alternatives {
  readonly alternativeFirst: Int32Array;
  readonly alternativeMachine: Int32Array;
  /** Working time. */
  readonly alternativeMs: Float64Array;
  /** Working time of set-up that does not depend on what came before. */
  readonly alternativeSetUpMs: Float64Array;
  /** Family index in the matrix of the machine, 0 = none. */
  readonly alternativeFamily: Int32Array;
}

/** Leaves out what can never fit or is locked away; an operation left without any is a problem. */
export function buildAlternatives(
  shop: ShopSnapshot,
  resources: ShopResources,
  operations: readonly ShopOperation[],
  pin: Uint8Array,
  problems: ShopProblem[],
): Alternatives {
  const families = familyIndexes(shop);
  const alternativeFirst = new Int32Array(operations.length + 1);
  const machines: number[] = [];
  const durations: number[] = [];
  const setUps: number[] = [];
  const familyOf: number[] = [];
  operations.forEach((operation, index) => {
    const allowed = allowedOf(operation, pin[index] === 0 ? undefined : operation.told?.machineId);
    const fitting = allowed.filter((alternative) => canFit(resources, operation, alternative));
    if (fitting.length === 0 && allowed.length > 0) {
      const where = allowed.map(({ machineId }) => machineId).join(', ');
      const detail = `operation ${operation.id} fits into no window of ${where} (with its operators)`;
      problems.push({ code: 'never-fits', subjectId: operation.id, detail });
    }
    for (const alternative of fitting) {
      const machine = resources.machineIndex.get(alternative.machineId) ?? 0;
      machines.push(machine);
      durations.push(alternative.durationMs);
      setUps.push(alternative.setUpMs ?? 0);
      const matrixId = shop.machines[machine]?.setUpMatrixId ?? '';
      familyOf.push(families.get(matrixId)?.get(operation.setUpFamily ?? '') ?? 0);
    }
    alternativeFirst[index + 1] = machines.length;
  });
  return {
    alternativeFirst,
    alternativeMachine: Int32Array.from(machines),
    alternativeMs: Float64Array.from(durations),
    alternativeSetUpMs: Float64Array.from(setUps),
    alternativeFamily: Int32Array.from(familyOf),
  };
}

function familyIndexes(shop: ShopSnapshot): ReadonlyMap<string, ReadonlyMap<string, number>> {
  return new Map(
    shop.setUpMatrices.map((matrix) => [
      matrix.id,
      new Map(matrix.families.map((family, index) => [family, index + 1])),
    ]),
  );
}

function allowedOf(operation: ShopOperation, frozenTo: string | undefined): readonly OperationAlternative[] {
  const { running, lock, alternatives } = operation;
  if (running) {
    return [{ machineId: running.machineId, durationMs: running.remainingMs }];
  }
  const only = lock?.machineId ?? frozenTo;
  return only === undefined ? alternatives : alternatives.filter(({ machineId }) => machineId === only);
}

function canFit(
  resources: ShopResources,
  operation: ShopOperation,
  alternative: OperationAlternative,
): boolean {
  const machine = resources.machineIndex.get(alternative.machineId) ?? 0;
  const { calendars } = resources;
  const own = resources.machineCalendar[machine] as number;
  let best = calendars.longestWindowMs(own);
  if (operation.attended !== 'none') {
    const [from, to] = resources.groupLines.get(operation.operatorGroupId ?? '') ?? [0, 0];
    let shared = 0;
    for (let line = from; line < to; line++) {
      const cell = machine * resources.seatClasses + (resources.seatClass[line] as number);
      shared = Math.max(shared, calendars.longestWindowMs(resources.crossCalendar[cell] as number));
    }
    if (shared === 0) return false;
    if (operation.attended === 'whole') best = shared;
  }
  const needed = operation.interruptible || operation.running ? 1 : alternative.durationMs;
  return best >= needed;
}
