import type { Random } from '../../sample/seeded-random.ts';
import type { DisjunctiveGraph, Selection } from './disjunctive-graph.ts';
import type { Effort } from './effort.ts';

/**
 * Walks from one selection towards another by swaps of machine neighbours and changes of machine (path
 * relinking: Glover 1997; for the job shop Nowicki and Smutnicki 2005, Peng, Lü and Cheng 2015). Every step is
 * acyclic: among neighbours that the guide orders the other way there is always one with no path around it,
 * because a path around it would hold such a pair with a shorter stretch of the order.
 */
export class Relinker {
  private readonly graph: DisjunctiveGraph;
  private readonly random: Random;
  private readonly guidePosition: Int32Array;
  /** Operations that differ: next neighbour in the other order, or another machine. */
  private readonly open: Int32Array;
  private readonly slot: Int32Array;
  private readonly effort: Effort;
  private count = 0;

  constructor(graph: DisjunctiveGraph, random: Random, effort: Effort) {
    const n = graph.shop.operations;
    this.graph = graph;
    this.random = random;
    this.effort = effort;
    this.guidePosition = new Int32Array(n + 1);
    this.open = new Int32Array(n);
    this.slot = new Int32Array(n).fill(-1);
  }

  /** Steps from `from` to `guide`: machine changes and pairs in the other order. */
  distance(from: Selection, guide: Selection): number {
    this.graph.load(from);
    this.aim(guide);
    return this.distanceLeft(guide);
  }

  /** Leaves the graph `steps` steps away from `from`, measured exactly. */
  walk(from: Selection, guide: Selection, share: number): void {
    const { graph, open, random } = this;
    graph.load(from);
    this.aim(guide);
    const n = graph.shop.operations;
    let steps = Math.round(this.distanceLeft(guide) * share);
    this.count = 0;
    this.slot.fill(-1);
    for (let x = 0; x < n; x++) this.consider(x, guide);
    while (steps > 0 && this.count > 0 && !this.effort.over) {
      this.effort.breathe();
      const x = open[random.below(this.count)] as number;
      const before = graph.previous[x] as number;
      if (graph.choice[x] !== guide.choice[x]) {
        const choice = guide.choice[x] as number;
        graph.relink(x, choice, this.placeFor(x, graph.shop.choiceMachine[choice] as number));
      } else if (!graph.relink(x, graph.choice[x] as number, graph.next[x] as number)) continue;
      steps--;
      this.consider(x, guide);
      this.consider(before, guide);
      this.consider(graph.previous[x] as number, guide);
    }
    graph.recompute();
  }

  private aim(guide: Selection): void {
    for (let i = 0; i < guide.order.length; i++) this.guidePosition[guide.order[i] as number] = i;
    this.guidePosition[guide.order.length] = guide.order.length;
  }

  private distanceLeft(guide: Selection): number {
    const { graph, guidePosition } = this;
    const n = graph.shop.operations;
    let distance = 0;
    for (let x = 0; x < n; x++) {
      if (graph.choice[x] !== guide.choice[x]) distance++;
      const at = guidePosition[x] as number;
      for (let y = graph.next[x] as number; y !== n; y = graph.next[y] as number) {
        if ((guidePosition[y] as number) < at) distance++;
      }
    }
    return distance;
  }

  /** The last operation on the machine that the present order puts before `x`: inserting there is acyclic. */
  private placeFor(x: number, machine: number): number {
    const { position, next, first } = this.graph;
    const n = this.graph.shop.operations;
    const at = position[x] as number;
    let after = n;
    for (let y = first[machine] as number; y !== n && (position[y] as number) < at; y = next[y] as number) {
      after = y;
    }
    return after;
  }

  private consider(x: number, guide: Selection): void {
    const { graph, open, slot, guidePosition } = this;
    if (x === graph.shop.operations) return;
    const differs =
      graph.choice[x] !== guide.choice[x] ||
      (guidePosition[graph.next[x] as number] as number) < (guidePosition[x] as number);
    const at = slot[x] as number;
    if (differs && at < 0) {
      slot[x] = this.count;
      open[this.count++] = x;
    } else if (!differs && at >= 0) {
      const moved = open[--this.count] as number;
      open[at] = moved;
      slot[moved] = at;
      slot[x] = -1;
    }
  }
}
