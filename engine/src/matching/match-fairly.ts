import type { MatchPlan } from '../plan.ts';
import type { Snapshot } from '../snapshot.ts';
import { Fairness, priceOfFairness } from './fairness.ts';
import { type MatchOptions, matchOn } from './match-on.ts';
import { createModel, createTimelines } from './model.ts';
import type { OnMatchProgress } from './pulse.ts';

/** Plans made with better and better prices; the best of them counts, and more hardly changes it. */
const TURNS = 4;

interface Turn {
  readonly plan: MatchPlan;
  /** Points without the fairness term. */
  readonly objective: number;
  readonly hours: ReadonlyMap<string, number>;
  readonly total: number;
}

/**
 * Adds a convex cost of each firm's order hours: plans with the present price of an hour at each firm, takes the mean
 * of the hours over all turns, prices them again [Frank and Wolfe 1956, with the step 1/k of successive averages], and
 * keeps the plan with the least sum. The plan without fairness is one of them, so the price can be told exactly.
 */
export function matchFairly(snapshot: Snapshot, options: MatchOptions): MatchPlan {
  const fairness = new Fairness(snapshot);
  const { onProgress } = options;
  let isStopped = false;
  const listen: OnMatchProgress = (progress) => {
    isStopped ||= onProgress?.(progress) === 'stop';
    return isStopped ? 'stop' : undefined;
  };
  const turn = (prices: ReadonlyMap<string, number> | undefined): Turn => {
    const model = createModel(snapshot, prices);
    const plan = matchOn(model, createTimelines(model), { ...options, onProgress: listen });
    const hours = fairness.hours(plan.allocations);
    const { objective } = plan.summary;
    return { plan, objective, hours, total: objective + fairness.points(hours) };
  };
  const without = turn(undefined);
  let best = without;
  const mean = new Map(without.hours);
  for (let k = 2; k <= TURNS && !isStopped; k++) {
    const next = turn(fairness.prices(mean));
    if (next.total < best.total) best = next;
    for (const [owner, hours] of next.hours) {
      const before = mean.get(owner) ?? 0;
      mean.set(owner, before + (hours - before) / k);
    }
  }
  const summary = { ...best.plan.summary, objective: best.total, fairness: priceOfFairness(without, best) };
  return { ...best.plan, summary };
}
