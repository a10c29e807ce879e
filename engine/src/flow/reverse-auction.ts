import type { AuctionLimits } from './forward-auction.ts';
import { type Market, PIECE, PIECE_SIZE } from './market.ts';
import type { Clients } from './network.ts';

/** Offers between two questions whether to go on: some milliseconds. */
const OFFERS_PER_QUESTION = 1_024;

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
    for (let order = 0; order < network.orderCount; order++) this.renewWorst(order);
    let offers = 0;
    let question = OFFERS_PER_QUESTION;
    for (let slot = this.stack.pop(); slot !== undefined; slot = this.stack.pop()) {
      while (this.offer(slot, epsilon)) offers++;
      offers++;
      if (offers < question) continue;
      question = offers + OFFERS_PER_QUESTION;
      if (!limits.goOn(offers)) break;
    }
    return offers;
  }

  /** One order comes over to the slot; false when the slot has found its price. */
  private offer(slot: number, epsilon: number): boolean {
    const { free, reserve, network } = this.market;
    const floor = network.slotFloor[slot] as number;
    if (free[slot] === 0 || (reserve[slot] as number) <= floor) return false;
    this.lookAround(slot, floor);
    if (this.bestLevel > floor + epsilon) {
      this.move(this.bestOrder, this.bestArc, slot, epsilon);
      return true;
    }
    reserve[slot] = floor;
    this.renewPrice(slot);
    return false;
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
   * The order's dearest hours go to the slot, at ε below what the next dearest hours of anybody, of the order
   * itself too, would give; the hours they leave have to find their price.
   */
  private move(order: number, arc: number, slot: number, epsilon: number): void {
    const { market } = this;
    const { pieces, free, unserved, remaining, reserve, slotPrice, network } = market;
    const wanted = free[slot] as number;
    let amount = Math.min(wanted, unserved[order] as number);
    const piece = this.dearest(order);
    if (piece < 0) unserved[order] = (unserved[order] as number) - amount;
    else {
      amount = Math.min(wanted, pieces[piece * PIECE_SIZE + PIECE.amount] as number);
      const left = pieces[piece * PIECE_SIZE + PIECE.slot] as number;
      if (free[left] === 0) reserve[left] = slotPrice[left] as number;
      market.release(piece, amount);
      remaining[order] = (remaining[order] as number) - amount;
      this.renewPrice(left);
      if (left !== slot) this.stack.push(left);
    }
    this.renewWorst(order);
    const next = Math.max(this.secondLevel, this.levelOf(order, arc));
    const price = Math.max(network.slotFloor[slot] as number, next - epsilon);
    if (price < (reserve[slot] as number)) reserve[slot] = price;
    free[slot] = (free[slot] as number) - amount;
    market.hold(order, arc, slot, amount, reserve[slot] as number);
    this.renewPrice(slot);
    if (this.levelOf(order, arc) < (reserve[slot] as number)) this.renewWorst(order);
  }

  /** The price at which an hour at the arc's site is as good for the order as its dearest one. */
  private levelOf(order: number, arc: number): number {
    return (this.worst[order] as number) - (this.market.network.problem.arcCost[arc] as number);
  }

  /** The piece that costs the order most; −1 = its unserved hours do. */
  private dearest(order: number): number {
    const { orderFirst, pieces, prices, unserved, network } = this.market;
    const { arcCost, unservedCost } = network.problem;
    let dearest = -1;
    let most = (unserved[order] as number) > 0 ? (unservedCost[order] as number) : Number.NEGATIVE_INFINITY;
    let piece = orderFirst[order] as number;
    for (; piece >= 0; piece = pieces[piece * PIECE_SIZE + PIECE.orderNext] as number) {
      const arc = pieces[piece * PIECE_SIZE + PIECE.arc] as number;
      const value = (arcCost[arc] as number) + (prices[piece] as number);
      if (value <= most) continue;
      most = value;
      dearest = piece;
    }
    return dearest;
  }

  private renewWorst(order: number): void {
    const { market, worst } = this;
    const { arcCost, unservedCost } = market.network.problem;
    const piece = market.fixed[order] === 1 ? -1 : this.dearest(order);
    if (piece >= 0) {
      const arc = market.pieces[piece * PIECE_SIZE + PIECE.arc] as number;
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
