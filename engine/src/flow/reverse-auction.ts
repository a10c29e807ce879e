import type { Clients } from './clients.ts';
import type { AuctionLimits } from './forward-auction.ts';
import { type Market, PIECE } from './market.ts';

const { size: SIZE, order: ORDER, amount: AMOUNT, arc: ARC, slot: SLOT, orderNext: ORDER_NEXT } = PIECE;

/** Offers between two questions whether to go on: some milliseconds. */
const OFFERS_PER_QUESTION = 512;
const NONE = -1;

/**
 * Free hours look for orders (Bertsekas, Castañón and Tsaknakis 1993, reverse auction for asymmetric
 * problems). A slot with free hours above its floor would break complementary slackness; it lowers its price
 * until the order that gains most comes over, which frees hours elsewhere in turn. It ends when every free hour is
 * at its floor: prices come down where capacity appears or demand goes away.
 */
export class ReverseAuction {
  private readonly market: Market;
  private readonly clients: Clients;
  /** Per order: the most it pays for any of its hours, cost and price together; minus infinity = it must not move. */
  private readonly worst: Float64Array;
  private readonly stack: number[] = [];
  private bestOrder = -1;
  private bestArc = -1;
  private bestLevel = 0;
  private secondLevel = 0;

  constructor(market: Market, clients: Clients) {
    this.market = market;
    this.clients = clients;
    this.worst = new Float64Array(market.network.orderCount);
  }

  /** Until no free hour costs more than its floor. Returns the number of offers. */
  run(epsilon: number, limits: AuctionLimits): number {
    const { free, reserve, network } = this.market;
    this.stack.length = 0;
    for (let slot = network.slotCount - 1; slot >= 0; slot--) {
      const above = (reserve[slot] as number) > (network.slotFloor[slot] as number);
      if (above && (free[slot] as number) > 0) this.stack.push(slot);
    }
    if (this.stack.length === 0) return 0;
    for (let order = 0; order < network.orderCount; order++) this.renewWorst(order, NONE);
    let offers = 0;
    let question = OFFERS_PER_QUESTION;
    for (let slot = this.stack.pop(); slot !== undefined; slot = this.stack.pop()) {
      let wanted = true;
      while (wanted) {
        wanted = this.offer(slot, epsilon);
        if (++offers < question) continue;
        question = offers + OFFERS_PER_QUESTION;
        if (!limits.goOn(offers)) return offers;
      }
    }
    return offers;
  }

  /** One order comes over to the slot; false when the slot has found its price. */
  private offer(slot: number, epsilon: number): boolean {
    const { free, reserve, network } = this.market;
    const floor = network.slotFloor[slot] as number;
    if (free[slot] === 0 || (reserve[slot] as number) <= floor) return false;
    // Who holds hours of the slot pays its lower price without moving; he comes over only with hours held elsewhere.
    this.renewHolders(slot, slot);
    this.lookAround(slot, floor);
    const wanted = this.bestLevel > floor + epsilon;
    const price = wanted ? this.move(this.bestOrder, this.bestArc, slot, epsilon) : floor;
    this.lowerTo(slot, price);
    return wanted;
  }

  /** The slot's free hours, and those held at more, cost this from now on. */
  private lowerTo(slot: number, price: number): void {
    const { pieces, prices, slotFirst, reserve } = this.market;
    if (price < (reserve[slot] as number)) reserve[slot] = price;
    for (let piece = slotFirst[slot] as number; piece >= 0; piece = pieces[piece * SIZE] as number) {
      const told = prices[piece] === Number.POSITIVE_INFINITY;
      if (!told && (prices[piece] as number) > price) prices[piece] = price;
    }
    this.renewPrice(slot);
    this.renewHolders(slot, NONE);
  }

  private renewHolders(slot: number, except: number): void {
    const { pieces, slotFirst } = this.market;
    for (let piece = slotFirst[slot] as number; piece >= 0; piece = pieces[piece * SIZE] as number) {
      this.renewWorst(pieces[piece * SIZE + ORDER] as number, except);
    }
  }

  /** The two orders that would pay most for an hour of the slot instead of their dearest hour. */
  private lookAround(slot: number, floor: number): void {
    const { network } = this.market;
    const { problem, arcLead, slotDay, slotSite } = network;
    const { siteFirst, arcNext, listOfArc, listFirst, orderNext } = this.clients;
    const { latestDay } = problem;
    const { worst } = this;
    const day = slotDay[slot] as number;
    let best = floor;
    let second = floor;
    let bestOrder = -1;
    let bestArc = -1;
    for (let arc = siteFirst[slotSite[slot] as number] as number; arc >= 0; arc = arcNext[arc] as number) {
      const cost = problem.arcCost[arc] as number;
      const needed = day + (arcLead[arc] as number);
      let order = listFirst[listOfArc[arc] as number] as number;
      for (; order >= 0; order = orderNext[order] as number) {
        const level = (worst[order] as number) - cost;
        if (level <= second || (latestDay[order] as number) < needed) continue;
        if (level > best) {
          second = best;
          best = level;
          bestOrder = order;
          bestArc = arc;
        } else second = level;
      }
    }
    this.bestOrder = bestOrder;
    this.bestArc = bestArc;
    this.bestLevel = best;
    this.secondLevel = second;
  }

  /**
   * The order's dearest hours go to the slot; the hours they leave have to find their price. Returns the
   * slot's new price: ε below what the next dearest hours of anybody, of the order itself too, would give.
   */
  private move(order: number, arc: number, slot: number, epsilon: number): number {
    const { market } = this;
    const { pieces, free, unserved, remaining, reserve, slotPrice, network } = market;
    const wanted = free[slot] as number;
    let amount = Math.min(wanted, unserved[order] as number);
    const piece = this.dearest(order, slot);
    if (piece < 0) unserved[order] = (unserved[order] as number) - amount;
    else {
      amount = Math.min(wanted, pieces[piece * SIZE + AMOUNT] as number);
      const left = pieces[piece * SIZE + SLOT] as number;
      if (free[left] === 0) reserve[left] = slotPrice[left] as number;
      market.release(piece, amount);
      remaining[order] = (remaining[order] as number) - amount;
      this.renewPrice(left);
      this.stack.push(left);
    }
    this.renewWorst(order, slot);
    const own = (this.worst[order] as number) - (network.problem.arcCost[arc] as number);
    const next = Math.max(this.secondLevel, own) - epsilon;
    const price = Math.max(network.slotFloor[slot] as number, Math.min(next, reserve[slot] as number));
    free[slot] = (free[slot] as number) - amount;
    market.hold(order, arc, slot, amount, price);
    return price;
  }

  /** The piece outside the slot that costs the order most; −1 = its unserved hours do, or there is none. */
  private dearest(order: number, except: number): number {
    const { orderFirst, pieces, prices, unserved, network } = this.market;
    const { arcCost, unservedCost } = network.problem;
    let dearest = NONE;
    let most = (unserved[order] as number) > 0 ? (unservedCost[order] as number) : Number.NEGATIVE_INFINITY;
    let piece = orderFirst[order] as number;
    for (; piece >= 0; piece = pieces[piece * SIZE + ORDER_NEXT] as number) {
      if (pieces[piece * SIZE + SLOT] === except) continue;
      const arc = pieces[piece * SIZE + ARC] as number;
      const value = (arcCost[arc] as number) + (prices[piece] as number);
      if (value <= most) continue;
      most = value;
      dearest = piece;
    }
    return dearest;
  }

  private renewWorst(order: number, except: number): void {
    const { market, worst } = this;
    const { arcCost, unservedCost } = market.network.problem;
    const piece = market.fixed[order] === 1 ? NONE : this.dearest(order, except);
    if (piece >= 0) {
      const arc = market.pieces[piece * SIZE + ARC] as number;
      worst[order] = (arcCost[arc] as number) + (market.prices[piece] as number);
    } else {
      const waits = market.fixed[order] === 0 && (market.unserved[order] as number) > 0;
      worst[order] = waits ? (unservedCost[order] as number) : Number.NEGATIVE_INFINITY;
    }
  }

  private renewPrice(slot: number): void {
    const { market } = this;
    const { slotSite, slotDay } = market.network;
    market.priceSlot(slot);
    market.priceSite(slotSite[slot] as number, slotDay[slot] as number);
  }
}
