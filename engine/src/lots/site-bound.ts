import type { ConcaveBound } from '../ascent/ascend.ts';
import type { LotProblem } from './lot-problem.ts';
import { type OfferTable, offerTable } from './offer-table.ts';
import { SiteChoice } from './site-choice.ts';

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
  readonly problem: LotProblem;
  readonly offers: OfferTable;
  readonly choice: SiteChoice;
  private readonly orders: number;
  /** Hours of an even piece. */
  private readonly evenPiece: Float64Array;

  constructor(problem: LotProblem) {
    const { quantity } = problem.flow;
    this.problem = problem;
    this.orders = quantity.length;
    this.size = 2 * this.orders;
    this.offers = offerTable(problem);
    this.choice = new SiteChoice(this.offers.mostOffers, this.offers.mostHours);
    this.evenPiece = Float64Array.from(
      quantity,
      (hours, order) => hours / (problem.maxPieces[order] as number),
    );
  }

  evaluate(prices: Float64Array, gradient: Float64Array): number {
    const { problem, orders, choice, evenPiece } = this;
    const { flow, maxPieces } = problem;
    let bound = 0;
    for (let order = 0; order < orders; order++) {
      const quantity = flow.quantity[order] as number;
      const pieceWorth = (prices[orders + order] as number) * (evenPiece[order] as number);
      gradient[order] = quantity;
      gradient[orders + order] = -quantity;
      bound += quantity * (prices[order] as number) - (maxPieces[order] as number) * pieceWorth;
    }
    for (let site = 0; site < flow.siteCount; site++) {
      bound -= this.fillSite(site, prices);
      for (let k = 0; k < choice.count; k++) {
        const order = this.offers.order[choice.tag[k] as number] as number;
        gradient[order] = (gradient[order] as number) - (choice.amount[k] as number);
        const pieces = gradient[orders + order] as number;
        gradient[orders + order] = pieces + (evenPiece[order] as number);
      }
    }
    return bound;
  }

  project(prices: Float64Array): void {
    const { unservedCost } = this.problem.flow;
    for (let order = 0; order < this.orders; order++) {
      const most = unservedCost[order] as number;
      prices[order] = Math.min(most, Math.max(0, prices[order] as number));
      prices[this.orders + order] = Math.max(0, prices[this.orders + order] as number);
    }
  }

  /** The best pieces of one site at these prices, left in `choice` with offers as tags; answers what they gain. */
  fillSite(site: number, prices: Float64Array): number {
    const { choice, offers } = this;
    const start = offers.start[site] as number;
    const end = offers.start[site + 1] as number;
    // Offers are by rising day, so the last one's limit is the widest.
    choice.begin(end - start, start < end ? (offers.limit[end - 1] as number) : 0);
    for (let offer = start; offer < end; offer++) {
      const gain = this.gainOf(offer, prices);
      if (gain <= 0) continue;
      const limit = offers.limit[offer] as number;
      const least = offers.least[offer] as number;
      choice.offer(offer, limit, gain, this.fixedOf(offer, prices), least, offers.upper[offer] as number);
    }
    return choice.solve();
  }

  /** Of an hour of the offer. */
  gainOf(offer: number, prices: Float64Array): number {
    const price = prices[this.offers.order[offer] as number] as number;
    return price - (this.problem.flow.arcCost[this.offers.arc[offer] as number] as number);
  }

  /** Cost of the piece and what the right to it is worth. */
  fixedOf(offer: number, prices: Float64Array): number {
    const { pieceCost, arcOpenCost } = this.problem;
    const order = this.offers.order[offer] as number;
    const open = arcOpenCost === undefined ? 0 : (arcOpenCost[this.offers.arc[offer] as number] as number);
    const worth = (prices[this.orders + order] as number) * (this.evenPiece[order] as number);
    return (pieceCost[order] as number) + open + worth;
  }
}
