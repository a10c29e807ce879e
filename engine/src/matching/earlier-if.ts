import type { EarlierIf } from '../promise.ts';
import type { Machine, Route, Step } from './model.ts';
import type { Part } from './place-job.ts';
import type { PlacedLot } from './placer.ts';
import type { PlanIndex } from './plan-index.ts';
import { Timeline } from './timeline.ts';

/** What one extra shift is. */
const SHIFT_MS = 8 * 3_600_000;

/** More than this nobody reads. */
const MOST_CHANGES = 5;

const SOON = Number.NEGATIVE_INFINITY;
const IDLE = new Timeline();

/**
 * What would have to change at the site of the last part for it to arrive earlier: each step's machines in turn get a
 * shift more, or are freed of what others bought, or of what blocks them, and the part is placed again.
 */
export function earlierIf(index: PlanIndex, last: Part, nowMs: number): EarlierIf[] {
  const { route } = last.candidate;
  const found: EarlierIf[] = [];
  route.steps.forEach((step, stepIndex) => {
    const where = {
      siteId: route.site.id,
      capabilityId: route.capability.id,
      stepIndex,
      machineIds: step.machines.map(({ id }) => id),
    };
    const shift = withOneShiftMore(index, last, stepIndex);
    if (shift > 0) found.push({ change: 'shift', earlierMs: shift, shiftMs: SHIFT_MS, ...where });
    const unsold = finishOn(index, last, step, (machine) => baseOf(machine));
    const sold = last.placement.finishMs - unsold;
    if (sold > 0) found.push({ change: 'committed', earlierMs: sold, ...where });
    if (step.machines.every(({ base }) => base.length === 0)) return;
    const blocked = unsold - finishOn(index, last, step, () => IDLE);
    if (blocked > 0) found.push({ change: 'blocked', earlierMs: blocked, ...where });
  });
  const { releaseMs, line } = last.job;
  if (line.earliestMs !== undefined && line.earliestMs > nowMs) {
    const at = Math.max(nowMs, index.model.releaseMs);
    const finish = index.placer.forward(route, last.quantity, Math.min(at, releaseMs), SOON)?.finishMs;
    const earlierMs = last.placement.finishMs - (finish ?? last.placement.finishMs);
    if (earlierMs > 0) found.push({ change: 'earliest', earlierMs });
  }
  return mostHelpful(found);
}

export function mostHelpful(found: readonly EarlierIf[]): EarlierIf[] {
  return [...found].sort((a, b) => b.earlierMs - a.earlierMs).slice(0, MOST_CHANGES);
}

/** How much earlier the part is finished when the machines of a step work a shift more before it ends. */
function withOneShiftMore({ placer }: PlanIndex, last: Part, stepIndex: number): number {
  const { route } = last.candidate;
  const { lots, finishMs } = last.placement;
  let readyMs = last.job.releaseMs;
  for (const { machine, endWork, stepIndex: step } of lots) {
    if (step === stepIndex - 1) readyMs = Math.max(readyMs, machine.clock.endClock(endWork));
  }
  let endMs = Number.NEGATIVE_INFINITY;
  for (const lot of lots) {
    if (lot.stepIndex === stepIndex) endMs = Math.max(endMs, endWithShift(lot, readyMs));
  }
  const rest = route.steps.slice(stepIndex + 1);
  if (rest.length === 0) return finishMs - endMs;
  const tail: Route = { ...route, steps: rest };
  return finishMs - (placer.forward(tail, last.quantity, endMs, SOON)?.finishMs ?? finishMs);
}

/**
 * The shift is worked where the machine pauses: while the sub-lot waits behind others or is under way, but not while
 * the machine is blocked. However many hours are added, the bare work takes its time.
 */
function endWithShift({ machine, startWork, endWork }: PlacedLot, readyMs: number): number {
  const { clock, base } = machine;
  const readyWork = clock.toWork(readyMs);
  const isBlocked = base.some(([start, end]) => start <= startWork && end >= readyWork);
  const fromWork = isBlocked ? startWork : readyWork;
  const fromMs = isBlocked ? clock.startClock(startWork) : readyMs;
  const endMs = clock.endClock(endWork);
  const pausesMs = endMs - fromMs - (endWork - fromWork);
  const workMs = endWork - startWork;
  const earlierWork = Math.max(endWork - Math.min(SHIFT_MS, pausesMs), fromWork + 1);
  return Math.min(endMs, Math.max(clock.endClock(earlierWork), fromMs + workMs));
}

/** When the part would be finished if the machines of one step had these timelines. */
function finishOn(
  index: PlanIndex,
  { candidate, quantity, job, placement }: Part,
  step: Step,
  timelineOf: (machine: Machine) => Timeline,
): number {
  const finishMs = index.supposing(
    step.machines,
    timelineOf,
    (placer) => placer.forward(candidate.route, quantity, job.releaseMs, SOON)?.finishMs,
  );
  return Math.min(placement.finishMs, finishMs ?? placement.finishMs);
}

function baseOf(machine: Machine): Timeline {
  const timeline = new Timeline();
  for (const [start, end] of machine.base) timeline.add(start, end);
  return timeline;
}
