import type { SiteRefusal } from '../plan.ts';
import type { EarlierIf, PromiseAnswer, PromiseKind, PromiseOption } from '../promise.ts';
import { DEFAULT_MAX_SITES, type LineSnapshot } from '../snapshot.ts';
import { toAllocations } from './allocations.ts';
import { waitsOf } from './binding.ts';
import { earlierIf, mostHelpful } from './earlier-if.ts';
import { createLineJobs, type Job, type RefusedRoute } from './job.ts';
import { type Candidate, compareText, createCandidate } from './model.ts';
import { deadline, type Part, toPart } from './place-job.ts';
import type { PlanIndex } from './plan-index.ts';

export interface PromiseOptions {
  /** The clock of the question; the index may be older. */
  readonly nowMs?: number | undefined;
}

/** Rounds of moving pieces from the site that is last to those that are first. */
const BALANCING_ROUNDS = 3;

/** Sites that would first have to be qualified or released: looked at for the hint only. */
const MOST_SITES_TO_QUALIFY = 5;

/** Splitting is tried among this many times the allowed sites, the earliest ones. */
const SPLIT_POOL_FACTOR = 3;

/**
 * Capable-to-promise: what this line could have on top of everything reserved. Reserves nothing. Locks are not
 * looked at, because nobody has decided anything about a line that is only asked about.
 */
export function promise(index: PlanIndex, line: LineSnapshot, options: PromiseOptions = {}): PromiseAnswer {
  const { jobs, refused } = createLineJobs(index.model, { ...line, locks: [] });
  const job = jobs[0];
  const refusals: SiteRefusal[] = [...refused];
  if (!job) return { options: [], refusals };
  const asked: Job = { ...job, releaseMs: Math.max(job.releaseMs, options.nowMs ?? 0) };
  const question = new Question(index, asked, options.nowMs ?? index.snapshot.nowMs, refused);
  return { options: question.answer(), refusals };
}

class Question {
  private readonly index: PlanIndex;
  private readonly job: Job;
  private readonly nowMs: number;
  private readonly refused: readonly RefusedRoute[];

  constructor(index: PlanIndex, job: Job, nowMs: number, refused: readonly RefusedRoute[]) {
    this.refused = refused;
    this.index = index;
    this.job = job;
    this.nowMs = nowMs;
  }

  answer(): PromiseOption[] {
    const { job } = this;
    const wholes = this.wholes();
    const answers: PromiseOption[] = [];
    const earliest = wholes[0];
    if (earliest) answers.push(this.option('earliest-whole', [earliest]));
    if (job.maxSites > 1) {
      const parts = this.split(wholes);
      if (parts.length > 1 && latest(parts) < (earliest?.arriveMs ?? Number.POSITIVE_INFINITY)) {
        answers.push(this.option('earliest-split', parts));
      }
    }
    const cheapest = this.cheapestInTime();
    if (cheapest) answers.push(this.option('cheapest-in-time', [cheapest]));
    return answers;
  }

  /** As late as it may be, so that the near future stays free for others. */
  private cheapestInTime(): Part | undefined {
    const { job, index } = this;
    for (const { candidate } of job.options) {
      const { route } = candidate;
      const placement =
        index.placer.backward(route, job.quantity, job.releaseMs, deadline(job.aimMs, candidate)) ??
        index.placer.backward(route, job.quantity, job.releaseMs, deadline(job.line.dueMs, candidate));
      if (placement) return this.part(candidate, job.quantity, placement);
    }
    return undefined;
  }

  /** Equal shares over 2, 3 … of the earliest sites, then balanced towards one common arrival. */
  private split(wholes: readonly Part[]): readonly Part[] {
    const { job } = this;
    let best: readonly Part[] = [];
    for (let count = 2; count <= job.maxSites && count <= job.quantity; count++) {
      const pool = this.splitPool(wholes, Math.ceil(job.quantity / count), count);
      if (pool.length < count) continue;
      let shares = pool.map((_, i) => Math.floor(job.quantity / count) + (i < job.quantity % count ? 1 : 0));
      for (let round = 0; round <= BALANCING_ROUNDS; round++) {
        const parts = pool.map((candidate, i) => this.soonest(candidate, shares[i] ?? 0));
        if (!parts.every((part) => part !== undefined)) break;
        if (best.length === 0 || latest(parts) < latest(best)) best = parts;
        shares = this.balanced(parts, shares);
      }
    }
    return best;
  }

  /** The sites that are first with an equal share, one route each. */
  private splitPool(wholes: readonly Part[], share: number, count: number): Candidate[] {
    const promising = wholes.slice(0, count * SPLIT_POOL_FACTOR).map((part) => part.candidate);
    const candidates = promising.length >= count ? promising : this.job.partOptions;
    const parts = candidates
      .filter((candidate) => candidate.route.capability.minLot <= share && this.job.minShipment <= share)
      .flatMap((candidate) => this.soonest(candidate, share) ?? [])
      .sort(byArrival);
    const sites = new Map<string, Candidate>();
    for (const { candidate } of parts) {
      const { id } = candidate.route.site;
      if (!sites.has(id) && sites.size < count) sites.set(id, candidate);
    }
    return [...sites.values()];
  }

  private balanced(parts: readonly Part[], shares: readonly number[]): number[] {
    const { job } = this;
    const speed = parts.map((part) => part.quantity / Math.max(1, part.arriveMs - job.releaseMs));
    const total = speed.reduce((sum, value) => sum + value, 0);
    const next = speed.map((value, i) => {
      const least = Math.max(1, job.minShipment, parts[i]?.candidate.route.capability.minLot ?? 1);
      return Math.max(least, Math.floor((job.quantity * value) / total));
    });
    const placed = next.reduce((sum, value) => sum + value, 0);
    const fastest = speed.indexOf(Math.max(...speed));
    const corrected = (next[fastest] ?? 0) + job.quantity - placed;
    const least = Math.max(1, job.minShipment, parts[fastest]?.candidate.route.capability.minLot ?? 1);
    if (corrected < least) return [...shares];
    next[fastest] = corrected;
    return next;
  }

  /** What the buyer or the operator would have to allow for the whole line to come earlier. */
  private widerEarlierIf(earliest: Part): EarlierIf[] {
    const { job, index } = this;
    const found: EarlierIf[] = [];
    if (job.maxSites === 1) {
      const free: Job = { ...job, maxSites: DEFAULT_MAX_SITES };
      const arriveMs = latest(new Question(index, free, this.nowMs, []).split(this.wholes()));
      const earlierMs = earliest.arriveMs - arriveMs;
      if (Number.isFinite(earlierMs) && earlierMs > 0) found.push({ change: 'allow-split', earlierMs });
    }
    let tried = 0;
    for (const { capabilityId, siteId, reason } of this.refused) {
      if (reason !== 'not-qualified' && reason !== 'suspended') continue;
      if (++tried > MOST_SITES_TO_QUALIFY) break;
      const routes = index.model.routesByItem.get(job.line.itemId) ?? [];
      const route = routes.find(({ capability }) => capability.id === capabilityId);
      if (!route || route.capability.minLot > job.quantity) continue;
      const part = this.soonest(createCandidate(index.model, job.line, route), job.quantity);
      const earlierMs = part ? earliest.arriveMs - part.arriveMs : 0;
      if (earlierMs > 0) found.push({ change: 'qualify-site', earlierMs, siteId, capabilityId });
    }
    return found;
  }

  private wholes(): Part[] {
    const { job } = this;
    const wholes = job.options.flatMap(({ candidate }) => this.soonest(candidate, job.quantity) ?? []);
    return wholes.sort(byArrival);
  }

  private soonest(candidate: Candidate, quantity: number): Part | undefined {
    const placement = this.index.placer.forward(
      candidate.route,
      quantity,
      this.job.releaseMs,
      Number.NEGATIVE_INFINITY,
    );
    return placement && this.part(candidate, quantity, placement);
  }

  private part(candidate: Candidate, quantity: number, placement: Part['placement']): Part {
    return toPart(this.index.snapshot, this.job, candidate, quantity, placement);
  }

  private option(kind: PromiseKind, parts: readonly Part[]): PromiseOption {
    const allocations = toAllocations(parts, this.index.snapshot.weights);
    const last = [...parts].sort(byArrival).at(-1) as Part;
    const { binding, resource, waitsMs } = waitsOf(this.index, last, this.nowMs);
    const wider = kind === 'earliest-whole' ? this.widerEarlierIf(last) : [];
    return {
      kind,
      allocations,
      siteIds: allocations.map((allocation) => allocation.siteId),
      finishMs: parts.reduce((end, part) => Math.max(end, part.placement.finishMs), 0),
      arriveMs: last.arriveMs,
      inTime: last.lateMs === 0,
      costMinor: allocations.reduce((sum, allocation) => sum + allocation.costMinor, 0),
      binding,
      resource,
      earlierIf: mostHelpful([...earlierIf(this.index, last, this.nowMs), ...wider]),
      waitsMs,
    };
  }
}

function latest(parts: readonly Part[]): number {
  return parts.reduce((end, part) => Math.max(end, part.arriveMs), Number.NEGATIVE_INFINITY);
}

function byArrival(a: Part, b: Part): number {
  return (
    a.arriveMs - b.arriveMs ||
    a.points - b.points ||
    compareText(a.candidate.route.capability.id, b.candidate.route.capability.id)
  );
}
