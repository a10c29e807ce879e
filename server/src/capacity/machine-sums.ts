import {
  type CapacityMachine,
  capacityBuckets,
  clip,
  type CapacityBucket as EngineBucket,
  type Interval,
  overlaps,
  subtract,
} from '@millrace/engine';
import { SLICE_MACHINES, type Slices } from './slices.ts';

/** What lays claim to the time of machines, by machine, in any order. */
export interface TakenTime {
  readonly blocked: ReadonlyMap<string, readonly Interval[]>;
  readonly reserved: ReadonlyMap<string, readonly Interval[]>;
}

/**
 * Capacity of a group of machines. A reservation is committed as long as it lies ahead and used once its time has passed,
 * unless the machine stood still then.
 *
 * Free machines of one calendar are alike and are counted once, times their number. What a claim changes lies inside the
 * working windows it touches: only these are looked at machine by machine.
 */
export async function sumMachines<M extends { readonly id: string }>(
  machines: readonly M[],
  windowsFor: (machine: M) => readonly Interval[],
  taken: TakenTime,
  buckets: readonly Interval[],
  now: number,
  slices: Slices,
): Promise<EngineBucket[]> {
  const sums = capacityBuckets([], buckets, now);
  for (const [windows, alike] of Map.groupBy(machines, windowsFor)) {
    const machinesFree = windows.map(() => alike.length);
    for (let at = 0; at < alike.length; at += SLICE_MACHINES) {
      const slice = alike.slice(at, at + SLICE_MACHINES);
      const claimed = slice.flatMap(({ id }) => claimedPart(id, windows, machinesFree, taken, now));
      if (claimed.length > 0) add(sums, capacityBuckets(claimed, buckets, now), 1);
      await slices.spend(slice.length);
    }
    // Windows that are free on equally many machines are summed together.
    for (const [count, together] of Map.groupBy(windows, (_, i) => machinesFree[i] ?? 0)) {
      if (count > 0) add(sums, capacityBuckets([free(together)], buckets, now), count);
    }
  }
  return sums;
}

const free = (windows: readonly Interval[]): CapacityMachine => ({
  windows,
  unattainable: [],
  committed: [],
  used: [],
});

/**
 * The machine in the windows that a claim shares an instant with, which are taken off the free ones; nothing when there is
 * no such.
 */
function claimedPart(
  machineId: string,
  windows: readonly Interval[],
  machinesFree: number[],
  { blocked, reserved }: TakenTime,
  now: number,
): CapacityMachine[] {
  const standing = blocked.get(machineId) ?? NONE;
  const working = reserved.get(machineId) ?? NONE;
  if (standing.length + working.length === 0) return [];
  const claimed = windows.filter((window, i) => {
    if (
      !standing.some((claim) => overlaps(claim, window)) &&
      !working.some((claim) => overlaps(claim, window))
    )
      return false;
    machinesFree[i] = (machinesFree[i] ?? 0) - 1;
    return true;
  });
  if (claimed.length === 0) return [];
  const allAhead = working.every(({ startMs }) => startMs >= now);
  return [
    {
      windows: claimed,
      unattainable: standing,
      committed: allAhead ? working : clip(working, { startMs: now, endMs: Number.POSITIVE_INFINITY }),
      used: allAhead
        ? NONE
        : subtract(clip(working, { startMs: Number.NEGATIVE_INFINITY, endMs: now }), standing),
    },
  ];
}
const NONE: readonly Interval[] = [];

const PARTS = ['totalMs', 'usedMs', 'committedMs', 'unattainableMs', 'availableMs', 'endangeredMs'] as const;

function add(sums: EngineBucket[], more: readonly EngineBucket[], times: number): void {
  sums.forEach((sum, i) => {
    const parts = { ...sum } as { -readonly [K in keyof EngineBucket]: number };
    for (const part of PARTS) parts[part] += (more[i]?.[part] ?? 0) * times;
    sums[i] = parts;
  });
}
