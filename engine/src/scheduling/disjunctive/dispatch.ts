import type { Random } from '../../sample/seeded-random.ts';
import type { Selection } from './disjunctive-graph.ts';
import type { CompiledShop } from './shop.ts';

export interface DispatchRule {
  /** What an hour of each machine is worth, and how much that counts beside an early end. */
  readonly prices: Float64Array;
  readonly pressure: number;
  /** Draws among the competitors; without it most work remaining goes first. */
  readonly random?: Random;
}

/**
 * An active schedule after Giffler and Thompson (1960): of the operations that are next in their jobs, the one
 * that could end first names the machine; one of those that compete there before that end goes first.
 */
export function dispatch(shop: CompiledShop, rule: DispatchRule): Pick<Selection, 'order' | 'choice'> {
  return new Dispatcher(shop, rule).run();
}

class Dispatcher {
  private readonly shop: CompiledShop;
  private readonly rule: DispatchRule;
  private readonly free: Float64Array;
  private readonly ready: Float64Array;
  private readonly remaining: Float64Array;
  /** Alternative that each open operation would take, and its end there. */
  private readonly preferred: Int32Array;
  private readonly ends: Float64Array;
  private readonly open: number[] = [];

  constructor(shop: CompiledShop, rule: DispatchRule) {
    const { operations: n } = shop;
    this.shop = shop;
    this.rule = rule;
    this.free = new Float64Array(shop.machines);
    this.ready = new Float64Array(n + 1);
    this.remaining = workRemaining(shop);
    this.preferred = new Int32Array(n);
    this.ends = new Float64Array(n);
  }

  run(): Pick<Selection, 'order' | 'choice'> {
    const { operations: n, jobNext, jobPrevious, choiceMachine } = this.shop;
    const { open, preferred, ends } = this;
    const order = new Int32Array(n);
    for (let x = 0; x < n; x++) {
      if (jobPrevious[x] !== n) continue;
      open.push(x);
      this.prefer(x);
    }
    for (let i = 0; i < n; i++) {
      const picked = this.pick();
      const machine = choiceMachine[preferred[picked] as number] as number;
      order[i] = picked;
      this.free[machine] = ends[picked] as number;
      const next = jobNext[picked] as number;
      const at = open.indexOf(picked);
      if (next === n) open.splice(at, 1);
      else {
        this.ready[next] = ends[picked] as number;
        open[at] = next;
        this.prefer(next);
      }
      // Only who wanted this machine can want another one now: it became later, no other did.
      for (const x of open) if (choiceMachine[preferred[x] as number] === machine) this.prefer(x);
    }
    return { order, choice: preferred };
  }

  private pick(): number {
    const { open, preferred, ends, remaining } = this;
    const { choiceMachine, choiceDuration } = this.shop;
    const { random } = this.rule;
    let picked = open[0] as number;
    for (const x of open) if ((ends[x] as number) < (ends[picked] as number)) picked = x;
    const machine = choiceMachine[preferred[picked] as number] as number;
    const limit = ends[picked] as number;
    let best = -1;
    for (const x of open) {
      const choice = preferred[x] as number;
      if (choiceMachine[choice] !== machine) continue;
      if ((ends[x] as number) - (choiceDuration[choice] as number) >= limit) continue;
      const priority = random ? random.next() : (remaining[x] as number);
      if (priority > best) {
        best = priority;
        picked = x;
      }
    }
    return picked;
  }

  private prefer(x: number): void {
    const { choiceStart, choiceMachine, choiceDuration } = this.shop;
    const { prices, pressure } = this.rule;
    const { free } = this;
    const ready = this.ready[x] as number;
    const limit = choiceStart[x + 1] as number;
    let least = Number.POSITIVE_INFINITY;
    for (let c = choiceStart[x] as number; c < limit; c++) {
      const machine = choiceMachine[c] as number;
      const duration = choiceDuration[c] as number;
      const end = Math.max(ready, free[machine] as number) + duration;
      const cost = end + pressure * (prices[machine] as number) * duration;
      if (cost >= least) continue;
      least = cost;
      this.preferred[x] = c;
      this.ends[x] = end;
    }
  }
}

/** Shortest work of each operation and of those behind it in its job. */
function workRemaining({ operations: n, jobNext, choiceStart, choiceDuration }: CompiledShop): Float64Array {
  const remaining = new Float64Array(n + 1);
  for (let x = n - 1; x >= 0; x--) {
    let shortest = Number.POSITIVE_INFINITY;
    for (let c = choiceStart[x] as number; c < (choiceStart[x + 1] as number); c++) {
      shortest = Math.min(shortest, choiceDuration[c] as number);
    }
    remaining[x] = shortest + (remaining[jobNext[x] as number] as number);
  }
  return remaining;
}
