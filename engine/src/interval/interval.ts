/** Half-open span of time: it holds `startMs` and everything before `endMs`. Epoch milliseconds UTC, integers. */
export interface Interval {
  readonly startMs: number;
  readonly endMs: number;
}

/** Sorted by start, empty ones dropped, touching and overlapping ones joined: the normal form all results here have. */
export function normalize(intervals: readonly Interval[]): Interval[] {
  const sorted = intervals.filter((span) => span.endMs > span.startMs).sort((a, b) => a.startMs - b.startMs);
  const joined: Interval[] = [];
  for (const span of sorted) {
    const last = joined.at(-1);
    if (last && span.startMs <= last.endMs) {
      joined[joined.length - 1] = { startMs: last.startMs, endMs: Math.max(last.endMs, span.endMs) };
    } else {
      joined.push({ startMs: span.startMs, endMs: span.endMs });
    }
  }
  return joined;
}

/** What is in one of them or in both. */
export function union(a: readonly Interval[], b: readonly Interval[]): Interval[] {
  return normalize([...a, ...b]);
}

/** What is in both. */
export function intersect(a: readonly Interval[], b: readonly Interval[]): Interval[] {
  const left = normalize(a);
  const right = normalize(b);
  const common: Interval[] = [];
  let i = 0;
  let j = 0;
  for (;;) {
    const x = left[i];
    const y = right[j];
    if (!x || !y) return common;
    const startMs = Math.max(x.startMs, y.startMs);
    const endMs = Math.min(x.endMs, y.endMs);
    if (startMs < endMs) common.push({ startMs, endMs });
    if (x.endMs < y.endMs) i++;
    else j++;
  }
}

/** What is in `a` and not in `b`. */
export function subtract(a: readonly Interval[], b: readonly Interval[]): Interval[] {
  const holes = normalize(b);
  const rest: Interval[] = [];
  let first = 0;
  for (const span of normalize(a)) {
    while ((holes[first]?.endMs ?? Infinity) <= span.startMs) first++;
    let cursorMs = span.startMs;
    for (let i = first; ; i++) {
      const hole = holes[i];
      if (!hole || hole.startMs >= span.endMs) break;
      if (hole.startMs > cursorMs) rest.push({ startMs: cursorMs, endMs: hole.startMs });
      cursorMs = Math.max(cursorMs, hole.endMs);
    }
    if (cursorMs < span.endMs) rest.push({ startMs: cursorMs, endMs: span.endMs });
  }
  return rest;
}

/** What lies inside the bounds. */
export function clip(intervals: readonly Interval[], bounds: Interval): Interval[] {
  return intersect(intervals, [bounds]);
}

/** Milliseconds covered, each instant counted once however many intervals hold it. */
export function durationMs(intervals: readonly Interval[]): number {
  let sumMs = 0;
  for (const span of normalize(intervals)) sumMs += span.endMs - span.startMs;
  return sumMs;
}

/** Two spans share an instant. Spans that only touch do not. */
export function overlaps(a: Interval, b: Interval): boolean {
  return a.startMs < b.endMs && b.startMs < a.endMs;
}
