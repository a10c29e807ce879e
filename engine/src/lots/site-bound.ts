import { type ArcTable, arcTable } from './arc-table.ts';
import type { ConcaveBound } from './ascend.ts';
import type { LotProblem } from './lot-problem.ts';
import { SiteChoice } from './site-choice.ts';
import { SiteRoom } from './site-room.ts';

/**
 * The orders' rows priced out: π ≤ unservedCost is what an hour of an order may cost, θ ≥ 0 what the right to one
 * more piece is worth. No plan costs less than
 *
 *   M(π, θ) = Σ_orders (quantity·π − maxPieces·θ)
 *             − Σ_sites max { Σ (π − cost)·x − (fixed + θ)·y : minimum lots, the site's days },
 *
 * the inner maximum being the exact choice of one site. It knows what the bound by orders does not: that a site
 * filled with many pieces pays for each, and that the rest of a day may be too small for any. Only integrality
 * between the pieces of one order is lost.
 *
 * Prices are [order] = π, [orders + order] = θ per hour of an even piece, which makes both alike in scale.
 */
export class SiteBound implements ConcaveBound {
  readonly size: number;
  private readonly problem: LotProblem;
  private readonly table: ArcTable;
  private readonly choice: SiteChoice;
  /** Offers of a site are offerStart[site] … offerStart[site + 1] − 1, by rising day. */
  private readonly offerStart: Int32Array;
  private readonly offerOrder: Int32Array;
  private readonly offerArc: Int32Array;
  private readonly offerLimit: Int32Array;
  private readonly offerUpper: Int32Array;
  /** Hours of an even piece. */
  private readonly evenPiece: Float64Array;

  constructor(problem: LotProblem) {
    const { flow } = problem;
    this.problem = problem;
    this.table = arcTable(problem);
    this.size = 2 * flow.quantity.length;
    this.evenPiece = Float64Array.from(
      flow.quantity,
      (hours, order) => hours / (problem.maxPieces[order] as number),
    );
    const { room } = new SiteRoom(flow);
    const offers = this.listOffers(room);
    this.offerStart = new Int32Array(flow.siteCount + 1);
    for (const { at } of offers) {
      const site = Math.floor(at / flow.days);
      this.offerStart[site + 1] = (this.offerStart[site + 1] as number) + 1;
    }
    for (let site = 0; site < flow.siteCount; site++) {
      this.offerStart[site + 1] = (this.offerStart[site + 1] as number) + (this.offerStart[site] as number);
    }
    this.offerOrder = Int32Array.from(offers, ({ order }) => order);
    this.offerArc = Int32Array.from(offers, ({ arc }) => arc);
    this.offerLimit = Int32Array.from(offers, ({ at }) => room[at] as number);
    this.offerUpper = Int32Array.from(offers, ({ upper }) => upper);
    let mostOffers = 0;
    for (let site = 0; site < flow.siteCount; site++) {
      const count = (this.offerStart[site + 1] as number) - (this.offerStart[site] as number);
      mostOffers = Math.max(mostOffers, count);
    }
    this.choice = new SiteChoice(
      mostOffers,
      this.offerLimit.reduce((most, hours) => Math.max(most, hours), 0),
    );
  }

  get work(): number {
    return this.choice.work;
  }

  evaluate(prices: Float64Array, gradient: Float64Array): number {
    const { flow, maxPieces } = this.problem;
    const orders = flow.quantity.length;
    let bound = 0;
    for (let order = 0; order < orders; order++) {
      const quantity = flow.quantity[order] as number;
      gradient[order] = quantity;
      gradient[orders + order] = -quantity;
      bound += quantity * (prices[order] as number);
      bound -= (maxPieces[order] as number) * this.pieceWorth(order, prices);
    }
    for (let site = 0; site < flow.siteCount; site++) bound -= this.evaluateSite(site, prices, gradient);
    return bound;
  }

  project(prices: Float64Array): void {
    const { unservedCost } = this.problem.flow;
    const orders = unservedCost.length;
    for (let order = 0; order < orders; order++) {
      const most = unservedCost[order] as number;
      const price = prices[order] as number;
      prices[order] = price < 0 ? 0 : Math.min(price, most);
      if ((prices[orders + order] as number) < 0) prices[orders + order] = 0;
    }
  }

  private pieceWorth(order: number, prices: Float64Array): number {
    const orders = this.evenPiece.length;
    return (prices[orders + order] as number) * (this.evenPiece[order] as number);
  }

  private evaluateSite(site: number, prices: Float64Array, gradient: Float64Array): number {
    const { choice, problem } = this;
    const { flow, pieceCost, arcOpenCost, minPiece, wholeOnly } = problem;
    const orders = this.evenPiece.length;
    const end = this.offerStart[site + 1] as number;
    choice.begin();
    for (let offer = this.offerStart[site] as number; offer < end; offer++) {
      const order = this.offerOrder[offer] as number;
      const arc = this.offerArc[offer] as number;
      const gain = (prices[order] as number) - (flow.arcCost[arc] as number);
      if (gain <= 0) continue;
      const fixed = (pieceCost[order] as number) + (arcOpenCost?.[arc] ?? 0) + this.pieceWorth(order, prices);
      const upper = this.offerUpper[offer] as number;
      const least = wholeOnly?.[arc] === 1 ? upper : (minPiece[order] as number);
      choice.offer(order, this.offerLimit[offer] as number, gain, fixed, least, upper);
    }
    const value = choice.solve();
    for (let k = 0; k < choice.count; k++) {
      const order = choice.tag[k] as number;
      gradient[order] = (gradient[order] as number) - (choice.amount[k] as number);
      const pieces = gradient[orders + order] as number;
      gradient[orders + order] = pieces + (this.evenPiece[order] as number);
    }
    return value;
  }

  private listOffers(room: Int32Array): { at: number; order: number; arc: number; upper: number }[] {
    const { flow, minPiece, wholeOnly } = this.problem;
    const offers: { at: number; order: number; arc: number; upper: number }[] = [];
    for (let order = 0; order < flow.quantity.length; order++) {
      const quantity = flow.quantity[order] as number;
      for (let arc = this.table.first[order] as number; arc < (this.table.end[order] as number); arc++) {
        const day = Math.min(flow.days - 1, (flow.latestDay[order] as number) - (flow.arcLead?.[arc] ?? 0));
        if (day < 0 || (flow.arcCost[arc] as number) >= (flow.unservedCost[order] as number)) continue;
        const at = (flow.arcSite[arc] as number) * flow.days + day;
        const upper = Math.min(quantity, room[at] as number);
        const least = wholeOnly?.[arc] === 1 ? quantity : (minPiece[order] as number);
        if (upper >= least) offers.push({ at, order, arc, upper });
      }
    }
    return offers.sort((a, b) => a.at - b.at || a.arc - b.arc || a.order - b.order);
  }
}
