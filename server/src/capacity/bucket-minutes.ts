import type { CapacityBucket } from '@millrace/contract';
import type { CapacityBucket as EngineBucket } from '@millrace/engine';

const MINUTE_MS = 60_000;
const PARTS = ['usedMs', 'committedMs', 'unattainableMs', 'availableMs'] as const;

/**
 * Milliseconds to whole minutes so that the parts still add up to the total: each part is cut, and the minutes that
 * are missing go to those that lost most. Never an availability that is not there: it is the last to be rounded up.
 */
export function toMinutes(bucket: EngineBucket, day: string): CapacityBucket {
  const totalMin = Math.floor(bucket.totalMs / MINUTE_MS);
  const minutes = PARTS.map((part) => Math.floor(bucket[part] / MINUTE_MS));
  const losses = PARTS.map((part, index) => ({ index, lostMs: bucket[part] % MINUTE_MS })).sort(
    (a, b) => b.lostMs - a.lostMs || a.index - b.index,
  );
  let missing = totalMin - minutes.reduce((sum, value) => sum + value, 0);
  for (const { index } of losses) {
    if (missing <= 0) break;
    minutes[index] = (minutes[index] ?? 0) + 1;
    missing--;
  }
  const [usedMin = 0, committedMin = 0, unattainableMin = 0, availableMin = 0] = minutes;
  return {
    from: bucket.startMs,
    to: bucket.endMs,
    day,
    totalMin,
    usedMin,
    committedMin,
    unattainableMin,
    availableMin,
  };
}

/** One bucket per local day over sites in different zones: from the earliest midnight to the latest. */
export function sumByDay(buckets: Iterable<CapacityBucket>): CapacityBucket[] {
  const days = new Map<string, CapacityBucket>();
  for (const bucket of buckets) {
    const sum = days.get(bucket.day);
    days.set(bucket.day, sum ? plus(sum, bucket) : bucket);
  }
  return [...days.values()].sort((a, b) => (a.day < b.day ? -1 : 1));
}

function plus(a: CapacityBucket, b: CapacityBucket): CapacityBucket {
  return {
    from: Math.min(a.from, b.from),
    to: Math.max(a.to, b.to),
    day: a.day,
    totalMin: a.totalMin + b.totalMin,
    usedMin: a.usedMin + b.usedMin,
    committedMin: a.committedMin + b.committedMin,
    unattainableMin: a.unattainableMin + b.unattainableMin,
    availableMin: a.availableMin + b.availableMin,
  };
}
