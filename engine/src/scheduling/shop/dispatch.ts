import type { DispatchRule, RuleTerms } from './dispatch-rules.ts';
import { EventQueue } from './event-queue.ts';
import type { Moves } from './moves.ts';
import type { ShopModel } from './shop-model.ts';
import type { ShopState } from './shop-state.ts';

/** Of the operations a rule puts first, so many are tried for one that can start at once (operator, window). */
const MOST_TRIED = 4;
/** Decisions between two looks at whether to stop: some milliseconds. */
const DECISIONS_BETWEEN_LOOKS = 1_000;

/** `done`, or why not: the caller's stop, or an operation that finds no place in the calendars. */
export type DispatchEnd = 'done' | 'stopped' | { readonly stuckOperation: number };

/**
 * Plays the shop forward in time: whenever a machine is free inside its windows it takes the waiting operation with
 * the highest index. What is already placed stays where it is; new work goes into the gaps before it.
 */
export function dispatch(
  moves: Moves,
  state: ShopState,
  terms: RuleTerms,
  rule: DispatchRule,
  stop: () => boolean,
): DispatchEnd {
  return new Dispatcher(moves, state, terms, rule).run(stop);
}

class Dispatcher {
  private readonly moves: Moves;
  private readonly state: ShopState;
  private readonly model: ShopModel;
  private readonly terms: RuleTerms;
  private readonly rule: DispatchRule;
  private readonly events = new EventQueue();
  /** By machine: alternatives that wait there. */
  private readonly queues: number[][];
  private readonly operationOf: Int32Array;
  /** By machine: where new work goes in, before the next that is pinned. */
  private readonly tail: Int32Array;
  /** By machine: when its next event is, Infinity without. */
  private readonly armedMs: Float64Array;
  private readonly missing: Int32Array;
  private open = 0;
  private readonly hasPinned: boolean;
  private readonly candidates: number[] = [];
  private readonly scores: number[] = [];

  constructor(moves: Moves, state: ShopState, terms: RuleTerms, rule: DispatchRule) {
    this.moves = moves;
    this.state = state;
    this.model = state.model;
    this.terms = terms;
    this.rule = rule;
    this.hasPinned = state.pinned.includes(1);
    const { machineCount } = this.model.resources;
    this.queues = Array.from({ length: machineCount }, () => []);
    this.tail = new Int32Array(machineCount);
    this.armedMs = new Float64Array(machineCount).fill(Number.POSITIVE_INFINITY);
    this.missing = new Int32Array(this.model.operationCount);
    this.operationOf = new Int32Array(this.model.alternativeMachine.length);
    for (let operation = 0; operation < this.model.operationCount; operation++) {
      const last = this.model.alternativeFirst[operation + 1] as number;
      this.operationOf.fill(operation, this.model.alternativeFirst[operation], last);
    }
  }

  run(stop: () => boolean): DispatchEnd {
    const { model, state, events } = this;
    for (let operation = 0; operation < model.operationCount; operation++) {
      if (state.isPlaced(operation)) continue;
      this.open++;
      let missing = 0;
      for (
        let arc = model.beforeFirst[operation] as number;
        arc < (model.beforeFirst[operation + 1] as number);
        arc++
      ) {
        if (!state.isPlaced(model.before[arc] as number)) missing++;
      }
      this.missing[operation] = missing;
      if (missing === 0) this.announce(operation);
    }
    for (let looked = 0; events.length > 0 && this.open > 0; looked++) {
      if (looked % DECISIONS_BETWEEN_LOOKS === 0 && stop()) return 'stopped';
      const value = events.pop();
      if (value < 0) this.arrive(-value - 1);
      else this.serve(value, events.timeMs);
    }
    if (this.open === 0) return 'done';
    return { stuckOperation: this.firstOpen() };
  }

  /** All before it are placed: it will be ready at an instant that is known. */
  private announce(operation: number): void {
    const ready = Math.max(
      this.moves.propagation.timing.readyMs(operation),
      this.model.floor[operation] as number,
    );
    this.terms.ready[operation] = ready;
    this.events.push(ready, -operation - 1);
  }

  private arrive(operation: number): void {
    const { model, events } = this;
    const last = model.alternativeFirst[operation + 1] as number;
    for (let at = model.alternativeFirst[operation] as number; at < last; at++) {
      const machine = model.alternativeMachine[at] as number;
      (this.queues[machine] as number[]).push(at);
      this.arm(machine, events.timeMs);
    }
  }

  private arm(machine: number, atMs: number): void {
    const { calendars, machineCalendar } = this.model.resources;
    const timeMs = calendars.nextWorking(machineCalendar[machine] as number, atMs);
    if (timeMs >= (this.armedMs[machine] as number)) return;
    this.armedMs[machine] = timeMs;
    this.events.push(timeMs, machine);
  }

  private serve(machine: number, atMs: number): void {
    if (atMs !== this.armedMs[machine]) return;
    this.armedMs[machine] = Number.POSITIVE_INFINITY;
    const { state } = this;
    for (;;) {
      const before = state.at(machine, (this.tail[machine] as number) - 1);
      const freeMs = before < 0 ? 0 : (state.end[before] as number);
      if (freeMs > atMs) {
        this.arm(machine, freeMs);
        return;
      }
      const pinned = state.at(machine, this.tail[machine] as number);
      if (pinned >= 0 && (state.setUpStart[pinned] as number) <= atMs) {
        this.tail[machine] = (this.tail[machine] as number) + 1;
        continue;
      }
      if (!this.rank(machine, atMs)) return;
      if (!this.placeOne(machine, atMs)) {
        // Nothing fits before what is pinned: wait for that, or for anything new.
        const next = pinned >= 0 ? (state.end[pinned] as number) : this.nextPinnedEnd(atMs);
        if (pinned >= 0) this.tail[machine] = (this.tail[machine] as number) + 1;
        if (next < Number.POSITIVE_INFINITY) this.arm(machine, next);
        return;
      }
    }
  }

  /** The best few of the queue into `candidates`; false when nothing waits. */
  private rank(machine: number, atMs: number): boolean {
    const { state, model, terms, rule, candidates, scores } = this;
    const queue = this.queues[machine] as number[];
    const before = state.at(machine, (this.tail[machine] as number) - 1);
    const from = before < 0 ? -1 : (state.alternative[before] as number);
    const calendar = model.resources.machineCalendar[machine] as number;
    const density = model.resources.calendars.density(calendar);
    candidates.length = 0;
    scores.length = 0;
    let kept = 0;
    for (const alternative of queue) {
      const operation = this.operationOf[alternative] as number;
      if (state.isPlaced(operation)) continue;
      queue[kept++] = alternative;
      const setUp = this.moves.propagation.timing.setUpMs(from, alternative);
      const runMs = (model.alternativeMs[alternative] as number) / density;
      this.keepBest(alternative, rule.index(terms, operation, atMs, runMs, setUp));
    }
    queue.length = kept;
    return kept > 0;
  }

  private keepBest(alternative: number, score: number): void {
    const { candidates, scores } = this;
    let at = candidates.length;
    while (at > 0 && this.isBetter(alternative, score, at - 1)) at--;
    if (at >= MOST_TRIED) return;
    candidates.splice(at, 0, alternative);
    scores.splice(at, 0, score);
    if (candidates.length > MOST_TRIED) {
      candidates.pop();
      scores.pop();
    }
  }

  private isBetter(alternative: number, score: number, place: number): boolean {
    const other = this.scores[place] as number;
    if (score !== other) return score > other;
    const { latestStart } = this.terms;
    const mine = this.operationOf[alternative] as number;
    const theirs = this.operationOf[this.candidates[place] as number] as number;
    const difference = (latestStart[mine] as number) - (latestStart[theirs] as number);
    return difference < 0 || (difference === 0 && mine < theirs);
  }

  /** The first candidate that starts at once, else the one that starts first; false when none has a place. */
  private placeOne(machine: number, atMs: number): boolean {
    const { candidates, state } = this;
    let chosen = -1;
    let earliest = Number.POSITIVE_INFINITY;
    for (const alternative of candidates) {
      const operation = this.operationOf[alternative] as number;
      if (this.tryAt(operation, alternative, atMs)) {
        const start = state.setUpStart[operation] as number;
        if (start <= atMs) {
          this.settle(operation, machine);
          return true;
        }
        if (start < earliest) {
          earliest = start;
          chosen = alternative;
        }
      }
      this.moves.rollback();
    }
    if (chosen < 0) return false;
    const operation = this.operationOf[chosen] as number;
    this.tryAt(operation, chosen, atMs);
    this.settle(operation, machine);
    return true;
  }

  /** In the order of tools and operators by when it is ready; where that moves pinned work, behind the present. */
  private tryAt(operation: number, alternative: number, atMs: number): boolean {
    const { moves, tail } = this;
    const machine = this.model.alternativeMachine[alternative] as number;
    const position = tail[machine] as number;
    const never = Number.POSITIVE_INFINITY;
    moves.begin();
    if (moves.attach(operation, alternative, position) && moves.evaluate(never)) return true;
    moves.rollback();
    if (!this.hasPinned) return false;
    moves.begin();
    return moves.attach(operation, alternative, position, never, atMs) && moves.evaluate(never);
  }

  private settle(operation: number, machine: number): void {
    this.tail[machine] = (this.tail[machine] as number) + 1;
    const { model, state, moves } = this;
    this.finish(operation);
    if ((model.batchCapacity[machine] as number) === 0 || (model.batchFamily[operation] as number) < 0)
      return;
    const startMs = state.start[operation] as number;
    for (const alternative of this.queues[machine] as number[]) {
      const other = this.operationOf[alternative] as number;
      if (state.isPlaced(other) || model.batchFamily[other] !== model.batchFamily[operation]) continue;
      moves.begin();
      const joined =
        moves.join(other, operation) &&
        moves.evaluate(Number.POSITIVE_INFINITY) &&
        (state.start[operation] as number) <= startMs;
      if (joined) this.finish(other);
      else moves.rollback();
    }
  }

  private finish(operation: number): void {
    const { model, state } = this;
    this.open--;
    const last = model.afterFirst[operation + 1] as number;
    for (let arc = model.afterFirst[operation] as number; arc < last; arc++) {
      const next = model.after[arc] as number;
      if (state.isPlaced(next)) continue;
      this.missing[next] = (this.missing[next] as number) - 1;
      if (this.missing[next] === 0) this.announce(next);
    }
  }

  private nextPinnedEnd(atMs: number): number {
    const { state } = this;
    let next = Number.POSITIVE_INFINITY;
    for (let operation = 0; operation < this.model.operationCount; operation++) {
      if (state.pinned[operation] !== 1) continue;
      const end = state.end[operation] as number;
      if (end > atMs && end < next) next = end;
    }
    return next;
  }

  private firstOpen(): number {
    for (const operation of this.model.topological) if (!this.state.isPlaced(operation)) return operation;
    return 0;
  }
}
