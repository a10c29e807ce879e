import type { RefusalReason } from '../plan.ts';
import { DEFAULT_MAX_SITES, type LineLock, type LineSnapshot, type LockKind } from '../snapshot.ts';
import { type Candidate, compareText, createCandidate, type Model } from './model.ts';
import { fixedPoints } from './points.ts';

export interface Option {
  readonly candidate: Candidate;
  /** For the whole quantity, on time. */
  readonly fixedPoints: number;
}

/** A quantity of one line to be placed as one decision: the whole line, or what a lock takes out of it, or the rest. */
export interface Job {
  readonly line: LineSnapshot;
  readonly quantity: number;
  readonly releaseMs: number;
  /** Arrival to aim at: the due date less the safety time. */
  readonly aimMs: number;
  /** Sites that may make all of it, the cheapest first. */
  readonly options: readonly Option[];
  /** Sites that may make a part of it (`options` is a subset). */
  readonly partOptions: readonly Candidate[];
  readonly maxSites: number;
  /** No way to split costs less; 0 when nothing is known. */
  readonly cheapestSplitPoints: number;
  readonly minShipment: number;
  readonly lock: 'none' | LockKind;
}

export interface RefusedRoute {
  readonly siteId: string;
  readonly capabilityId: string;
  readonly reason: RefusalReason;
}

export interface LineJobs {
  readonly line: LineSnapshot;
  readonly jobs: readonly Job[];
  readonly refused: readonly RefusedRoute[];
}

export function createLineJobs(model: Model, line: LineSnapshot): LineJobs {
  const candidates: Candidate[] = [];
  const refused: RefusedRoute[] = [];
  const locks = line.locks ?? [];
  for (const route of model.routesByItem.get(line.itemId) ?? []) {
    const reason = hardReason(
      route.capability.state,
      route.site.suspended ?? false,
      line,
      route.site.id,
      locks,
    );
    if (reason) refused.push({ siteId: route.site.id, capabilityId: route.capability.id, reason });
    else candidates.push(createCandidate(model, line, route));
  }
  const jobs: Job[] = [];
  let rest = line.quantity;
  for (const lock of locks) {
    if (lock.kind !== 'quantity' || rest === 0) continue;
    const quantity = Math.min(lock.quantity ?? 0, rest);
    const there = candidates.filter((candidate) => candidate.route.site.id === lock.siteId);
    jobs.push(createJob(model, line, quantity, there, 'quantity', false));
    rest -= quantity;
  }
  if (rest > 0) {
    const siteLocked = locks.filter((lock) => lock.kind === 'site').map((lock) => lock.siteId);
    const allowed =
      siteLocked.length > 0
        ? candidates.filter((candidate) => siteLocked.includes(candidate.route.site.id))
        : candidates;
    const dateLocked = locks.some((lock) => lock.kind === 'date');
    const lock = siteLocked.length > 0 ? 'site' : dateLocked ? 'date' : 'none';
    jobs.push(createJob(model, line, rest, allowed, lock, line.splitAllowed));
  }
  for (const job of jobs) {
    for (const candidate of job.partOptions) {
      if (candidate.route.capability.minLot <= job.quantity) continue;
      const { site, capability } = candidate.route;
      refused.push({ siteId: site.id, capabilityId: capability.id, reason: 'below-minimum-lot' });
    }
  }
  return { line, jobs, refused };
}

function hardReason(
  state: string,
  siteSuspended: boolean,
  line: LineSnapshot,
  siteId: string,
  locks: readonly LineLock[],
): RefusalReason | undefined {
  if (siteSuspended || state === 'suspended') return 'suspended';
  if (state !== 'qualified') return 'not-qualified';
  if (line.declinedSiteIds?.includes(siteId)) return 'declined';
  const bound = locks.filter((lock) => lock.kind !== 'date');
  if (bound.length === 0 || bound.some((lock) => lock.siteId === siteId)) return undefined;
  const lockedQuantity = bound.reduce((sum, lock) => sum + (lock.quantity ?? 0), 0);
  const open = bound.every((lock) => lock.kind === 'quantity') && lockedQuantity < line.quantity;
  return open ? undefined : 'locked-elsewhere';
}

function createJob(
  model: Model,
  line: LineSnapshot,
  quantity: number,
  candidates: readonly Candidate[],
  lock: 'none' | LockKind,
  mayBeSplit: boolean,
): Job {
  const { weights } = model.snapshot;
  const options = candidates
    .filter((candidate) => candidate.route.capability.minLot <= quantity)
    .map((candidate) => ({ candidate, fixedPoints: fixedPoints(candidate, line, quantity, weights) }))
    .sort(
      (a, b) =>
        a.fixedPoints - b.fixedPoints ||
        compareText(a.candidate.route.capability.id, b.candidate.route.capability.id),
    );
  return {
    line,
    quantity,
    releaseMs: Math.max(model.releaseMs, line.earliestMs ?? model.releaseMs),
    aimMs: line.dueMs - (model.snapshot.safetyMs ?? 0),
    options,
    partOptions: candidates,
    maxSites: mayBeSplit ? (line.maxSites ?? DEFAULT_MAX_SITES) : 1,
    cheapestSplitPoints: Math.floor(
      candidates.reduce(
        (least, one) => Math.min(least, one.pointsPerPiece * quantity + one.pointsPerPart),
        1e15,
      ) % 1e15,
    ),
    minShipment: line.minShipment,
    lock,
  };
}
