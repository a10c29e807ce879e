import { type Refusal, refuse } from '../kernel/index.ts';

/** A bound on failures of one kind; all times are wall milliseconds. */
export interface AttemptBound {
  /** Failures inside the window after which the key is locked; the first lock lasts `lockMs`. */
  readonly failuresMax: number;
  readonly windowMs: number;
  readonly lockMs: number;
}

export interface AttemptLimit {
  /** The refusal while the key is locked. */
  check(key: string): Refusal | undefined;
  /** True when this failure locked the key. */
  fail(key: string): boolean;
  succeed(key: string): void;
}

interface Tally {
  failures: number;
  windowEndsAt: number;
  lockedUntil: number;
  /** Locks in a row; every one lasts twice as long as the one before. */
  locks: number;
}

/** An attacker with many names must not fill the memory; the oldest tallies go first. */
const KEYS_MAX = 50_000;
/** 32 times the first lock: slow enough for six digits, short enough to wait for. */
const DOUBLINGS_MAX = 5;
/** After a day without a failure the next lock is short again. */
const FORGIVE_MS = 24 * 3_600_000;

/** In memory and per process: a restart forgets, a second process doubles the bound; neither helps against scrypt. */
export function createAttemptLimit(bound: AttemptBound, wallNow: () => number): AttemptLimit {
  const tallies = new Map<string, Tally>();
  return {
    check: (key) => {
      const leftMs = (tallies.get(key)?.lockedUntil ?? 0) - wallNow();
      return leftMs > 0 ? locked(Math.ceil(leftMs / 1000)) : undefined;
    },
    fail: (key) => {
      const now = wallNow();
      const tally = current(tallies, key, now, bound);
      tally.failures++;
      if (tally.failures < bound.failuresMax) return false;
      tally.failures = 0;
      tally.lockedUntil = now + bound.lockMs * 2 ** Math.min(tally.locks, DOUBLINGS_MAX);
      tally.locks++;
      return true;
    },
    succeed: (key) => void tallies.delete(key),
  };
}

/** The tally of this window; a new window forgets the failures, a quiet day the locks too. */
function current(tallies: Map<string, Tally>, key: string, now: number, bound: AttemptBound): Tally {
  const known = tallies.get(key);
  if (known && known.windowEndsAt > now) return known;
  const remembers = known !== undefined && known.windowEndsAt + FORGIVE_MS > now;
  const tally = {
    failures: 0,
    windowEndsAt: now + bound.windowMs,
    lockedUntil: known?.lockedUntil ?? 0,
    locks: remembers ? known.locks : 0,
  };
  // Set anew, so that the map's order is the order of the last window.
  tallies.delete(key);
  if (tallies.size >= KEYS_MAX) {
    const oldest = tallies.keys().next().value;
    if (oldest !== undefined) tallies.delete(oldest);
  }
  tallies.set(key, tally);
  return tally;
}

function locked(retryAfterS: number): Refusal {
  return refuse('too-many-attempts', 429, `Too many failed attempts; try again in ${retryAfterS} s.`, {
    values: { retryAfterS },
  });
}
