import type { Job, LineJobs } from './job.ts';
import type { Candidate, Model } from './model.ts';
import type { Pulse } from './pulse.ts';
import type { Timeline } from './timeline.ts';

/** A job that has to go somewhere as a whole, and where levelling sends it. */
export interface Levelled {
  readonly position: number;
  readonly job: Job;
  readonly candidate: Candidate;
}

/** Due dates are told apart this finely: a machine's load is watched up to each of so many instants. */
const CHECKPOINTS = 16;

/** One sweep looks at every job once; hardly anything moves after a dozen. Then once more with the steeper price. */
const SWEEPS = 12;

/** A sweep that moved less than this share of the jobs is the last one. */
const SETTLED_SHARE = 0.002;

/** Fuller than this is as bad as it gets: keeps powers of the load finite. */
const FULLEST = 4;

/**
 * Spreads the jobs over their sites so that no machine gets more work than it has time, up to any due date: each
 * job in turn goes where its cost and the price of the machines are least. The price of a machine up to a date is a
 * steep power of its load up to that date, times what being late costs the job (an exponential-price rule for
 * minimum-congestion assignment [Aspnes et al. 1997; Plotkin, Shmoys, Tardos 1995]). No sequence is decided here.
 * Empty when the run is stopped.
 */
export function level(
  model: Model,
  lines: readonly LineJobs[],
  timelines: readonly Timeline[],
  pulse: Pulse,
): readonly Levelled[] {
  pulse.begin('construct', lines.length);
  const jobs: { readonly position: number; readonly job: Job }[] = [];
  lines.forEach((line, position) => {
    for (const job of line.jobs) if (job.options.length > 0) jobs.push({ position, job });
  });
  jobs.sort((a, b) => a.job.line.dueMs - b.job.line.dueMs || a.position - b.position);
  const loads = new Loads(
    model,
    timelines,
    jobs.map(({ job }) => job),
  );
  const chosen = new Int32Array(jobs.length).fill(-1);
  for (const squarings of [4, 5]) {
    loads.steepen(squarings);
    for (let sweep = 0; sweep < SWEEPS; sweep++) {
      let moved = 0;
      for (let j = 0; j < jobs.length; j++) {
        if (pulse.beat()) return [];
        const before = chosen[j] as number;
        if (before >= 0) loads.put(j, before, -1);
        const now = loads.cheapest(j);
        loads.put(j, now, 1);
        chosen[j] = now;
        if (now !== before) moved++;
      }
      if (moved <= jobs.length * SETTLED_SHARE) break;
    }
  }
  return jobs.map(({ position, job }, j) => ({
    position,
    job,
    candidate: (job.options[chosen[j] as number] as Job['options'][number]).candidate,
  }));
}

/** Work of the jobs on the machines, cumulated up to each checkpoint, and its price. */
class Loads {
  private readonly points: number;
  /** By machine and checkpoint: share of the free working time until then that is taken. */
  private readonly share: Float64Array;
  /** What one millisecond of work adds to the share. */
  private readonly perMs: Float64Array;
  /** Price of a machine from a checkpoint on: the sum over it and all later ones. */
  private readonly price: Float64Array;
  private readonly checkpointOf: Int32Array;
  /** Penalty points of a millisecond of work at a price of one: a job that takes no detour stakes what lateness costs it. */
  private readonly stake: Float64Array;
  /** By option (`firstOption[job] + k`): cost, and its stretch in `machine` and `work`. */
  private readonly firstOption: Int32Array;
  private readonly cost: Float64Array;
  private readonly firstEntry: Int32Array;
  private readonly machine: Int32Array;
  private readonly work: Float64Array;
  private squarings = 4;

  constructor(model: Model, timelines: readonly Timeline[], jobs: readonly Job[]) {
    const ends = checkpoints(jobs);
    this.points = ends.length;
    this.share = new Float64Array(model.machines.length * this.points);
    this.perMs = new Float64Array(model.machines.length * this.points);
    this.price = new Float64Array(model.machines.length * this.points);
    model.machines.forEach(({ clock, index }) => {
      ends.forEach((endMs, b) => {
        const untilWork = clock.toWork(endMs);
        const freeMs = untilWork - (timelines[index]?.busyBefore(untilWork) ?? 0);
        this.perMs[index * this.points + b] = 1 / Math.max(freeMs, 1);
      });
    });
    this.checkpointOf = Int32Array.from(jobs, (job) => {
      const at = ends.findIndex((endMs) => endMs >= job.line.dueMs);
      return at < 0 ? ends.length - 1 : at;
    });
    const { latePerLine } = model.snapshot.weights;
    this.stake = new Float64Array(jobs.length);
    this.firstOption = new Int32Array(jobs.length + 1);
    const cost: number[] = [];
    const firstEntry: number[] = [0];
    const machine: number[] = [];
    const work: number[] = [];
    jobs.forEach((job, j) => {
      let leastWork = Number.POSITIVE_INFINITY;
      for (const { candidate, fixedPoints } of job.options) {
        let sum = 0;
        cost.push(fixedPoints);
        for (const step of candidate.route.steps) {
          const width = step.machines.length;
          step.machines.forEach(({ index }, m) => {
            const share = (step.setUpMs + job.quantity * (step.msPerPiece[m] ?? 0)) / width;
            machine.push(index);
            work.push(share);
            sum += share;
          });
        }
        leastWork = Math.min(leastWork, sum);
        firstEntry.push(machine.length);
      }
      this.stake[j] = Math.max(1, latePerLine[job.line.priority] ?? 1) / Math.max(1, leastWork);
      this.firstOption[j + 1] = cost.length;
    });
    this.cost = Float64Array.from(cost);
    this.firstEntry = Int32Array.from(firstEntry);
    this.machine = Int32Array.from(machine);
    this.work = Float64Array.from(work);
  }

  /** The price becomes the 2^squarings-th power of the load. */
  steepen(squarings: number): void {
    this.squarings = squarings;
    for (let m = 0; m * this.points < this.share.length; m++) this.reprice(m);
  }

  cheapest(job: number): number {
    const first = this.firstOption[job] as number;
    const after = this.firstOption[job + 1] as number;
    const checkpoint = this.checkpointOf[job] as number;
    const stake = this.stake[job] as number;
    let best = 0;
    let bestPoints = Number.POSITIVE_INFINITY;
    for (let option = first; option < after; option++) {
      let price = 0;
      const end = this.firstEntry[option + 1] as number;
      for (let e = this.firstEntry[option] as number; e < end; e++) {
        const row = (this.machine[e] as number) * this.points;
        price += (this.work[e] as number) * (this.price[row + checkpoint] as number);
      }
      const points = (this.cost[option] as number) + stake * price;
      if (points >= bestPoints) continue;
      best = option - first;
      bestPoints = points;
    }
    return best;
  }

  put(job: number, option: number, sign: 1 | -1): void {
    const at = (this.firstOption[job] as number) + option;
    const end = this.firstEntry[at + 1] as number;
    for (let e = this.firstEntry[at] as number; e < end; e++) {
      const m = this.machine[e] as number;
      const work = sign * (this.work[e] as number);
      for (let b = this.checkpointOf[job] as number; b < this.points; b++) {
        const i = m * this.points + b;
        this.share[i] = (this.share[i] as number) + work * (this.perMs[i] as number);
      }
      this.reprice(m);
    }
  }

  private reprice(m: number): void {
    let sum = 0;
    for (let b = this.points - 1; b >= 0; b--) {
      const i = m * this.points + b;
      let power = Math.min(FULLEST, Math.max(0, this.share[i] as number));
      for (let s = 0; s < this.squarings; s++) power *= power;
      sum += power;
      this.price[i] = sum;
    }
  }
}

/** Evenly between the first due date and the last. */
function checkpoints(jobs: readonly Job[]): readonly number[] {
  const firstMs = jobs[0]?.line.dueMs ?? 0;
  const lastMs = jobs.at(-1)?.line.dueMs ?? 0;
  return Array.from(
    { length: CHECKPOINTS },
    (_, i) => firstMs + ((lastMs - firstMs) * (i + 1)) / CHECKPOINTS,
  );
}
