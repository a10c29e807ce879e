import type { LockKind } from './snapshot.ts';

/** A piece of one step on one machine. It occupies the machine from start to end, pauses included. */
export interface SubLot {
  readonly machineId: string;
  /** Position of the step in the capability's routing, from 0. */
  readonly stepIndex: number;
  readonly quantity: number;
  readonly startMs: number;
  readonly endMs: number;
  /** Working time of the set-up at the front of [startMs, endMs). */
  readonly setUpMs: number;
}

/** Objective points by term; their sum is what the allocation adds to the objective. */
export interface AllocationScore {
  readonly late: number;
  readonly tardiness: number;
  readonly cost: number;
  readonly distance: number;
  readonly change: number;
}

/** A part of a line (or all of it) at one site, by one capability. */
export interface Allocation {
  readonly lineId: string;
  readonly siteId: string;
  readonly capabilityId: string;
  readonly quantity: number;
  readonly subLots: readonly SubLot[];
  readonly startMs: number;
  /** End of the last sub-lot. */
  readonly finishMs: number;
  /** finishMs plus transport. */
  readonly arriveMs: number;
  /** ≥ 0. */
  readonly lateMs: number;
  readonly distanceKm: number;
  readonly costMinor: number;
  readonly score: AllocationScore;
  readonly lock: 'none' | LockKind;
  readonly origin: 'auto' | 'operator';
}

/**
 * Why a site did not get the line, hard reasons first.
 * `higher-score`: it could have, but the plan is better so (`scoreDelta`).
 */
export type RefusalReason =
  | 'not-capable'
  | 'not-qualified'
  | 'suspended'
  | 'declined'
  | 'below-minimum-lot'
  | 'locked-elsewhere'
  | 'no-capacity-in-horizon'
  | 'no-capacity-by-date'
  | 'higher-score';

export interface SiteRefusal {
  readonly siteId: string;
  /** Missing when the site has no capability for the item. */
  readonly capabilityId?: string;
  readonly reason: RefusalReason;
  /** How late the whole line would arrive from there, in the finished plan. */
  readonly lateMs?: number;
  /** Points the objective would lose; positive = the chosen plan is better. */
  readonly scoreDelta?: number;
}

export interface LineRefusals {
  readonly lineId: string;
  readonly sites: readonly SiteRefusal[];
}

export interface UnplacedLine {
  readonly lineId: string;
  /** Pieces without a place. */
  readonly quantity: number;
  /** Each reason once, the most frequent first; none when the run was stopped before anybody looked. */
  readonly reasons: readonly RefusalReason[];
}

/** What fairness among firms costs and brings, beside the plan that would have been made without it. */
export interface FairnessPrice {
  /** 0 = all capable firms have the same machine hours, towards 1 = one has all. */
  readonly gini: number;
  readonly giniWithout: number;
  /** Points of lateness, cost, distance and change that the plan costs more. */
  readonly objectiveIncrease: number;
  /** Machine hours by firm, set-ups included. */
  readonly hoursByOwner: Readonly<Record<string, number>>;
}

export interface PlanSummary {
  readonly lines: number;
  readonly placedLines: number;
  /** Lines with a part that arrives late, or with pieces unplaced. */
  readonly lateLines: number;
  /** Indexed by priority. */
  readonly lateByPriority: readonly number[];
  readonly splitLines: number;
  /** Points: late + tardiness + unplaced. */
  readonly weightedTardiness: number;
  readonly objective: number;
  /** No plan of this snapshot has fewer points: the proof of how good this one is. */
  readonly lowerBound: number;
  /** Lines with pieces that left a site named in `previous`. */
  readonly changedLines: number;
  /** The construction that won. */
  readonly strategy: string;
  /** Points that improvement won over it. */
  readonly improvement: number;
  /** Only when the weights ask for fairness; the objective then holds its convex term. */
  readonly fairness?: FairnessPrice;
}

export interface MatchPlan {
  readonly networkId: string;
  /** Sorted by lineId, then start. */
  readonly allocations: readonly Allocation[];
  readonly unplaced: readonly UnplacedLine[];
  readonly refusals: readonly LineRefusals[];
  readonly summary: PlanSummary;
}
