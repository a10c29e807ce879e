import { LotDraft } from './lot-draft.ts';
import type { LotProblem } from './lot-problem.ts';

/** Shares of the price that an order pays for capacity when it chooses; 0 = first come, first served. */
const PRICE_WEIGHTS = [0, 0.6, 0.8, 0.9, 1, 1.1] as const;

/** Earliest due date first, each order at its best for what is left, no prices known yet. */
export function constructGreedily(problem: LotProblem): LotDraft {
  const draft = new LotDraft(problem);
  for (const order of byDueDate(problem)) draft.insert(order, undefined, 0);
  return draft;
}

/**
 * Earliest due date first, each order choosing at cost and a share of the price of capacity, so that it leaves to
 * others what they need more; then each once more at its own cost. The cheapest of several shares.
 */
export function constructByPrices(problem: LotProblem, prices: Float64Array): LotDraft {
  const sequence = byDueDate(problem);
  let best: LotDraft | undefined;
  for (const weight of PRICE_WEIGHTS) {
    const draft = new LotDraft(problem);
    for (const order of sequence) draft.insert(order, prices, weight);
    for (const order of sequence) putBackIfCheaper(draft, order);
    if (best === undefined || draft.cost < best.cost) best = draft;
  }
  return best ?? constructGreedily(problem);
}

/** A choice in what room there is, the own pieces' room included, cannot cost more than the pieces did. */
function putBackIfCheaper(draft: LotDraft, order: number): void {
  draft.remove(order);
  draft.insert(order, undefined, 0);
}

/** Ties by what staying unserved costs an hour, dear ones first, then by number. */
function byDueDate({ flow }: LotProblem): number[] {
  const due = (order: number): number => flow.latestDay[order] as number;
  const dear = (order: number): number => flow.unservedCost[order] as number;
  return Array.from(flow.quantity, (_, order) => order).sort(
    (a, b) => due(a) - due(b) || dear(b) - dear(a) || a - b,
  );
}
