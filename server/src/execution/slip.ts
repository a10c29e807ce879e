/** A projection this much later than the plan, or than what was announced last, is news. */
export const SLIP_NEWS_MS = 60 * 60_000;
/** The unproduced part is taken back when it would arrive this close to, or after, the date the buyer asked for. */
export const RECALL_MARGIN_MS = 2 * 60 * 60_000;
/** … and only when the delay itself is this large: moving work costs a set-up and a transport elsewhere. */
export const RECALL_SLIP_MS = 4 * 60 * 60_000;
/** Less work than this is faster finished than moved. */
export const RECALL_WORK_MIN_MS = 60 * 60_000;

export interface Forecast {
  readonly plannedFinish: number;
  readonly projectedFinish: number;
  /** Last announced projection; null = the plan still held. */
  readonly slipTold: number | null;
  /** From finish to arrival by the plan. */
  readonly transitMs: number;
  readonly requestedAt: number;
}

export function slipIsNews(forecast: Forecast): boolean {
  const known = Math.max(forecast.plannedFinish, forecast.slipTold ?? 0);
  return forecast.projectedFinish >= known + SLIP_NEWS_MS;
}

/**
 * Recall when the delay makes the pieces late (or nearly), measured against the later of the buyer's date and the plan:
 * an allocation that was planned late from the start is not taken back for being as late as planned.
 */
export function recallIsDue(forecast: Forecast, remainingWorkMs: number): boolean {
  const slipMs = forecast.projectedFinish - forecast.plannedFinish;
  if (slipMs < RECALL_SLIP_MS || remainingWorkMs < RECALL_WORK_MIN_MS) return false;
  const arrival = forecast.projectedFinish + forecast.transitMs;
  return arrival > forecast.requestedAt - RECALL_MARGIN_MS;
}

export interface RecallOperation {
  readonly id: string;
  readonly quantity: number;
  readonly goodQuantity: number;
  /** Its machine is what makes the order slip. */
  readonly slipping: boolean;
}

/**
 * How many pieces stay: everything on machines that are on time, and what the slipping ones have made; never so few that
 * the buyer would not take the shipment. `undefined` when there is nothing worth taking back.
 */
export function keptQuantity(
  operations: readonly RecallOperation[],
  minimumShipment: number,
): number | undefined {
  const total = operations.reduce((sum, { quantity }) => sum + quantity, 0);
  const kept = operations.reduce(
    (sum, { quantity, goodQuantity, slipping }) =>
      sum + (slipping ? Math.min(goodQuantity, quantity) : quantity),
    0,
  );
  const shippable = kept === 0 ? 0 : Math.max(kept, Math.min(minimumShipment, total));
  return shippable < total ? shippable : undefined;
}
