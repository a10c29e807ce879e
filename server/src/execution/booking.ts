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

/** Pieces the machine still has to count until the operation is done; scrap has to be made up. */
export function missingPieces({ quantity, counted, manualGood, scrap }: BookableOperation): number {
  const needed = quantity - manualGood;
  return needed <= 0 ? 0 : Math.max(0, needed + scrap - counted);
}

/**
 * Pieces of a span go to the operations that are due on the machine, in plan order: a counter does not say when one ended
 * and the next began. What the last of them does not need is its surplus. Running time is split as the pieces are.
 */
export function book(due: readonly BookableOperation[], pieces: number, runningS: number): Booked[] {
  const booked: Booked[] = [];
  let rest = pieces;
  let restS = runningS;
  for (const [index, operation] of due.entries()) {
    const missing = missingPieces(operation);
    const taken = index === due.length - 1 ? rest : Math.min(rest, missing);
    const takenS = taken === rest ? restS : Math.round((runningS * taken) / pieces);
    const counted = operation.counted + taken;
    const good = goodQuantity({ ...operation, counted });
    booked.push({
      counted,
      runningS: operation.runningS + takenS,
      goodQuantity: good,
      done: good >= operation.quantity,
    });
    rest -= taken;
    restS -= takenS;
    if (rest === 0) break;
  }
  return booked;
}
