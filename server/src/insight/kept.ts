/** Keys kept at the same time; a network has at most some thousand members, and each entry lives for seconds. */
const KEYS_MAX = 2_000;

interface Entry<T> {
  readonly answer: Promise<T>;
  /** Wall instant; no end while it is still being made. */
  until: number;
}

/**
 * Answers kept by key: whoever asks while one is being made, or is fresh, gets the same. `ageMs` says from what the making
 * took how long it stays fresh. One that failed is not kept.
 */
export function createKept<T>(
  wallNow: () => number,
  ageMs: (tookMs: number) => number,
): (key: string, make: () => Promise<T>) => Promise<T> {
  const kept = new Map<string, Entry<T>>();
  return (key, make) => {
    const known = kept.get(key);
    const startedAt = wallNow();
    if (known && startedAt < known.until) return known.answer;
    const entry: Entry<T> = { answer: make(), until: Number.POSITIVE_INFINITY };
    entry.answer.then(
      () => {
        const endedAt = wallNow();
        entry.until = endedAt + ageMs(endedAt - startedAt);
      },
      () => {
        if (kept.get(key) === entry) kept.delete(key);
      },
    );
    if (kept.size >= KEYS_MAX) kept.clear();
    kept.set(key, entry);
    return entry.answer;
  };
}
