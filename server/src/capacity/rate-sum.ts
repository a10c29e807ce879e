import { type MeasuredRate, measuredRate } from '@millrace/engine';
import type { RateSum } from './capacity.ts';

/** What a machine did two weeks ago counts half: rates drift with tools, people and wear. */
export const RATE_HALF_LIFE_MS = 14 * 86_400_000;

/** The sum as it weighs at `now`. */
export function faded(sum: RateSum, now: number): RateSum {
  const weight = 0.5 ** (Math.max(0, now - sum.at) / RATE_HALF_LIFE_MS);
  return { ...sum, pieces: sum.pieces * weight, runningMin: sum.runningMin * weight };
}

/** Rate to plan with over all machines of the sums, shrunk to the declared one while little is known. */
export function rateOf(sums: readonly RateSum[], declaredPerHour: number, now: number): MeasuredRate {
  let goodPieces = 0;
  let runningMinutes = 0;
  for (const sum of sums) {
    const weighed = faded(sum, now);
    goodPieces += weighed.pieces;
    runningMinutes += weighed.runningMin;
  }
  return measuredRate({ goodPieces, runningMinutes }, declaredPerHour);
}

/** Measured alone, pieces per hour; null when nothing was measured. */
export function measuredOnly(sums: readonly RateSum[], now: number): number | null {
  const weighed = sums.map((sum) => faded(sum, now));
  const runningMin = weighed.reduce((total, sum) => total + sum.runningMin, 0);
  const pieces = weighed.reduce((total, sum) => total + sum.pieces, 0);
  return runningMin > 0 ? (pieces / runningMin) * 60 : null;
}
