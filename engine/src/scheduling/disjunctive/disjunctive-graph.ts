import type { CompiledShop } from './shop.ts';

/** A whole solution in 2 n numbers: who does what, and one order that all chains agree with. */
export interface Selection {
  readonly makespan: number;
  /** A topological order of the graph; machine sequences are its restrictions. */
  readonly order: Int32Array;
  /** Index of the chosen alternative of each operation (into `choiceMachine`). */
  readonly choice: Int32Array;
}

/** The graph as it is seen along the arcs or against them, so that each rule is written once. */
export interface Direction {
  readonly jobBack: Int32Array;
  readonly jobAhead: Int32Array;
  readonly back: Int32Array;
  readonly ahead: Int32Array;
  /** Longest path up to each operation and including it, along this direction. */
  readonly done: Int32Array;
  /** Longest path from each operation on, including it. */
  readonly rest: Int32Array;
  readonly step: 1 | -1;
}

/**
 * The disjunctive graph of a complete selection (Roy and Sussmann 1964; Balas 1969): operations are nodes,
 * job chains and machine sequences are arcs, the longest path is the make-span. Longest paths into and out of
 * every node are kept exact: a change spreads along a topological order only as far as values change.
 *
 * Index `operations` is the neighbour "none", with done = rest = 0.
 */
export class DisjunctiveGraph {
  readonly shop: CompiledShop;
  readonly choice: Int32Array;
  readonly machine: Int32Array;
  readonly duration: Int32Array;
  /** Neighbours on the machine. */
  readonly previous: Int32Array;
  readonly next: Int32Array;
  readonly first: Int32Array;
  readonly order: Int32Array;
  readonly position: Int32Array;
  readonly forward: Direction;
  readonly backward: Direction;
  makespan = 0;

  /** A bit per position: hands out changed operations in topological order without a heap. */
  private readonly dirty: Int32Array;
  private readonly marked: Int32Array;
  private readonly moved: Int32Array;
  private readonly last: Int32Array;
  private stamp = 0;

  constructor(shop: CompiledShop) {
    const { operations: n, jobPrevious, jobNext } = shop;
    this.shop = shop;
    this.choice = new Int32Array(n);
    this.machine = new Int32Array(n + 1).fill(-1);
    this.duration = new Int32Array(n + 1);
    this.previous = new Int32Array(n + 1).fill(n);
    this.next = new Int32Array(n + 1).fill(n);
    this.first = new Int32Array(shop.machines).fill(n);
    this.last = new Int32Array(shop.machines).fill(n);
    this.order = new Int32Array(n);
    this.position = new Int32Array(n + 1);
    this.dirty = new Int32Array((n >>> 5) + 1);
    this.marked = new Int32Array(n + 1);
    this.moved = new Int32Array(n);
    const { previous, next } = this;
    const done = new Int32Array(n + 1);
    const rest = new Int32Array(n + 1);
    this.forward = {
      jobBack: jobPrevious,
      jobAhead: jobNext,
      back: previous,
      ahead: next,
      done,
      rest,
      step: 1,
    };
    this.backward = {
      jobBack: jobNext,
      jobAhead: jobPrevious,
      back: next,
      ahead: previous,
      done: rest,
      rest: done,
      step: -1,
    };
  }

  load({ order, choice }: Pick<Selection, 'order' | 'choice'>): void {
    const { first, last, previous, next } = this;
    const { choiceMachine, choiceDuration, operations: n } = this.shop;
    this.order.set(order);
    this.choice.set(choice);
    first.fill(n);
    last.fill(n);
    for (let i = 0; i < n; i++) {
      const x = order[i] as number;
      const c = choice[x] as number;
      const m = choiceMachine[c] as number;
      const before = last[m] as number;
      this.position[x] = i;
      this.machine[x] = m;
      this.duration[x] = choiceDuration[c] as number;
      previous[x] = before;
      next[x] = n;
      if (before === n) first[m] = x;
      else next[before] = x;
      last[m] = x;
    }
    this.recompute();
  }

  save(): Selection {
    return { makespan: this.makespan, order: this.order.slice(), choice: this.choice.slice() };
  }

  recompute(): void {
    const n = this.shop.operations;
    this.sweep(this.forward, 0, n);
    this.sweep(this.backward, n - 1, -1);
    this.measure();
  }

  /** Puts `x` with alternative `choice` right after `after` (none = first). False, and nothing done, if cyclic. */
  move(x: number, choice: number, after: number): boolean {
    const oldPrevious = this.previous[x] as number;
    const oldNext = this.next[x] as number;
    if (!this.relink(x, choice, after)) return false;
    this.spread(this.forward, x, oldNext);
    this.spread(this.backward, x, oldPrevious);
    this.measure();
    return true;
  }

  /** As `move`, but longest paths are left stale: for walks that `recompute` at their end. */
  relink(x: number, choice: number, after: number): boolean {
    const oldMachine = this.machine[x] as number;
    const oldPrevious = this.previous[x] as number;
    this.unlink(x);
    this.link(x, this.shop.choiceMachine[choice] as number, after);
    if (!this.reorder(x)) {
      this.unlink(x);
      this.link(x, oldMachine, oldPrevious);
      return false;
    }
    this.choice[x] = choice;
    this.duration[x] = this.shop.choiceDuration[choice] as number;
    return true;
  }

  private unlink(x: number): void {
    const n = this.shop.operations;
    const before = this.previous[x] as number;
    const after = this.next[x] as number;
    if (before === n) this.first[this.machine[x] as number] = after;
    else this.next[before] = after;
    if (after !== n) this.previous[after] = before;
  }

  private link(x: number, machine: number, before: number): void {
    const n = this.shop.operations;
    const after = (before === n ? this.first[machine] : this.next[before]) as number;
    this.machine[x] = machine;
    this.previous[x] = before;
    this.next[x] = after;
    if (before === n) this.first[machine] = x;
    else this.next[before] = x;
    if (after !== n) this.previous[after] = x;
  }

  /** Repairs the topological order around the new place of `x`; false if there is none any more. */
  private reorder(x: number): boolean {
    const { position } = this;
    const n = this.shop.operations;
    const before = this.previous[x] as number;
    const after = this.next[x] as number;
    const at = position[x] as number;
    if (before !== n && (position[before] as number) > at) return this.shift(this.forward, x, before);
    if (after !== n && (position[after] as number) < at) return this.shift(this.backward, x, after);
    return true;
  }

  /** `x`, and what follows from it, moves beyond `limit`; only the order between the two is touched. */
  private shift({ jobBack, back, step }: Direction, x: number, limit: number): boolean {
    const { order, position, marked, moved } = this;
    const stamp = ++this.stamp;
    const from = position[x] as number;
    const end = (position[limit] as number) + step;
    marked[x] = stamp;
    for (let i = from + step; i !== end; i += step) {
      const y = order[i] as number;
      if (marked[jobBack[y] as number] === stamp || marked[back[y] as number] === stamp) marked[y] = stamp;
    }
    if (marked[limit] === stamp) return false;
    let write = from;
    let count = 0;
    for (let i = from; i !== end; i += step) {
      const y = order[i] as number;
      if (marked[y] === stamp) moved[count++] = y;
      else {
        order[write] = y;
        position[y] = write;
        write += step;
      }
    }
    for (let i = 0; i < count; i++) {
      const y = moved[i] as number;
      order[write] = y;
      position[y] = write;
      write += step;
    }
    return true;
  }

  private sweep({ jobBack, back, done, step }: Direction, from: number, end: number): void {
    const { order, duration } = this;
    for (let i = from; i !== end; i += step) {
      const x = order[i] as number;
      const byJob = done[jobBack[x] as number] as number;
      const byMachine = done[back[x] as number] as number;
      done[x] = Math.max(byJob, byMachine) + (duration[x] as number);
    }
  }

  /** Brings `done` up to date after `x` left the place in front of `oldAhead`. */
  private spread(
    { jobBack, jobAhead, back, ahead, done, step }: Direction,
    x: number,
    oldAhead: number,
  ): void {
    const { order, position, duration, dirty } = this;
    const n = this.shop.operations;
    let word = (position[x] as number) >>> 5;
    let end = this.soil(x);
    if (oldAhead !== n) {
      const at = this.soil(oldAhead);
      if ((at - word) * step < 0) word = at;
      if ((at - end) * step > 0) end = at;
    }
    const newAhead = ahead[x] as number;
    if (newAhead !== n) {
      const at = this.soil(newAhead);
      if ((at - end) * step > 0) end = at;
    }
    for (; (end - word) * step >= 0; word += step) {
      for (let bits = dirty[word] as number; bits !== 0; bits = dirty[word] as number) {
        const bit = 31 - Math.clz32(step > 0 ? bits & -bits : bits);
        dirty[word] = bits ^ (1 << bit);
        const y = order[(word << 5) + bit] as number;
        const byJob = done[jobBack[y] as number] as number;
        const byMachine = done[back[y] as number] as number;
        const value = Math.max(byJob, byMachine) + (duration[y] as number);
        if (value === done[y]) continue;
        done[y] = value;
        const nextOfJob = jobAhead[y] as number;
        if (nextOfJob !== n) {
          const at = this.soil(nextOfJob);
          if ((at - end) * step > 0) end = at;
        }
        const nextOnMachine = ahead[y] as number;
        if (nextOnMachine !== n) {
          const at = this.soil(nextOnMachine);
          if ((at - end) * step > 0) end = at;
        }
      }
    }
  }

  /** Marks `x` for a look; answers the word of the bit set it stands in. */
  private soil(x: number): number {
    const at = this.position[x] as number;
    const word = at >>> 5;
    this.dirty[word] = (this.dirty[word] as number) | (1 << (at & 31));
    return word;
  }

  private measure(): void {
    const { done } = this.forward;
    const { lastOfJobs } = this.shop;
    let makespan = 0;
    for (let j = 0; j < lastOfJobs.length; j++) {
      const end = done[lastOfJobs[j] as number] as number;
      if (end > makespan) makespan = end;
    }
    this.makespan = makespan;
  }
}
