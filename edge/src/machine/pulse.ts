/** Where a pulse input stood. */
export interface PulseState {
  /** Debounced level; undefined before the first sample. */
  level?: boolean;
  /** Another level since, which is not believed before it stood for the debounce time. */
  next?: { readonly level: boolean; readonly at: number } | undefined;
  /** Pieces that may come at once, against `maxPerS`. */
  credit: number;
  creditAt: number;
}
export interface PulseRule {
  readonly debounceMs: number;
  /** Pulses a second; undefined = any. */
  readonly maxPerS: number | undefined;
}
/** Pulses counted, when the last began, and how many were refused as too fast. */
export interface PulseStep {
  readonly units: number;
  readonly at: number;
  readonly refused: number;
}

/** An input that changes level; each rising edge that stands counts one. The first level counts nothing. */
export function stepPulse(state: PulseState, rule: PulseRule, level: boolean, at: number): PulseStep {
  const before = elapsePulse(state, rule, at);
  if (state.level === undefined) {
    state.level = level;
    return before;
  }
  if (level === state.level) {
    state.next = undefined;
    return before;
  }
  // A clock that was set back must not keep a level waiting.
  if (state.next === undefined || at < state.next.at) state.next = { level, at };
  const after = rule.debounceMs === 0 ? elapsePulse(state, rule, at) : undefined;
  return after === undefined ? before : sum(before, after);
}

/** When `elapsePulse` has something to do. */
export function pulseDue({ next }: PulseState, { debounceMs }: PulseRule): number {
  return next === undefined ? Number.POSITIVE_INFINITY : next.at + debounceMs;
}

/** Believes a level that stood long enough. */
export function elapsePulse(state: PulseState, rule: PulseRule, now: number): PulseStep {
  const { next } = state;
  if (next === undefined || now < pulseDue(state, rule)) return { units: 0, at: now, refused: 0 };
  state.level = next.level;
  state.next = undefined;
  if (!next.level) return { units: 0, at: next.at, refused: 0 };
  return mayCount(state, rule, next.at)
    ? { units: 1, at: next.at, refused: 0 }
    : { units: 0, at: next.at, refused: 1 };
}

/** A second's worth may come at once; over any longer time the rate holds. */
function mayCount(state: PulseState, { maxPerS }: PulseRule, at: number): boolean {
  if (maxPerS === undefined) return true;
  const full = Math.max(1, maxPerS);
  state.credit = Math.min(full, state.credit + (Math.max(0, at - state.creditAt) / 1_000) * maxPerS);
  state.creditAt = at;
  if (state.credit < 1) return false;
  state.credit--;
  return true;
}

const sum = (a: PulseStep, b: PulseStep): PulseStep => ({
  units: a.units + b.units,
  at: b.at,
  refused: a.refused + b.refused,
});
