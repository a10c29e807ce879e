import type { Interval } from '../interval/interval.ts';

// All functions here expect windows in normal form (sorted, disjoint), as `calendarWindows` gives them.

/** Working time in [fromMs, toMs). */
export function workingMs(windows: readonly Interval[], fromMs: number, toMs: number): number {
  let sumMs = 0;
  for (let i = firstEndingAfter(windows, fromMs); i < windows.length; i++) {
    const window = windows[i];
    if (!window || window.startMs >= toMs) break;
    sumMs += Math.min(window.endMs, toMs) - Math.max(window.startMs, fromMs);
  }
  return sumMs;
}

/**
 * When work that starts at `fromMs` and needs `workMs` is done; `fromMs` itself for no work, undefined when the
 * windows do not hold so much.
 */
export function advance(windows: readonly Interval[], fromMs: number, workMs: number): number | undefined {
  if (workMs <= 0) return fromMs;
  let restMs = workMs;
  for (let i = firstEndingAfter(windows, fromMs); i < windows.length; i++) {
    const window = windows[i] as Interval;
    const startMs = Math.max(window.startMs, fromMs);
    if (window.endMs - startMs >= restMs) return startMs + restMs;
    restMs -= window.endMs - startMs;
  }
  return undefined;
}

/** When work must start at the latest to be done by `untilMs`; undefined when the windows do not hold so much. */
export function retreat(windows: readonly Interval[], untilMs: number, workMs: number): number | undefined {
  if (workMs <= 0) return untilMs;
  let restMs = workMs;
  for (let i = windows.length - 1; i >= 0; i--) {
    const window = windows[i] as Interval;
    const endMs = Math.min(window.endMs, untilMs);
    if (endMs <= window.startMs) continue;
    if (endMs - window.startMs >= restMs) return endMs - restMs;
    restMs -= endMs - window.startMs;
  }
  return undefined;
}

function firstEndingAfter(windows: readonly Interval[], clockMs: number): number {
  let low = 0;
  let high = windows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((windows[middle] as Interval).endMs > clockMs) high = middle;
    else low = middle + 1;
  }
  return low;
}
