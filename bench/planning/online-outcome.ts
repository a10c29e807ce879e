import type { LineSnapshot } from '@millrace/engine';

const HOUR_MS = 3_600_000;

/** Of a date that cannot be met as asked: what is promised is this much later than what is planned. */
export const PROMISE_MARGIN_MS = 12 * HOUR_MS;

/** The same rule for every policy: the date asked for if the plan meets it, else what the plan says and a margin. */
export function promisedDate(askedMs: number, plannedMs: number): number {
  return plannedMs <= askedMs ? askedMs : plannedMs + PROMISE_MARGIN_MS;
}

/** Hours late weigh 16, 8, 4, 2, 1 by priority, as in the engine's default weights. */
const WEIGHTS = [16, 8, 4, 2, 1];

export interface OnlineOutcome {
  /** Share of orders that arrived by the date that was promised for them, 0…1. */
  readonly kept: number;
  /** Share of orders that arrived by the date the buyer had asked for, 0…1. */
  readonly asAsked: number;
  /** Mean hours after the date asked for, weighted by priority. */
  readonly weightedTardinessH: number;
}

export function outcomeOf(
  orders: readonly { readonly line: LineSnapshot; readonly promisedMs: number; readonly arrivedMs: number }[],
): OnlineOutcome {
  let kept = 0;
  let asAsked = 0;
  let tardinessMs = 0;
  let weights = 0;
  for (const { line, promisedMs, arrivedMs } of orders) {
    const weight = WEIGHTS[line.priority] ?? 1;
    if (arrivedMs <= promisedMs) kept++;
    if (arrivedMs <= line.dueMs) asAsked++;
    tardinessMs += weight * Math.max(0, arrivedMs - line.dueMs);
    weights += weight;
  }
  const count = Math.max(1, orders.length);
  return {
    kept: kept / count,
    asAsked: asAsked / count,
    weightedTardinessH: tardinessMs / Math.max(1, weights) / HOUR_MS,
  };
}
