import type { Random } from '../../sample/seeded-random.ts';
import type { Selection } from './disjunctive-graph.ts';
import type { CompiledShop } from './shop.ts';

/**
 * An active schedule after Giffler and Thompson (1960): of the operations that are next in their jobs, the one
 * that could end first names the machine; among those that compete there before that end, the job with most
 * work remaining goes first, or with `random` any one.
 */
export function dispatch(shop: CompiledShop, random?: Random): Pick<Selection, 'order' | 'choice'> {
  const { operations: n, jobNext, jobPrevious, choiceMachine, choiceDuration } = shop;
  const order = new Int32Array(n);
  const choice = new Int32Array(n);
  const remaining = workRemaining(shop);
  const free = new Float64Array(shop.machines);
  const ready = new Float64Array(n + 1);
  const open: number[] = [];
  for (let x = 0; x < n; x++) if (jobPrevious[x] === n) open.push(x);
  const preferred = new Int32Array(n);
  const ends = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let soonest = -1;
    for (const x of open) {
      const c = quickest(shop, x, ready[x] as number, free);
      preferred[x] = c;
      const start = Math.max(ready[x] as number, free[choiceMachine[c] as number] as number);
      ends[x] = start + (choiceDuration[c] as number);
      if (soonest < 0 || (ends[x] as number) < (ends[soonest] as number)) soonest = x;
    }
    const machine = choiceMachine[preferred[soonest] as number] as number;
    const limit = ends[soonest] as number;
    let picked = soonest;
    let best = -1;
    for (const x of open) {
      const c = preferred[x] as number;
      if (choiceMachine[c] !== machine) continue;
      if ((ends[x] as number) - (choiceDuration[c] as number) >= limit && x !== soonest) continue;
      const priority = random ? random.next() : (remaining[x] as number);
      if (priority > best) {
        best = priority;
        picked = x;
      }
    }
    order[i] = picked;
    choice[picked] = preferred[picked] as number;
    free[machine] = ends[picked] as number;
    const next = jobNext[picked] as number;
    ready[next] = ends[picked] as number;
    const at = open.indexOf(picked);
    if (next !== n) open[at] = next;
    else open.splice(at, 1);
  }
  return { order, choice };
}

/** The alternative that would end first. */
function quickest(shop: CompiledShop, x: number, ready: number, free: Float64Array): number {
  const { choiceStart, choiceMachine, choiceDuration } = shop;
  let best = choiceStart[x] as number;
  let bestEnd = Number.POSITIVE_INFINITY;
  for (let c = best; c < (choiceStart[x + 1] as number); c++) {
    const end = Math.max(ready, free[choiceMachine[c] as number] as number) + (choiceDuration[c] as number);
    if (end < bestEnd) {
      bestEnd = end;
      best = c;
    }
  }
  return best;
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
