import { DOWN, IDLE, RUNNING, SETUP, UNKNOWN } from './minute-state.ts';

/** Nothing was told yet. */
export const NOTHING = -1;
/** A machine that pauses between two pieces has not changed its state; domain minutes. */
const STEADY_MIN = 2;
/** Standing still for longer is worth a new plan; planned minutes. */
export const STOPPED_MIN = 30;

/** What the others were told of a machine. */
export interface Told {
  /** Position in MACHINE_STATES, or NOTHING. */
  readonly state: number;
  /** Minute since the epoch from which it stands still, or NOTHING. */
  readonly stoppedSince: number;
}
export interface Seen {
  readonly state: number;
  /** Minute since the epoch. */
  readonly since: number;
}
export interface News {
  /** What is now told. */
  readonly told: Told;
  /** The first state of a machine is no change. */
  readonly changed: boolean;
  readonly stopped: boolean;
  readonly recovered: boolean;
}

/** What is to be told of a machine, if anything. `plannedMin` are the minutes of `since`–`now` it should have worked. */
export function newsOf(told: Told, seen: Seen, now: number, plannedMin: () => number): News | undefined {
  const steady = now - seen.since >= STEADY_MIN;
  const state =
    seen.state !== told.state && (steady || !flickers(told.state, seen.state)) ? seen.state : told.state;
  const stands = seen.state === DOWN || seen.state === UNKNOWN;
  const stopped =
    stands && told.stoppedSince === NOTHING && now - seen.since > STOPPED_MIN && plannedMin() > STOPPED_MIN;
  const works = seen.state === RUNNING || seen.state === IDLE || seen.state === SETUP;
  const recovered = told.stoppedSince !== NOTHING && works && steady;
  if (state === told.state && !stopped && !recovered) return undefined;
  return {
    told: {
      state,
      stoppedSince: stopped ? seen.since : recovered ? NOTHING : told.stoppedSince,
    },
    changed: told.state !== NOTHING && state !== told.state,
    stopped,
    recovered,
  };
}

/** True when `newsOf` would find nothing, without looking at calendars; nearly always. */
export function isQuiet(told: Told, seen: Seen, now: number): boolean {
  if (seen.state !== told.state || told.stoppedSince !== NOTHING) return false;
  return (seen.state !== DOWN && seen.state !== UNKNOWN) || now - seen.since <= STOPPED_MIN;
}

const PAUSES: readonly number[] = [RUNNING, IDLE];
const flickers = (a: number, b: number): boolean => PAUSES.includes(a) && PAUSES.includes(b);
