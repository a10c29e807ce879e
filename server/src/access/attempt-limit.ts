import { type Refusal, refuse } from '../kernel/index.ts';

/** A bound on failures of one kind; all times are wall milliseconds. */
export interface AttemptBound {
  /** Failures inside the window after which the key is locked. */
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

interface Record_ {
  failures: number;
  windowEndsAt: number;
  lockedUntil: number;
}

/** An attacker with many names must not fill the memory; the oldest records go first. */
const KEYS_MAX = 50_000;

/** In memory and per process: a restart forgets, a second process doubles the bound; neither helps against scrypt. */
export function createAttemptLimit(bound: AttemptBound, wallNow: () => number): AttemptLimit {
  const records = new Map<string, Record_>();
  return {
    check: (key) => {
      const leftMs = (records.get(key)?.lockedUntil ?? 0) - wallNow();
      return leftMs > 0 ? locked(Math.ceil(leftMs / 1000)) : undefined;
    },
    fail: (key) => {
      const now = wallNow();
      const known = records.get(key);
      const record = known && known.windowEndsAt > now ? known : fresh(records, key, now + bound.windowMs);
      record.failures++;
      if (record.failures < bound.failuresMax) return false;
      record.failures = 0;
      record.lockedUntil = now + bound.lockMs;
      record.windowEndsAt = Math.max(record.windowEndsAt, record.lockedUntil);
      return true;
    },
    succeed: (key) => void records.delete(key),
  };
}

function fresh(records: Map<string, Record_>, key: string, windowEndsAt: number): Record_ {
  if (records.size >= KEYS_MAX) {
    const oldest = records.keys().next().value;
    if (oldest !== undefined) records.delete(oldest);
  }
  const record = { failures: 0, windowEndsAt, lockedUntil: 0 };
  records.delete(key);
  records.set(key, record);
  return record;
}

function locked(retryAfterS: number): Refusal {
  return refuse('too-many-attempts', 429, `Too many failed attempts; try again in ${retryAfterS} s.`, {
    values: { retryAfterS },
  });
}
