/** The first failure is mostly a blink of the link. */
const FIRST_MS = 500;
/** Long enough not to be a load on a platform that comes back with thousands of gateways, short enough for a person who waits. */
const LONGEST_MS = 30_000;

/** Waiting between attempts: longer each time, and never the same at two gateways. */
export interface Pause {
  /** Resolves after the pause, or when it is cut. */
  wait(leastMs: number): Promise<void>;
  /** It worked: the next pause is short again. */
  reset(): void;
  /** There is news: try now. */
  cut(): void;
}

export interface PauseScale {
  readonly firstMs: number;
  readonly longestMs: number;
}
export const PAUSE_SCALE: PauseScale = { firstMs: FIRST_MS, longestMs: LONGEST_MS };

/** `random` in [0, 1). */
export function createPause(scale: PauseScale, random: () => number): Pause {
  let failures = 0;
  let wake: (() => void) | undefined;
  return {
    wait: (leastMs) => {
      const full = Math.min(scale.longestMs, scale.firstMs * 2 ** Math.min(failures++, 30));
      const ms = Math.max(leastMs, full / 2 + (random() * full) / 2);
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
      return promise;
    },
    reset: () => {
      failures = 0;
    },
    cut: () => wake?.(),
  };
}
