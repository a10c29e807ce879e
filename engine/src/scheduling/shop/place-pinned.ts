import { type Fit, firstFit, placeFit } from './first-fit.ts';
import type { Moves } from './moves.ts';
import { PIN, type ShopModel } from './shop-model.ts';
import type { ShopProblem } from './shop-schedule.ts';
import type { ShopState } from './shop-state.ts';

/**
 * Lays what must not move: running work as it is, then locked starts to the millisecond, then what was told before
 * the fence at its start or, where facts are in the way, as soon after as possible; and whatever has to come before
 * these in their jobs. What cannot be is named in `problems`. Returns those pinned only until the first schedule
 * stands: work laid early for a lock's sake.
 */
export function placePinned(moves: Moves, state: ShopState, problems: ShopProblem[]): readonly number[] {
  const work = new Pinning(moves, state, problems);
  const { model } = state;
  const pinnedAs = (pin: number): number[] =>
    Array.from(model.pin.keys())
      .filter((operation) => model.pin[operation] === pin)
      .sort((a, b) => (model.pinMs[a] as number) - (model.pinMs[b] as number) || a - b);
  for (const operation of pinnedAs(PIN.running)) work.placeExactly(operation, 0, 'running');
  const locked = pinnedAs(PIN.locked);
  for (const operation of locked) {
    work.placeExactly(operation, model.pinMs[operation] as number, 'lock');
  }
  for (const operation of pinnedAs(PIN.frozen)) {
    work.placeBefore(operation);
    work.placeEarliest(operation);
  }
  for (const operation of locked) work.placeBefore(operation);
  return work.provisional;
}

class Pinning {
  /** Work that is free again once the construction is done. */
  readonly provisional: number[] = [];
  private readonly moves: Moves;
  private readonly state: ShopState;
  private readonly model: ShopModel;
  private readonly problems: ShopProblem[];

  constructor(moves: Moves, state: ShopState, problems: ShopProblem[]) {
    this.moves = moves;
    this.state = state;
    this.model = state.model;
    this.problems = problems;
  }

  placeExactly(operation: number, startMs: number, code: 'running' | 'lock'): void {
    const { model, state, moves } = this;
    const alternative = model.alternativeFirst[operation] as number;
    const machine = model.alternativeMachine[alternative] as number;
    state.pinned[operation] = 1;
    state.pinnedStart[operation] = startMs;
    if (this.joinPinned(operation, machine, startMs)) return;
    moves.begin();
    const position = state.positionOf(machine, startMs);
    if (moves.attach(operation, alternative, position) && moves.evaluate(Number.POSITIVE_INFINITY)) return;
    moves.rollback();
    const { id } = model.operations[operation] ?? { id: '' };
    const detail = this.whyNot(alternative, startMs);
    this.problems.push({ code, subjectId: id, detail: `operation ${id}: ${detail}` });
  }

  /** Everything before it in its job (and the jobs that one waits for) that has no place yet. */
  placeBefore(operation: number): void {
    const { model, state } = this;
    const last = model.beforeFirst[operation + 1] as number;
    for (let arc = model.beforeFirst[operation] as number; arc < last; arc++) {
      const before = model.before[arc] as number;
      if (state.isPlaced(before)) continue;
      this.placeBefore(before);
      this.placeEarliest(before);
      this.provisional.push(before);
    }
  }

  /** At the earliest end over its machines and the gaps there that moves nothing pinned. */
  placeEarliest(operation: number): void {
    const { model, state, moves } = this;
    const machine = model.alternativeMachine[model.alternativeFirst[operation] as number] as number;
    if (this.model.pin[operation] === PIN.frozen && this.joinFrozen(operation, machine)) return;
    let best: Fit | undefined;
    const last = model.alternativeFirst[operation + 1] as number;
    for (let at = model.alternativeFirst[operation] as number; at < last; at++) {
      const fit = firstFit(moves, state, operation, at, 0);
      if (fit && fit.endMs < (best?.endMs ?? Number.POSITIVE_INFINITY)) best = fit;
    }
    if (!best) {
      const { id } = model.operations[operation] ?? { id: '' };
      const detail = `operation ${id}: cannot be done before what is locked or told after it in its job`;
      this.problems.push({ code: 'lock', subjectId: id, detail });
      return;
    }
    placeFit(moves, operation, best);
    state.pinned[operation] = 1;
    state.pinnedStart[operation] = state.start[operation] as number;
  }

  private joinFrozen(operation: number, machine: number): boolean {
    return this.joinPinned(operation, machine, this.model.pinMs[operation] as number);
  }

  /** Runs with a batch that is pinned there to the same instant. */
  private joinPinned(operation: number, machine: number, startMs: number): boolean {
    const { model, state, moves } = this;
    if ((model.batchFamily[operation] as number) < 0) return false;
    for (let position = 0; position < (state.lengths[machine] as number); position++) {
      const leader = state.at(machine, position);
      const same =
        state.pinned[leader] === 1 &&
        state.pinnedStart[leader] === startMs &&
        model.pin[leader] === model.pin[operation] &&
        model.alternativeMs[state.alternative[leader] as number] ===
          model.alternativeMs[model.alternativeFirst[operation] as number];
      if (!same) continue;
      moves.begin();
      if (moves.join(operation, leader) && moves.evaluate(Number.POSITIVE_INFINITY)) {
        state.pinned[operation] = 1;
        state.pinnedStart[operation] = startMs;
        return true;
      }
      moves.rollback();
    }
    return false;
  }

  private whyNot(alternative: number, startMs: number): string {
    const { model, state } = this;
    const { shop, resources } = model;
    const machine = model.alternativeMachine[alternative] as number;
    const name = shop.machines[machine]?.id ?? '';
    const at = new Date(shop.nowMs + startMs).toISOString();
    const endMs = startMs + (model.alternativeMs[alternative] as number);
    for (let position = 0; position < (state.lengths[machine] as number); position++) {
      const other = state.at(machine, position);
      const apart = (state.end[other] as number) <= startMs || (state.setUpStart[other] as number) >= endMs;
      if (!apart) return `${name} has operation ${model.operations[other]?.id} at ${at}`;
    }
    const calendar = resources.machineCalendar[machine] as number;
    if (resources.calendars.nextWorking(calendar, startMs) !== startMs)
      return `${name} does not work at ${at}`;
    return `no room at ${at} on ${name} for set-up, run, tool and operator`;
  }
}
