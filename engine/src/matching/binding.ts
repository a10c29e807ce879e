import type { BindingConstraint, BindingResource } from '../promise.ts';
import type { BlockedKind } from '../snapshot.ts';
import type { Step } from './model.ts';
import type { Part } from './place-job.ts';
import type { PlacedLot } from './placer.ts';
import type { PlanIndex } from './plan-index.ts';

/**
 * Where the time goes, by taking the constraints away one after the other: what others have bought, then
 * breakdowns, then the calendar; what is left is the work itself and the way.
 */
export function waitsOf(
  index: PlanIndex,
  part: Part,
  nowMs: number,
): {
  readonly binding: BindingConstraint;
  readonly resource: BindingResource;
  readonly waitsMs: Readonly<Record<BindingConstraint, number>>;
} {
  const { job, candidate, quantity } = part;
  const { releaseMs } = job;
  const anyTime = Number.NEGATIVE_INFINITY;
  const finishMs = part.placement.finishMs;
  const unsold = index.unsold.forward(candidate.route, quantity, releaseMs, anyTime)?.finishMs ?? finishMs;
  const empty = index.empty.forward(candidate.route, quantity, releaseMs, anyTime);
  const unsoldMs = Math.min(finishMs, unsold);
  const emptyMs = Math.min(unsoldMs, empty?.finishMs ?? unsoldMs);
  const machineMs = Math.min(
    emptyMs - releaseMs,
    workOf(candidate.route.steps, empty?.lots ?? part.placement.lots),
  );
  const waitsMs: Record<BindingConstraint, number> = {
    earliest: releaseMs - nowMs,
    machine: machineMs,
    calendar: emptyMs - releaseMs - machineMs,
    unattainable: unsoldMs - emptyMs,
    committed: finishMs - unsoldMs,
    transport: candidate.transportMs,
  };
  let binding: BindingConstraint = 'machine';
  for (const constraint of Object.keys(waitsMs) as BindingConstraint[]) {
    if (waitsMs[constraint] > waitsMs[binding]) binding = constraint;
  }
  const resource = binding === 'unattainable' ? blockedKind(index, part) : binding;
  return { binding, resource, waitsMs };
}

/** What keeps the machines of the route from working longest before the part is finished. */
function blockedKind(index: PlanIndex, { job, candidate, placement }: Part): BlockedKind {
  const sums = new Map<BlockedKind, number>();
  for (const step of candidate.route.steps) {
    for (const { index: machine } of step.machines) {
      for (const { kind, startMs, endMs } of index.snapshot.machines[machine]?.blocked ?? []) {
        const ms = Math.min(endMs, placement.finishMs) - Math.max(startMs, job.releaseMs);
        if (ms > 0) sums.set(kind, (sums.get(kind) ?? 0) + ms);
      }
    }
  }
  const [longest] = [...sums].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return longest?.[0] ?? 'other';
}

/** Steps follow each other, sub-lots of a step run side by side: the longest of each step counts. */
function workOf(steps: readonly Step[], lots: readonly PlacedLot[]): number {
  let sum = 0;
  for (let stepIndex = 0; stepIndex < steps.length; stepIndex++) {
    let longest = 0;
    for (const lot of lots) {
      if (lot.stepIndex === stepIndex) longest = Math.max(longest, lot.endWork - lot.startWork);
    }
    sum += longest;
  }
  return sum;
}
