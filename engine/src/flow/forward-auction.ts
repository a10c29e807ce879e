import { type Market, PIECE } from './market.ts';

const { size: SIZE, order: ORDER } = PIECE;

/** Choices an order remembers; while prices only rise, what was beyond them cannot have become better. */
const REMEMBERED = 16;
/** Bids between two questions whether to go on: some milliseconds. */
const BIDS_PER_QUESTION = 4_096;

export interface AuctionLimits {
  /** Told every few milliseconds how many bids were made; false ends the auction where it stands. */
  readonly goOn: (bids?: number) => boolean;
}

/**
 * Orders bid for hours (Bertsekas and Castañón 1989, the auction for transportation problems). An order with
 * hours to place takes the cheapest hours of its best site up to the price at which its second best choice,
 * or staying unserved, would be as good, displacing their holders; it pays what the next hour there would
 * have cost it, but no more than the second best allows, and ε beyond. So every piece keeps
 *
 *   cost + price ≤ min over all choices (cost + price) + ε        (ε-complementary slackness)
 */
export class ForwardAuction {
  private readonly market: Market;
  private readonly queue: Int32Array;
  private readonly queued: Uint8Array;
  private queueFirst = 0;
  private queueLength = 0;
  /** Per order: how many choices it remembers, −1 = it has not looked yet. */
  private readonly known: Int8Array;
  /** Every choice not remembered cost at least this when the order last looked. */
  private readonly beyond: Float64Array;
  private readonly knownArc: Int32Array;
  private readonly lookValue = new Float64Array(REMEMBERED);
  private readonly lookArc = new Int32Array(REMEMBERED);
  /** Hours of each slot of the site taken by the bid being made; zeros between bids. */
  private readonly taken: Int32Array;
  private bestArc = -1;
  /** The best site's price may rise to this before the second best choice is as good. */
  private bestLimit = 0;

  constructor(market: Market) {
    const { orderCount, siteCount, slotStart } = market.network;
    this.market = market;
    this.queue = new Int32Array(orderCount);
    this.queued = new Uint8Array(orderCount);
    this.known = new Int8Array(orderCount).fill(-1);
    this.beyond = new Float64Array(orderCount);
    this.knownArc = new Int32Array(orderCount * REMEMBERED);
    let mostSlots = 0;
    for (let site = 0; site < siteCount; site++) {
      mostSlots = Math.max(mostSlots, (slotStart[site + 1] as number) - (slotStart[site] as number));
    }
    this.taken = new Int32Array(mostSlots);
  }

  /** Prices may have fallen: every order looks at all its choices again. */
  forget(): void {
    this.known.fill(-1);
  }

  /** The order has hours to place. */
  enter(order: number): void {
    if (this.queued[order] === 1) return;
    this.queued[order] = 1;
    const size = this.queue.length;
    const end = this.queueFirst + this.queueLength++;
    this.queue[end < size ? end : end - size] = order;
  }

  /** Until every hour is placed or given up. Returns the number of bids. */
  run(epsilon: number, limits: AuctionLimits): number {
    const { remaining, unserved } = this.market;
    let bids = 0;
    let question = BIDS_PER_QUESTION;
    while (this.queueLength > 0) {
      const order = this.queue[this.queueFirst] as number;
      while ((remaining[order] as number) > 0) {
        bids++;
        this.look(order);
        if (this.bestArc >= 0) {
          this.bid(order, this.bestArc, this.bestLimit, epsilon);
          continue;
        }
        unserved[order] = (unserved[order] as number) + (remaining[order] as number);
        remaining[order] = 0;
      }
      this.queued[order] = 0;
      this.queueLength--;
      if (++this.queueFirst === this.queue.length) this.queueFirst = 0;
      if (bids < question) continue;
      question = bids + BIDS_PER_QUESTION;
      if (!limits.goOn(bids)) break;
    }
    return bids;
  }

  /** Empties the queue after an auction that was ended early. */
  leave(): void {
    this.queued.fill(0);
    this.queueLength = 0;
  }

  /** Finds the best choice and how far its price may rise; no arc when staying unserved is as good. */
  private look(order: number): void {
    const { problem, arcLead, days } = this.market.network;
    const { arcSite, arcCost } = problem;
    const { sitePrice } = this.market;
    const latest = problem.latestDay[order] as number;
    const ceiling = problem.unservedCost[order] as number;
    const known = this.known[order] as number;
    let best = ceiling;
    let second = ceiling;
    let bestArc = -1;
    for (let i = order * REMEMBERED, end = i + known; i < end; i++) {
      const arc = this.knownArc[i] as number;
      const lastDay = latest - (arcLead[arc] as number);
      const day = lastDay < days ? lastDay : days - 1;
      const value = (arcCost[arc] as number) + (sitePrice[(arcSite[arc] as number) * days + day] as number);
      if (value >= second) continue;
      if (value < best) {
        second = best;
        best = value;
        bestArc = arc;
      } else second = value;
    }
    if (known < 0 || second > (this.beyond[order] as number)) {
      const found = this.lookEverywhere(order, latest, ceiling);
      bestArc = found > 0 ? (this.lookArc[0] as number) : -1;
      second = found > 1 ? (this.lookValue[1] as number) : ceiling;
    }
    this.bestArc = bestArc;
    if (bestArc >= 0) this.bestLimit = second - (arcCost[bestArc] as number);
  }

  /** Remembers the best choices, best first. Arcs ascend in cost, so the rest of them can be left out early. */
  private lookEverywhere(order: number, latest: number, ceiling: number): number {
    const { problem, arcLead, days } = this.market.network;
    const { arcSite, arcCost, arcStart } = problem;
    const { sitePrice } = this.market;
    const { lookValue, lookArc } = this;
    const list = problem.arcList[order] as number;
    const end = arcStart[list + 1] as number;
    let limit = ceiling;
    let found = 0;
    for (let arc = arcStart[list] as number; arc < end; arc++) {
      const cost = arcCost[arc] as number;
      if (cost >= limit) break;
      const lastDay = latest - (arcLead[arc] as number);
      if (lastDay < 0) continue;
      const day = lastDay < days ? lastDay : days - 1;
      const value = cost + (sitePrice[(arcSite[arc] as number) * days + day] as number);
      if (value >= limit) continue;
      let at = found < REMEMBERED ? found++ : REMEMBERED - 1;
      for (; at > 0 && (lookValue[at - 1] as number) > value; at--) {
        lookValue[at] = lookValue[at - 1] as number;
        lookArc[at] = lookArc[at - 1] as number;
      }
      lookValue[at] = value;
      lookArc[at] = arc;
      if (found === REMEMBERED) limit = lookValue[REMEMBERED - 1] as number;
    }
    for (let i = 0; i < found; i++) this.knownArc[order * REMEMBERED + i] = lookArc[i] as number;
    this.known[order] = found;
    this.beyond[order] = limit;
    return found;
  }

  /** Takes hours of the arc's site, cheapest first and late days before early ones, up to the limit. */
  private bid(order: number, arc: number, limit: number, epsilon: number): void {
    const { market, taken } = this;
    const { network, slotPrice, remaining } = market;
    const { days } = network;
    const site = network.problem.arcSite[arc] as number;
    const lastDay = (network.problem.latestDay[order] as number) - (network.arcLead[arc] as number);
    const start = network.slotStart[site] as number;
    const last = (network.slotEnd[site * days + (lastDay < days ? lastDay : days - 1)] as number) - 1;
    let first = last + 1;
    let end = start;
    let marginal = limit;
    for (;;) {
      let slot = -1;
      let price = limit;
      for (let s = last; s >= start; s--) {
        const p = slotPrice[s] as number;
        if (p < price || (p === price && slot < 0)) {
          price = p;
          slot = s;
        }
      }
      if (slot < 0) break;
      if (remaining[order] === 0) {
        marginal = price;
        break;
      }
      taken[slot - start] = (taken[slot - start] as number) + this.take(order, slot);
      if (slot < first) first = slot;
      if (slot >= end) end = slot + 1;
    }
    for (let slot = first; slot < end; slot++) {
      const amount = taken[slot - start] as number;
      if (amount === 0) continue;
      taken[slot - start] = 0;
      market.hold(order, arc, slot, amount, marginal + epsilon);
      market.priceSlot(slot);
    }
    if (first < end) market.priceSite(site, network.slotDay[first] as number);
  }

  /** Takes the slot's cheapest hours: the free ones, or those of one holder, who then has to bid again. */
  private take(order: number, slot: number): number {
    const { market } = this;
    const wanted = market.remaining[order] as number;
    let taken = market.free[slot] as number;
    if (taken > 0) {
      if (taken > wanted) taken = wanted;
      market.free[slot] = (market.free[slot] as number) - taken;
    } else {
      const holder = market.pieces[(market.slotFirst[slot] as number) * SIZE + ORDER] as number;
      taken = market.displaceFirst(slot, wanted);
      if (holder !== order) this.enter(holder);
    }
    market.remaining[order] = (market.remaining[order] as number) - taken;
    market.priceSlot(slot);
    return taken;
  }
}
