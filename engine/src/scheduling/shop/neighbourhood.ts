import type { Random } from '../../sample/seeded-random.ts';
import type { Moves } from './moves.ts';
import type { ShopModel } from './shop-model.ts';
import { BOUND, type ShopState } from './shop-state.ts';

/** Chains are as long as the shop is wide; past this the start of a chain decides little about its end. */
const MOST_CHAIN = 400;
/** Positions from where an operation would be ready that are looked at on another machine. */
const POSITIONS_TRIED = 6;

/**
 * Proposes changes where they can matter: on the chain of operations that bind the end of a late job. Of each pair
 * that waits one for the other, the later goes before the earlier, the earlier behind the later, or one of them to
 * another machine, batch or operator [after Nowicki & Smutnicki 1996, Balas & Vazacopoulos 1998 for blocks].
 */
export class Neighbourhood {
  /** Cost above it by late job. */
  meanAvoidable = 0;
  private readonly moves: Moves;
  private readonly state: ShopState;
  private readonly model: ShopModel;
  private readonly random: Random;
  private readonly aloneCost: Float64Array;
  private readonly late: Int32Array;
  private lateCount = 0;
  private readonly chain = new Int32Array(MOST_CHAIN);

  constructor(moves: Moves, state: ShopState, alone: Float64Array, random: Random) {
    this.moves = moves;
    this.state = state;
    this.model = state.model;
    this.random = random;
    const { jobCount, jobFirst, jobDue, jobWeight } = this.model;
    this.late = new Int32Array(jobCount);
    this.aloneCost = new Float64Array(jobCount);
    for (let job = 0; job < jobCount; job++) {
      const end = alone[(jobFirst[job + 1] as number) - 1] as number;
      const cost = (jobWeight[job] as number) * Math.max(0, end - (jobDue[job] as number));
      this.aloneCost[job] = cost;
    }
  }

  /** Lists the jobs worth working on; false when nothing can be better. */
  refresh(): boolean {
    const { model } = this;
    this.lateCount = 0;
    let sum = 0;
    let latest = 0;
    for (let job = 0; job < model.jobCount; job++) {
      const avoidable = this.avoidable(job);
      sum += avoidable;
      if (avoidable > 0) this.late[this.lateCount++] = job;
      if (this.endOf(job) > this.endOf(latest)) latest = job;
    }
    this.meanAvoidable = this.lateCount > 0 ? sum / this.lateCount : 0;
    // Nothing is late that need not be: the make-span is next.
    if (this.lateCount === 0) this.late[this.lateCount++] = latest;
    return model.jobCount > 0;
  }

  private avoidable(job: number): number {
    const tardiness = Math.max(0, this.endOf(job) - (this.model.jobDue[job] as number));
    return (this.model.jobWeight[job] as number) * tardiness - (this.aloneCost[job] as number);
  }

  private endOf(job: number): number {
    return this.state.end[(this.model.jobFirst[job + 1] as number) - 1] as number;
  }

  /** Makes one change; false when it came to nothing. Either way the caller evaluates or rolls back. */
  propose(): boolean {
    this.moves.begin();
    const length = this.trace(this.pickJob());
    if (length === 0) return false;
    const later = this.chain[this.random.below(length)] as number;
    const earlier = this.state.bindingOperation[later] as number;
    const ticket = this.random.next();
    if (ticket < 0.2) return this.toOtherMachine(this.random.chance(0.7) ? later : earlier);
    if (this.state.binding[later] !== BOUND.machine) return this.changeHands(later, earlier, ticket);
    if (ticket < 0.65) return this.moveBefore(later, earlier);
    return this.moveBehind(earlier, later);
  }

  /** Two are drawn, the costlier is taken. */
  private pickJob(): number {
    const a = this.late[this.random.below(this.lateCount)] as number;
    const b = this.late[this.random.below(this.lateCount)] as number;
    return this.avoidable(a) >= this.avoidable(b) ? a : b;
  }

  /** Operations that wait for another at machine, tool or operator, from the job's end backward. */
  private trace(job: number): number {
    const { state, chain } = this;
    let operation = state.leader[(this.model.jobFirst[job + 1] as number) - 1] as number;
    let length = 0;
    for (let step = 0; operation >= 0 && step < MOST_CHAIN; step++) {
      const holder = state.bindingOperation[operation] as number;
      if (holder < 0) break;
      const binding = state.binding[operation] as number;
      if (binding === BOUND.machine || binding === BOUND.tool || binding === BOUND.seat) {
        chain[length++] = operation;
      }
      operation = state.leader[holder] as number;
    }
    return length;
  }

  /** The later one goes in front of the earlier, or some places further to the front. */
  private moveBefore(later: number, earlier: number): boolean {
    const { state } = this;
    if (!this.isFree(later)) return false;
    const machine = state.machineOf(later);
    const alternative = state.alternative[later] as number;
    const back = this.random.chance(0.5) ? 0 : this.random.below(5);
    const position = Math.max(0, (state.machinePosition[earlier] as number) - back);
    const start = this.startBehind(later, alternative, state.at(machine, position - 1));
    if (start >= (state.start[later] as number)) return false;
    this.moves.detach(later);
    return this.moves.attach(later, alternative, position);
  }

  private moveBehind(earlier: number, later: number): boolean {
    const { state } = this;
    if (!this.isFree(earlier)) return false;
    const machine = state.machineOf(earlier);
    const alternative = state.alternative[earlier] as number;
    const on = this.random.chance(0.5) ? 0 : this.random.below(5);
    const leads = (state.memberAfter[earlier] as number) >= 0 ? 1 : 0;
    // Its own place closes behind it, unless a batch stays there.
    const position = (state.machinePosition[later] as number) + leads + on;
    const before = state.at(machine, (state.machinePosition[earlier] as number) - 1 + leads);
    const start = this.startBehind(later, state.alternative[later] as number, before);
    if (start >= (state.start[later] as number)) return false;
    this.moves.detach(earlier);
    return this.moves.attach(earlier, alternative, Math.min(position, state.lengths[machine] as number));
  }

  /** One waits for the other's tool or operator: it goes before in their order, or the other goes later. */
  private changeHands(later: number, earlier: number, ticket: number): boolean {
    const { state } = this;
    if (ticket < 0.65) {
      if (!this.isFree(later)) return false;
      const position = state.machinePosition[later] as number;
      const alternative = state.alternative[later] as number;
      const below = this.random.chance(0.7) ? (state.key[earlier] as number) : Number.POSITIVE_INFINITY;
      this.moves.detach(later);
      return this.moves.attach(later, alternative, position, below);
    }
    const next = state.machineNext(earlier);
    return next >= 0 && this.moveBehind(earlier, next);
  }

  private toOtherMachine(operation: number): boolean {
    const { state, model, random } = this;
    if (!this.isFree(operation)) return false;
    const first = model.alternativeFirst[operation] as number;
    const count = (model.alternativeFirst[operation + 1] as number) - first;
    const canBatch = (model.batchFamily[operation] as number) >= 0;
    if (count < 2 && !canBatch) return false;
    const current = state.alternative[operation] as number;
    this.moves.detach(operation);
    let alternative = first + random.below(count);
    if (alternative === current && count > 1 && !canBatch) {
      alternative = first + ((alternative - first + 1 + random.below(count - 1)) % count);
    }
    if (canBatch && random.chance(0.7)) return this.joinSome(operation, alternative);
    return this.moves.attach(operation, alternative, this.likelyPosition(operation, alternative));
  }

  /** A batch of its family near the time it is ready. */
  private joinSome(operation: number, alternative: number): boolean {
    const { state, model, random } = this;
    const machine = model.alternativeMachine[alternative] as number;
    const ready = this.moves.propagation.timing.readyMs(operation);
    const from = Math.max(0, state.positionOf(machine, ready) - 1);
    const last = Math.min(state.lengths[machine] as number, from + 2 * POSITIONS_TRIED);
    for (let position = from; position < last; position++) {
      const leader = state.at(machine, position);
      if (state.pinned[leader] === 1 || random.chance(0.3)) continue;
      if (this.moves.join(operation, leader)) return true;
    }
    return false;
  }

  /** Where it would end soonest without pushing the next one much, sometimes anywhere near. */
  private likelyPosition(operation: number, alternative: number): number {
    const { state, model, random } = this;
    const { timing } = this.moves.propagation;
    const machine = model.alternativeMachine[alternative] as number;
    const ready = timing.readyMs(operation);
    const from = Math.max(0, state.positionOf(machine, ready) - 1);
    const last = Math.min(state.lengths[machine] as number, from + POSITIONS_TRIED);
    if (random.chance(0.3)) return from + random.below(last - from + 1);
    let best = from;
    let bestCost = Number.POSITIVE_INFINITY;
    const run = model.alternativeMs[alternative] as number;
    for (let position = from; position <= last; position++) {
      const previous = state.at(machine, position - 1);
      const next = state.at(machine, position);
      const free = previous < 0 ? 0 : (state.end[previous] as number);
      const before = previous < 0 ? -1 : (state.alternative[previous] as number);
      const end = Math.max(ready, free + timing.setUpMs(before, alternative)) + run;
      const push =
        next < 0
          ? 0
          : Math.max(
              0,
              end +
                timing.setUpMs(alternative, state.alternative[next] as number) -
                (state.start[next] as number),
            );
      if (end + push < bestCost) {
        bestCost = end + push;
        best = position;
      }
    }
    return best;
  }

  /** Start of an operation were it directly behind another on its machine, calendars and hands left out. */
  private startBehind(operation: number, alternative: number, previous: number): number {
    const { state, model } = this;
    const { timing } = this.moves.propagation;
    const free = previous < 0 ? (model.floor[operation] as number) : (state.end[previous] as number);
    const before = previous < 0 ? -1 : (state.alternative[previous] as number);
    return Math.max(timing.readyMs(operation), free + timing.setUpMs(before, alternative));
  }

  private isFree(operation: number): boolean {
    return this.state.pinned[operation] === 0;
  }
}
