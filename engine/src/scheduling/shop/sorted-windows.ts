import type { Interval } from '../../interval/interval.ts';

// One pass each over windows that are already sorted and disjoint: a shop crosses hundreds of calendars of a year.

/** Relative to now, what is past left out. */
export function fromNow(windows: readonly Interval[], nowMs: number): Interval[] {
  const rest: Interval[] = [];
  for (const window of windows) {
    if (window.endMs <= nowMs) continue;
    rest.push({ startMs: Math.max(0, window.startMs - nowMs), endMs: window.endMs - nowMs });
  }
  return rest;
}

/** What is in both. */
export function common(a: readonly Interval[], b: readonly Interval[]): Interval[] {
  const both: Interval[] = [];
  let j = 0;
  for (const window of a) {
    while ((b[j]?.endMs ?? Number.POSITIVE_INFINITY) <= window.startMs) j++;
    for (let k = j; k < b.length; k++) {
      const other = b[k] as Interval;
      if (other.startMs >= window.endMs) break;
      both.push({
        startMs: Math.max(window.startMs, other.startMs),
        endMs: Math.min(window.endMs, other.endMs),
      });
    }
  }
  return both;
}

/** What is in the windows and not in the holes. */
export function without(windows: readonly Interval[], holes: readonly Interval[]): readonly Interval[] {
  if (holes.length === 0) return windows;
  const rest: Interval[] = [];
  for (const window of windows) {
    let fromMs = window.startMs;
    for (const hole of holes) {
      if (hole.endMs <= fromMs || hole.startMs >= window.endMs) continue;
      if (hole.startMs > fromMs) rest.push({ startMs: fromMs, endMs: hole.startMs });
      fromMs = hole.endMs;
    }
    if (fromMs < window.endMs) rest.push({ startMs: fromMs, endMs: window.endMs });
  }
  return rest;
}
