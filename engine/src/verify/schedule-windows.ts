/** Half-open. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** The parts of [fromMs, toMs) inside the windows, which are sorted and disjoint; touching parts are one. */
export function inside(windows: readonly Span[], fromMs: number, toMs: number): Span[] {
  const parts: Span[] = [];
  let low = 0;
  let high = windows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const window = windows[middle];
    if (window && window.endMs <= fromMs) low = middle + 1;
    else high = middle;
  }
  for (let i = low; i < windows.length; i++) {
    const window = windows[i];
    if (!window || window.startMs >= toMs) break;
    const startMs = Math.max(window.startMs, fromMs);
    const endMs = Math.min(window.endMs, toMs);
    const last = parts.at(-1);
    if (last && last.endMs === startMs) parts[parts.length - 1] = { startMs: last.startMs, endMs };
    else if (startMs < endMs) parts.push({ startMs, endMs });
  }
  return parts;
}

/** The parts of all spans that lie inside the windows. */
export function common(spans: readonly Span[], windows: readonly Span[]): Span[] {
  return spans.flatMap((span) => inside(windows, span.startMs, span.endMs));
}

/** What of the windows is left without the holes. */
export function without(windows: readonly Span[], holes: readonly Span[]): Span[] {
  let rest = [...windows];
  for (const hole of holes) {
    rest = rest.flatMap((window) => {
      if (hole.endMs <= window.startMs || hole.startMs >= window.endMs) return [window];
      return [
        { startMs: window.startMs, endMs: hole.startMs },
        { startMs: hole.endMs, endMs: window.endMs },
      ].filter((part) => part.startMs < part.endMs);
    });
  }
  return rest;
}

export function total(spans: readonly Span[]): number {
  return spans.reduce((sum, span) => sum + span.endMs - span.startMs, 0);
}

/** The first two, by start, that share an instant. */
export function firstClash<T extends Span>(spans: readonly T[]): readonly [T, T] | undefined {
  const sorted = [...spans].sort((a, b) => a.startMs - b.startMs);
  let furthest: T | undefined;
  for (const span of sorted) {
    if (furthest && span.startMs < furthest.endMs) return [furthest, span];
    if (!furthest || span.endMs > furthest.endMs) furthest = span;
  }
  return undefined;
}
