import { seededRandom } from '../../sample/seeded-random.ts';
import type { Selection } from './disjunctive-graph.ts';
import { DisjunctiveGraph } from './disjunctive-graph.ts';
import { Effort, type OnMakespanProgress } from './effort.ts';
import { eliteSearch } from './elite-search.ts';
import { lowerBound } from './lower-bound.ts';
import { machinePrices } from './machine-prices.ts';
import { type CompiledShop, compileShop, type DisjunctiveShop } from './shop.ts';
import { selectionOf } from './start-selection.ts';

export interface MakespanOptions {
  readonly seed: number;
  /** Moves of the tabu search, over all restarts; 0 = the dispatch rule's schedule. */
  readonly iterations: number;
  /** Called every few milliseconds of work, with the best so far. */
  readonly onProgress?: OnMakespanProgress | undefined;
  /** Machine sequences to start from, as `machineSequences` of a result; every operation exactly once. */
  readonly start?: readonly (readonly number[])[] | undefined;
}

export interface MakespanResult {
  readonly makespan: number;
  /** Operations, numbered from 0 job by job, in the order in which each machine does them. */
  readonly machineSequences: readonly (readonly number[])[];
  /** Start of each operation, from 0. */
  readonly starts: readonly number[];
  /** No schedule is shorter; equal to `makespan` = proven optimal. */
  readonly bound: number;
  /** Moves made. */
  readonly iterations: number;
}

/** Shortest schedule found for a (flexible) job shop: same shop, seed and iterations, same bytes. */
export function solveMakespan(shop: DisjunctiveShop, options: MakespanOptions): MakespanResult {
  const compiled = compileShop(shop);
  const { prices, bound: loadBound } = machinePrices(compiled);
  const bound = Math.max(lowerBound(compiled), loadBound);
  const effort = new Effort(options.iterations, bound, compiled.operations, options.onProgress);
  const start = options.start && selectionOf(compiled, options.start);
  const best = eliteSearch(compiled, prices, seededRandom(options.seed), effort, start);
  return resultOf(compiled, best, bound, effort.iterations);
}

function resultOf(shop: CompiledShop, best: Selection, bound: number, iterations: number): MakespanResult {
  const graph = new DisjunctiveGraph(shop);
  graph.load(best);
  const { first, next, forward, duration, makespan } = graph;
  const n = shop.operations;
  const machineSequences = Array.from(first, (head) => {
    const sequence: number[] = [];
    for (let x = head; x !== n; x = next[x] as number) sequence.push(x);
    return sequence;
  });
  const starts = Array.from({ length: n }, (_, x) => (forward.done[x] as number) - (duration[x] as number));
  return { makespan, machineSequences, starts, bound, iterations };
}
