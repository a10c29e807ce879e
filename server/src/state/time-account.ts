import type { TimeAccount, TimeClass } from '@millrace/contract';
import type { Interval } from '@millrace/engine';
import { RUNNING, timeClass } from './minute-state.ts';

const MINUTE_MS = 60_000;

/** What a minute was meant for. */
export const OUTSIDE = 0;
export const PLANNED = 1;
export const MAINTENANCE = 2;

/**
 * What each of `length` minutes from `first` (minutes since the epoch) was meant for; a minute belongs to the span that holds
 * its beginning. Maintenance counts inside the working windows only.
 */
export function planMinutes(
  first: number,
  length: number,
  windows: readonly Interval[],
  maintenance: readonly Interval[],
): Uint8Array {
  const plan = new Uint8Array(length);
  for (const window of windows) {
    const [start, end] = minutesOf(window, first, length);
    plan.fill(PLANNED, start, end);
  }
  for (const block of maintenance) {
    const [start, end] = minutesOf(block, first, length);
    for (let i = start; i < end; i++) if (plan[i] === PLANNED) plan[i] = MAINTENANCE;
  }
  return plan;
}

function minutesOf({ startMs, endMs }: Interval, first: number, length: number): [number, number] {
  const clamp = (ms: number): number => Math.min(length, Math.max(0, Math.ceil(ms / MINUTE_MS) - first));
  return [clamp(startMs), clamp(endMs)];
}

/** Every planned minute has exactly one class, so the classes add up to POT. `states` as positions, NO_RECORD where none. */
export function accountTime(states: Uint8Array, plan: Uint8Array): TimeAccount {
  const minutes: Record<TimeClass, number> = {
    production: 0,
    setup: 0,
    idle: 0,
    down: 0,
    maintenance: 0,
    unrecorded: 0,
  };
  let outsidePotMin = 0;
  let potMin = 0;
  for (let i = 0; i < plan.length; i++) {
    const state = states[i] as number;
    if (plan[i] !== OUTSIDE) {
      potMin++;
      minutes[timeClass(state, plan[i] === MAINTENANCE)]++;
    }
    if (plan[i] !== PLANNED && state === RUNNING) outsidePotMin++;
  }
  return {
    potMin,
    pbtMin: potMin - minutes.maintenance,
    aptMin: minutes.production,
    austMin: minutes.setup,
    adetMin: minutes.idle,
    adotMin: minutes.down,
    apmtMin: minutes.maintenance,
    unrecordedMin: minutes.unrecorded,
    outsidePotMin,
  };
}
