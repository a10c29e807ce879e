import type { CriticalPath } from './critical-path.ts';
import type { Direction, DisjunctiveGraph } from './disjunctive-graph.ts';
import type { MoveChoice } from './move-choice.ts';
import type { TabuMemory } from './tabu-memory.ts';

/**
 * The moves of one iteration, all on one critical path:
 * - N7 (Zhang et al. 2007, on N6 of Balas and Vazacopoulos 1998): inside a block of operations that follow
 *   each other on a machine, any one goes right behind the last or right before the first, and the first and
 *   the last go to any place inside;
 * - another machine, at the places that Mastrolilli and Gambardella (2000) prove sufficient.
 * A move is estimated by the longest path through the operations whose order changes.
 */
export class Neighbourhood {
  private readonly graph: DisjunctiveGraph;
  private readonly path: CriticalPath;
  private readonly tabu: TabuMemory;
  private readonly best: MoveChoice;
  private readonly ends: Int32Array;
  private iteration = 0;

  constructor(graph: DisjunctiveGraph, path: CriticalPath, tabu: TabuMemory, best: MoveChoice) {
    this.graph = graph;
    this.path = path;
    this.tabu = tabu;
    this.best = best;
    this.ends = new Int32Array(graph.shop.operations);
  }

  scan(iteration: number): void {
    const { next, shop } = this.graph;
    const { operations, length } = this.path;
    this.iteration = iteration;
    for (let from = 0; from < length; ) {
      let to = from;
      while (to + 1 < length && next[operations[to] as number] === operations[to + 1]) to++;
      if (to > from) this.scanBlock(from, to);
      from = to + 1;
    }
    if (!shop.flexible) return;
    for (let i = 0; i < length; i++) this.scanMachines(operations[i] as number);
  }

  /** Nothing before the first block nor behind the last one can make the path shorter. */
  private scanBlock(from: number, to: number): void {
    const { forward, backward } = this.graph;
    const { operations, length } = this.path;
    const first = operations[from] as number;
    const last = operations[to] as number;
    if (to < length - 1) {
      for (let i = from; i < to; i++) this.tryShift(forward, operations[i] as number, last);
      for (let i = from + 1; i < to; i++) this.tryShift(backward, last, operations[i] as number);
    }
    if (from > 0) {
      for (let i = from + 1; i <= to; i++) this.tryShift(backward, operations[i] as number, first);
      for (let i = from + 1; i < to; i++) this.tryShift(forward, first, operations[i] as number);
    }
  }

  /** `u` goes beyond `v`. Longest paths of the shifted stretch by the recursion of Balas and Vazacopoulos. */
  private tryShift(
    { jobBack, jobAhead, back, ahead, done, rest, step }: Direction,
    u: number,
    v: number,
  ): void {
    const { duration, shop } = this.graph;
    const { ends, best } = this;
    const successor = jobAhead[u] as number;
    // A path from u's job successor to v would close a cycle. It would make rest[successor] at least this
    // long, so its absence is proven by heads and tails alone. Two operations of one job can be neighbours.
    if (successor === v) return;
    if (
      successor !== shop.operations &&
      (rest[v] as number) + (duration[successor] as number) <= (rest[successor] as number)
    ) {
      return;
    }
    let end = done[back[u] as number] as number;
    let count = 0;
    for (let x = u; x !== v; ) {
      x = ahead[x] as number;
      const byJob = done[jobBack[x] as number] as number;
      end = Math.max(byJob, end) + (duration[x] as number);
      ends[count++] = end;
    }
    const byJob = done[jobBack[u] as number] as number;
    if (byJob > end) end = byJob;
    const jobRest = rest[successor] as number;
    const machineRest = rest[ahead[v] as number] as number;
    let left = Math.max(jobRest, machineRest) + (duration[u] as number);
    let estimate = end + left;
    for (let x = v; x !== u; x = back[x] as number) {
      if (estimate > best.estimate) return;
      const tail = rest[jobAhead[x] as number] as number;
      if (tail > left) left = tail;
      const through = (ends[--count] as number) + left;
      if (through > estimate) estimate = through;
      left += duration[x] as number;
    }
    if (estimate <= best.estimate) this.offerShift(u, v, step, estimate);
  }

  private offerShift(u: number, v: number, step: 1 | -1, estimate: number): void {
    const { graph, tabu, best, iteration } = this;
    const prohibited = step > 0 ? tabu.prohibitsOrder(v, u, iteration) : tabu.prohibitsOrder(u, v, iteration);
    const after = step > 0 ? v : (graph.previous[v] as number);
    const choice = graph.choice[u] as number;
    if (prohibited && estimate >= best.aspiration) best.offerProhibited(u, choice, after);
    else best.offer(u, choice, after, estimate, 0);
  }

  /**
   * `x` on each of its other machines. There, L = operations that end after x could start, R = those with
   * more behind them than x: the places between R \ L and L \ R are acyclic and hold a best one.
   */
  private scanMachines(x: number): void {
    const { graph, tabu, best, iteration } = this;
    const { first, next } = graph;
    const { done, rest, jobBack, jobAhead } = graph.forward;
    const { choiceStart, choiceMachine, choiceDuration, operations: n } = graph.shop;
    const head = done[jobBack[x] as number] as number;
    const tail = rest[jobAhead[x] as number] as number;
    const present = graph.choice[x] as number;
    const end = choiceStart[x + 1] as number;
    for (let choice = choiceStart[x] as number; choice < end; choice++) {
      const length = choiceDuration[choice] as number;
      if (choice === present || head + length + tail > best.estimate) continue;
      const prohibited = tabu.prohibitsChoice(choice, iteration);
      const work = length - (choiceDuration[present] as number);
      let before = n;
      let behind = first[choiceMachine[choice] as number] as number;
      while (behind !== n && (done[behind] as number) <= head) {
        before = behind;
        behind = next[behind] as number;
      }
      for (;;) {
        const from = done[before] as number;
        const to = rest[behind] as number;
        const estimate = Math.max(from, head) + length + Math.max(to, tail);
        if (estimate <= best.estimate) {
          if (!prohibited || estimate < best.aspiration) best.offer(x, choice, before, estimate, work);
          else best.offerProhibited(x, choice, before);
        }
        if (behind === n || to <= tail) break;
        before = behind;
        behind = next[behind] as number;
      }
    }
  }
}
