import type { MatchRun, MatchTrigger, PlanChange } from '@millrace/contract';
import type { Kernel } from '../kernel/index.ts';
import type { Decision } from './decide.ts';
import { isUnrest } from './plan-change.ts';
import { WEIGHTS } from './snapshot-input.ts';

/** Moves with every change of the engine that could give another plan for the same snapshot. */
const ENGINE_VERSION = 'matching-3';

/** What a run leaves in the list of runs. */
export function toRun(
  kernel: Kernel,
  { result }: Decision,
  trigger: MatchTrigger,
  id: string,
  changes: readonly PlanChange[],
): MatchRun {
  const { summary, unplaced } = result.plan;
  return {
    id,
    trigger,
    startedAt: kernel.clock.now(),
    engineMs: Math.round(result.engineMs * 10) / 10,
    snapshotHash: result.snapshotHash,
    engineVersion: ENGINE_VERSION,
    lines: summary.lines,
    placed: summary.placedLines,
    unplaced: unplaced.length,
    late: summary.lateLines,
    changed: new Set(changes.filter(isUnrest).map(({ lineId }) => lineId)).size,
    objective: summary.objective,
    weights: flatWeights(),
    violations: result.violations?.length ?? null,
    lowerBound: summary.lowerBound,
    stopped: result.stoppedAfter !== null,
  };
}

/** `tardinessPerHour.0` … for the weights that differ by priority. */
function flatWeights(): Record<string, number> {
  const flat: Record<string, number> = {};
  for (const [name, value] of Object.entries(WEIGHTS as unknown as Record<string, number | number[]>)) {
    if (typeof value === 'number') flat[name] = value;
    else
      value.forEach((one, priority) => {
        flat[`${name}.${priority}`] = one;
      });
  }
  return flat;
}
