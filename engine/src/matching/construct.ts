import type { Job, LineJobs } from './job.ts';
import { compareText, type Model } from './model.ts';
import { type Direction, type Part, type Plan, placeJob } from './place-job.ts';
import { Placer, release } from './placer.ts';
import { latePoints, unplacedPoints } from './points.ts';
import type { Pulse } from './pulse.ts';
import type { Timeline } from './timeline.ts';

export interface Strategy {
  readonly name: string;
  readonly direction: Direction;
  /** `regret`: first who loses most by getting the second-best site. */
  readonly order: 'due' | 'latest-due' | 'priority' | 'regret';
  /** Days of urgency, as a share of the span of due dates, that each priority is worth; only for order `due`. */
  readonly urgencyShare?: number;
  /** A line that would be late steps back until all that can be in time are placed. */
  readonly lateStepsBack?: boolean;
}

/** A complete construction: what is not in `parts` found no place. */
export interface Draft {
  readonly strategy: string;
  readonly plan: Plan;
  /** By position in the list of lines. */
  readonly parts: readonly (readonly Part[])[];
  readonly objective: number;
}

/**
 * No order of placing is best at every load. Backward leaves the near future free for who needs it and wins while
 * capacity is plenty; earliest due date wins when it gets scarce; when not all can be in time, those that cannot
 * step back (Moore and Hodgson's idea), and a head start for urgent ones decides who these are.
 */
export const LOW_LOAD_STRATEGIES: readonly Strategy[] = [
  { name: 'backward-by-latest-due', direction: 'backward', order: 'latest-due' },
  { name: 'backward-by-due', direction: 'backward', order: 'due' },
];

export const HIGH_LOAD_STRATEGIES: readonly Strategy[] = [
  { name: 'forward-by-due', direction: 'forward', order: 'due' },
  { name: 'step-back-by-due', direction: 'forward', order: 'due', lateStepsBack: true },
  {
    name: 'step-back-by-urgency-1',
    direction: 'forward',
    order: 'due',
    lateStepsBack: true,
    urgencyShare: 1 / 64,
  },
  {
    name: 'step-back-by-urgency-2',
    direction: 'forward',
    order: 'due',
    lateStepsBack: true,
    urgencyShare: 1 / 32,
  },
  { name: 'backward-by-priority', direction: 'backward', order: 'priority' },
  { name: 'backward-by-regret', direction: 'backward', order: 'regret' },
];

interface Entry {
  readonly job: Job;
  readonly position: number;
  readonly rank: number;
}

/**
 * Undefined as soon as it is certain that the result would cost more than `ceiling`. When the run is stopped on the
 * way, the lines that had not their turn are without a place.
 */
export function construct(
  model: Model,
  lines: readonly LineJobs[],
  timelines: readonly Timeline[],
  strategy: Strategy,
  pulse: Pulse,
): Draft | undefined {
  const ceiling = pulse.objective ?? Number.POSITIVE_INFINITY;
  pulse.begin('construct', lines.length);
  const copies = timelines.map((timeline) => timeline.clone());
  const plan: Plan = { timelines: copies, placer: new Placer(copies), weights: model.snapshot.weights };
  const parts: Part[][] = lines.map(() => []);
  // What the construction costs at least: placed lines as they are, the others at their best.
  let bound = lowerBound(lines);
  const place = (entry: Entry, placed: readonly Part[]): void => {
    parts[entry.position]?.push(...placed);
    bound += partPoints(placed) - bestPoints(entry.job);
  };
  const steppedBack: Entry[] = [];
  for (const entry of ranked(lines, strategy)) {
    if (pulse.beat()) break;
    const placed = placeJob(plan, entry.job, strategy.direction);
    if (strategy.lateStepsBack && placed.some((part) => part.lateMs > 0)) {
      for (const part of placed) release(copies, part.placement);
      steppedBack.push(entry);
    } else {
      place(entry, placed);
    }
    if (bound > ceiling) return undefined;
  }
  steppedBack.sort((a, b) => a.job.line.priority - b.job.line.priority || a.rank - b.rank);
  for (const entry of steppedBack) {
    if (pulse.beat()) break;
    place(entry, placeJob(plan, entry.job, 'forward'));
    if (bound > ceiling) return undefined;
  }
  return { strategy: strategy.name, plan, parts, objective: objectiveOf(model, lines, parts) };
}

/** Every line at its cheapest site and in time: no plan is better. */
export function lowerBound(lines: readonly LineJobs[]): number {
  let sum = 0;
  for (const { jobs } of lines) for (const job of jobs) sum += bestPoints(job);
  return sum;
}

/** Splitting may be cheaper than any whole option, and an empty job costs what it costs: both count as nothing. */
export function bestPoints(job: Job): number {
  return job.maxSites > 1 ? job.cheapestSplitPoints : (job.options[0]?.fixedPoints ?? 0);
}

function partPoints(parts: readonly Part[]): number {
  let sum = 0;
  for (const part of parts) sum += part.points;
  return sum;
}

function ranked(lines: readonly LineJobs[], strategy: Strategy): Entry[] {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { line } of lines) {
    first = Math.min(first, line.dueMs);
    last = Math.max(last, line.dueMs);
  }
  const headStartMs = (last - first) * (strategy.urgencyShare ?? 0);
  const entries = lines.flatMap(({ jobs, line }, position) =>
    jobs.map((job): Entry => {
      if (strategy.order === 'regret') return { job, position, rank: -regret(job) };
      const sign = strategy.order === 'latest-due' ? -1 : 1;
      return { job, position, rank: sign * line.dueMs + line.priority * headStartMs };
    }),
  );
  const byPriority = strategy.order === 'priority' ? 1 : 0;
  return entries.sort(
    (a, b) =>
      byPriority * (a.job.line.priority - b.job.line.priority) ||
      a.rank - b.rank ||
      compareText(a.job.line.id, b.job.line.id),
  );
}

/** What it costs more not to go to the cheapest site; being late when there is no other. */
function regret({ options: [first, second], line }: Job): number {
  if (!first) return 0;
  return second ? second.fixedPoints - first.fixedPoints : Number.MAX_SAFE_INTEGER - line.priority;
}

export function objectiveOf(
  model: Model,
  lines: readonly LineJobs[],
  parts: readonly (readonly Part[])[],
): number {
  let sum = 0;
  lines.forEach((line, position) => {
    sum += linePoints(model, line, parts[position] ?? []);
  });
  return sum;
}

export function linePoints(model: Model, { line }: LineJobs, parts: readonly Part[]): number {
  const { weights } = model.snapshot;
  let sum = partPoints(parts);
  let placed = 0;
  let late = false;
  for (const part of parts) {
    placed += part.quantity;
    late ||= part.lateMs > 0;
  }
  if (placed < line.quantity) sum += unplacedPoints(line, line.quantity - placed, weights);
  return late || placed < line.quantity ? sum + latePoints(line, weights) : sum;
}
