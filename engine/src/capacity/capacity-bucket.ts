import { type Interval, intersect, normalize, subtract } from '../interval/interval.ts';

/** One machine as capacity arithmetic sees it. Intervals may overlap each other; each instant gets one class. */
export interface CapacityMachine {
  /** Calendar windows. */
  readonly windows: readonly Interval[];
  /** Breakdown, maintenance, missing material. */
  readonly unattainable: readonly Interval[];
  /** Reserved, running or accepted work, pauses included. */
  readonly committed: readonly Interval[];
  /** What has really been worked on orders; only the past has such. */
  readonly used: readonly Interval[];
}

/** B2MML capacity words, milliseconds of machine time; total = used + committed + unattainable + available. */
export interface CapacityBucket extends Interval {
  readonly totalMs: number;
  readonly usedMs: number;
  readonly committedMs: number;
  readonly unattainableMs: number;
  /** What can still be sold. */
  readonly availableMs: number;
  /** Committed work that lies where the machine cannot work: to be planned again. Part of `unattainableMs`. */
  readonly endangeredMs: number;
}

/**
 * A machine group's capacity in each bucket. Every working instant of a machine is used, else unattainable, else
 * committed, else (if not yet past) available; what is past and unused is unattainable, because nobody can sell it.
 */
export function capacityBuckets(
  machines: readonly CapacityMachine[],
  buckets: readonly Interval[],
  nowMs: number,
): CapacityBucket[] {
  const past: Interval = { startMs: Number.NEGATIVE_INFINITY, endMs: nowMs };
  const classes = machines.map((machine) => {
    const total = normalize(machine.windows);
    const used = intersect(total, machine.used);
    const broken = subtract(intersect(total, machine.unattainable), used);
    const committed = subtract(subtract(intersect(total, machine.committed), used), broken);
    const free = subtract(subtract(subtract(total, used), broken), committed);
    const expired = intersect(free, [past]);
    return {
      total,
      used,
      unattainable: [...broken, ...expired],
      committed,
      available: subtract(free, [past]),
      endangered: intersect(broken, machine.committed),
    };
  });
  const sumOf = (pick: (of: (typeof classes)[number]) => readonly Interval[]): Float64Array => {
    const sums = new Float64Array(buckets.length);
    for (const of of classes) addByBucket(sums, normalize(pick(of)), buckets);
    return sums;
  };
  const total = sumOf((of) => of.total);
  const used = sumOf((of) => of.used);
  const committed = sumOf((of) => of.committed);
  const unattainable = sumOf((of) => of.unattainable);
  const available = sumOf((of) => of.available);
  const endangered = sumOf((of) => of.endangered);
  return buckets.map(({ startMs, endMs }, i) => ({
    startMs,
    endMs,
    totalMs: total[i] ?? 0,
    usedMs: used[i] ?? 0,
    committedMs: committed[i] ?? 0,
    unattainableMs: unattainable[i] ?? 0,
    availableMs: available[i] ?? 0,
    endangeredMs: endangered[i] ?? 0,
  }));
}

/** `spans` in normal form; buckets may overlap each other or leave gaps. */
function addByBucket(sums: Float64Array, spans: readonly Interval[], buckets: readonly Interval[]): void {
  buckets.forEach((bucket, i) => {
    let low = 0;
    let high = spans.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((spans[middle]?.endMs ?? 0) > bucket.startMs) high = middle;
      else low = middle + 1;
    }
    for (let at = low; at < spans.length; at++) {
      const span = spans[at];
      if (!span || span.startMs >= bucket.endMs) break;
      sums[i] = (sums[i] ?? 0) + Math.min(span.endMs, bucket.endMs) - Math.max(span.startMs, bucket.startMs);
    }
  });
}

/** Whole pieces that fit into machine time at a rate. */
export function piecesIn(machineMs: number, piecesPerHour: number): number {
  return Math.max(0, Math.floor((machineMs / 3_600_000) * piecesPerHour + 1e-9));
}
