import { SnapshotFault } from '../fault.ts';
import { checkFlowProblem } from './check-flow-problem.ts';
import { type Clients, createClients } from './clients.ts';
import { dualBound, supportedPrices } from './dual-bound.ts';
import { flowOf, marketCost, settle } from './flow-of-market.ts';
import type { FlowProblem, FlowSolution } from './flow-problem.ts';
import { type AuctionLimits, ForwardAuction } from './forward-auction.ts';
import { Market } from './market.ts';
import { createNetwork, type FlowNetwork } from './network.ts';
import { ReverseAuction } from './reverse-auction.ts';

export interface FlowProgress {
  readonly bids: number;
  /** Cost and bound of the best so far; infinite before the first flow is complete. */
  readonly cost: number;
  readonly bound: number;
}

export interface FlowOptions {
  /** Ends when (cost − bound) / cost is at most this, 0 … 1; 0 asks for the optimum. */
  readonly gapAim?: number;
  /** Budget; the best flow so far is returned when it is spent. */
  readonly maxBids?: number;
  /** Called every few milliseconds; 'stop' ends the run with the best flow so far. */
  readonly onProgress?: (progress: FlowProgress) => 'stop' | undefined;
}

const GAP_AIM = 0.0005;
/** Some minutes of work; smaller budgets are the caller's choice. */
const MAX_BIDS = 500_000_000;
/** The first ε is about this part of what an unserved hour costs. */
const FIRST_EPSILON_SHARE = 1 / 32;
/** ε falls by this factor from phase to phase. A power of two, as is every ε: so all prices are exact. */
const EPSILON_FACTOR = 4;
/**
 * A phase begins this many of the last phase's ε below its prices. ε-slackness lets a price stray by ε for each
 * step of a chain of displacements; with less than four, prices were often still too high, and bringing them down
 * costs more than bidding them up again.
 */
const RESTART_MARGIN = 6;
/** Where prices are multiples of ε that doubles still hold exactly beside costs of 2³⁰. */
const SMALLEST_EPSILON = 2 ** -20;
interface Run {
  readonly network: FlowNetwork;
  readonly market: Market;
  readonly forward: ForwardAuction;
  readonly reverse: ReverseAuction;
  readonly options: FlowOptions;
  readonly gapAim: number;
  best: FlowSolution | undefined;
  bids: number;
  stopped: boolean;
}

/** Minimum-cost flow by auction with falling ε; every result carries a bound that proves how good it is. */
export function solveFlow(problem: FlowProblem, options: FlowOptions = {}): FlowSolution {
  const problems = checkFlowProblem(problem);
  if (problems.length > 0) throw new SnapshotFault(problems);
  return solveMarket(createNetwork(problem), options).solution;
}

/** What a solved network leaves behind for the orders that come later. */
export interface SolvedMarket {
  readonly market: Market;
  readonly clients: Clients;
  readonly forward: ForwardAuction;
  readonly reverse: ReverseAuction;
  /** The slackness that every piece keeps. */
  readonly epsilon: number;
  readonly solution: FlowSolution;
}

export function solveMarket(network: FlowNetwork, options: FlowOptions): SolvedMarket {
  const market = new Market(network);
  const clients = createClients(network);
  const run: Run = {
    network,
    market,
    forward: new ForwardAuction(market),
    reverse: new ReverseAuction(market, clients),
    options,
    gapAim: options.gapAim ?? GAP_AIM,
    best: undefined,
    bids: 0,
    stopped: false,
  };
  let epsilon = firstEpsilon(network.problem);
  for (;;) {
    const solution = phase(run, epsilon);
    if (solution.gap <= run.gapAim || run.stopped || epsilon <= SMALLEST_EPSILON) {
      const { forward, reverse, stopped } = run;
      return { market, clients, forward, reverse, epsilon, solution: { ...solution, finished: !stopped } };
    }
    lowerReserves(market, RESTART_MARGIN * epsilon);
    epsilon /= EPSILON_FACTOR;
  }
}

/** One auction from nothing but the reserves; the best flow and the best bound so far are kept. */
function phase(run: Run, epsilon: number): FlowSolution {
  const { market, network } = run;
  market.clear();
  run.forward.forget();
  for (let order = 0; order < network.orderCount; order++) run.forward.enter(order);
  run.bids += run.forward.run(epsilon, limitsOf(run));
  if (!run.stopped) run.bids += run.reverse.run(epsilon, limitsOf(run));
  if (run.stopped) {
    run.forward.leave();
    settle(market);
  }
  return better(run, market.sitePrice);
}

/** The market's flow with these prices, or what was there before where that is better. */
function better(run: Run, prices: Float64Array): FlowSolution {
  const { network, market, bids } = run;
  const previous = run.best;
  const cost = marketCost(market);
  const flow =
    previous && previous.cost <= cost
      ? previous
      : { ...flowOf(market), cost, prices, bound: Number.NEGATIVE_INFINITY, gap: 1, bids, finished: true };
  const kept = previous ? { ...flow, bound: previous.bound, prices: previous.prices } : flow;
  run.best = { ...withPrices(network, kept, supportedPrices(network, prices)), bids };
  return run.best;
}

/** Takes the prices when they prove more. */
function withPrices(network: FlowNetwork, solution: FlowSolution, prices: Float64Array): FlowSolution {
  const dual = dualBound(network, prices);
  // The optimum is whole, so the bound may be rounded up; first its rounding errors are taken off.
  const whole = Math.ceil(dual - 1e-6 - Math.abs(dual) * 1e-12);
  const bound = Math.min(solution.cost, Math.max(0, whole));
  const proves = bound > solution.bound;
  const best = proves ? bound : Math.min(solution.bound, solution.cost);
  const gap = solution.cost > 0 ? (solution.cost - best) / solution.cost : 0;
  return { ...solution, bound: best, gap, prices: proves ? prices : solution.prices };
}

/** A small part of what an hour costs that nobody makes, as a power of two. */
export function firstEpsilon({ quantity, unservedCost }: FlowProblem): number {
  let hours = 0;
  let cost = 0;
  for (let order = 0; order < quantity.length; order++) {
    hours += quantity[order] as number;
    cost += (quantity[order] as number) * (unservedCost[order] as number);
  }
  const mean = hours > 0 ? cost / hours : 1;
  return 2 ** Math.floor(Math.log2(Math.max(1, mean * FIRST_EPSILON_SHARE)));
}

/** Full slots keep most of what they were worth; free ones begin at their floor. */
function lowerReserves({ network, free, reserve, slotPrice }: Market, by: number): void {
  for (let slot = 0; slot < network.slotCount; slot++) {
    const floor = network.slotFloor[slot] as number;
    const price = slotPrice[slot] as number;
    reserve[slot] =
      (free[slot] as number) > 0 || price === Number.POSITIVE_INFINITY ? floor : Math.max(floor, price - by);
  }
}

function limitsOf(run: Run): AuctionLimits {
  const { options, best } = run;
  const maxBids = options.maxBids ?? MAX_BIDS;
  const progress = {
    bids: run.bids,
    cost: best?.cost ?? Number.POSITIVE_INFINITY,
    bound: best?.bound ?? Number.NEGATIVE_INFINITY,
  };
  return {
    goOn: (bids = 0) => {
      const now = { ...progress, bids: progress.bids + bids };
      if (now.bids >= maxBids || options.onProgress?.(now) === 'stop') run.stopped = true;
      return !run.stopped;
    },
  };
}
