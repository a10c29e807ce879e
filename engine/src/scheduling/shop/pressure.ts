import type { Random } from '../../sample/seeded-random.ts';
import { BOUND, type ShopState } from './shop-state.ts';

/**
 * What a delay of each operation costs: the weights of the late jobs whose ends it binds, carried back from their
 * last operations along what each one waited for. It is the slope of weighted tardiness in the operation's start,
 * true until the next change nearby, and tells where a change is worth most.
 */
export class Pressure {
  /** By operation (leader): points per millisecond. */
  readonly slope: Float64Array;
  /** Late beyond what is unavoidable. */
  lateJobs = 0;
  /** Weighted tardiness beyond what is unavoidable. */
  avoidable = 0;
  private readonly state: ShopState;
  private readonly aloneCost: Float64Array;
  private readonly waiting: Int32Array;
  private readonly order: Int32Array;
  private readonly candidates: Int32Array;
  private readonly cumulated: Float64Array;
  private candidateCount = 0;

  constructor(state: ShopState, alone: Float64Array) {
    const { operationCount: count, jobCount, jobFirst, jobDue, jobWeight } = state.model;
    this.state = state;
    this.slope = new Float64Array(count);
    this.waiting = new Int32Array(count);
    this.order = new Int32Array(count);
    this.candidates = new Int32Array(count);
    this.cumulated = new Float64Array(count);
    this.aloneCost = new Float64Array(jobCount);
    for (let job = 0; job < jobCount; job++) {
      const end = alone[(jobFirst[job + 1] as number) - 1] as number;
      this.aloneCost[job] = (jobWeight[job] as number) * Math.max(0, end - (jobDue[job] as number));
    }
  }

  refresh(): void {
    this.slope.fill(0);
    this.seed();
    this.carryBack();
    this.list();
  }

  /** An operation that waits for another's machine, tool or operator, by its share of the slope; −1 without any. */
  pick(random: Random): number {
    const { cumulated, candidateCount } = this;
    if (candidateCount === 0) return -1;
    const ticket = random.next() * (cumulated[candidateCount - 1] as number);
    let low = 0;
    let high = candidateCount - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((cumulated[middle] as number) > ticket) high = middle;
      else low = middle + 1;
    }
    return this.candidates[low] as number;
  }

  private seed(): void {
    const { state, slope } = this;
    const { jobCount, jobFirst, jobDue, jobWeight } = state.model;
    this.lateJobs = 0;
    this.avoidable = 0;
    let latest = -1;
    let latestEnd = -1;
    for (let job = 0; job < jobCount; job++) {
      const last = (jobFirst[job + 1] as number) - 1;
      const end = state.end[last] as number;
      if (end > latestEnd) {
        latestEnd = end;
        latest = last;
      }
      const weight = jobWeight[job] as number;
      const avoidable = weight * Math.max(0, end - (jobDue[job] as number)) - (this.aloneCost[job] as number);
      if (avoidable <= 0) continue;
      this.lateJobs++;
      this.avoidable += avoidable;
      const leader = state.leader[last] as number;
      slope[leader] = (slope[leader] as number) + weight;
    }
    // Nothing is late that need not be: the make-span is next.
    if (this.lateJobs === 0 && latest >= 0) slope[state.leader[latest] as number] = 1;
  }

  /** From the leaves of the tree of binding arcs to its roots. */
  private carryBack(): void {
    const { state, slope, waiting, order } = this;
    const count = state.model.operationCount;
    waiting.fill(0);
    for (let operation = 0; operation < count; operation++) {
      const holder = this.holderOf(operation);
      if (holder >= 0) waiting[holder] = (waiting[holder] as number) + 1;
    }
    let length = 0;
    for (let operation = 0; operation < count; operation++) {
      if (state.leader[operation] === operation && waiting[operation] === 0) order[length++] = operation;
    }
    for (let at = 0; at < length; at++) {
      const operation = order[at] as number;
      const holder = this.holderOf(operation);
      if (holder < 0) continue;
      slope[holder] = (slope[holder] as number) + (slope[operation] as number);
      waiting[holder] = (waiting[holder] as number) - 1;
      if (waiting[holder] === 0) order[length++] = holder;
    }
  }

  private holderOf(operation: number): number {
    const { state } = this;
    if (state.leader[operation] !== operation) return -1;
    const holder = state.bindingOperation[operation] as number;
    return holder < 0 ? -1 : (state.leader[holder] as number);
  }

  private list(): void {
    const { state, slope } = this;
    this.candidateCount = 0;
    let sum = 0;
    for (let operation = 0; operation < state.model.operationCount; operation++) {
      const mine = slope[operation] as number;
      if (mine <= 0 || !isHeld(state, operation)) continue;
      sum += Math.sqrt(mine);
      this.candidates[this.candidateCount] = operation;
      this.cumulated[this.candidateCount++] = sum;
    }
  }
}

/** It waits for another operation at its machine, tool or operator. */
export function isHeld(state: ShopState, operation: number): boolean {
  if (state.leader[operation] !== operation || (state.bindingOperation[operation] as number) < 0)
    return false;
  const binding = state.binding[operation] as number;
  return binding === BOUND.machine || binding === BOUND.tool || binding === BOUND.seat;
}
