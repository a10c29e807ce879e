import { EventHeap } from './event-heap.ts';
import type { Job } from './job.ts';
import type { Levelled } from './level.ts';
import type { Candidate, Machine, Model, Step } from './model.ts';
import { deadline } from './place-job.ts';
import { freeOnMachine, lotLength, lotSize, type PlacedLot } from './placer.ts';
import type { Pulse } from './pulse.ts';
import type { Timeline } from './timeline.ts';
import type { WorkClock } from './work-clock.ts';

/** Waiting work that a free machine looks at to find some that fits before its next fixed spell. */
const LOOK_AHEAD = 8;

/** A job whose bare work takes more than this share of the time until its date is made on several machines at once. */
const PATIENT_SHARE = 0.5;

/** A job on its way through the steps of its route. */
export interface Run {
  readonly number: number;
  readonly levelled: Levelled;
  readonly width: number;
  readonly lots: PlacedLot[];
  /** Working time that its priority is behind the highest. */
  readonly handicapMs: number;
  /** Points of an hour's tardiness per millisecond of work. */
  readonly weightPerMs: number;
  stepIndex: number;
  /** Sub-lots of the step that have no machine yet, and when the latest of the others ends. */
  open: number;
  readyMs: number;
  failed: boolean;
}

/** One sub-lot before a group of machines. */
interface Waiting {
  readonly run: Run;
  readonly quantity: number;
  /** Latest start in working time plus handicap: the smallest goes first. */
  readonly key: number;
  readonly latestStart: number;
}

interface Queue {
  readonly step: Step;
  /** The most urgent last. */
  readonly waiting: Waiting[];
  /** What stepped back, the one that weighs most per working time last. */
  readonly late: Waiting[];
}

/** The machines of a network, each taking work as soon as it is free. */
export class FreeMachines {
  private readonly weights: readonly number[];
  private readonly timelines: readonly Timeline[];
  private readonly queues = new Map<string, Queue>();
  private readonly queueOf = new Map<Step, Queue>();
  /** By machine: the queues it serves. */
  private readonly serves: Queue[][];
  private readonly isIdle: boolean[];
  /** Payload: a machine that gets free (≥ 0) or a run that is ready for its next step (−1 − its number). */
  private readonly events = new EventHeap();
  private readonly runs: Run[] = [];

  /** Work that can no more be in time waits until nothing else does. */
  private readonly lateStepsBack: boolean;

  constructor(model: Model, timelines: readonly Timeline[], lateStepsBack: boolean) {
    this.lateStepsBack = lateStepsBack;
    this.weights = model.snapshot.weights.tardinessPerHour;
    this.timelines = timelines;
    this.serves = model.machines.map(() => []);
    this.isIdle = model.machines.map(() => true);
  }

  admit(levelled: Levelled, handicapMs: number): Run {
    const { job, candidate } = levelled;
    const run: Run = {
      number: this.runs.length,
      levelled,
      width: widthOf(job, candidate),
      lots: [],
      handicapMs,
      weightPerMs: (this.weights[job.line.priority] ?? 0) / workOf(candidate.route.steps, job.quantity, 1),
      stepIndex: 0,
      open: 0,
      readyMs: job.releaseMs,
      failed: false,
    };
    this.events.push(job.releaseMs, -1 - run.number);
    this.runs.push(run);
    return run;
  }

  /** Until nothing waits any more, or the run is stopped. */
  work(pulse: Pulse): void {
    const woken: Queue[] = [];
    while (this.events.size > 0) {
      if (pulse.beat()) return;
      const nowMs = this.events.nextMs;
      woken.length = 0;
      // All that happens at one instant happens before anybody chooses.
      while (this.events.size > 0 && this.events.nextMs === nowMs) {
        const payload = this.events.pop();
        if (payload < 0) woken.push(this.enqueue(this.runs[-1 - payload] as Run));
        else {
          this.isIdle[payload] = true;
          woken.push(...(this.serves[payload] as Queue[]));
        }
      }
      for (const queue of woken) this.serve(queue, nowMs);
    }
  }

  withdraw(run: Run): void {
    for (const lot of run.lots) freeOnMachine(this.timelines, lot.machine, lot.startWork, lot.endWork);
  }

  private enqueue(run: Run): Queue {
    const { job, candidate } = run.levelled;
    const step = candidate.route.steps[run.stepIndex] as Step;
    const queue = this.queue(step);
    const lotCount = Math.min(run.width, step.machines.length);
    run.open = lotCount;
    const first = step.machines[0] as Machine;
    const restMs = workOf(candidate.route.steps.slice(run.stepIndex), job.quantity, run.width);
    const latestStart = first.clock.toWork(deadline(job.line.dueMs, candidate)) - restMs;
    const key = latestStart + run.handicapMs;
    for (let i = 0; i < lotCount; i++) {
      insertByKey(queue.waiting, { run, quantity: lotSize(job.quantity, lotCount, i), key, latestStart });
    }
    return queue;
  }

  private queue(step: Step): Queue {
    const known = this.queueOf.get(step);
    if (known) return known;
    const name = step.machines.map((machine) => machine.index).join(' ');
    let queue = this.queues.get(name);
    if (!queue) {
      queue = { step, waiting: [], late: [] };
      this.queues.set(name, queue);
      for (const machine of step.machines) this.serves[machine.index]?.push(queue);
    }
    this.queueOf.set(step, queue);
    return queue;
  }

  private serve(queue: Queue, nowMs: number): void {
    for (const machine of queue.step.machines) {
      if (queue.waiting.length + queue.late.length === 0) return;
      let isWaiting = true;
      while (isWaiting && this.isIdle[machine.index]) isWaiting = this.start(machine, nowMs);
    }
  }

  /**
   * The most urgent of all queues of the machine, among those that fit before its next fixed spell if there are any.
   * False when nothing waits.
   */
  private start(machine: Machine, nowMs: number): boolean {
    const timeline = this.timelines[machine.index] as Timeline;
    const nowWork = machine.clock.toWork(nowMs);
    let from: Waiting[] | undefined;
    let at = -1;
    let bestKey = Number.POSITIVE_INFINITY;
    let bestFits = false;
    for (const queue of this.serves[machine.index] as Queue[]) {
      if (this.lateStepsBack) stepBack(queue, nowWork);
      const waiting = queue.waiting.length > 0 ? queue.waiting : queue.late;
      const deepest = Math.max(0, waiting.length - LOOK_AHEAD);
      for (let i = waiting.length - 1; i >= deepest; i--) {
        const one = waiting[i] as Waiting;
        const fits = timeline.fitForward(nowWork, lengthOn(machine, one)) === nowWork;
        const key = waiting === queue.late ? Number.MAX_VALUE : one.key;
        if (fits !== bestFits ? fits : key < bestKey) {
          from = waiting;
          at = i;
          bestKey = key;
          bestFits = fits;
        }
        if (fits) break;
      }
    }
    const chosen = from?.splice(at, 1)[0];
    if (chosen && !chosen.run.failed) this.occupy(machine, timeline, nowWork, chosen);
    return chosen !== undefined;
  }

  private occupy(machine: Machine, timeline: Timeline, nowWork: number, chosen: Waiting): void {
    const { run, quantity } = chosen;
    const { steps } = run.levelled.candidate.route;
    const { stepIndex } = run;
    const length = lengthOn(machine, chosen);
    const startWork = timeline.fitForward(nowWork, length);
    const endWork = startWork + length;
    if (endWork > machine.clock.totalMs) {
      run.failed = true;
      return;
    }
    timeline.add(startWork, endWork);
    this.isIdle[machine.index] = false;
    const endMs = machine.clock.endClock(endWork);
    const { setUpMs } = steps[stepIndex] as Step;
    run.lots.push({ machine, stepIndex, quantity, setUpMs, startWork, endWork });
    run.readyMs = Math.max(run.readyMs, endMs);
    run.open--;
    this.events.push(endMs, machine.index);
    if (run.open > 0) return;
    run.stepIndex++;
    if (run.stepIndex < steps.length) this.events.push(run.readyMs, -1 - run.number);
  }
}

function lengthOn(machine: Machine, { run, quantity }: Waiting): number {
  const step = run.levelled.candidate.route.steps[run.stepIndex] as Step;
  return lotLength(step, step.machines.indexOf(machine), quantity);
}

/** Few machines when there is time, more side by side when there is not. */
function widthOf(job: Job, candidate: Candidate): number {
  const { route } = candidate;
  const clock = (route.steps[0] as Step).machines[0]?.clock as WorkClock;
  const dueMs = deadline(job.line.dueMs, candidate);
  const patienceMs = (clock.toWork(dueMs) - clock.toWork(job.releaseMs)) * PATIENT_SHARE;
  const widest = Math.min(route.widest, job.quantity);
  for (let width = 1; width < widest; width *= 2) {
    if (workOf(route.steps, job.quantity, width) <= patienceMs) return width;
  }
  return widest;
}

/** From the first step to the last without waiting. */
export function workOf(steps: readonly Step[], quantity: number, width: number): number {
  let workMs = 0;
  for (const step of steps) {
    workMs += lotLength(step, 0, Math.ceil(quantity / Math.min(width, step.machines.length)));
  }
  return workMs;
}

function stepBack({ waiting, late }: Queue, nowWork: number): void {
  for (let one = waiting.at(-1); one && one.latestStart < nowWork; one = waiting.at(-1)) {
    waiting.pop();
    // Weighted shortest processing time first [Smith 1956]; the key has its sign turned because the smallest go first.
    insertByKey(late, { ...one, key: -one.run.weightPerMs });
  }
}

/** The smallest key last; among equals the earlier run goes first. */
function insertByKey(waiting: Waiting[], one: Waiting): void {
  let low = 0;
  let high = waiting.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = waiting[middle] as Waiting;
    if (other.key > one.key || (other.key === one.key && other.run.number > one.run.number)) low = middle + 1;
    else high = middle;
  }
  waiting.splice(low, 0, one);
}
