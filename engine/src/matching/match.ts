import type { MatchPlan } from '../plan.ts';
import type { Snapshot } from '../snapshot.ts';
import { matchFairly } from './match-fairly.ts';
import { type MatchOptions, matchOn } from './match-on.ts';
import { createModel, createTimelines } from './model.ts';

/**
 * Places all lines of the snapshot around what is fixed. Same snapshot and seed = same bytes, whatever the
 * order of its lists. To plan only some lines again, give only those lines and the rest as `fixed`.
 */
export function match(snapshot: Snapshot, options: MatchOptions = {}): MatchPlan {
  if ((snapshot.weights.fairnessPerHour ?? 0) > 0) return matchFairly(snapshot, options);
  const model = createModel(snapshot);
  return matchOn(model, createTimelines(model), options);
}
