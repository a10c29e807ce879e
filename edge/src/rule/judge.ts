import type { EdgeRule } from '@millrace/contract';
import { WeightedWindow } from './weighted-window.ts';

/** What a rule says of a value; undefined while it cannot be told. */
export interface Verdict {
  readonly beyond: boolean;
  readonly value: number;
  /** Limit it crossed, in the unit of the tag. */
  readonly limit: number | null;
}
/** The condition of one rule, without hold and without memory of what was told. */
export interface Judge {
  /** `value` stood from `from` to `to` and stands; `raised` is the limit it is beyond of, undefined when it is not. */
  judge(
    value: number,
    from: number,
    to: number,
    raised: { readonly limit: number | null } | undefined,
  ): Verdict | undefined;
  /** Nothing was seen up to now: what stood is not known to have stood. */
  forget(): void;
}

export function createJudge(rule: EdgeRule): Judge {
  switch (rule.kind) {
    case 'threshold':
      return threshold(rule);
    case 'dead-band':
      return deadBand(rule.band);
    case 'rate-of-change':
      return rateOfChange(rule.perMinute);
    case 'moving-average':
      return movingAverage(rule);
    case 'z-score':
      return zScore(rule);
  }
}

type Limits = Pick<EdgeRule & { kind: 'threshold' }, 'above' | 'below' | 'hysteresis'>;
const nothingToForget = (): void => undefined;

function threshold(limits: Limits): Judge {
  return {
    judge: (value, _from, _to, raised) => crossed(limits, value, raised?.limit),
    forget: nothingToForget,
  };
}

/** Beyond a limit until it is back inside by the hysteresis. */
function crossed({ above, below, hysteresis = 0 }: Limits, value: number, raised?: number | null): Verdict {
  if (above !== undefined && value > (raised === above ? above - hysteresis : above)) {
    return { beyond: true, value, limit: above };
  }
  if (below !== undefined && value < (raised === below ? below + hysteresis : below)) {
    return { beyond: true, value, limit: below };
  }
  return { beyond: false, value, limit: raised ?? above ?? below ?? null };
}

/** Standing for so long within the band of another value, it has settled there. */
const SETTLE_MS = 60_000;

function deadBand(band: number): Judge {
  let settled: number | undefined;
  let candidate: { readonly value: number; readonly since: number } | undefined;
  return {
    judge: (value, from, to) => {
      settled ??= value;
      if (Math.abs(value - settled) <= band) {
        candidate = undefined;
        return { beyond: false, value, limit: settled };
      }
      if (candidate === undefined || Math.abs(value - candidate.value) > band)
        candidate = { value, since: from };
      if (to - candidate.since < SETTLE_MS) {
        return { beyond: true, value, limit: value > settled ? settled + band : settled - band };
      }
      settled = candidate.value;
      candidate = undefined;
      return { beyond: false, value, limit: settled };
    },
    forget: () => {
      candidate = undefined;
    },
  };
}

const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

/** The change against what stood a minute ago, or against the oldest known since then; the past by the second. */
function rateOfChange(perMinute: number): Judge {
  /** First value of each second in which it changed, oldest first: at most one a second for a minute, and one before. */
  let past: { readonly second: number; readonly value: number }[] = [];
  return {
    judge: (value, from, to) => {
      const second = Math.floor(from / SECOND_MS);
      if (past.at(-1)?.second !== second && past.at(-1)?.value !== value) past.push({ second, value });
      const oldest = Math.floor((to - MINUTE_MS) / SECOND_MS);
      while (past[1] !== undefined && past[1].second <= oldest) past.shift();
      const change = value - (past[0]?.value ?? value);
      return {
        beyond: Math.abs(change) > perMinute,
        value,
        limit: (past[0]?.value ?? value) + Math.sign(change) * perMinute,
      };
    },
    forget: () => {
      past = [];
    },
  };
}

function movingAverage(rule: EdgeRule & { kind: 'moving-average' }): Judge {
  const windowMs = rule.windowS * SECOND_MS;
  const window = new WeightedWindow(windowMs);
  return {
    judge: (value, from, to, raised) => {
      window.add(value, from, to);
      const { ms, mean } = window.total();
      // Half a window says more about the start than about the machine.
      return ms < windowMs / 2 ? undefined : crossed(rule, mean, raised?.limit);
    },
    forget: nothingToForget,
  };
}

function zScore({ windowS, sigmas }: EdgeRule & { kind: 'z-score' }): Judge {
  const windowMs = windowS * SECOND_MS;
  const window = new WeightedWindow(windowMs);
  return {
    judge: (value, from, to) => {
      const { ms, mean, m2 } = window.total();
      window.add(value, from, to);
      const deviation = ms === 0 ? 0 : Math.sqrt(m2 / ms);
      // A value that never moved has no measure of what is unusual.
      if (ms < windowMs / 2 || deviation <= Math.abs(mean) * Number.EPSILON * 8) return undefined;
      const limit = value >= mean ? mean + sigmas * deviation : mean - sigmas * deviation;
      return { beyond: Math.abs(value - mean) > sigmas * deviation, value, limit };
    },
    forget: nothingToForget,
  };
}
