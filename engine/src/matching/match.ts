import { SnapshotFault } from '../fault.ts';
import type { Allocation, LineRefusals, MatchPlan, PlanSummary, UnplacedLine } from '../plan.ts';
import type { Snapshot } from '../snapshot.ts';
import { toAllocations } from './allocations.ts';
import { construct, type Draft, lowerBound, STRATEGIES } from './construct.ts';
import { DISPATCH_RULES, dispatch } from './dispatch.ts';
import { explainLine, unplacedReasons } from './explain.ts';
import { improve } from './improve.ts';
import { createLineJobs, type LineJobs } from './job.ts';
import { level } from './level.ts';
import { compareText, createModel, createTimelines, type Model } from './model.ts';
import { Placer } from './placer.ts';
import { unplacedPoints } from './points.ts';
import type { Timeline } from './timeline.ts';

export interface MatchOptions {
  /** List for every line the sites that did not get it, with reasons; true when missing. */
  readonly explain?: boolean | undefined;
  /** Rounds of improvement; as many as the late lines deserve when missing. Counted, so that plans repeat. */
  readonly rounds?: number | undefined;
}

/** Another construction cannot win more than this share of the objective: not worth its time. */
const GOOD_ENOUGH_GAP = 0.002;

/**
 * Places all lines of the snapshot around what is fixed. Same snapshot and seed = same bytes, whatever the
 * order of its lists. To plan only some lines again, give only those lines and the rest as `fixed`.
 */
export function match(snapshot: Snapshot, options: MatchOptions = {}): MatchPlan {
  const model = createModel(snapshot);
  return matchOn(model, createTimelines(model), options);
}

/** The same on timelines that exist already; they are as before when it returns. */
export function matchOn(model: Model, timelines: readonly Timeline[], options: MatchOptions): MatchPlan {
  const sorted = [...model.snapshot.lines].sort((a, b) => compareText(a.id, b.id));
  const lines = sorted.map((line) => createLineJobs(model, line));
  const constructed = bestDraft(model, lines, timelines);
  const unsold = { timelines, placer: new Placer(timelines), weights: model.snapshot.weights };
  const improved = improve(model, lines, constructed, unsold, options.rounds);
  const plan = toPlan(model, lines, improved, options.explain ?? true);
  return { ...plan, summary: { ...plan.summary, improvement: constructed.objective - improved.objective } };
}

function bestDraft(model: Model, lines: readonly LineJobs[], timelines: readonly Timeline[]): Draft {
  const goodEnough = lowerBound(lines) * (1 + GOOD_ENOUGH_GAP);
  let best: Draft | undefined;
  for (const draft of drafts(model, lines, timelines, () => best?.objective)) {
    if (draft && (!best || draft.objective < best.objective)) best = draft;
    if (best && best.objective <= goodEnough) break;
  }
  // The first construction has no ceiling, so there is always one.
  if (!best) throw new SnapshotFault(['no construction was complete']);
  return best;
}

/** One construction after the other, as long as somebody asks for the next. */
function* drafts(
  model: Model,
  lines: readonly LineJobs[],
  timelines: readonly Timeline[],
  ceiling: () => number | undefined,
): Generator<Draft | undefined> {
  for (const strategy of STRATEGIES.slice(0, 2))
    yield construct(model, lines, timelines, strategy, ceiling());
  const levelled = level(model, lines, timelines);
  for (const rule of DISPATCH_RULES) yield dispatch(model, lines, timelines, levelled, rule);
  for (const strategy of STRATEGIES.slice(2)) yield construct(model, lines, timelines, strategy, ceiling());
}

function toPlan(model: Model, lines: readonly LineJobs[], draft: Draft, explain: boolean): MatchPlan {
  const { snapshot } = model;
  const allocations: Allocation[] = [];
  const unplaced: UnplacedLine[] = [];
  const refusals: LineRefusals[] = [];
  const tally = new Tally();
  lines.forEach((jobs, position) => {
    const parts = draft.parts[position] ?? [];
    const placed = parts.reduce((sum, part) => sum + part.quantity, 0);
    const mine = toAllocations(parts, snapshot.weights);
    const missing = jobs.line.quantity - placed;
    allocations.push(...mine);
    if (explain || missing > 0) {
      const why = explainLine(draft.plan, jobs, parts);
      if (explain) refusals.push(why);
      if (missing > 0)
        unplaced.push({
          lineId: jobs.line.id,
          quantity: missing,
          reasons: unplacedReasons(why, (jobs.line.locks?.length ?? 0) > 0),
        });
    }
    tally.add(jobs, mine, missing > 0 ? unplacedPoints(jobs.line, missing, snapshot.weights) : 0, missing);
  });
  const summary = tally.summary(draft.strategy, draft.objective);
  return { networkId: snapshot.networkId, allocations, unplaced, refusals, summary };
}

class Tally {
  private lines = 0;
  private placedLines = 0;
  private splitLines = 0;
  private changedLines = 0;
  private tardiness = 0;
  private readonly lateByPriority = [0, 0, 0, 0, 0];

  add({ line }: LineJobs, allocations: readonly Allocation[], unplacedScore: number, missing: number): void {
    this.lines++;
    if (missing === 0) this.placedLines++;
    if (allocations.length > 1) this.splitLines++;
    if (allocations.some((allocation) => allocation.score.change > 0)) this.changedLines++;
    this.tardiness += unplacedScore;
    for (const { score } of allocations) this.tardiness += score.late + score.tardiness;
    if (missing > 0 || allocations.some((allocation) => allocation.lateMs > 0)) {
      this.lateByPriority[line.priority] = (this.lateByPriority[line.priority] ?? 0) + 1;
    }
  }

  summary(strategy: string, objective: number): PlanSummary {
    return {
      lines: this.lines,
      placedLines: this.placedLines,
      lateLines: this.lateByPriority.reduce((sum, count) => sum + count, 0),
      lateByPriority: this.lateByPriority,
      splitLines: this.splitLines,
      weightedTardiness: this.tardiness,
      objective,
      changedLines: this.changedLines,
      strategy,
      improvement: 0,
    };
  }
}
