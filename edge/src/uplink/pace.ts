import { performance } from 'node:perf_hooks';
import { rest } from '../net/index.ts';

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
    wait: (signal) => rest(paidUntil - performance.now(), signal),
  };
}
