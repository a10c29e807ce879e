import { preemptiveBound } from './preemptive-bound.ts';
import type { CompiledShop } from './shop.ts';

/** Thresholds of heads and of tails tried for a set of machines; more cost more than they find. */
const THRESHOLDS = 16;
/** Sets of several machines tried, those with most work first: a shop can have one per operation. */
const SETS = 32;

/**
 * No schedule is shorter than this. With heads and tails along the job chains at shortest durations:
 * - the longest job;
 * - each machine alone, preemptively, with the operations that only it can do (Jackson 1955, Carlier 1982);
 * - sets S of machines that appear as the alternatives of an operation, and all machines: for the
 *   operations that only S can do and whose head is ≥ h and tail ≥ q, h + ⌈Σ p / |S|⌉ + q.
 */
export function lowerBound(shop: CompiledShop): number {
  const { head, shortest, tail } = chains(shop);
  let bound = 0;
  for (let x = 0; x < shop.operations; x++) {
    bound = Math.max(bound, (head[x] as number) + (shortest[x] as number) + (tail[x] as number));
  }
  for (const { machines, operations } of machineSets(shop)) {
    const found =
      machines === 1
        ? preemptiveBound(operations, head, shortest, tail)
        : sharedBound(operations, machines, head, shortest, tail);
    bound = Math.max(bound, found);
  }
  return bound;
}

function chains({ operations: n, jobPrevious, jobNext, choiceStart, choiceDuration }: CompiledShop) {
  const shortest = new Int32Array(n + 1);
  const head = new Int32Array(n + 1);
  const tail = new Int32Array(n + 1);
  for (let x = 0; x < n; x++) {
    let least = choiceDuration[choiceStart[x] as number] as number;
    for (let c = choiceStart[x] as number; c < (choiceStart[x + 1] as number); c++) {
      least = Math.min(least, choiceDuration[c] as number);
    }
    shortest[x] = least;
    const before = jobPrevious[x] as number;
    if (before !== n) head[x] = (head[before] as number) + (shortest[before] as number);
  }
  for (let x = n - 1; x >= 0; x--) {
    const behind = jobNext[x] as number;
    if (behind !== n) tail[x] = (tail[behind] as number) + (shortest[behind] as number);
  }
  return { head, shortest, tail };
}

interface MachineSet {
  readonly machines: number;
  /** All operations that no machine outside the set can do. */
  readonly operations: readonly number[];
}

function machineSets(shop: CompiledShop): MachineSet[] {
  const { operations: n, machines, choiceStart, choiceMachine } = shop;
  const own = new Map<string, { set: ReadonlySet<number>; operations: number[] }>();
  for (let x = 0; x < n; x++) {
    const set = choiceMachine.slice(choiceStart[x], choiceStart[x + 1]).sort();
    const entry = own.get(set.join());
    if (entry) entry.operations.push(x);
    else own.set(set.join(), { set: new Set(set), operations: [x] });
  }
  const groups = [...own.values()];
  const shared = groups
    .filter(({ set }) => set.size > 1)
    .sort((a, b) => b.operations.length - a.operations.length);
  const chosen = [...groups.filter(({ set }) => set.size === 1), ...shared.slice(0, SETS)];
  const sets: MachineSet[] = chosen.map(({ set }) => ({
    machines: set.size,
    operations: (set.size === 1 ? groups.filter((group) => group.set === set) : groups)
      .filter((group) => group.set.size <= set.size && [...group.set].every((machine) => set.has(machine)))
      .flatMap((group) => group.operations),
  }));
  const used = new Set(choiceMachine).size;
  if (used > 0 && used <= machines) {
    sets.push({ machines: used, operations: groups.flatMap((group) => group.operations) });
  }
  return sets;
}

function sharedBound(
  operations: readonly number[],
  machines: number,
  head: Int32Array,
  shortest: Int32Array,
  tail: Int32Array,
): number {
  const tails = thresholds(operations, tail);
  let bound = 0;
  for (const h of thresholds(operations, head)) {
    const late = operations.filter((x) => (head[x] as number) >= h);
    for (const q of tails) {
      let work = 0;
      for (const x of late) if ((tail[x] as number) >= q) work += shortest[x] as number;
      if (work > 0) bound = Math.max(bound, h + Math.ceil(work / machines) + q);
    }
  }
  return bound;
}

/** The smallest value and up to 16 spread evenly over the sorted rest. */
function thresholds(operations: readonly number[], values: Int32Array): number[] {
  const sorted = [...new Set(operations.map((x) => values[x] as number))].sort((a, b) => a - b);
  const stride = Math.max(1, Math.ceil(sorted.length / THRESHOLDS));
  return sorted.filter((_, index) => index % stride === 0);
}
