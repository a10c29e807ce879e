import { type Draft, objectiveOf } from './construct.ts';
import { FreeMachines, type Run, workOf } from './free-machines.ts';
import type { LineJobs } from './job.ts';
import type { Levelled } from './level.ts';
import type { Model } from './model.ts';
import { type Part, type Plan, placeJob, toPart } from './place-job.ts';
import { Placer } from './placer.ts';
import type { Pulse } from './pulse.ts';
import type { Timeline } from './timeline.ts';

export interface DispatchRule {
  readonly name: string;
  /** How far each priority is ahead of the next when it waits for a machine, as a share of the mean work of a job. */
  readonly headStart: number;
  /** What can no more be in time waits until nothing else does. */
  readonly lateStepsBack: boolean;
}

/** Which order serves best depends on the load, and a construction is cheap: the best one counts. */
export const DISPATCH_RULES: readonly DispatchRule[] = [
  { name: 'levelled-by-slack', headStart: 0, lateStepsBack: false },
  { name: 'levelled-by-urgency', headStart: 1 / 4, lateStepsBack: false },
  { name: 'levelled-step-back', headStart: 1, lateStepsBack: true },
];

/**
 * Lets the machines work as a shop would: whenever one is free it takes, of what waits before it, the job with the
 * least slack (a non-delay schedule by list dispatching [Panwalkar and Iskander 1977]). Machines with a queue never
 * stand still, so at high load less time is lost than by putting one order after the other into gaps. Undefined when
 * the run is stopped.
 */
export function dispatch(
  model: Model,
  lines: readonly LineJobs[],
  timelines: readonly Timeline[],
  levelled: readonly Levelled[],
  rule: DispatchRule,
  pulse: Pulse,
): Draft | undefined {
  pulse.begin('construct', lines.length);
  const copies = timelines.map((timeline) => timeline.clone());
  const plan: Plan = { timelines: copies, placer: new Placer(copies), weights: model.snapshot.weights };
  const shop = new FreeMachines(model, copies, rule.lateStepsBack);
  const headStartMs = rule.headStart * meanWorkMs(levelled);
  const runs = levelled.map((one) => shop.admit(one, headStartMs * one.job.line.priority));
  shop.work(pulse);
  if (pulse.isStopped) return undefined;
  const parts: Part[][] = lines.map(() => []);
  const again: Run[] = [];
  for (const run of runs) {
    const part = run.failed ? undefined : finished(plan, run);
    if (part && part.arriveMs <= part.candidate.hardMs) parts[run.levelled.position]?.push(part);
    else again.push(run);
  }
  for (const run of again) shop.withdraw(run);
  // What found no room, and what has no option as a whole: it may still have one elsewhere or in parts.
  for (const { levelled: one } of again) {
    if (pulse.beat()) return undefined;
    parts[one.position]?.push(...placeJob(plan, one.job, 'forward'));
  }
  lines.forEach((line, position) => {
    for (const job of line.jobs) {
      if (job.options.length === 0) parts[position]?.push(...placeJob(plan, job, 'forward'));
    }
  });
  return { strategy: rule.name, plan, parts, objective: objectiveOf(model, lines, parts) };
}

function finished(plan: Plan, { levelled, lots }: Run): Part {
  const { job, candidate } = levelled;
  let startMs = Number.POSITIVE_INFINITY;
  let finishMs = Number.NEGATIVE_INFINITY;
  for (const { machine, startWork, endWork } of lots) {
    startMs = Math.min(startMs, machine.clock.startClock(startWork));
    finishMs = Math.max(finishMs, machine.clock.endClock(endWork));
  }
  return toPart(plan, job, candidate, job.quantity, { lots, startMs, finishMs });
}

function meanWorkMs(levelled: readonly Levelled[]): number {
  let sum = 0;
  for (const { job, candidate } of levelled) sum += workOf(candidate.route.steps, job.quantity, 1);
  return sum / Math.max(1, levelled.length);
}
