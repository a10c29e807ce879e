import { performance } from 'node:perf_hooks';

/** Keeps to a rate: what was sent must have had its time before more is. By the monotonic clock. */
export interface Pace {
  spend(items: number): void;
  /** Resolves when the next may go, or when it is aborted. */
  wait(signal: AbortSignal): Promise<void>;
}

export function createPace(perS: () => number): Pace {
  let paidUntil = 0;
  return {
    spend: (items) => {
      paidUntil = Math.max(paidUntil, performance.now()) + (items / perS()) * 1_000;
    },
    wait: async (signal) => {
      const ms = paidUntil - performance.now();
      if (ms <= 0 || signal.aborted) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, ms);
      const abort = (): void => resolve();
      signal.addEventListener('abort', abort, { once: true });
      await promise;
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    },
  };
}
