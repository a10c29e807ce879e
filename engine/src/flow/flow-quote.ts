import { type Market, PIECE } from './market.ts';

const { size: SIZE, amount: AMOUNT, arc: ARC, slot: SLOT, orderNext: ORDER_NEXT } = PIECE;

/** An order that may come. */
export interface FlowOrder {
  /** Standard hours, whole, > 0. */
  readonly quantity: number;
  readonly latestDay: number;
  /** Cost of one hour that nobody makes in time. */
  readonly unservedCost: number;
  /** Its list of arcs. */
  readonly list: number;
}

export interface QuotedPiece {
  readonly arc: number;
  readonly site: number;
  /** Standard hours. */
  readonly amount: number;
  /** Of all these hours. */
  readonly cost: number;
}

export interface FlowQuote {
  /** Cheapest arc first. */
  readonly pieces: readonly QuotedPiece[];
  /** Standard hours that find no place worth their cost. */
  readonly unserved: number;
  /** What the order adds to the cost of the whole network. */
  readonly addedCost: number;
  /** Orders whose hours would move for it, ascending. */
  readonly displaced: readonly number[];
}

interface Offer {
  readonly arc: number;
  readonly slotCost: number;
  readonly hours: number;
}

/** The cheapest free hours for the order; nobody moves. */
export function quoteFree(market: Market, order: FlowOrder): FlowQuote {
  const pieces: QuotedPiece[] = [];
  let open = order.quantity;
  let addedCost = 0;
  for (const { arc, slotCost, hours } of freeOffers(market, order)) {
    if (open === 0) break;
    const amount = Math.min(open, hours);
    const cost = amount * ((market.network.problem.arcCost[arc] as number) + slotCost);
    addPiece(pieces, market, arc, amount, cost);
    open -= amount;
    addedCost += cost;
  }
  addedCost += open * order.unservedCost;
  return { pieces, unserved: open, addedCost, displaced: [] };
}

/** Free hours that cost less than staying unserved, cheapest first; no more of them than can matter. */
function freeOffers({ network, free }: Market, order: FlowOrder): Offer[] {
  const { problem, days, arcLead, slotStart, slotEnd, slotFloor } = network;
  const { arcStart, arcSite, arcCost } = problem;
  const offers: Offer[] = [];
  let plain = 0;
  for (let arc = arcStart[order.list] as number; arc < (arcStart[order.list + 1] as number); arc++) {
    // Arcs ascend in cost: what is found at a slot's plain price cannot be beaten by a later arc.
    if (plain >= order.quantity || (arcCost[arc] as number) >= order.unservedCost) break;
    const lastDay = order.latestDay - (arcLead[arc] as number);
    if (lastDay < 0) continue;
    const site = arcSite[arc] as number;
    let hours = 0;
    const end = slotEnd[site * days + Math.min(lastDay, days - 1)] as number;
    for (let slot = slotStart[site] as number; slot < end; slot++) {
      const slotCost = slotFloor[slot] as number;
      if (slotCost === 0) hours += free[slot] as number;
      else if (free[slot] !== 0 && (arcCost[arc] as number) + slotCost < order.unservedCost) {
        offers.push({ arc, slotCost, hours: free[slot] as number });
      }
    }
    if (hours > 0) offers.push({ arc, slotCost: 0, hours });
    plain += hours;
  }
  return offers.sort((a, b) => costOf(a) - costOf(b) || a.arc - b.arc);

  function costOf({ arc, slotCost }: Offer): number {
    return (arcCost[arc] as number) + slotCost;
  }
}

/** What the order holds now. */
export function heldPieces(market: Market, order: number): QuotedPiece[] {
  const { pieces: held, network, orderFirst } = market;
  const found: QuotedPiece[] = [];
  let at = (orderFirst[order] as number) * SIZE;
  for (; at >= 0; at = (held[at + ORDER_NEXT] as number) * SIZE) {
    const arc = held[at + ARC] as number;
    const amount = held[at + AMOUNT] as number;
    const slotCost = network.slotFloor[held[at + SLOT] as number] as number;
    addPiece(found, market, arc, amount, amount * ((network.problem.arcCost[arc] as number) + slotCost));
  }
  return found.sort((a, b) => a.arc - b.arc);
}

function addPiece(pieces: QuotedPiece[], market: Market, arc: number, amount: number, cost: number): void {
  const at = pieces.findIndex((piece) => piece.arc === arc);
  const piece = pieces[at];
  if (piece) pieces[at] = { ...piece, amount: piece.amount + amount, cost: piece.cost + cost };
  else pieces.push({ arc, site: market.network.problem.arcSite[arc] as number, amount, cost });
}

/** What the order costs now, its unserved hours included. */
export function orderCost(market: Market, order: number): number {
  const { network, unserved, remaining } = market;
  const waiting = (unserved[order] as number) + (remaining[order] as number);
  return heldPieces(market, order).reduce(
    (sum, { cost }) => sum + cost,
    waiting * (network.problem.unservedCost[order] as number),
  );
}
