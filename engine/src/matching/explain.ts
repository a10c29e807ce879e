import type { LineRefusals, RefusalReason, SiteRefusal } from '../plan.ts';
import type { LineJobs } from './job.ts';
import type { Candidate } from './model.ts';
import type { Part, Plan } from './place-job.ts';
import { fixedPoints, latePoints, tardinessPoints } from './points.ts';

/**
 * Why not the others: the first hard reason, else what the whole line would have become there, seen in the
 * finished plan. A site that got a part is not refused.
 */
export function explainLine(plan: Plan, jobs: LineJobs, parts: readonly Part[]): LineRefusals {
  const { line } = jobs;
  const sites: SiteRefusal[] = jobs.refused.map((refusal) => ({ ...refusal }));
  const refused = new Set(sites.map((refusal) => refusal.capabilityId));
  const chosen = new Set(parts.map((part) => part.candidate.route.capability.id));
  const late = parts.some((part) => part.lateMs > 0);
  let chosenPoints = late ? latePoints(line, plan.weights) : 0;
  for (const part of parts) chosenPoints += part.points;
  const seen = new Set<string>();
  for (const job of jobs.jobs) {
    for (const candidate of job.partOptions) {
      const { id } = candidate.route.capability;
      if (seen.has(id) || refused.has(id) || chosen.has(id)) continue;
      seen.add(id);
      sites.push(refusal(plan, jobs, candidate, job.releaseMs, parts.length > 0 && !late, chosenPoints));
    }
  }
  return { lineId: line.id, sites };
}

function refusal(
  plan: Plan,
  { line }: LineJobs,
  candidate: Candidate,
  releaseMs: number,
  chosenInTime: boolean,
  chosenPoints: number,
): SiteRefusal {
  const { route, transportMs, hardMs } = candidate;
  const where = { siteId: route.site.id, capabilityId: route.capability.id };
  const deadlineMs = Math.min(line.dueMs, hardMs) - transportMs;
  const placement = plan.placer.forward(route, line.quantity, releaseMs, deadlineMs);
  if (!placement) return { ...where, reason: 'no-capacity-in-horizon' };
  const arriveMs = placement.finishMs + transportMs;
  const lateMs = Math.max(0, arriveMs - line.dueMs);
  if (arriveMs > hardMs || (lateMs > 0 && chosenInTime)) {
    return { ...where, reason: 'no-capacity-by-date', lateMs };
  }
  const points =
    fixedPoints(candidate, line, line.quantity, plan.weights) +
    (lateMs > 0 ? latePoints(line, plan.weights) : 0) +
    tardinessPoints(line, line.quantity, lateMs, plan.weights);
  return { ...where, reason: 'higher-score', lateMs, scoreDelta: points - chosenPoints };
}

/** Reasons of an unplaced line, the most frequent first. */
export function unplacedReasons({ sites }: LineRefusals, isLocked: boolean): RefusalReason[] {
  if (sites.length === 0) return ['not-capable'];
  const counts = new Map<RefusalReason, number>();
  for (const { reason } of sites) {
    // A site that would have had room was not allowed to take it, and only a lock forbids that.
    const said =
      reason === 'higher-score' ? (isLocked ? 'locked-elsewhere' : 'no-capacity-in-horizon') : reason;
    counts.set(said, (counts.get(said) ?? 0) + 1);
  }
  const found = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return found.map(([reason]) => reason);
}
