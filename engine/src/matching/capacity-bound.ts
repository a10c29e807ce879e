import { ascend, type ConcaveBound } from '../ascent/ascend.ts';
import { projectFalling } from '../ascent/project-falling.ts';
import type { Job, LineJobs } from './job.ts';
import type { Candidate, Machine, Model } from './model.ts';
import { changePoints, latePoints, tardinessPoints, unplacedPoints } from './points.ts';
import type { Pulse } from './pulse.ts';
import type { Timeline } from './timeline.ts';

const HOUR_MS = 3_600_000;
/** The horizon in equal spans: more of them prove little more and cost as much again. */
const SPANS = 64;
/** A part may end so many spans after the one that is in time; between two, lateness counts as at the earlier. */
const LATER = [0, 1, 2, 4, 8, 16, 32, SPANS] as const;
/** Rounds altogether, some milliseconds each where there are thousands of lines. */
const MOST_ROUNDS = 800;
/** A stage aims so far above what is proven, as a share of the plan's points: a far aim makes steps too long. */
const FIRST_AIM = 0.02;
const STAGE_ROUNDS = 60;
/** Twice as far after a stage that got there, a quarter after one that did not; this near is near enough. */
const FARTHER = 2;
const NEARER = 0.25;
const NEAREST_AIM = 0.001;
/** Every part rounds its cost, its change and its lateness to whole points. */
const ROUNDING_PER_PART = 1.5;

/** Raises `pulse.lowerBound` to what machine hours prove, given the points of a plan. */
export function proveBound(
  model: Model,
  lines: readonly LineJobs[],
  timelines: readonly Timeline[],
  objective: number,
  pulse: Pulse,
): void {
  pulse.begin('bound', MOST_ROUNDS);
  const concave = new CapacityBound(model, lines, timelines);
  let prices: Float64Array = new Float64Array(concave.size);
  let bound = concave.evaluate(prices, new Float64Array(concave.size));
  let above = FIRST_AIM;
  let rounds = 0;
  while (rounds < MOST_ROUNDS && above >= NEAREST_AIM && bound < objective && !pulse.isStopped) {
    const aim = Math.min(objective, bound + above * objective);
    const ascent = ascend(concave, prices, {
      rounds: STAGE_ROUNDS,
      aim,
      onRound: () => (pulse.longBeat() ? 'stop' : undefined),
    });
    above *= ascent.bound >= aim ? FARTHER : NEARER;
    rounds += ascent.rounds;
    prices = ascent.prices;
    bound = ascent.bound;
    pulse.lowerBound = Math.max(pulse.lowerBound, Math.floor(bound));
  }
}

/**
 * What no plan can cost less than, because machines have only so many hours. Machines that steps can choose between
 * are one pool; an hour of pool p up to the end of span t is priced λ ≥ 0, not rising with t, and
 *
 *   L(λ) = Σ_jobs min(unplaced, min_{route, span t} [points + lateness(t) + Σ_steps hours·λ(pool, t)]) − Σ free hours·λ,
 *
 * since all work of a part that ends in span t lies before its end. A part pays its set-up and its points per part whole,
 * so its share of the whole job's is at most what it pays, and a job may be split at will here.
 */
class CapacityBound implements ConcaveBound {
  readonly size: number;
  private readonly free: Float64Array;
  private readonly jobs: readonly JobWays[];
  private readonly rounding: number;

  constructor(model: Model, lines: readonly LineJobs[], timelines: readonly Timeline[]) {
    const pools = new Pools(lines, model.machines.length);
    const { releaseMs, snapshot } = model;
    const spanMs = Math.max(1, (snapshot.horizonEndMs - releaseMs) / SPANS);
    const spans = { startMs: releaseMs, spanMs };
    this.size = pools.count * SPANS;
    this.free = freeHours(model.machines, timelines, pools, spans);
    this.jobs = lines.flatMap(({ jobs }) => jobs.map((job) => waysOf(model, job, pools, spans)));
    this.rounding = lines.reduce(
      (sum, { jobs }) => sum + jobs.reduce((parts, job) => parts + ROUNDING_PER_PART * job.maxSites, 0),
      0,
    );
  }

  evaluate(prices: Float64Array, gradient: Float64Array): number {
    const { free, jobs } = this;
    let bound = -this.rounding;
    for (let at = 0; at < free.length; at++) {
      const hours = free[at] as number;
      gradient[at] = -hours;
      bound -= hours * (prices[at] as number);
    }
    for (const job of jobs) bound += cheapest(job, prices, gradient);
    return bound;
  }

  project(prices: Float64Array): void {
    projectFalling(prices, SPANS);
  }
}

interface Spans {
  readonly startMs: number;
  readonly spanMs: number;
}

/** A job's ways to be made, the cheapest first, as lists that a loop can run through. */
interface JobWays {
  readonly unplaced: number;
  /** Points apart from lateness and hours; ascending. */
  readonly points: Float64Array;
  /** Ways of step k are first[k] … first[k + 1] − 1 of `pool` and `hours`. */
  readonly first: Int32Array;
  readonly pool: Int32Array;
  readonly hours: Float64Array;
  /** [way * LATER.length + k]: last span and points of lateness; −1 = this way has no more. */
  readonly span: Int16Array;
  readonly late: Float64Array;
}

function cheapest(job: JobWays, prices: Float64Array, gradient: Float64Array): number {
  let best = job.unplaced;
  let bestWay = -1;
  let bestSpan = 0;
  for (let way = 0; way < job.points.length; way++) {
    const points = job.points[way] as number;
    if (points >= best) break;
    for (let at = way * LATER.length; at < (way + 1) * LATER.length; at++) {
      const span = job.span[at] as number;
      let sum = points + (job.late[at] as number);
      if (span < 0 || sum >= best) break;
      for (let use = job.first[way] as number; use < (job.first[way + 1] as number); use++) {
        sum += (job.hours[use] as number) * (prices[(job.pool[use] as number) * SPANS + span] as number);
      }
      if (sum >= best) continue;
      best = sum;
      bestWay = way;
      bestSpan = span;
    }
  }
  if (bestWay < 0) return best;
  for (let use = job.first[bestWay] as number; use < (job.first[bestWay + 1] as number); use++) {
    const at = (job.pool[use] as number) * SPANS + bestSpan;
    gradient[at] = (gradient[at] as number) + (job.hours[use] as number);
  }
  return best;
}

function waysOf(model: Model, job: Job, pools: Pools, spans: Spans): JobWays {
  const { weights } = model.snapshot;
  const { line, quantity } = job;
  const late = (latePoints(line, weights) * quantity) / line.quantity;
  const ways = job.partOptions
    .map((candidate) => ({ candidate, points: pointsOf(model, job, candidate) }))
    .sort((a, b) => a.points - b.points);
  const first = new Int32Array(ways.length + 1);
  const pool: number[] = [];
  const hours: number[] = [];
  const span = new Int16Array(ways.length * LATER.length).fill(-1);
  const lateness = new Float64Array(ways.length * LATER.length);
  ways.forEach(({ candidate }, way) => {
    for (const { machines, msPerPiece, setUpMs } of candidate.route.steps) {
      const [machine] = machines;
      if (machine === undefined) continue;
      pool.push(pools.of(machine));
      hours.push((setUpMs + quantity * Math.min(...msPerPiece)) / HOUR_MS);
    }
    first[way + 1] = pool.length;
    const ends = lateEnds(job, candidate, model.snapshot.horizonEndMs, spans);
    ends.forEach((end, k) => {
      span[way * LATER.length + k] = end.span;
      lateness[way * LATER.length + k] =
        end.lateMs > 0 ? late + tardinessPoints(line, quantity, end.lateMs, weights) - 0.5 : 0;
    });
  });
  const unplaced = late + unplacedPoints(line, quantity, weights) - 0.5;
  return {
    unplaced,
    points: Float64Array.from(ways, ({ points }) => points),
    first,
    pool: Int32Array.from(pool),
    hours: Float64Array.from(hours),
    span,
    late: lateness,
  };
}

function pointsOf(model: Model, { line, quantity }: Job, candidate: Candidate): number {
  const { pointsPerPiece, pointsPerPart } = candidate;
  return (
    pointsPerPiece * quantity +
    pointsPerPart +
    changePoints(candidate, line, quantity, model.snapshot.weights)
  );
}

/** In which spans a part can end, and how late it is then at least. */
function lateEnds(
  job: Job,
  candidate: Candidate,
  horizonEndMs: number,
  { startMs, spanMs }: Spans,
): { readonly span: number; readonly lateMs: number }[] {
  const spanOf = (ms: number): number => Math.ceil((ms - startMs) / spanMs) - 1;
  const dueMs = job.line.dueMs - candidate.transportMs;
  const earliestMs = earliestEnd(job, candidate);
  const first = Math.max(0, spanOf(earliestMs));
  const last = Math.min(SPANS - 1, spanOf(Math.min(candidate.hardMs - candidate.transportMs, horizonEndMs)));
  const inTime = spanOf(dueMs);
  const ends: { span: number; lateMs: number }[] = [];
  let from = 0;
  for (const later of LATER) {
    const span = Math.min(last, inTime + later);
    if (span < first || span < from) continue;
    // In the span of the due date itself a part may be in time, unless it cannot end before.
    const sooner = later === 0 ? 0 : startMs + from * spanMs;
    ends.push({ span, lateMs: Math.max(0, Math.max(earliestMs, sooner) - dueMs) });
    from = span + 1;
  }
  return ends;
}

/** When the smallest part that the job allows could be done if nothing stood on any machine. */
function earliestEnd({ line, quantity, releaseMs, maxSites }: Job, { route }: Candidate): number {
  const least = Math.min(quantity, Math.max(1, line.minShipment, route.capability.minLot));
  const part = maxSites > 1 ? least : quantity;
  let atMs = releaseMs;
  for (const { machines, msPerPiece, setUpMs } of route.steps) {
    const lengthMs = setUpMs + (part / machines.length) * Math.min(...msPerPiece);
    let endMs = Number.POSITIVE_INFINITY;
    for (const { clock } of machines) {
      const work = clock.toWork(atMs) + lengthMs;
      if (work <= clock.totalMs) endMs = Math.min(endMs, clock.endClock(work));
    }
    atMs = endMs;
  }
  return atMs;
}

/** Machines that some step can choose between, and all that are so connected, are one pool [Tarjan 1975]. */
class Pools {
  count = 0;
  private readonly parent: Int32Array;
  private readonly numberOf: Int32Array;

  constructor(lines: readonly LineJobs[], machines: number) {
    this.parent = Int32Array.from({ length: machines }, (_, index) => index);
    this.numberOf = new Int32Array(machines).fill(-1);
    const steps = new Set(
      lines.flatMap(({ jobs }) =>
        jobs.flatMap(({ partOptions }) => partOptions.flatMap(({ route }) => route.steps)),
      ),
    );
    for (const { machines: group } of steps) {
      const [head] = group;
      for (const machine of group) if (head) this.parent[this.root(machine.index)] = this.root(head.index);
    }
    for (const { machines: group } of steps) {
      for (const machine of group) {
        const root = this.root(machine.index);
        if ((this.numberOf[root] as number) < 0) this.numberOf[root] = this.count++;
      }
    }
  }

  /** −1 = no step uses it. */
  of({ index }: Machine): number {
    return this.numberOf[this.root(index)] as number;
  }

  private root(index: number): number {
    let at = index;
    while (this.parent[at] !== at) {
      this.parent[at] = this.parent[this.parent[at] as number] as number;
      at = this.parent[at] as number;
    }
    return at;
  }
}

/** [pool * SPANS + span]: machine hours on which nothing stands. */
function freeHours(
  machines: readonly Machine[],
  timelines: readonly Timeline[],
  pools: Pools,
  { startMs, spanMs }: Spans,
): Float64Array {
  const free = new Float64Array(pools.count * SPANS);
  for (const machine of machines) {
    const pool = pools.of(machine);
    const timeline = timelines[machine.index];
    if (pool < 0 || timeline === undefined) continue;
    let before = 0;
    for (let span = 0; span < SPANS; span++) {
      const until = machine.clock.toWork(startMs + (span + 1) * spanMs);
      const freeMs = until - timeline.busyBefore(until);
      const at = pool * SPANS + span;
      free[at] = (free[at] as number) + (freeMs - before) / HOUR_MS;
      before = freeMs;
    }
  }
  return free;
}
