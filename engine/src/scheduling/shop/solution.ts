import type { Moves } from './moves.ts';
import type { ShopObjective } from './shop-schedule.ts';
import type { ShopState } from './shop-state.ts';

/** The decisions of a schedule without its times: small enough to be kept often. */
export interface Solution {
  readonly alternative: Int32Array;
  readonly toolLine: Int32Array;
  readonly seatLine: Int32Array;
  readonly leader: Int32Array;
  readonly key: Float64Array;
}

export function saveSolution(state: ShopState): Solution {
  return {
    alternative: state.alternative.slice(),
    toolLine: state.toolLine.slice(),
    seatLine: state.seatLine.slice(),
    leader: state.leader.slice(),
    key: state.key.slice(),
  };
}

/** Makes the state what it was when the solution was saved; operations not placed then are taken out. */
export function loadSolution(moves: Moves, state: ShopState, solution: Solution): void {
  const count = state.model.operationCount;
  state.lengths.fill(0);
  state.memberAfter.fill(-1);
  state.batchLoad.set(state.model.batchSize);
  state.alternative.fill(-1);
  state.key.set(solution.key);
  state.end.fill(0);
  state.start.fill(0);
  state.changed.fill(0);
  state.weightedTardiness = state.model.overdue;
  state.changes = 0;
  const order: number[] = [];
  for (let operation = 0; operation < count; operation++) {
    state.leader[operation] = operation;
    if ((solution.alternative[operation] as number) >= 0) order.push(operation);
  }
  order.sort((a, b) => (state.key[a] as number) - (state.key[b] as number) || a - b);
  for (const operation of order) {
    if (solution.leader[operation] !== operation) continue;
    const alternative = solution.alternative[operation] as number;
    const toolLine = solution.toolLine[operation] as number;
    const seatLine = solution.seatLine[operation] as number;
    const machine = state.model.alternativeMachine[alternative] as number;
    state.enter(
      operation,
      alternative,
      state.lengths[machine] as number,
      toolLine,
      toolLine < 0 ? 0 : (state.lengths[toolLine] as number),
      seatLine,
      seatLine < 0 ? 0 : (state.lengths[seatLine] as number),
    );
  }
  for (const operation of order) {
    const leader = solution.leader[operation] as number;
    if (leader !== operation) state.join(operation, leader);
  }
  moves.begin();
  for (const operation of order) moves.propagation.pushMoved(operation);
  moves.propagation.run(Number.POSITIVE_INFINITY);
}

export function objectiveOf(state: ShopState): ShopObjective {
  let makespanMs = 0;
  for (let operation = 0; operation < state.model.operationCount; operation++) {
    if (state.isPlaced(operation)) makespanMs = Math.max(makespanMs, state.end[operation] as number);
  }
  return { weightedTardiness: state.weightedTardiness, makespanMs, changes: state.changes };
}

/** Negative when `a` is better: tardiness, then make-span, then changes. */
export function compareObjectives(a: ShopObjective, b: ShopObjective): number {
  return a.weightedTardiness - b.weightedTardiness || a.makespanMs - b.makespanMs || a.changes - b.changes;
}
