import type { Job, LineJobs } from './job.ts';
import { compareText, type Model } from './model.ts';
import { type Direction, type Part, type Plan, placeJob } from './place-job.ts';
import { Placer, release } from './placer.ts';
import { latePoints, unplacedPoints } from './points.ts';
import type { Timeline } from './timeline.ts';

export interface Strategy {
  readonly name: string;
  readonly direction: Direction;
  /** Smaller goes first. */
  readonly rank: (job: Job) => number;
  /** A line that would be late steps back until all that can be in time are placed. */
  readonly lateStepBack?: boolean;
}

/** A complete construction: what is not in `parts` found no place. */
export interface Draft {
  readonly strategy: string;
  readonly plan: Plan;
  /** By position in the list of lines. */
  readonly parts: readonly (readonly Part[])[];
  readonly objective: number;
}

const DAY_MS = 86_400_000;

/**
 * No order of placing is best at every load: backward leaves the near future free for who needs it and wins
 * while capacity is plenty; earliest due date wins when it is scarce; the mixed ones protect urgent lines then.
 */
export const STRATEGIES: readonly Strategy[] = [
  { name: 'backward-by-due', direction: 'backward', rank: (job) => job.line.dueMs },
  { name: 'backward-by-latest-due', direction: 'backward', rank: (job) => -job.line.dueMs },
  {
    name: 'backward-by-priority',
    direction: 'backward',
    rank: (job) => job.line.priority * 1e15 + job.line.dueMs,
  },
  { name: 'forward-by-due', direction: 'forward', rank: (job) => job.line.dueMs },
  {
    name: 'forward-by-due-and-priority',
    direction: 'forward',
    rank: (job) => job.line.dueMs + job.line.priority * 4 * DAY_MS,
  },
  ...[0, 1, 2, 4].map((k): Strategy => ({
    name: `forward-step-${k}`, direction: 'forward', lateStepBack: true,
    rank: (job) => job.line.dueMs + job.line.priority * k * DAY_MS,
  })),
  ...[0, 1, 2, 4].map((k): Strategy => ({
    name: `size-step-${k}`, direction: 'forward', lateStepBack: true,
    rank: (job) => job.line.dueMs + job.line.priority * k * DAY_MS + job.quantity / 500 * 4 * DAY_MS,
  })),
];

export function construct(
  model: Model,
  lines: readonly LineJobs[],
  timelines: readonly Timeline[],
  strategy: Strategy,
): Draft {
  const copies = timelines.map((timeline) => timeline.clone());
  const plan: Plan = { timelines: copies, placer: new Placer(copies), weights: model.snapshot.weights };
  const parts: Part[][] = lines.map(() => []);
  const queue = lines.flatMap((line, position) => line.jobs.map((job) => ({ job, position })));
  const ranked = queue.map((entry) => ({ ...entry, rank: strategy.rank(entry.job) }));
  ranked.sort((a, b) => a.rank - b.rank || compareText(a.job.line.id, b.job.line.id));
  const steppedBack: typeof ranked = [];
  for (const entry of ranked) {
    const placed = placeJob(plan, entry.job, strategy.direction);
    if (strategy.lateStepBack && placed.some((part) => part.lateMs > 0)) {
      for (const part of placed) release(copies, part.placement);
      steppedBack.push(entry);
    } else {
      parts[entry.position]?.push(...placed);
    }
  }
  steppedBack.sort((a, b) => a.job.line.priority - b.job.line.priority || a.rank - b.rank);
  for (const { job, position } of steppedBack) parts[position]?.push(...placeJob(plan, job, 'forward'));
  return { strategy: strategy.name, plan, parts, objective: objectiveOf(model, lines, parts) };
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
  let sum = 0;
  let placed = 0;
  let late = false;
  for (const part of parts) {
    sum += part.points;
    placed += part.quantity;
    late ||= part.lateMs > 0;
  }
  if (placed < line.quantity) sum += unplacedPoints(line, line.quantity - placed, weights);
  return late || placed < line.quantity ? sum + latePoints(line, weights) : sum;
}
