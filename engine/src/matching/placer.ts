import type { Machine, Route, Step } from './model.ts';
import type { Timeline } from './timeline.ts';
import type { WorkClock } from './work-clock.ts';

/** One sub-lot in working time of its machine. */
export interface PlacedLot {
  readonly machine: Machine;
  readonly stepIndex: number;
  readonly quantity: number;
  readonly setUpMs: number;
  readonly startWork: number;
  readonly endWork: number;
}

/** A quantity put through all steps of a route. Nothing is reserved by it. */
export interface Placement {
  readonly lots: readonly PlacedLot[];
  readonly startMs: number;
  readonly finishMs: number;
}

/** More sub-lots side by side than this spend more on set-ups than they win. */
const MAX_PARALLEL_LOTS = 32;

/** Step, machine position, quantity, start, end. */
const NOTE_FIELDS = 5;

/**
 * Finds room on the timelines. Steps follow each other as a whole. A quantity goes to one machine per step if
 * that is early enough, otherwise to 2, 4, 8 … machines side by side, so that set-ups are spent only on need.
 */
export class Placer {
  private readonly timelines: readonly Timeline[];
  private edgeMs = 0;
  private edgeClock: WorkClock | undefined;
  private edgeWork = 0;
  private readonly order: number[] = [];
  private readonly found: number[] = [];
  private readonly keys: number[] = [];
  /** Sub-lots of the attempt under way, NOTE_FIELDS numbers each: most attempts fail, so objects would be waste. */
  private readonly noted: number[] = [];
  private notedCount = 0;
  private bestWidth = 1;
  private triedWidth = 1;

  constructor(timelines: readonly Timeline[]) {
    this.timelines = timelines;
  }

  /** As late as possible, finished by `deadlineMs`; undefined when that would start before `releaseMs`. */
  backward(route: Route, quantity: number, releaseMs: number, deadlineMs: number): Placement | undefined {
    const startMs = this.latestStart(route, quantity, releaseMs, deadlineMs);
    return startMs === undefined ? undefined : this.placement(route);
  }

  /** When it would start, without making anything of it. */
  latestStart(route: Route, quantity: number, releaseMs: number, deadlineMs: number): number | undefined {
    if (deadlineMs <= releaseMs) return undefined;
    const widest = Math.min(route.widest, quantity, MAX_PARALLEL_LOTS);
    for (let width = 1; ; width *= 2) {
      if (this.allBackward(route, quantity, releaseMs, deadlineMs, width)) return this.edgeMs;
      if (width >= widest) return undefined;
    }
  }

  /** As soon as possible; more machines side by side only while it is not finished by `goodEnoughMs`. */
  forward(route: Route, quantity: number, releaseMs: number, goodEnoughMs: number): Placement | undefined {
    const finishMs = this.earliestFinish(route, quantity, releaseMs, goodEnoughMs);
    if (finishMs === undefined) return undefined;
    if (this.bestWidth !== this.triedWidth) this.allForward(route, quantity, releaseMs, this.bestWidth);
    return this.placement(route);
  }

  /** When it would be finished, without making anything of it. */
  earliestFinish(
    route: Route,
    quantity: number,
    releaseMs: number,
    goodEnoughMs: number,
  ): number | undefined {
    const widest = Math.min(route.widest, quantity, MAX_PARALLEL_LOTS);
    let best: number | undefined;
    for (let width = 1; ; width *= 2) {
      this.triedWidth = width;
      if (this.allForward(route, quantity, releaseMs, width)) {
        // Wider is not better any more: still wider will hardly be.
        if (best !== undefined && this.edgeMs >= best) return best;
        best = this.edgeMs;
        this.bestWidth = width;
        if (best <= goodEnoughMs) return best;
      }
      if (width >= widest) return best;
    }
  }

  private allBackward(
    route: Route,
    quantity: number,
    releaseMs: number,
    deadlineMs: number,
    width: number,
  ): boolean {
    this.notedCount = 0;
    this.setEdge(deadlineMs);
    for (let stepIndex = route.steps.length - 1; stepIndex >= 0; stepIndex--) {
      const step = route.steps[stepIndex] as Step;
      if (!this.stepBackward(step, stepIndex, quantity, width) || this.edgeMs < releaseMs) return false;
    }
    return true;
  }

  private allForward(route: Route, quantity: number, releaseMs: number, width: number): boolean {
    this.notedCount = 0;
    this.setEdge(releaseMs);
    for (let stepIndex = 0; stepIndex < route.steps.length; stepIndex++) {
      if (!this.stepForward(route.steps[stepIndex] as Step, stepIndex, quantity, width)) return false;
    }
    return true;
  }

  private stepBackward(step: Step, stepIndex: number, quantity: number, width: number): boolean {
    const { order, found, keys } = this;
    const lotCount = Math.min(width, step.machines.length, quantity);
    const lot = Math.ceil(quantity / lotCount);
    order.length = 0;
    for (let m = 0; m < step.machines.length; m++) {
      const machine = step.machines[m] as Machine;
      const length = lotLength(step, m, lot);
      const start = this.timeline(machine).fitBackward(this.edgeOn(machine.clock), length);
      if (start < 0) continue;
      found[m] = start + length;
      keys[m] = step.clock ? -start : -machine.clock.startClock(start);
      insertSorted(order, m, keys, lotCount);
    }
    if (order.length < lotCount) return false;
    let edgeMs = Number.POSITIVE_INFINITY;
    let edgeWork = 0;
    let edgeClock: WorkClock | undefined;
    for (let i = 0; i < lotCount; i++) {
      const m = order[i] as number;
      const { clock } = step.machines[m] as Machine;
      const endWork = found[m] as number;
      const startWork = endWork - lotLength(step, m, lotSize(quantity, lotCount, i));
      this.note(stepIndex, m, lotSize(quantity, lotCount, i), startWork, endWork);
      if (edgeClock && step.clock && startWork >= edgeWork) continue;
      const startMs = clock.startClock(startWork);
      if (startMs >= edgeMs) continue;
      edgeMs = startMs;
      edgeWork = startWork;
      edgeClock = clock;
    }
    this.setEdge(edgeMs, edgeClock, edgeWork);
    return true;
  }

  private stepForward(step: Step, stepIndex: number, quantity: number, width: number): boolean {
    const { order, found, keys } = this;
    const lotCount = Math.min(width, step.machines.length, quantity);
    const lot = Math.ceil(quantity / lotCount);
    order.length = 0;
    for (let m = 0; m < step.machines.length; m++) {
      const machine = step.machines[m] as Machine;
      const length = lotLength(step, m, lot);
      const start = this.timeline(machine).fitForward(this.edgeOn(machine.clock), length);
      if (start + length > machine.clock.totalMs) continue;
      found[m] = start;
      keys[m] = step.clock ? start + length : machine.clock.endClock(start + length);
      insertSorted(order, m, keys, lotCount);
    }
    if (order.length < lotCount) return false;
    let edgeMs = Number.NEGATIVE_INFINITY;
    let edgeWork = 0;
    let edgeClock: WorkClock | undefined;
    for (let i = 0; i < lotCount; i++) {
      const m = order[i] as number;
      const { clock } = step.machines[m] as Machine;
      const startWork = found[m] as number;
      const endWork = startWork + lotLength(step, m, lotSize(quantity, lotCount, i));
      this.note(stepIndex, m, lotSize(quantity, lotCount, i), startWork, endWork);
      if (edgeClock && step.clock && endWork <= edgeWork) continue;
      const endMs = clock.endClock(endWork);
      if (endMs <= edgeMs) continue;
      edgeMs = endMs;
      edgeWork = endWork;
      edgeClock = clock;
    }
    this.setEdge(edgeMs, edgeClock, edgeWork);
    return true;
  }

  private note(
    stepIndex: number,
    machine: number,
    quantity: number,
    startWork: number,
    endWork: number,
  ): void {
    const { noted } = this;
    const at = this.notedCount * NOTE_FIELDS;
    noted[at] = stepIndex;
    noted[at + 1] = machine;
    noted[at + 2] = quantity;
    noted[at + 3] = startWork;
    noted[at + 4] = endWork;
    this.notedCount++;
  }

  /** What the last attempt noted, as objects: only for attempts that are kept. */
  private placement(route: Route): Placement {
    const { noted } = this;
    const lots: PlacedLot[] = [];
    let startMs = Number.POSITIVE_INFINITY;
    let finishMs = Number.NEGATIVE_INFINITY;
    for (let at = 0; at < this.notedCount * NOTE_FIELDS; at += NOTE_FIELDS) {
      const stepIndex = noted[at] as number;
      const step = route.steps[stepIndex] as Step;
      const machine = step.machines[noted[at + 1] as number] as Machine;
      const quantity = noted[at + 2] as number;
      const startWork = noted[at + 3] as number;
      const endWork = noted[at + 4] as number;
      lots.push({ machine, stepIndex, quantity, setUpMs: step.setUpMs, startWork, endWork });
      // Sub-lots of the first step start first, those of the last end last.
      if (stepIndex === 0) startMs = Math.min(startMs, machine.clock.startClock(startWork));
      if (stepIndex === route.steps.length - 1)
        finishMs = Math.max(finishMs, machine.clock.endClock(endWork));
    }
    return { lots, startMs, finishMs };
  }

  private timeline(machine: Machine): Timeline {
    return this.timelines[machine.index] as Timeline;
  }

  /** The instant the next step must keep to; on the clock it came from its working time is known already. */
  private setEdge(clockMs: number, clock?: WorkClock, work = 0): void {
    this.edgeMs = clockMs;
    this.edgeClock = clock;
    this.edgeWork = work;
  }

  private edgeOn(clock: WorkClock): number {
    if (clock !== this.edgeClock) {
      this.edgeClock = clock;
      this.edgeWork = clock.toWork(this.edgeMs);
    }
    return this.edgeWork;
  }
}

export function lotLength(step: Step, machinePosition: number, quantity: number): number {
  return step.setUpMs + Math.ceil(quantity * (step.msPerPiece[machinePosition] as number));
}

/** Sizes differ by one piece at most, the larger ones first. */
export function lotSize(quantity: number, lotCount: number, i: number): number {
  return Math.floor(quantity / lotCount) + (i < quantity % lotCount ? 1 : 0);
}

/** Keeps the `limit` positions with the smallest key in `order`, smallest first, earlier positions first among equals. */
function insertSorted(order: number[], position: number, key: readonly number[], limit: number): void {
  const mine = key[position] as number;
  let i = order.length;
  if (i === limit && (key[order[i - 1] as number] as number) <= mine) return;
  while (i > 0 && (key[order[i - 1] as number] as number) > mine) i--;
  order.splice(i, 0, position);
  if (order.length > limit) order.pop();
}

export function reserve(timelines: readonly Timeline[], placement: Placement): void {
  for (const lot of placement.lots) timelines[lot.machine.index]?.add(lot.startWork, lot.endWork);
}

export function release(timelines: readonly Timeline[], placement: Placement): void {
  for (const lot of placement.lots) freeOnMachine(timelines, lot.machine, lot.startWork, lot.endWork);
}

/** Frees a stretch and puts back what is blocked in it whoever reserves. */
export function freeOnMachine(
  timelines: readonly Timeline[],
  machine: Machine,
  startWork: number,
  endWork: number,
): void {
  const timeline = timelines[machine.index];
  if (!timeline) return;
  timeline.remove(startWork, endWork);
  for (const [start, end] of machine.base) {
    if (start <= endWork && end >= startWork) timeline.add(start, end);
  }
}
