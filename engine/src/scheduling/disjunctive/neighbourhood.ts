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
 * A move is estimated by the longest path through the operations whose order changes. A change of machine is
 * charged in addition for the machine time it costs at the prices of the load balance, times `pressure`: where
 * machines are full, an operation on a slow machine is paid for by everybody.
 */
export class Neighbourhood {
  private readonly graph: DisjunctiveGraph;
  private readonly path: CriticalPath;
  private readonly tabu: TabuMemory;
  private readonly best: MoveChoice;
  private readonly ends: Int32Array;
  /** Per machine, the place where the last insertion was looked for. */
  private readonly cursor: Int32Array;
  private readonly prices: Float64Array;
  /** What each alternative costs at present pressure, in time units. */
  private readonly charges: Int32Array;
  private iteration = 0;

  constructor(
    graph: DisjunctiveGraph,
    prices: Float64Array,
    path: CriticalPath,
    tabu: TabuMemory,
    best: MoveChoice,
  ) {
    this.graph = graph;
    this.path = path;
    this.tabu = tabu;
    this.best = best;
    this.ends = new Int32Array(graph.shop.operations);
    this.cursor = new Int32Array(graph.shop.machines);
    this.prices = prices;
    this.charges = new Int32Array(graph.shop.choiceMachine.length);
  }

  /** 0 = only the path through the move counts. */
  setPressure(pressure: number): void {
    const { choiceMachine, choiceDuration } = this.graph.shop;
    for (let choice = 0; choice < this.charges.length; choice++) {
      const price = this.prices[choiceMachine[choice] as number] as number;
      this.charges[choice] = Math.round(pressure * price * (choiceDuration[choice] as number));
    }
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
    this.cursor.fill(shop.operations);
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
    const { graph, best, cursor, charges } = this;
    const { first, next, previous } = graph;
    const { done, rest, jobBack, jobAhead } = graph.forward;
    const { choiceStart, choiceMachine, choiceDuration, operations: n } = graph.shop;
    const head = done[jobBack[x] as number] as number;
    const tail = rest[jobAhead[x] as number] as number;
    const present = graph.choice[x] as number;
    const end = choiceStart[x + 1] as number;
    for (let choice = choiceStart[x] as number; choice < end; choice++) {
      if (choice === present) continue;
      const charge = (charges[choice] as number) - (charges[present] as number);
      const length = choiceDuration[choice] as number;
      const least = length + tail + charge;
      if (head + least > best.estimate) continue;
      const machine = choiceMachine[choice] as number;
      // Operations of the path come in order of time: the last place looked at is near the next one.
      let before = cursor[machine] as number;
      while (before !== n && (done[before] as number) > head) before = previous[before] as number;
      let behind = (before === n ? first[machine] : next[before]) as number;
      while (behind !== n && (done[behind] as number) <= head) {
        before = behind;
        behind = next[behind] as number;
      }
      cursor[machine] = before;
      for (;;) {
        const from = done[before] as number;
        const to = rest[behind] as number;
        const path = Math.max(from, head) + length + Math.max(to, tail);
        if (path + charge <= best.estimate) this.offerMachine(x, choice, before, path, charge);
        if (behind === n || to <= tail || from + least > best.estimate) break;
        before = behind;
        behind = next[behind] as number;
      }
    }
  }

  private offerMachine(x: number, choice: number, after: number, path: number, charge: number): void {
    const { tabu, best, iteration } = this;
    if (tabu.prohibitsChoice(choice, iteration) && path >= best.aspiration) {
      best.offerProhibited(x, choice, after);
    } else best.offer(x, choice, after, path + charge, charge);
  }
}
