/** Where a counter of a machine stood. */
export interface CounterState {
  /** Last value believed; undefined before the first. */
  raw?: number;
  /** When, epoch ms. */
  at: number;
  /** The same by the source's clock, of which only differences are believed. */
  sourceAt?: number | undefined;
  /** A fall or a leap that the next value must bear out. */
  pending?: Stand | undefined;
  /** Time in which nothing was heard and which the pieces since then have not used up, ms; values may come of it until then. */
  unheard?: { readonly ms: number; readonly until: number } | undefined;
}
/** A value of the counter. */
export interface CounterRead {
  readonly value: number;
  /** When it is taken to be true, epoch ms: never before the one before. */
  readonly at: number;
  /** As the source says; another clock perhaps, or the time of arrival. */
  readonly sourceAt: number;
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
/** After a silence so long a queue may hand over at once what was made one after the other; for so long its values are taken as such. */
const SILENCE_MS = 10_000;
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
export function stepCounter(state: CounterState, rule: CounterRule, read: CounterRead): CounterStep {
  const { modulus, maxPerS = LEAP_PER_S } = rule;
  const { value } = read;
  if (modulus !== undefined && (value >= modulus || value < -modulus)) {
    return { units: 0, fault: `${value} is beyond the modulus ${modulus}` };
  }
  const { at, sourceAt } = read;
  // A signed register that should be unsigned.
  const now = { raw: modulus !== undefined && value < 0 ? value + modulus : value, at, sourceAt };
  if (state.raw === undefined) return believe(state, rule, now, NOTHING);
  const units = now.raw - state.raw;
  if (units >= 0 && plausible(units, elapsedMs(state, now) + unheardMs(state, at), maxPerS)) {
    const misread = state.pending === undefined ? {} : { fault: `${state.pending.raw} was misread` };
    return believe(state, rule, now, { units, ...misread });
  }
  const { pending } = state;
  if (pending !== undefined && now.raw >= pending.raw) {
    const since = now.raw - pending.raw;
    if (plausible(since, elapsedMs(pending, now), maxPerS)) {
      const step = confirmed(state, rule, pending);
      return believe(state, rule, now, { ...step, units: step.units + since });
    }
  }
  state.pending = now;
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
  return believe(state, rule, pending, confirmed(state, rule, pending));
}

interface Stand {
  readonly raw: number;
  readonly at: number;
  readonly sourceAt?: number | undefined;
}

function believe(state: CounterState, rule: CounterRule, now: Stand, step: CounterStep): CounterStep {
  state.unheard = unheardAfter(state, rule, now, step.units);
  state.raw = now.raw;
  state.at = now.at;
  state.sourceAt = now.sourceAt;
  state.pending = undefined;
  return step;
}

/** Two values may arrive together that the source has far apart: the longer of both is what the pieces had. */
function elapsedMs(from: Omit<Stand, 'raw'>, to: Omit<Stand, 'raw'>): number {
  const elapsed = to.at - from.at;
  if (from.sourceAt === undefined || to.sourceAt === undefined) return elapsed;
  return Math.max(elapsed, to.sourceAt - from.sourceAt);
}

function unheardMs({ unheard }: CounterState, at: number): number {
  return unheard !== undefined && at <= unheard.until ? unheard.ms : 0;
}

/** A queue that was kept for us comes at once: its first value may have but a few of the pieces of all that time. */
function unheardAfter(
  state: CounterState,
  { maxPerS = LEAP_PER_S }: CounterRule,
  now: Stand,
  units: number,
): CounterState['unheard'] {
  if (state.raw === undefined) return undefined;
  const silentMs = now.at - state.at;
  const before = unheardMs(state, now.at);
  const until = silentMs >= SILENCE_MS ? now.at + SILENCE_MS : state.unheard?.until;
  const ms = silentMs + before - (units / maxPerS) * 1_000;
  return until === undefined || now.at > until || ms <= 0 ? undefined : { ms, until };
}

/** Units from the value before to a pending one that was borne out. */
function confirmed(
  state: CounterState,
  { modulus, maxPerS }: CounterRule,
  pending: { readonly raw: number; readonly at: number },
): CounterStep {
  const before = state.raw ?? pending.raw;
  const sinceMs = elapsedMs(state, pending) + unheardMs(state, pending.at);
  if (pending.raw >= before) {
    const leap = pending.raw - before;
    // Without a configured rate a leap that stands is production.
    return maxPerS === undefined ? { units: leap } : { units: 0, fault: `a leap of ${leap} was refused` };
  }
  if (modulus !== undefined && before < modulus) {
    const wrapped = pending.raw + modulus - before;
    const explains =
      maxPerS === undefined ? wrapped <= modulus * WRAP_SHARE : plausible(wrapped, sinceMs, maxPerS);
    if (explains) return { units: wrapped };
  }
  const again = plausible(pending.raw, sinceMs, maxPerS ?? RESTART_PER_S);
  const from = `the counter started again at ${pending.raw}, was ${before}`;
  return again
    ? { units: Math.max(0, pending.raw), fault: from }
    : { units: 0, fault: `${from}; pieces between are not known` };
}

function plausible(units: number, ms: number, perS: number): boolean {
  return units <= perS * (Math.max(0, ms) / 1_000 + SLACK_S);
}
