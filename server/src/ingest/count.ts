// Pieces of a minute from cumulative counts. One function serves live state (one record at a time), the roll-up (an hour
// in minute order) and recomputation, so that all three agree by construction. Minutes are whole minutes since the epoch.

/** What must be known of the previous record to count the next one. One entry per position of a layout. */
export interface CountTrack {
  /** Minute of the previous record; NO_MINUTE before the first. */
  readonly minute: Int32Array;
  /** Cumulative count of the previous record, unsigned. */
  readonly count: Uint32Array;
  /** Where the daily reset stands against local midnight: MIDNIGHT_EARLY, MIDNIGHT_LATE or 0. */
  readonly midnight: Uint8Array;
}

/** The reset of the coming day was already seen, because the counter's clock is fast. */
export const MIDNIGHT_EARLY = 1;
/** Midnight has passed and the reset is still to come, because the counter's clock is slow. */
export const MIDNIGHT_LATE = 2;

export const NO_MINUTE = -1;

/**
 * The counter's clock and the gateway's may differ by this much around midnight: within it a drop is the daily reset, and a
 * count that went on is a reset still to come. Beyond it the data cannot tell a late reset from a fast machine.
 */
export const MIDNIGHT_SKEW_MIN = 10;
/** A count below this may well be reached again right after midnight, so that it is no sign of a reset still to come. */
const STILL_COUNTING_MIN = 20;

export function createTrack(machines: number): CountTrack {
  return {
    minute: new Int32Array(machines).fill(NO_MINUTE),
    count: new Uint32Array(machines),
    midnight: new Uint8Array(machines),
  };
}

/** Local day that holds the minute counted, in minutes since the epoch; half-open. */
export interface DaySpan {
  readonly start: number;
  readonly end: number;
}

/**
 * Pieces between the previous record of this position and this one, and moves the track on. Records must come in minute
 * order. A controller restart is told by the sign: `-1 - pieces`, so that the hot loop allocates nothing; see `piecesOf`.
 * With `ownDay` the count is known to begin with this local day, and nothing is guessed at midnight.
 */
export function countStep(
  track: CountTrack,
  position: number,
  minute: number,
  count: number,
  day: DaySpan,
  modulus: number | null,
  ownDay: boolean,
): number {
  const previousMinute = track.minute[position] as number;
  const previous = track.count[position] as number;
  const midnight = track.midnight[position] as number;
  track.minute[position] = minute;
  track.count[position] = count;
  if (previousMinute === NO_MINUTE) return count;
  if (previousMinute < day.start) {
    const isEarly = midnight === MIDNIGHT_EARLY && day.start - previousMinute <= MIDNIGHT_SKEW_MIN;
    const isLate = !isEarly && !ownDay && resetIsLate(previousMinute, previous, minute, day);
    const goesOn = count >= previous && (isEarly || isLate);
    track.midnight[position] = goesOn && isLate ? MIDNIGHT_LATE : 0;
    return goesOn ? count - previous : count;
  }
  if (ownDay) {
    track.midnight[position] = 0;
    if (midnight === MIDNIGHT_LATE) return count;
  }
  if (count >= previous) return count - previous;
  if (midnight === MIDNIGHT_LATE) {
    track.midnight[position] = 0;
    if (minute - day.start <= MIDNIGHT_SKEW_MIN) return count;
  }
  if (isWrap(previous, count, modulus)) return count + (modulus as number) - previous;
  if (ownDay || day.end - minute > MIDNIGHT_SKEW_MIN) return -1 - count;
  track.midnight[position] = MIDNIGHT_EARLY;
  return count;
}

/** Pieces of a step, whether it was a restart or not. */
export function piecesOf(step: number): number {
  return step < 0 ? -1 - step : step;
}

/** Records on both sides of midnight, close to it, and the count went on as if nothing had been. */
function resetIsLate(previousMinute: number, previous: number, minute: number, day: DaySpan): boolean {
  return (
    previous >= STILL_COUNTING_MIN &&
    minute - day.start < MIDNIGHT_SKEW_MIN &&
    day.start - previousMinute <= MIDNIGHT_SKEW_MIN
  );
}

/** Serial-number arithmetic [RFC 1982]: a drop of more than half the range is a wrap, a smaller one a restart. */
function isWrap(previous: number, count: number, modulus: number | null): boolean {
  return modulus !== null && previous < modulus && previous - count > modulus / 2;
}
