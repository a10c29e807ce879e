import type { Allocation, MatchPlan } from '../plan.ts';
import type { LineLock, Snapshot } from '../snapshot.ts';
import { comparePlans, type PlanChange } from './compare-plans.ts';
import { latePoints, unplacedPoints } from './points.ts';
import { replan } from './replan.ts';

/** What an operator is about to decide about a line: its locks afterwards. */
export interface Override {
  readonly lineId: string;
  readonly locks: readonly LineLock[];
}

/** Points of a plan by term; their sum is its objective (without fairness). */
export interface ObjectiveTerms {
  readonly late: number;
  readonly tardiness: number;
  readonly unplaced: number;
  readonly cost: number;
  readonly distance: number;
  readonly change: number;
}

export interface OverridePrice {
  readonly before: ObjectiveTerms;
  readonly after: ObjectiveTerms;
  /** Points that the override costs; negative when the plan gets better by it. */
  readonly increase: number;
  /** Who moves, the overridden line among them. */
  readonly moves: readonly PlanChange[];
  /** The plan as it would be, ready for the verifier. */
  readonly plan: Pick<MatchPlan, 'allocations' | 'unplaced'>;
}

/** Lines at the places the override asks for that may be moved for it; those due last have most room. */
const MOST_DISPLACED = 40;
const ROUNDS = 300;

/**
 * What an override would cost before it is confirmed: the line is placed again under its new locks, once around
 * everything that stands and once with the lines at the locked sites free to move, and the cheaper plan counts.
 * Nothing is changed.
 */
export function priceOverride(
  snapshot: Snapshot,
  plan: Pick<MatchPlan, 'allocations' | 'unplaced'>,
  override: Override,
): OverridePrice {
  const locked: Snapshot = {
    ...snapshot,
    lines: snapshot.lines.map((line) =>
      line.id === override.lineId ? { ...line, locks: override.locks } : line,
    ),
  };
  const before = termsOf(snapshot, plan);
  const tries = [[override.lineId], [override.lineId, ...displaceable(locked, plan.allocations, override)]];
  const options = tries.map((lineIds) => {
    const { kept, plan: made } = replan(
      locked,
      plan.allocations,
      { lineIds },
      { explain: false, rounds: ROUNDS },
    );
    const allocations = [...kept, ...made.allocations];
    const next = { allocations, unplaced: made.unplaced };
    return { next, terms: termsOf(locked, next) };
  });
  const [around, displacing] = options as [(typeof options)[number], (typeof options)[number]];
  const chosen = sumOf(displacing.terms) < sumOf(around.terms) ? displacing : around;
  return {
    before,
    after: chosen.terms,
    increase: sumOf(chosen.terms) - sumOf(before),
    moves: comparePlans({ snapshot, plan }, { snapshot: locked, plan: chosen.next }),
    plan: chosen.next,
  };
}

function displaceable(
  { lines }: Snapshot,
  allocations: readonly Allocation[],
  { lineId, locks }: Override,
): string[] {
  const due = new Map(lines.map((line) => [line.id, line.dueMs]));
  const sites = new Set(locks.flatMap(({ siteId }) => siteId ?? []));
  const untilMs = due.get(lineId) ?? Number.POSITIVE_INFINITY;
  const there = new Set<string>();
  for (const one of allocations) {
    const isThere = sites.size === 0 || sites.has(one.siteId);
    if (isThere && one.lineId !== lineId && one.lock === 'none' && one.startMs < untilMs)
      there.add(one.lineId);
  }
  const latestFirst = [...there].sort((a, b) => (due.get(b) ?? 0) - (due.get(a) ?? 0) || (a < b ? -1 : 1));
  return latestFirst.slice(0, MOST_DISPLACED);
}

function termsOf(
  { lines, weights }: Snapshot,
  { allocations, unplaced }: Pick<MatchPlan, 'allocations' | 'unplaced'>,
): ObjectiveTerms {
  const byId = new Map(lines.map((line) => [line.id, line]));
  const terms = { late: 0, tardiness: 0, unplaced: 0, cost: 0, distance: 0, change: 0 };
  const late = new Set<string>();
  for (const { lineId, lateMs, score } of allocations) {
    if (lateMs > 0) late.add(lineId);
    terms.tardiness += score.tardiness;
    terms.cost += score.cost;
    terms.distance += score.distance;
    terms.change += score.change;
  }
  for (const { lineId, quantity } of unplaced) {
    const line = byId.get(lineId);
    if (!line) continue;
    late.add(lineId);
    terms.unplaced += unplacedPoints(line, quantity, weights);
  }
  for (const lineId of late) {
    const line = byId.get(lineId);
    if (line) terms.late += latePoints(line, weights);
  }
  return terms;
}

function sumOf(terms: ObjectiveTerms): number {
  return terms.late + terms.tardiness + terms.unplaced + terms.cost + terms.distance + terms.change;
}
