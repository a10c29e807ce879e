import type { Random } from '../../sample/seeded-random.ts';
import type { DisjunctiveGraph } from './disjunctive-graph.ts';

/** One longest path of the graph, drawn at random where several run side by side. */
export class CriticalPath {
  /** The path from its first operation on; only the first `length` entries count. */
  readonly operations: Int32Array;
  length = 0;
  private readonly graph: DisjunctiveGraph;
  private readonly random: Random;

  constructor(graph: DisjunctiveGraph, random: Random) {
    this.graph = graph;
    this.random = random;
    this.operations = new Int32Array(graph.shop.operations);
  }

  trace(): void {
    const { operations, random } = this;
    const { duration } = this.graph;
    const { jobAhead, ahead, rest } = this.graph.forward;
    const n = this.graph.shop.operations;
    let length = 0;
    let x = this.start();
    while (x !== n) {
      operations[length++] = x;
      const left = (rest[x] as number) - (duration[x] as number);
      if (left === 0) break;
      const nextOfJob = jobAhead[x] as number;
      const nextOnMachine = ahead[x] as number;
      const byJob = rest[nextOfJob] === left;
      const byMachine = rest[nextOnMachine] === left;
      x = byJob && !(byMachine && random.next() < 0.5) ? nextOfJob : nextOnMachine;
    }
    this.length = length;
  }

  /** A path that begins with a machine's first operation: whoever starts at 0 behind another has none before. */
  private start(): number {
    const { first, makespan, duration } = this.graph;
    const { done, rest } = this.graph.forward;
    const n = this.graph.shop.operations;
    let found = n;
    let count = 0;
    for (let m = 0; m < first.length; m++) {
      const x = first[m] as number;
      if (x === n || rest[x] !== makespan || done[x] !== duration[x]) continue;
      count++;
      if (this.random.next() * count < 1) found = x;
    }
    return found;
  }
}
