import { arcTable } from './arc-table.ts';
import type { LotProblem } from './lot-problem.ts';
import { SiteRoom } from './site-room.ts';

/** What orders can use at all, seen from the sites: in time, cheaper than staying unserved, wide enough. */
export interface OfferTable {
  /** Offers of a site are start[site] … start[site + 1] − 1, by rising day. */
  readonly start: Int32Array;
  readonly order: Int32Array;
  readonly arc: Int32Array;
  /** site * days + day of the order there. */
  readonly at: Int32Array;
  /** Hours of the empty site up to that day. */
  readonly limit: Int32Array;
  /** Most and least hours of the piece; equal where the site takes whole orders only. */
  readonly upper: Int32Array;
  readonly least: Int32Array;
  /** Offers of the site that has most, and hours of the site that has most. */
  readonly mostOffers: number;
  readonly mostHours: number;
}

export function offerTable(problem: LotProblem): OfferTable {
  const { flow, minPiece, wholeOnly } = problem;
  const { siteCount, days, latestDay, arcLead } = flow;
  const table = arcTable(problem);
  const { room } = new SiteRoom(flow);
  const offers: { at: number; order: number; arc: number; upper: number; least: number }[] = [];
  for (let order = 0; order < flow.quantity.length; order++) {
    const quantity = flow.quantity[order] as number;
    for (let arc = table.first[order] as number; arc < (table.end[order] as number); arc++) {
      const day = Math.min(days - 1, (latestDay[order] as number) - (arcLead?.[arc] ?? 0));
      if (day < 0 || (flow.arcCost[arc] as number) >= (flow.unservedCost[order] as number)) continue;
      const at = (flow.arcSite[arc] as number) * days + day;
      const upper = Math.min(quantity, room[at] as number);
      const least = wholeOnly?.[arc] === 1 ? quantity : (minPiece[order] as number);
      if (upper >= least) offers.push({ at, order, arc, upper, least });
    }
  }
  offers.sort((a, b) => a.at - b.at || a.arc - b.arc || a.order - b.order);
  const start = new Int32Array(siteCount + 1);
  for (const { at } of offers) {
    const site = Math.floor(at / days);
    start[site + 1] = (start[site + 1] as number) + 1;
  }
  let mostOffers = 0;
  for (let site = 0; site < siteCount; site++) {
    mostOffers = Math.max(mostOffers, start[site + 1] as number);
    start[site + 1] = (start[site + 1] as number) + (start[site] as number);
  }
  const limit = Int32Array.from(offers, ({ at }) => room[at] as number);
  return {
    start,
    order: Int32Array.from(offers, ({ order }) => order),
    arc: Int32Array.from(offers, ({ arc }) => arc),
    at: Int32Array.from(offers, ({ at }) => at),
    limit,
    upper: Int32Array.from(offers, ({ upper }) => upper),
    least: Int32Array.from(offers, ({ least }) => least),
    mostOffers,
    mostHours: limit.reduce((most, hours) => Math.max(most, hours), 0),
  };
}
