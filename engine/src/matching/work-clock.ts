import { type Interval, normalize } from '../interval/interval.ts';

/**
 * A calendar as a second time axis that runs only inside the windows. On it a sub-lot is one contiguous
 * interval however many nights it spans, so that searching a gap needs no calendar at all.
 */
export class WorkClock {
  private readonly starts: Float64Array;
  private readonly ends: Float64Array;
  /** Working time before each window. */
  private readonly before: Float64Array;
  /** Working time of the whole horizon. */
  readonly totalMs: number;

  constructor(windows: readonly Interval[], bounds: Interval) {
    const spans: Interval[] = [];
    for (const span of normalize(windows)) {
      const startMs = Math.max(span.startMs, bounds.startMs);
      const endMs = Math.min(span.endMs, bounds.endMs);
      if (startMs < endMs) spans.push({ startMs, endMs });
    }
    this.starts = Float64Array.from(spans, (span) => span.startMs);
    this.ends = Float64Array.from(spans, (span) => span.endMs);
    this.before = new Float64Array(spans.length);
    let sumMs = 0;
    for (let i = 0; i < spans.length; i++) {
      this.before[i] = sumMs;
      sumMs += (this.ends[i] ?? 0) - (this.starts[i] ?? 0);
    }
    this.totalMs = sumMs;
  }

  /** Working time that has passed at a clock time. */
  toWork(clockMs: number): number {
    const i = lastAtOrBelow(this.starts, clockMs);
    if (i < 0) return 0;
    const start = this.starts[i] as number;
    return (this.before[i] as number) + Math.min(clockMs, this.ends[i] as number) - start;
  }

  /** Clock time at which work that starts at `workMs` starts: after the pause, if there is one. `workMs` < totalMs. */
  startClock(workMs: number): number {
    const i = lastAtOrBelow(this.before, workMs);
    if (i < 0) return Number.POSITIVE_INFINITY;
    return (this.starts[i] as number) + workMs - (this.before[i] as number);
  }

  /** Clock time at which work that ends at `workMs` ends: before the pause. 0 < `workMs` ≤ totalMs. */
  endClock(workMs: number): number {
    const i = lastBelow(this.before, workMs);
    if (i < 0) return Number.POSITIVE_INFINITY;
    return (this.starts[i] as number) + workMs - (this.before[i] as number);
  }
}

/** Index of the last value ≤ x, or −1. */
function lastAtOrBelow(sorted: Float64Array, x: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) <= x) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Index of the last value < x, or −1. */
function lastBelow(sorted: Float64Array, x: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < x) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
