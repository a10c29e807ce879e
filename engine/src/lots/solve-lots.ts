import { type Ascent, ascend } from '../ascent/ascend.ts';
import { SnapshotFault } from '../fault.ts';
import { type Random, seededRandom } from '../sample/seeded-random.ts';
import { constructByPrices, constructGreedily } from './construct-lots.ts';
import { improveLots } from './improve-lots.ts';
import type { LotDraft } from './lot-draft.ts';
import { type LotPlan, type LotProblem, lotProblemFaults } from './lot-problem.ts';
import { OrderBound } from './order-bound.ts';
import { SiteBound } from './site-bound.ts';
import { sitePrices } from './site-prices.ts';
import { SiteRefill } from './site-refill.ts';

export interface LotProgress {
  readonly phase: 'prices' | 'construct' | 'improve' | 'bound';
  /** Rounds made in this phase. */
  readonly rounds: number;
  /** Cost and bound of the best so far. */
  readonly cost: number;
  readonly bound: number;
}

export interface LotOptions {
  readonly seed: number;
  /** Rounds of ruin and recreate, some 40 µs each; absent = so many per order. */
  readonly rounds?: number;
  /** At most so many rounds each time that a bound is tightened. */
  readonly boundRounds?: number;
  /** Prices to begin with [site * days + day], such as the flow layer's. Absent = 0. */
  readonly prices?: Float64Array;
  /** Called every few milliseconds; 'stop' ends the run with the best plan so far. */
  readonly onProgress?: (progress: LotProgress) => 'stop' | undefined;
}

export interface LotSolution extends LotPlan {
  /** No plan costs less. */
  readonly bound: number;
  /** (cost − bound) / cost; 0 when both are 0. */
  readonly gap: number;
  /** What one more hour is worth [site * days + day]: ≥ 0, not rising from day to day. */
  readonly prices: Float64Array;
  /** Rounds of ruin and recreate made. */
  readonly rounds: number;
  /** False when `onProgress` said stop. */
  readonly finished: boolean;
}

/** Where the curve of improvement has become flat on made-up networks of 10 to 1,000 orders. */
const LEAST_ROUNDS = 100_000;
const ROUNDS_PER_ORDER = 4_000;
const ORDER_BOUND_ROUNDS = 150;
const SITE_BOUND_ROUNDS = 700;
/** Once more towards the cost of the plan found: the first aim is that of a rough one. */
const LAST_BOUND_ROUNDS = 100;
/** Of an average order's cost: enough to leave a plan built by prices, not so much as to forget it. */
const HEAT = 0.1;

/** Prices, plans built by them, ruin and recreate, and a bound that proves how good the best plan is. */
export function solveLots(problem: LotProblem, options: LotOptions): LotSolution {
  const faults = lotProblemFaults(problem);
  if (faults.length > 0) throw new SnapshotFault(faults);
  const run = new LotRun(problem, options);
  const orderBound = new OrderBound(problem);
  const start = options.prices ?? new Float64Array(orderBound.size);
  const byOrders = run.tighten('prices', orderBound, start, ORDER_BOUND_ROUNDS).prices;
  run.keepCheaper(() => constructByPrices(problem, byOrders));
  const siteBound = new SiteBound(problem);
  const hours = hourPrices(problem, orderBound, byOrders);
  const bySites = run.tighten('prices', siteBound, hours, SITE_BOUND_ROUNDS).prices;
  const prices = sitePrices(siteBound, bySites);
  run.keepCheaper(() => constructByPrices(problem, prices));
  const rounds = run.improve(prices, new SiteRefill(siteBound, bySites, prices), orderBound);
  run.tighten('bound', siteBound, bySites, LAST_BOUND_ROUNDS);
  const { draft, bound, stopped } = run;
  const gap = draft.cost === 0 ? 0 : (draft.cost - bound) / draft.cost;
  return { ...draft.toPlan(), bound, gap, prices, rounds, finished: !stopped };
}

class LotRun {
  stopped = false;
  draft: LotDraft;
  bound = 0;
  private readonly problem: LotProblem;
  private readonly options: LotOptions;
  private readonly random: Random;

  constructor(problem: LotProblem, options: LotOptions) {
    this.problem = problem;
    this.options = options;
    this.random = seededRandom(options.seed);
    this.draft = constructGreedily(problem);
  }

  tighten(
    phase: LotProgress['phase'],
    concave: OrderBound | SiteBound,
    start: Float64Array,
    rounds: number,
  ): Ascent {
    const ascent = ascend(concave, start, {
      rounds: this.stopped ? 0 : Math.min(rounds, this.options.boundRounds ?? rounds),
      aim: this.draft.cost,
      onRound: ({ round, bound }) => {
        this.bound = Math.max(this.bound, bound);
        return this.say(phase, round, this.draft.cost);
      },
    });
    this.bound = Math.max(this.bound, ascent.bound);
    return ascent;
  }

  keepCheaper(build: () => LotDraft): void {
    if (this.stopped) return;
    const draft = build();
    if (draft.cost < this.draft.cost) this.draft = draft;
  }

  improve(prices: Float64Array, refill: SiteRefill, orderBound: OrderBound): number {
    if (this.stopped) return 0;
    const { flow } = this.problem;
    const free = new Float64Array(prices.length);
    return improveLots(this.draft, {
      rounds: this.options.rounds ?? LEAST_ROUNDS + ROUNDS_PER_ORDER * flow.quantity.length,
      random: this.random,
      prices,
      refill,
      alone: Float64Array.from(flow.quantity, (_, order) => orderBound.costOf(order, free)),
      heat: HEAT,
      onRounds: (cost, rounds) => this.say('improve', rounds, cost),
    });
  }

  private say(phase: LotProgress['phase'], rounds: number, cost: number): 'stop' | undefined {
    if (this.options.onProgress?.({ phase, rounds, cost, bound: this.bound }) !== 'stop') return undefined;
    this.stopped = true;
    return 'stop';
  }
}

/** What an hour of each order costs on average at these prices, and nothing for pieces: where the bound by sites begins. */
function hourPrices(problem: LotProblem, orderBound: OrderBound, prices: Float64Array): Float64Array {
  const { quantity } = problem.flow;
  const start = new Float64Array(2 * quantity.length);
  quantity.forEach((hours, order) => {
    start[order] = orderBound.costOf(order, prices) / hours;
  });
  return start;
}
