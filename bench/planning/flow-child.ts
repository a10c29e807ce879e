import { writeFileSync } from 'node:fs';
import {
  type FlowProblem,
  FlowState,
  type SampleFlowOptions,
  sampleFlow,
  seededRandom,
  solveFlow,
  verifyFlow,
} from '@millrace/engine';
import { quantile } from '../figure.ts';
import { cpuSeconds } from './figure.ts';

/** What the process of its own is asked; a process of its own because its memory is a figure. */
export interface FlowTask {
  readonly sample: SampleFlowOptions;
  readonly gapAim: number;
  /** Orders to ask quotes for on the solved network. */
  readonly quotes: number;
  /** Where to write the problem for the reference. */
  readonly path?: string;
}

export interface FlowAnswer {
  readonly pairs: number;
  readonly cost: number;
  /** Shares of the cost. */
  readonly gap: number;
  readonly bids: number;
  readonly cpuSeconds: number;
  /** Highest resident memory of the process, generator included. */
  readonly memoryMb: number;
  readonly violations: number;
  /** Wall time of a quote, 99th percentile; of three times asked the shortest, since others share the machine. */
  readonly freeMs: number;
  readonly displacingMs: number;
}

/** Every other order has been told, so that only half of the network may move for a new order. */
const TOLD_SHARE = 0.5;
const TIMES_ASKED = 3;

function answer({ sample, gapAim, quotes, path }: FlowTask): FlowAnswer {
  const problem = sampleFlow(sample);
  const since = process.cpuUsage();
  const flow = solveFlow(problem, { gapAim });
  const seconds = cpuSeconds(since);
  const memoryMb = process.resourceUsage().maxRSS / 1024;
  if (path !== undefined) writeNetwork(problem, path);
  const { free, displacing } = askQuotes(problem, gapAim, quotes);
  return {
    pairs: problem.arcList.reduce((sum, list) => sum + arcsOf(problem, list), 0),
    cost: flow.cost,
    gap: flow.gap,
    bids: flow.bids,
    cpuSeconds: seconds,
    memoryMb,
    violations: verifyFlow(problem, flow).length,
    freeMs: quantile(free, 0.99),
    displacingMs: quantile(displacing, 0.99),
  };
}

function arcsOf({ arcStart }: FlowProblem, list: number): number {
  return (arcStart[list + 1] ?? 0) - (arcStart[list] ?? 0);
}

/** Orders like those that are there, one after the other; every fifth is then really added. */
function askQuotes(problem: FlowProblem, gapAim: number, quotes: number) {
  const free: number[] = [];
  const displacing: number[] = [];
  if (quotes === 0) return { free, displacing };
  const state = new FlowState(problem, { gapAim });
  const random = seededRandom(4);
  const orders = problem.quantity.length;
  for (const told of random.shuffled(orders).slice(0, orders * TOLD_SHARE)) state.tell(told);
  for (let i = 0; i < quotes; i++) {
    const model = random.below(orders);
    const order = {
      quantity: problem.quantity[model] ?? 1,
      latestDay: problem.latestDay[model] ?? 0,
      unservedCost: problem.unservedCost[model] ?? 0,
      list: problem.arcList[model] ?? 0,
    };
    free.push(wallMs(() => state.quote(order)));
    displacing.push(wallMs(() => state.quoteDisplacing(order)));
    if (i % 5 === 0) state.add(order);
  }
  return { free, displacing };
}

function wallMs(ask: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let time = 0; time < TIMES_ASKED; time++) {
    const startMs = performance.now();
    ask();
    least = Math.min(least, performance.now() - startMs);
  }
  return least;
}

/** The same problem as a network of nodes and arcs, as reference/flow-lemon.cc reads it. */
function writeNetwork(problem: FlowProblem, path: string): void {
  const { siteCount, days, quantity, latestDay, unservedCost, arcList, arcStart, arcSite, arcCost } = problem;
  const orders = quantity.length;
  const sink = orders + siteCount * days;
  const total = quantity.reduce((sum, hours) => sum + hours, 0);
  const source: number[] = [];
  const target: number[] = [];
  const capacity: number[] = [];
  const cost: number[] = [];
  const add = (from: number, to: number, most: number, each: number): void => {
    source.push(from);
    target.push(to);
    capacity.push(most);
    cost.push(each);
  };
  for (const [order, hours] of quantity.entries()) {
    const list = arcList[order] ?? 0;
    const dear = unservedCost[order] ?? 0;
    for (let arc = arcStart[list] ?? 0; arc < (arcStart[list + 1] ?? 0); arc++) {
      const each = arcCost[arc] ?? 0;
      if (each < dear) add(order, orders + (arcSite[arc] ?? 0) * days + (latestDay[order] ?? 0), hours, each);
    }
    add(order, sink, hours, dear);
  }
  for (let at = 0; at < siteCount * days; at++) {
    if (at % days > 0) add(orders + at, orders + at - 1, total, 0);
    add(orders + at, sink, problem.capacity[at] ?? 0, 0);
  }
  const supply = new Int32Array(sink + 1);
  supply.set(quantity);
  supply[sink] = -total;
  const parts = [[sink + 1, source.length], supply, source, target, capacity, cost];
  const file = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  writeFileSync(path, file);
}

// A wire between our own two files.
if (process.argv[2] !== undefined) {
  process.stdout.write(JSON.stringify(answer(JSON.parse(process.argv[2]) as FlowTask)));
}
