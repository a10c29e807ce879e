import type { FlowSolution } from './flow-problem.ts';
import { type Market, PIECE } from './market.ts';

const { size: SIZE, amount: AMOUNT, arc: ARC, slot: SLOT, orderNext: ORDER_NEXT } = PIECE;

/** What the market's flow costs; hours still looking for a place count as unserved. */
export function marketCost({ network, orderFirst, pieces, remaining, unserved }: Market): number {
  const { unservedCost, arcCost } = network.problem;
  let cost = 0;
  for (let order = 0; order < network.orderCount; order++) {
    cost += (unservedCost[order] as number) * ((unserved[order] as number) + (remaining[order] as number));
    let at = (orderFirst[order] as number) * SIZE;
    for (; at >= 0; at = (pieces[at + ORDER_NEXT] as number) * SIZE) {
      const slotCost = network.slotFloor[pieces[at + SLOT] as number] as number;
      cost += (pieces[at + AMOUNT] as number) * ((arcCost[pieces[at + ARC] as number] as number) + slotCost);
    }
  }
  return cost;
}

/** Places what an auction that was ended early has left over: cheapest free hours first, the rest stays unserved. */
export function settle(market: Market): void {
  const { network, remaining, unserved, free } = market;
  const { problem, days, arcLead, slotEnd, slotStart } = network;
  const { arcStart, arcSite, arcCost } = problem;
  for (let order = 0; order < network.orderCount; order++) {
    let open = remaining[order] as number;
    if (open === 0) continue;
    const list = problem.arcList[order] as number;
    for (let arc = arcStart[list] as number; arc < (arcStart[list + 1] as number) && open > 0; arc++) {
      const lastDay = (problem.latestDay[order] as number) - (arcLead[arc] as number);
      if (lastDay < 0) continue;
      const site = arcSite[arc] as number;
      const end = slotEnd[site * days + Math.min(lastDay, days - 1)] as number;
      for (let slot = end - 1; slot >= (slotStart[site] as number) && open > 0; slot--) {
        const floor = network.slotFloor[slot] as number;
        const amount = Math.min(open, free[slot] as number);
        if (amount === 0 || (arcCost[arc] as number) + floor >= (problem.unservedCost[order] as number))
          continue;
        free[slot] = (free[slot] as number) - amount;
        market.hold(order, arc, slot, amount, floor);
        open -= amount;
      }
    }
    remaining[order] = 0;
    unserved[order] = (unserved[order] as number) + open;
  }
  for (let slot = 0; slot < network.slotCount; slot++) market.priceSlot(slot);
  for (let site = 0; site < network.siteCount; site++) market.priceSite(site, 0);
}

/** The amounts by order and arc, arcs ascending, whatever the days. */
export function flowOf(
  market: Market,
): Pick<FlowSolution, 'pieceStart' | 'pieceArc' | 'pieceAmount' | 'unserved'> {
  const { network, orderFirst, pieces } = market;
  const pieceStart = new Int32Array(network.orderCount + 1);
  const arcs: number[] = [];
  const amounts: number[] = [];
  for (let order = 0; order < network.orderCount; order++) {
    const held = new Map<number, number>();
    let at = (orderFirst[order] as number) * SIZE;
    for (; at >= 0; at = (pieces[at + ORDER_NEXT] as number) * SIZE) {
      const arc = pieces[at + ARC] as number;
      held.set(arc, (held.get(arc) ?? 0) + (pieces[at + AMOUNT] as number));
    }
    for (const [arc, amount] of [...held].sort(([a], [b]) => a - b)) {
      arcs.push(arc);
      amounts.push(amount);
    }
    pieceStart[order + 1] = arcs.length;
  }
  const unserved = market.unserved.map((hours, order) => hours + (market.remaining[order] as number));
  return { pieceStart, pieceArc: Int32Array.from(arcs), pieceAmount: Int32Array.from(amounts), unserved };
}
