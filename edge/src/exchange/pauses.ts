/** When the agent asks again. */
export interface Pauses {
  /** The last question was answered. */
  reset(): void;
  /** Milliseconds until the next question after one that went wrong. */
  next(kind: 'trouble' | 'refused', retryAfterMs: number | undefined): number;
}

const FIRST_MS = 1_000;
/** A platform that is back is noticed within half a minute. */
const LONGEST_MS = 30_000;
/** A revoked token comes back only when a person does something. */
const REFUSED_MS = 60_000;

/** Doubles from attempt to attempt; the spread (half to whole) keeps a fleet from asking in one moment. */
export function createPauses(random: () => number): Pauses {
  let attempts = 0;
  return {
    reset: () => {
      attempts = 0;
    },
    next: (kind, retryAfterMs = 0) => {
      const doubled = Math.min(FIRST_MS * 2 ** Math.min(attempts++, 10), LONGEST_MS);
      const longest = kind === 'refused' ? REFUSED_MS : doubled;
      return Math.max(longest * (0.5 + random() / 2), retryAfterMs);
    },
  };
}
