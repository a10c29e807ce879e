import type { FlowNetwork } from './network.ts';

/**
 * Lagrangian dual of the flow problem. For any y(site, day) ≥ 0 that does not rise with the day,
 *
 *   bound(y) = Σ_orders q·min(U, min_arcs c + y(site, last day)) − Σ_slots capacity·max(0, y(site, day) − floor)
 *
 * is at most the cost of every flow: relaxing each slot's capacity with λ = max(0, y − floor) leaves orders that
 * choose one by one, and floor + λ ≥ y for all slots up to the last day.
 */
export function dualBound(network: FlowNetwork, prices: Float64Array): number {
  const { problem, days, slotCount, slotSite, slotDay, slotFloor, slotCapacity } = network;
  let bound = 0;
  for (let order = 0; order < network.orderCount; order++) {
    bound += cheapest(network, prices, order) * (problem.quantity[order] as number);
  }
  for (let slot = 0; slot < slotCount; slot++) {
    const price = prices[(slotSite[slot] as number) * days + (slotDay[slot] as number)] as number;
    const above = price - (slotFloor[slot] as number);
    if (above > 0) bound -= above * (slotCapacity[slot] as number);
  }
  return bound;
}

/** Cost and price of the order's best choice, staying unserved included. */
function cheapest(network: FlowNetwork, prices: Float64Array, order: number): number {
  const { problem, days, arcLead } = network;
  const { arcStart, arcSite, arcCost } = problem;
  const list = problem.arcList[order] as number;
  const latest = problem.latestDay[order] as number;
  const end = arcStart[list + 1] as number;
  let least = problem.unservedCost[order] as number;
  for (let arc = arcStart[list] as number; arc < end; arc++) {
    const cost = arcCost[arc] as number;
    if (cost >= least) break;
    const lastDay = latest - (arcLead[arc] as number);
    if (lastDay < 0) continue;
    const day = lastDay < days ? lastDay : days - 1;
    const price = prices[(arcSite[arc] as number) * days + day] as number;
    if (cost + price < least) least = cost + price;
  }
  return least;
}

/**
 * The lowest prices at which every order's best choice costs what it costs under `prices`: an hour is worth
 * no more than what somebody would gain by it. No order's value changes and no slot gets dearer, so the bound
 * can only rise; and hours where no slot is get a finite price. Orders in `unmoved` gain by no hour.
 */
export function supportedPrices(
  network: FlowNetwork,
  prices: Float64Array,
  unmoved?: Uint8Array,
): Float64Array {
  const { problem, days, arcLead } = network;
  const { arcStart, arcSite, arcCost } = problem;
  const supported = new Float64Array(prices.length);
  for (let order = 0; order < network.orderCount; order++) {
    if (problem.quantity[order] === 0 || unmoved?.[order] === 1) continue;
    const least = cheapest(network, prices, order);
    const list = problem.arcList[order] as number;
    const latest = problem.latestDay[order] as number;
    const end = arcStart[list + 1] as number;
    for (let arc = arcStart[list] as number; arc < end; arc++) {
      const gain = least - (arcCost[arc] as number);
      if (gain <= 0) break;
      const lastDay = latest - (arcLead[arc] as number);
      if (lastDay < 0) continue;
      const at = (arcSite[arc] as number) * days + (lastDay < days ? lastDay : days - 1);
      if (gain > (supported[at] as number)) supported[at] = gain;
    }
  }
  // An hour serves whatever a later hour of the site would.
  for (let site = 0; site < network.siteCount; site++) {
    for (let at = (site + 1) * days - 2; at >= site * days; at--) {
      if ((supported[at + 1] as number) > (supported[at] as number))
        supported[at] = supported[at + 1] as number;
    }
  }
  return supported;
}
