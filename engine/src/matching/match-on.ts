import { SnapshotFault } from '../fault.ts';
import type {
  Allocation,
  LineRefusals,
  MatchPlan,
  PlanSummary,
  RefusalReason,
  UnplacedLine,
} from '../plan.ts';
import { toAllocations } from './allocations.ts';
import { proveBound } from './capacity-bound.ts';
import { construct, type Draft, HIGH_LOAD_STRATEGIES, LOW_LOAD_STRATEGIES, lowerBound } from './construct.ts';
import { DISPATCH_RULES, dispatch } from './dispatch.ts';
import { explainLine, unplacedReasons } from './explain.ts';
import { improve } from './improve.ts';
import { createLineJobs, type LineJobs } from './job.ts';
import { level } from './level.ts';
import { compareText, type Model } from './model.ts';
import { Placer } from './placer.ts';
import { fairPoints, unplacedPoints } from './points.ts';
import { type OnMatchProgress, Pulse } from './pulse.ts';
import type { Timeline } from './timeline.ts';

export interface MatchOptions {
  /** List for every line the sites that did not get it, with reasons; true when missing. */
  readonly explain?: boolean | undefined;
  /** Rounds of improvement; as many as the late lines deserve when missing. Counted, so that plans repeat. */
  readonly rounds?: number | undefined;
  /** Called every few milliseconds of work; `stop` ends the run with the best plan so far. */
  readonly onProgress?: OnMatchProgress | undefined;
}

/** One plan for a model, around what stands on the timelines; they are as before when it returns. */
export function matchOn(model: Model, timelines: readonly Timeline[], options: MatchOptions): MatchPlan {
  const sorted = [...model.snapshot.lines].sort((a, b) => compareText(a.id, b.id));
  const lines = sorted.map((line) => createLineJobs(model, line));
  const pulse = new Pulse(options.onProgress);
  pulse.lowerBound = lowerBound(lines);
  const constructed = bestDraft(model, lines, timelines, pulse);
  const unsold = { timelines, placer: new Placer(timelines), weights: model.snapshot.weights };
  const { objective } = constructed;
  if (!pulse.isStopped && !pulse.isGoodEnough(objective))
    proveBound(model, lines, timelines, objective, pulse);
  const improved =
    pulse.isStopped || pulse.isGoodEnough(objective)
      ? constructed
      : improve(model, lines, constructed, unsold, options.rounds, pulse);
  const plan = toPlan(model, lines, improved, options.explain ?? true, pulse);
  return { ...plan, summary: { ...plan.summary, improvement: constructed.objective - improved.objective } };
}

function bestDraft(
  model: Model,
  lines: readonly LineJobs[],
  timelines: readonly Timeline[],
  pulse: Pulse,
): Draft {
  let best: Draft | undefined;
  for (const draft of drafts(model, lines, timelines, pulse)) {
    if (draft && (!best || draft.objective < best.objective)) best = draft;
    pulse.objective = best?.objective;
    if (best && (pulse.isStopped || pulse.isGoodEnough(best.objective))) break;
  }
  // The first construction has no ceiling, so there is always one.
  if (!best) throw new SnapshotFault(['no construction was complete']);
  return best;
}

/** One construction after the other, as long as somebody asks for the next; the cheap ones for low load first. */
function* drafts(
  model: Model,
  lines: readonly LineJobs[],
  timelines: readonly Timeline[],
  pulse: Pulse,
): Generator<Draft | undefined> {
  for (const strategy of LOW_LOAD_STRATEGIES) yield construct(model, lines, timelines, strategy, pulse);
  const levelled = level(model, lines, timelines, pulse);
  for (const rule of DISPATCH_RULES) yield dispatch(model, lines, timelines, levelled, rule, pulse);
  for (const strategy of HIGH_LOAD_STRATEGIES) yield construct(model, lines, timelines, strategy, pulse);
}

function toPlan(
  model: Model,
  lines: readonly LineJobs[],
  draft: Draft,
  explain: boolean,
  pulse: Pulse,
): MatchPlan {
  const { snapshot } = model;
  const allocations: Allocation[] = [];
  const unplaced: UnplacedLine[] = [];
  const refusals: LineRefusals[] = [];
  const tally = new Tally();
  // What fairness adds for the choice is no cost of the plan.
  let surcharge = 0;
  pulse.begin('explain', lines.length);
  lines.forEach((jobs, position) => {
    const wanted = explain && !pulse.beat();
    let reasons: readonly RefusalReason[] = [];
    const parts = draft.parts[position] ?? [];
    const placed = parts.reduce((sum, part) => sum + part.quantity, 0);
    const mine = toAllocations(parts, snapshot.weights);
    const missing = jobs.line.quantity - placed;
    allocations.push(...mine);
    if (wanted || (missing > 0 && !pulse.isStopped)) {
      const why = explainLine(draft.plan, jobs, parts);
      if (wanted) refusals.push(why);
      if (missing > 0) reasons = unplacedReasons(why, (jobs.line.locks?.length ?? 0) > 0);
    }
    if (missing > 0) unplaced.push({ lineId: jobs.line.id, quantity: missing, reasons });
    for (const part of parts) surcharge += fairPoints(part.candidate, part.quantity);
    tally.add(jobs, mine, missing > 0 ? unplacedPoints(jobs.line, missing, snapshot.weights) : 0, missing);
  });
  const summary = tally.summary(draft.strategy, draft.objective - surcharge, pulse.lowerBound);
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

  summary(strategy: string, objective: number, lowerBound: number): PlanSummary {
    return {
      lines: this.lines,
      placedLines: this.placedLines,
      lateLines: this.lateByPriority.reduce((sum, count) => sum + count, 0),
      lateByPriority: this.lateByPriority,
      splitLines: this.splitLines,
      weightedTardiness: this.tardiness,
      objective,
      lowerBound: Math.min(lowerBound, objective),
      changedLines: this.changedLines,
      strategy,
      improvement: 0,
    };
  }
}
