import type { Interval } from '../../interval/interval.ts';

/** All calendars of a shop in flat arrays; instants are relative to the snapshot's now. */
export class WorkCalendars {
  /** By calendar: its windows are [first[c], first[c + 1]). */
  private readonly first: Int32Array;
  private readonly starts: Float64Array;
  private readonly ends: Float64Array;
  /** Working time of the same calendar before the window. */
  private readonly before: Float64Array;
  /** By calendar. */
  private readonly longest: Float64Array;
  private readonly densities: Float64Array;
  /** Second answers of `fit` and `latest`: fields instead of an object, because they run millions of times. */
  beginMs = 0;
  finishMs = 0;

  constructor(calendars: readonly (readonly Interval[])[]) {
    const count = calendars.reduce((sum, windows) => sum + windows.length, 0);
    this.first = new Int32Array(calendars.length + 1);
    this.starts = new Float64Array(count);
    this.ends = new Float64Array(count);
    this.before = new Float64Array(count);
    let at = 0;
    calendars.forEach((windows, calendar) => {
      this.first[calendar] = at;
      let sumMs = 0;
      for (const window of windows) {
        this.starts[at] = window.startMs;
        this.ends[at] = window.endMs;
        this.before[at] = sumMs;
        sumMs += window.endMs - window.startMs;
        at++;
      }
    });
    this.first[calendars.length] = at;
    this.longest = Float64Array.from(calendars, (windows) =>
      windows.reduce((longest, window) => Math.max(longest, window.endMs - window.startMs), 0),
    );
    this.densities = Float64Array.from(calendars, (windows) => {
      const workedMs = windows.reduce((sum, window) => sum + window.endMs - window.startMs, 0);
      return workedMs > 0 ? workedMs / (windows.at(-1)?.endMs ?? workedMs) : 1;
    });
  }

  /**
   * Earliest end of `workMs` > 0 that starts at or after `fromMs`, Infinity when the calendar does not hold it;
   * `beginMs` is its first working instant. `whole` work lies in one window.
   */
  fit(calendar: number, fromMs: number, workMs: number, whole: boolean): number {
    const { starts, ends, before } = this;
    const after = this.first[calendar + 1] as number;
    let i = this.firstEndingAfter(calendar, fromMs);
    if (i >= after) return Number.POSITIVE_INFINITY;
    let begin = Math.max(fromMs, starts[i] as number);
    if (whole) {
      while ((ends[i] as number) - begin < workMs) {
        i++;
        if (i >= after) return Number.POSITIVE_INFINITY;
        begin = starts[i] as number;
      }
      this.beginMs = begin;
      return begin + workMs;
    }
    this.beginMs = begin;
    const target = (before[i] as number) + begin - (starts[i] as number) + workMs;
    while ((before[i] as number) + (ends[i] as number) - (starts[i] as number) < target) {
      i++;
      if (i >= after) return Number.POSITIVE_INFINITY;
    }
    return (starts[i] as number) + target - (before[i] as number);
  }

  /** Latest begin of `workMs` > 0 that ends by `untilMs`, −Infinity when there is none; `finishMs` is its end. */
  latest(calendar: number, untilMs: number, workMs: number, whole: boolean): number {
    const { starts, ends, before } = this;
    const first = this.first[calendar] as number;
    let i = this.firstEndingAfter(calendar, untilMs);
    if (i >= (this.first[calendar + 1] as number) || (starts[i] as number) >= untilMs) i--;
    if (i < first) return Number.NEGATIVE_INFINITY;
    let finish = Math.min(untilMs, ends[i] as number);
    if (whole) {
      while (finish - (starts[i] as number) < workMs) {
        i--;
        if (i < first) return Number.NEGATIVE_INFINITY;
        finish = ends[i] as number;
      }
      this.finishMs = finish;
      return finish - workMs;
    }
    this.finishMs = finish;
    const target = (before[i] as number) + finish - (starts[i] as number) - workMs;
    if (target < 0) return Number.NEGATIVE_INFINITY;
    while ((before[i] as number) > target) i--;
    return (starts[i] as number) + target - (before[i] as number);
  }

  /** First working instant at or after `fromMs`; Infinity when there is none. */
  nextWorking(calendar: number, fromMs: number): number {
    const i = this.firstEndingAfter(calendar, fromMs);
    if (i >= (this.first[calendar + 1] as number)) return Number.POSITIVE_INFINITY;
    return Math.max(fromMs, this.starts[i] as number);
  }

  /** Length of the longest window, 0 without any. */
  longestWindowMs(calendar: number): number {
    return this.longest[calendar] as number;
  }

  /** Working time per time on the clock, from now to the end of the last window; 1 for an empty calendar. */
  density(calendar: number): number {
    return this.densities[calendar] as number;
  }

  /** Pushes the working intervals within [fromMs, toMs), shifted by `originMs`. */
  collect(calendar: number, fromMs: number, toMs: number, originMs: number, into: Interval[]): void {
    for (let i = this.firstEndingAfter(calendar, fromMs); i < (this.first[calendar + 1] as number); i++) {
      const start = Math.max(fromMs, this.starts[i] as number);
      const end = Math.min(toMs, this.ends[i] as number);
      if (start >= end) return;
      into.push({ startMs: originMs + start, endMs: originMs + end });
    }
  }

  private firstEndingAfter(calendar: number, clockMs: number): number {
    const ends = this.ends;
    let low = this.first[calendar] as number;
    let high = this.first[calendar + 1] as number;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ends[middle] as number) > clockMs) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
