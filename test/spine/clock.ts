import type { Clock } from '../../server/src/kernel/index.ts';

/** Domain time moves only when the test says so; sessions and time-outs stay on the wall. */
export interface HandClock extends Clock {
  advance(ms: number): void;
}

export function handClock(startMs: number): HandClock {
  let at = startMs;
  return {
    now: () => at,
    wallNow: () => Date.now(),
    speed: 1,
    advance: (ms) => {
      at += ms;
    },
  };
}
