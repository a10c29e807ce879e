import { type Random, seededRandom } from '../sample/seeded-random.ts';
import { Bag } from './bag.ts';
import { bestPoints, type Draft, linePoints } from './construct.ts';
import type { LineJobs } from './job.ts';
import type { Model, Route } from './model.ts';
import { type Direction, type Part, type Plan, placeJob } from './place-job.ts';
import { release, reserve } from './placer.ts';
import type { Pulse } from './pulse.ts';

/** Lines taken away around one that could be better: more cost more to place again than they open ways. */
const MOST_RUINED = 8;

/** At least, per line that could be better, and altogether: counted, not timed, so that plans repeat. */
const LEAST_ROUNDS = 1_000;
const ROUNDS_PER_LATE_LINE = 300;
const ROUNDS_PER_DEAR_LINE = 10;
const MOST_ROUNDS = 30_000;

/** So often a line that is late is tried and not one that merely costs more than it need: being late costs most. */
const LATE_SHARE = 0.85;

/**
 * Ruin and recreate [Schrimpf et al. 2000]: takes a line that could be better and some that stand in its way out of
 * the plan, puts them back with that one first, and keeps the result when it costs less. `unsold` is the network with
 * nothing on it but what is fixed: what a line costs there is the least it can cost.
 */
export function improve(
  model: Model,
  lines: readonly LineJobs[],
  draft: Draft,
  unsold: Plan,
  rounds: number | undefined,
  pulse: Pulse,
): Draft {
  const work = new Improvement(model, lines, draft, unsold);
  const deserved = Math.max(LEAST_ROUNDS, work.deserved);
  return work.run(rounds ?? Math.min(deserved, MOST_ROUNDS), pulse);
}

class Improvement {
  private readonly model: Model;
  private readonly lines: readonly LineJobs[];
  private readonly draft: Draft;
  private readonly plan: Plan;
  private readonly random: Random;
  private readonly parts: (readonly Part[])[];
  private readonly points: Float64Array;
  /** What each line would cost if it were alone in the network. */
  private readonly alone: Float64Array;
  /** By machine index: positions of the lines that have a sub-lot there. */
  private readonly present: Set<number>[];
  /** Positions of lines that could be better: those that are late, and those that merely cost more. */
  private readonly late: Bag;
  private readonly dear: Bag;
  private objective = 0;

  constructor(model: Model, lines: readonly LineJobs[], draft: Draft, unsold: Plan) {
    this.model = model;
    this.lines = lines;
    this.draft = draft;
    this.plan = draft.plan;
    this.random = seededRandom(model.snapshot.seed);
    this.parts = [...draft.parts];
    this.points = new Float64Array(lines.length);
    this.alone = new Float64Array(lines.length);
    this.late = new Bag(lines.length);
    this.dear = new Bag(lines.length);
    this.present = model.machines.map(() => new Set());
    this.parts.forEach((parts, position) => {
      this.enter(position, parts);
      const line = lines[position] as LineJobs;
      const points = linePoints(model, line, parts);
      this.alone[position] = leastPoints(model, line, points, unsold);
      this.settle(position, points);
    });
  }

  get deserved(): number {
    return this.late.size * ROUNDS_PER_LATE_LINE + this.dear.size * ROUNDS_PER_DEAR_LINE;
  }

  run(rounds: number, pulse: Pulse): Draft {
    pulse.begin('improve', rounds);
    for (let round = 0; round < rounds && this.late.size + this.dear.size > 0; round++) {
      pulse.objective = this.objective;
      if (pulse.beat() || pulse.isGoodEnough(this.objective)) break;
      this.attempt(this.target());
    }
    pulse.objective = this.objective;
    return { ...this.draft, plan: this.plan, parts: this.parts, objective: this.objective };
  }

  private target(): number {
    const { late, dear, random } = this;
    const bag = dear.size === 0 || (late.size > 0 && random.chance(LATE_SHARE)) ? late : dear;
    return bag.at(random.below(bag.size));
  }

  private attempt(target: number): void {
    const route = this.routeOf(target);
    if (!route) return;
    const ruined = [target, ...this.inTheWay(target, route)];
    const before = ruined.map((position) => this.parts[position] ?? []);
    let pointsBefore = 0;
    // What is not yet placed again costs at least this.
    let atLeast = 0;
    for (const position of ruined) {
      pointsBefore += this.points[position] as number;
      atLeast += this.alone[position] as number;
      this.take(position);
    }
    const direction: Direction = this.random.chance(0.5) ? 'backward' : 'forward';
    const placed: number[] = [];
    let pointsAfter = 0;
    for (const position of ruined) {
      const line = this.lines[position] as LineJobs;
      const parts: Part[] = [];
      for (const job of line.jobs) parts.push(...placeJob(this.plan, job, direction));
      this.put(position, parts);
      const points = linePoints(this.model, line, parts);
      placed.push(points);
      pointsAfter += points;
      atLeast -= this.alone[position] as number;
      if (pointsAfter + atLeast >= pointsBefore) break;
    }
    if (placed.length === ruined.length && pointsAfter < pointsBefore) {
      ruined.forEach((position, i) => {
        this.settle(position, placed[i] as number);
      });
      return;
    }
    for (let i = 0; i < placed.length; i++) this.take(ruined[i] as number);
    ruined.forEach((position, i) => {
      const parts = before[i] ?? [];
      for (const part of parts) reserve(this.plan.timelines, part.placement);
      this.put(position, parts);
    });
  }

  private settle(position: number, points: number): void {
    this.objective += points - (this.points[position] as number);
    this.points[position] = points;
    const wants = points > (this.alone[position] as number);
    const isLate = wants && this.isLate(position);
    this.late.set(position, isLate);
    this.dear.set(position, wants && !isLate);
  }

  private isLate(position: number): boolean {
    let placed = 0;
    for (const part of this.parts[position] ?? []) {
      if (part.lateMs > 0) return true;
      placed += part.quantity;
    }
    return placed < (this.lines[position]?.line.quantity ?? 0);
  }

  private routeOf(position: number): Route | undefined {
    const candidates = (this.lines[position]?.jobs ?? []).flatMap((job) => job.partOptions);
    return candidates.length > 0 ? this.random.pick(candidates).route : undefined;
  }

  /**
   * Lines on the route's machines around one instant before the target is due: what they leave is one large gap
   * rather than many small ones [string removal, Christiaens and Vanden Berghe 2020].
   */
  private inTheWay(target: number, route: Route): number[] {
    const { dueMs } = (this.lines[target] as LineJobs).line;
    const releaseMs = this.lines[target]?.jobs[0]?.releaseMs ?? this.model.releaseMs;
    const aroundMs = releaseMs + this.random.next() * (dueMs - releaseMs);
    const distance = new Map<number, number>();
    for (const step of route.steps) {
      const machine = this.random.pick(step.machines);
      for (const position of this.present[machine.index] ?? []) {
        if (position !== target) distance.set(position, this.distanceMs(position, aroundMs));
      }
    }
    const nearest = [...distance].sort((a, b) => a[1] - b[1] || a[0] - b[0]);
    const chosen = nearest.slice(0, 1 + this.random.below(MOST_RUINED)).map(([position]) => position);
    return chosen.sort(
      (a, b) => (this.lines[a]?.line.dueMs ?? 0) - (this.lines[b]?.line.dueMs ?? 0) || a - b,
    );
  }

  private distanceMs(position: number, aroundMs: number): number {
    let least = Number.POSITIVE_INFINITY;
    for (const { placement } of this.parts[position] ?? []) {
      least = Math.min(least, Math.max(0, placement.startMs - aroundMs, aroundMs - placement.finishMs));
    }
    return least;
  }

  private take(position: number): void {
    for (const part of this.parts[position] ?? []) {
      release(this.plan.timelines, part.placement);
      for (const lot of part.placement.lots) this.present[lot.machine.index]?.delete(position);
    }
    this.parts[position] = [];
  }

  private put(position: number, parts: readonly Part[]): void {
    this.parts[position] = parts;
    this.enter(position, parts);
  }

  private enter(position: number, parts: readonly Part[]): void {
    for (const part of parts) {
      for (const lot of part.placement.lots) this.present[lot.machine.index]?.add(position);
    }
  }
}

/** By its costs alone, and if that is less than `points`, tried out. */
function leastPoints(model: Model, line: LineJobs, points: number, unsold: Plan): number {
  let byCost = 0;
  for (const job of line.jobs) byCost += bestPoints(job);
  if (byCost >= points) return points;
  const alone = line.jobs.flatMap((job) => placeJob(unsold, job, 'forward'));
  for (const part of alone) release(unsold.timelines, part.placement);
  return Math.min(points, linePoints(model, line, alone));
}
