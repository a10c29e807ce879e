const HOUR_MS = 3_600_000;
/** Nobody says how long a repair takes; half a shift is the usual order of magnitude. */
export const EXPECTED_REPAIR_MS = 4 * HOUR_MS;
/** While it still stands, it is taken to stand this much longer from now, so that nothing is planned on it meanwhile. */
const STILL_DOWN_MS = 2 * HOUR_MS;
/** Prolonged before the block runs out, so that no run slips in between. */
const PROLONG_BEFORE_MS = HOUR_MS;

export interface Outage {
  readonly machineId: string;
  readonly siteId: string;
  /** Domain instant of the stop. */
  readonly since: number;
  readonly expectedUntil: number;
}

/** The first guess: counted from the stop, but never over before it was noticed. */
export function expectedRepair(since: number, now: number): number {
  return Math.max(since + EXPECTED_REPAIR_MS, now + STILL_DOWN_MS);
}

/** The next guess, or undefined while the last one still stands. */
export function prolonged(outage: Outage, now: number): number | undefined {
  return outage.expectedUntil - now > PROLONG_BEFORE_MS ? undefined : now + EXPECTED_REPAIR_MS;
}
