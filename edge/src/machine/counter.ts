/** Where a counter of a machine stood. */
export interface CounterState {
  /** Last value believed; undefined before the first. */
  raw?: number;
  /** When, epoch ms. */
  at: number;
  /** A fall or a leap that the next value must bear out. */
  pending?: { readonly raw: number; readonly at: number } | undefined;
}
export interface CounterRule {
  readonly modulus: number | undefined;
  /** Counter units a second; undefined = not known. */
  readonly maxPerS: number | undefined;
}
/** Units counted, and what was strange about them. */
export interface CounterStep {
  readonly units: number;
  readonly fault?: string;
}

/** A fall or leap that stands for so long is believed without a second value: a subscription tells only changes. */
const STANDS_MS = 5_000;
/** So much more than the rate allows is the unevenness of the clocks. */
const SLACK_S = 1;
/** Where no rate is configured: faster is a misread value until a second one bears it out. */
const LEAP_PER_S = 1_000;
/** Where no rate is configured, a counter that starts again is believed to have made at most so many since it was last seen. */
const RESTART_PER_S = 10;
/** Where no rate is configured, a fall is a wrap when so small a part of the range explains it. */
const WRAP_SHARE = 0.1;

const NOTHING: CounterStep = { units: 0 };

/**
 * A counter read now and then, as units since the value before. The first value counts nothing; one kept over a restart of
 * the agent bridges the time it was away. A single misread value counts nothing either: falls and leaps are pending until
 * the next value goes on from there rather than from before.
 */
export function stepCounter(state: CounterState, rule: CounterRule, read: number, at: number): CounterStep {
  const { modulus } = rule;
  if (modulus !== undefined && (read >= modulus || read < -modulus)) {
    return { units: 0, fault: `${read} is beyond the modulus ${modulus}` };
  }
  // A signed register that should be unsigned.
  const raw = modulus !== undefined && read < 0 ? read + modulus : read;
  if (state.raw === undefined) return believe(state, raw, at, NOTHING);
  if (raw >= state.raw && plausible(raw - state.raw, at - state.at, rule.maxPerS ?? LEAP_PER_S)) {
    const units = raw - state.raw;
    const misread = state.pending === undefined ? {} : { fault: `${state.pending.raw} was misread` };
    return believe(state, raw, at, { units, ...misread });
  }
  const { pending } = state;
  if (pending !== undefined && raw >= pending.raw) {
    const since = raw - pending.raw;
    if (plausible(since, at - pending.at, rule.maxPerS ?? LEAP_PER_S)) {
      const step = confirmed(state, rule, pending);
      return believe(state, raw, at, { ...step, units: step.units + since });
    }
  }
  state.pending = { raw, at };
  return NOTHING;
}

/** When `elapseCounter` has something to do. */
export function counterDue({ pending }: CounterState): number {
  return pending === undefined ? Number.POSITIVE_INFINITY : pending.at + STANDS_MS;
}

/** Believes what stood long enough with good quality. */
export function elapseCounter(state: CounterState, rule: CounterRule, now: number): CounterStep {
  const { pending } = state;
  if (pending === undefined || now < counterDue(state)) return NOTHING;
  return believe(state, pending.raw, pending.at, confirmed(state, rule, pending));
}

function believe(state: CounterState, raw: number, at: number, step: CounterStep): CounterStep {
  state.raw = raw;
  state.at = at;
  state.pending = undefined;
  return step;
}

/** Units from the value before to a pending one that was borne out. */
function confirmed(
  state: CounterState,
  { modulus, maxPerS }: CounterRule,
  pending: { readonly raw: number; readonly at: number },
): CounterStep {
  const before = state.raw ?? pending.raw;
  const elapsedMs = pending.at - state.at;
  if (pending.raw >= before) {
    const leap = pending.raw - before;
    // Without a configured rate a leap that stands is production.
    return maxPerS === undefined ? { units: leap } : { units: 0, fault: `a leap of ${leap} was refused` };
  }
  if (modulus !== undefined && before < modulus) {
    const wrapped = pending.raw + modulus - before;
    const explains =
      maxPerS === undefined ? wrapped <= modulus * WRAP_SHARE : plausible(wrapped, elapsedMs, maxPerS);
    if (explains) return { units: wrapped };
  }
  const again = plausible(pending.raw, elapsedMs, maxPerS ?? RESTART_PER_S);
  const from = `the counter started again at ${pending.raw}, was ${before}`;
  return again
    ? { units: Math.max(0, pending.raw), fault: from }
    : { units: 0, fault: `${from}; pieces between are not known` };
}

function plausible(units: number, elapsedMs: number, perS: number): boolean {
  return units <= perS * (Math.max(0, elapsedMs) / 1_000 + SLACK_S);
}
