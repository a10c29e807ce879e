import type { DisjunctiveGraph } from './disjunctive-graph.ts';

/** 65,536 places for the few hundred prohibitions that are alive at a time: a false one is rare and harmless. */
const SLOT_BITS = 16;

/**
 * What must not come back for a while: an order of two operations, or an operation on the machine it left.
 * Entries are iterations, hashed into one small table that stays in the cache whatever the size of the shop.
 */
export class TabuMemory {
  private readonly until = new Int32Array(1 << SLOT_BITS);

  clear(): void {
    this.until.fill(0);
  }

  /** Is `first` before `second` prohibited? */
  prohibitsOrder(first: number, second: number, iteration: number): boolean {
    return (this.until[orderSlot(first, second)] as number) >= iteration;
  }

  prohibitsChoice(choice: number, iteration: number): boolean {
    return (this.until[choiceSlot(choice)] as number) >= iteration;
  }

  /** To be called before the move: prohibits until `iteration` what it is about to give up. */
  remember(graph: DisjunctiveGraph, x: number, choice: number, after: number, iteration: number): void {
    const { until } = this;
    const n = graph.shop.operations;
    if (choice !== graph.choice[x]) {
      until[choiceSlot(graph.choice[x] as number)] = iteration;
      return;
    }
    const { previous, next, position } = graph;
    if (after !== n && (position[after] as number) > (position[x] as number)) {
      for (let y = x; y !== after; ) {
        y = next[y] as number;
        until[orderSlot(x, y)] = iteration;
      }
    } else {
      for (let y = previous[x] as number; y !== after; y = previous[y] as number) {
        until[orderSlot(y, x)] = iteration;
      }
    }
  }
}

function orderSlot(first: number, second: number): number {
  return Math.imul(Math.imul(first, 0x9e3779b1) + second, 0x85ebca6b) >>> (32 - SLOT_BITS);
}

function choiceSlot(choice: number): number {
  return Math.imul(choice + 0x5bd1e995, 0xc2b2ae35) >>> (32 - SLOT_BITS);
}
