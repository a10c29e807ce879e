import type { MatchWeights } from '../snapshot.ts';
import type { Job, Option } from './job.ts';
import type { Candidate } from './model.ts';
import { type Placement, type Placer, release, reserve } from './placer.ts';
import { fixedPoints, latePoints, tardinessPoints } from './points.ts';
import type { Timeline } from './timeline.ts';

/** A part of a job put somewhere. */
export interface Part {
  readonly job: Job;
  readonly candidate: Candidate;
  readonly quantity: number;
  readonly placement: Placement;
  readonly arriveMs: number;
  readonly lateMs: number;
  /** Without the once-per-line term for being late. */
  readonly points: number;
}

/** The state of one construction. */
export interface Plan {
  readonly timelines: readonly Timeline[];
  readonly placer: Placer;
  readonly weights: MatchWeights;
}

export type Direction = 'backward' | 'forward';

/** Bisection steps for the largest quantity a site can make in time: finer than 1/64 of the line never pays. */
const BISECTIONS = 6;

/** Places a job in its best way and reserves it; an empty result means no room within the horizon. */
export function placeJob(plan: Plan, job: Job, direction: Direction): readonly Part[] {
  const onTime = direction === 'backward' ? inTime(plan, job) : undefined;
  const whole = onTime ?? bestForward(plan, job);
  if (whole && whole.lateMs === 0) {
    reserve(plan.timelines, whole.placement);
    return [whole];
  }
  if (job.maxSites > 1) {
    const parts = placeSplit(plan, job);
    const splitPoints = pointsOf(plan, job, parts);
    if (parts.length > 0 && (!whole || splitPoints < pointsOf(plan, job, [whole]))) return parts;
    for (const part of parts) release(plan.timelines, part.placement);
  }
  if (!whole) return [];
  reserve(plan.timelines, whole.placement);
  return [whole];
}

export function pointsOf(plan: Plan, job: Job, parts: readonly Part[]): number {
  let sum = parts.some((part) => part.lateMs > 0) ? latePoints(job.line, plan.weights) : 0;
  for (const part of parts) sum += part.points;
  return sum;
}

/** With the safety time if there is room for it, else without. */
function inTime(plan: Plan, job: Job): Part | undefined {
  const safe = bestBackward(plan, job, job.aimMs);
  return safe || job.aimMs === job.line.dueMs ? safe : bestBackward(plan, job, job.line.dueMs);
}

function bestBackward(plan: Plan, job: Job, aimMs: number): Part | undefined {
  let best: Option | undefined;
  let bestStartMs = Number.NEGATIVE_INFINITY;
  for (const option of job.options) {
    if (best && option.fixedPoints > best.fixedPoints) break;
    const { candidate } = option;
    const startMs = plan.placer.latestStart(
      candidate.route,
      job.quantity,
      job.releaseMs,
      deadline(job.line.dueMs, candidate),
    );
    if (startMs === undefined || startMs <= bestStartMs) continue;
    best = option;
    bestStartMs = startMs;
  }
  return best && tryBackward(plan, job, best.candidate, job.quantity, aimMs);
}

function bestForward(plan: Plan, job: Job): Part | undefined {
  let best: Candidate | undefined;
  let bestPoints = Number.POSITIVE_INFINITY;
  let bestArriveMs = Number.POSITIVE_INFINITY;
  for (const { candidate, fixedPoints: atLeast } of job.options) {
    if (atLeast > bestPoints) break;
    const arriveMs = soonestArrival(plan, job, candidate, job.quantity);
    if (arriveMs === undefined) continue;
    const lateMs = arriveMs - job.line.dueMs;
    const tardiness = tardinessPoints(job.line, job.quantity, lateMs, plan.weights);
    const points = atLeast + tardiness + (lateMs > 0 ? latePoints(job.line, plan.weights) : 0);
    if (points > bestPoints || (points === bestPoints && arriveMs >= bestArriveMs)) continue;
    best = candidate;
    bestPoints = points;
    bestArriveMs = arriveMs;
  }
  return best && tryForward(plan, job, best, job.quantity);
}

/** When production must be finished to arrive by `aimMs`. */
export function deadline(aimMs: number, candidate: Candidate): number {
  return Math.min(aimMs, candidate.hardMs) - candidate.transportMs;
}

/** Undefined when not within the horizon or after a locked date. */
function soonestArrival(plan: Plan, job: Job, candidate: Candidate, quantity: number): number | undefined {
  const { route, transportMs, hardMs } = candidate;
  const finishMs = plan.placer.earliestFinish(
    route,
    quantity,
    job.releaseMs,
    deadline(job.line.dueMs, candidate),
  );
  if (finishMs === undefined || finishMs + transportMs > hardMs) return undefined;
  return finishMs + transportMs;
}

function tryBackward(
  plan: Plan,
  job: Job,
  candidate: Candidate,
  quantity: number,
  aimMs: number,
): Part | undefined {
  const placement = plan.placer.backward(
    candidate.route,
    quantity,
    job.releaseMs,
    deadline(aimMs, candidate),
  );
  return placement && toPart(plan, job, candidate, quantity, placement);
}

function tryForward(plan: Plan, job: Job, candidate: Candidate, quantity: number): Part | undefined {
  const placement = plan.placer.forward(
    candidate.route,
    quantity,
    job.releaseMs,
    deadline(job.line.dueMs, candidate),
  );
  if (!placement || placement.finishMs + candidate.transportMs > candidate.hardMs) return undefined;
  return toPart(plan, job, candidate, quantity, placement);
}

export function toPart(
  plan: Pick<Plan, 'weights'>,
  job: Job,
  candidate: Candidate,
  quantity: number,
  placement: Placement,
): Part {
  const arriveMs = placement.finishMs + candidate.transportMs;
  const lateMs = Math.max(0, arriveMs - job.line.dueMs);
  const points =
    fixedPoints(candidate, job.line, quantity, plan.weights) +
    tardinessPoints(job.line, quantity, lateMs, plan.weights);
  return { job, candidate, quantity, placement, arriveMs, lateMs, points };
}

/**
 * Largest in-time quantities first, so that the parts are few; what no site makes in time goes where it hurts
 * least. Parts are reserved one by one because routes of one site share machines.
 */
function placeSplit(plan: Plan, job: Job): readonly Part[] {
  const parts: Part[] = [];
  const sites = new Set<string>();
  let rest = job.quantity;
  let open = [...job.partOptions];
  while (rest > 0 && open.length > 0) {
    if (sites.size >= job.maxSites) open = open.filter((candidate) => sites.has(candidate.route.site.id));
    const part = largestInTime(plan, job, open, rest) ?? leastLate(plan, job, open, rest);
    if (!part) break;
    reserve(plan.timelines, part.placement);
    parts.push(part);
    sites.add(part.candidate.route.site.id);
    rest -= part.quantity;
    open = open.filter((candidate) => candidate !== part.candidate);
  }
  if (rest === 0) return parts;
  for (const part of parts) release(plan.timelines, part.placement);
  return [];
}

function largestInTime(plan: Plan, job: Job, open: readonly Candidate[], rest: number): Part | undefined {
  let best: Part | undefined;
  for (const candidate of open) {
    const least = Math.max(candidate.route.capability.minLot, job.minShipment, 1);
    if (least > rest) continue;
    const part = largestAt(plan, job, candidate, Math.max(least, (best?.quantity ?? 0) + 1), rest);
    if (part) best = part;
    if (best?.quantity === rest) break;
  }
  return best;
}

/** The largest quantity between `least` and `rest` that this site makes in time, leaving a rest that is still a shipment. */
function largestAt(
  plan: Plan,
  job: Job,
  candidate: Candidate,
  least: number,
  rest: number,
): Part | undefined {
  const deadlineMs = deadline(job.line.dueMs, candidate);
  const fits = (quantity: number): boolean =>
    plan.placer.latestStart(candidate.route, quantity, job.releaseMs, deadlineMs) !== undefined;
  if (least > rest) return undefined;
  if (fits(rest)) return tryBackward(plan, job, candidate, rest, job.line.dueMs);
  let low = least;
  let high = rest - Math.max(1, job.minShipment);
  if (low > high || !fits(low)) return undefined;
  for (let i = 0; i < BISECTIONS && low < high; i++) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return tryBackward(plan, job, candidate, low, job.line.dueMs);
}

function leastLate(plan: Plan, job: Job, open: readonly Candidate[], rest: number): Part | undefined {
  let best: Part | undefined;
  for (const candidate of open) {
    if (candidate.route.capability.minLot > rest) continue;
    const part = tryForward(plan, job, candidate, rest);
    if (part && (!best || part.points < best.points)) best = part;
  }
  return best;
}
