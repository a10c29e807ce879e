import { goodQuantity, type Output } from './production-order.ts';

const MINUTE_MS = 60_000;

export const minuteOf = (atMs: number): number => atMs - (atMs % MINUTE_MS);

/** A machine that has reported nothing for this long is booked up to here all the same: late minutes are then added by hand. */
export const LATE_MINUTES_WAITED = 24 * 60;

/**
 * The span of whole minutes to book now, half-open: from where the machine was booked last to the end of the newest
 * recorded minute. Minutes that have not arrived yet are waited for, so that a gateway's back-fill is still counted.
 */
export function bookingSpan(
  bookedUntil: number,
  newestMinute: number | null,
  nowMs: number,
): { fromMs: number; untilMs: number } | undefined {
  const arrived = newestMinute === null ? 0 : newestMinute + MINUTE_MS;
  const waited = minuteOf(nowMs) - LATE_MINUTES_WAITED * MINUTE_MS;
  const untilMs = Math.min(minuteOf(nowMs) + MINUTE_MS, Math.max(arrived, waited));
  return untilMs > bookedUntil ? { fromMs: bookedUntil, untilMs } : undefined;
}

export interface BookableOperation extends Output {
  readonly quantity: number;
  readonly runningS: number;
}

export interface Booked {
  readonly counted: number;
  readonly runningS: number;
  readonly goodQuantity: number;
  readonly done: boolean;
}

/** Pieces of a span go to the operation the machine is running, whole: what it makes too much is that operation's surplus. */
export function book(operation: BookableOperation, pieces: number, runningS: number): Booked {
  const counted = operation.counted + pieces;
  const good = goodQuantity({ ...operation, counted });
  return {
    counted,
    runningS: operation.runningS + runningS,
    goodQuantity: good,
    done: good >= operation.quantity,
  };
}
