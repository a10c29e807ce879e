import { type Random, seededRandom } from '../sample/seeded-random.ts';
import { type Draft, linePoints } from './construct.ts';
import type { LineJobs } from './job.ts';
import type { Model, Route } from './model.ts';
import { type Part, type Plan, placeJob } from './place-job.ts';
import { release, reserve } from './placer.ts';

/** Lines taken away around one that is late: more cost more to place again than they open ways. */
const MOST_RUINED = 8;

/** At least, per line that is late, and altogether: counted, not timed, so that plans repeat. */
const LEAST_ROUNDS = 1_000;
const ROUNDS_PER_LATE_LINE = 100;
const MOST_ROUNDS = 10_000;

/**
 * Ruin and recreate [Schrimpf et al. 2000]: takes a late line and some that stand in its way out of the plan,
 * puts them back with the late one first, and keeps the result when it costs less. `unsold` is the network with
 * nothing on it but what is fixed.
 */
export function improve(
  model: Model,
  lines: readonly LineJobs[],
  draft: Draft,
  unsold: Plan,
  rounds: number | undefined,
): Draft {
  const work = new Improvement(model, lines, draft, unsold);
  const deserved = Math.max(LEAST_ROUNDS, work.lateLines * ROUNDS_PER_LATE_LINE);
  return work.run(rounds ?? Math.min(deserved, MOST_ROUNDS));
}

class Improvement {
  private readonly model: Model;
  private readonly lines: readonly LineJobs[];
  private readonly draft: Draft;
  private readonly plan: Plan;
  private readonly random: Random;
  private readonly parts: (readonly Part[])[];
  private readonly points: number[];
  /** By machine index: positions of the lines that have a sub-lot there. */
  private readonly present: Set<number>[];
  private late: number[] = [];

  constructor(model: Model, lines: readonly LineJobs[], draft: Draft, unsold: Plan) {
    this.model = model;
    this.lines = lines;
    this.draft = draft;
    this.plan = draft.plan;
    this.random = seededRandom(model.snapshot.seed);
    this.parts = [...draft.parts];
    this.points = lines.map((line, position) => linePoints(model, line, draft.parts[position] ?? []));
    this.present = model.machines.map(() => new Set());
    this.parts.forEach((parts, position) => {
      this.enter(position, parts);
      if (this.isLate(position) && this.couldBeBetter(position, unsold)) this.late.push(position);
    });
  }

  /** A line that would cost as much if it were alone in the network is not worth a round. */
  private couldBeBetter(position: number, unsold: Plan): boolean {
    const line = this.lines[position] as LineJobs;
    const alone = line.jobs.flatMap((job) => placeJob(unsold, job, 'forward'));
    for (const part of alone) release(unsold.timelines, part.placement);
    return linePoints(this.model, line, alone) < (this.points[position] ?? 0);
  }

  get lateLines(): number {
    return this.late.length;
  }

  run(rounds: number): Draft {
    for (let round = 0; round < rounds && this.late.length > 0; round++) {
      const at = this.random.below(this.late.length);
      const target = this.late[at] as number;
      if (this.isLate(target)) {
        this.attempt(target);
      } else {
        this.late[at] = this.late.at(-1) as number;
        this.late.pop();
      }
    }
    const objective = this.points.reduce((sum, points) => sum + points, 0);
    return { strategy: this.draft.strategy, plan: this.plan, parts: this.parts, objective };
  }

  private attempt(target: number): void {
    const route = this.routeOf(target);
    if (!route) return;
    const others = this.inTheWay(target, route);
    const ruined = [target, ...others];
    const before = ruined.map((position) => this.parts[position] ?? []);
    let pointsBefore = 0;
    for (const position of ruined) {
      pointsBefore += this.points[position] ?? 0;
      this.take(position);
    }
    const direction = this.random.chance(0.5) ? 'backward' : 'forward';
    let pointsAfter = 0;
    for (const position of ruined) {
      const line = this.lines[position] as LineJobs;
      const parts: Part[] = [];
      for (const job of line.jobs) parts.push(...placeJob(this.plan, job, direction));
      this.put(position, parts);
      pointsAfter += linePoints(this.model, line, parts);
      // Points only add up: no need to place the others.
      if (pointsAfter >= pointsBefore) break;
    }
    if (pointsAfter < pointsBefore) {
      for (const position of ruined) this.keep(position);
      return;
    }
    for (const position of ruined) this.take(position);
    ruined.forEach((position, i) => {
      const parts = before[i] ?? [];
      for (const part of parts) reserve(this.plan.timelines, part.placement);
      this.put(position, parts);
    });
  }

  private keep(position: number): void {
    this.points[position] = linePoints(
      this.model,
      this.lines[position] as LineJobs,
      this.parts[position] ?? [],
    );
    if (this.isLate(position) && !this.late.includes(position)) this.late.push(position);
  }

  private routeOf(position: number): Route | undefined {
    const candidates = (this.lines[position]?.jobs ?? []).flatMap((job) => job.partOptions);
    return candidates.length > 0 ? this.random.pick(candidates).route : undefined;
  }

  /** Some of the lines on the route's machines that start before the target is due. */
  private inTheWay(target: number, route: Route): number[] {
    const dueMs = this.lines[target]?.line.dueMs ?? 0;
    const found = new Set<number>();
    for (const step of route.steps) {
      const machine = this.random.pick(step.machines);
      for (const position of this.present[machine.index] ?? []) {
        const startsMs = this.parts[position]?.[0]?.placement.startMs ?? Number.POSITIVE_INFINITY;
        if (position !== target && startsMs < dueMs) found.add(position);
      }
    }
    const all = [...found];
    const count = Math.min(all.length, 1 + this.random.below(MOST_RUINED));
    for (let i = 0; i < count; i++) {
      const j = i + this.random.below(all.length - i);
      [all[i], all[j]] = [all[j] as number, all[i] as number];
    }
    const chosen = all.slice(0, count);
    return chosen.sort(
      (a, b) => (this.lines[a]?.line.dueMs ?? 0) - (this.lines[b]?.line.dueMs ?? 0) || a - b,
    );
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

  private isLate(position: number): boolean {
    const parts = this.parts[position] ?? [];
    let placed = 0;
    for (const part of parts) {
      if (part.lateMs > 0) return true;
      placed += part.quantity;
    }
    return placed < (this.lines[position]?.line.quantity ?? 0);
  }
}
