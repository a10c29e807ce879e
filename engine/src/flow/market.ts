import type { FlowNetwork } from './network.ts';

/**
 * Whole numbers of a piece in `Market.pieces`: `size` per piece (one for alignment, half a cache line), the others
 * at these places; the first is the next piece in the slot. Its price lies beside them in `Market.prices`. Hot
 * modules take the places into constants of their own.
 */
export const PIECE = { size: 8, order: 1, amount: 2, arc: 3, slot: 4, orderNext: 5, orderBefore: 6 } as const;
const { size: SIZE, order: ORDER, amount: AMOUNT, arc: ARC, slot: SLOT } = PIECE;
const { orderNext: ORDER_NEXT, orderBefore: ORDER_BEFORE } = PIECE;
const NONE = -1;

/**
 * Who holds which hours at which price. Every hour of a slot has its own price: what its holder bid for it,
 * or the slot's reserve while it is free. The slot's price is the lowest of them, so that the cheapest hour is
 * displaced first, and an order with last day d at a site sees the lowest price of all slots up to d.
 */
export class Market {
  readonly network: FlowNetwork;
  /** Hours of the slot nobody holds. */
  readonly free: Int32Array;
  /** What a free hour costs. Not below the slot's floor; at the floor the hour may stay unsold. */
  readonly reserve: Float64Array;
  readonly slotPrice: Float64Array;
  /** [site * days + day]: lowest slot price up to the day; infinite where there is no slot. */
  readonly sitePrice: Float64Array;
  /** Hours of the order that are neither held nor given up. */
  readonly remaining: Int32Array;
  /** Hours of the order given up: staying unserved is cheaper than any site. */
  readonly unserved: Int32Array;
  /** 1 = the order has been told: its hours stay where they are. */
  readonly fixed: Uint8Array;
  readonly orderFirst: Int32Array;
  /** Cheapest holder first. */
  readonly slotFirst: Int32Array;
  pieces: Int32Array;
  prices: Float64Array;
  /** First place for a new piece; the others follow as if it were a slot. */
  private unused = 0;

  constructor(network: FlowNetwork) {
    const { slotCount, siteCount, days, orderCount } = network;
    this.network = network;
    this.free = new Int32Array(slotCount);
    this.reserve = new Float64Array(slotCount);
    this.slotPrice = new Float64Array(slotCount);
    this.sitePrice = new Float64Array(siteCount * days);
    this.remaining = new Int32Array(orderCount);
    this.unserved = new Int32Array(orderCount);
    this.fixed = new Uint8Array(orderCount);
    this.orderFirst = new Int32Array(orderCount);
    this.slotFirst = new Int32Array(slotCount);
    const room = slotCount + 2 * orderCount + 1;
    this.pieces = new Int32Array(room * SIZE);
    this.prices = new Float64Array(room);
    this.reserve.set(network.slotFloor);
    this.clear();
  }

  /** Takes everything from everybody; reserves stay. */
  clear(): void {
    this.free.set(this.network.slotCapacity);
    this.remaining.set(this.network.problem.quantity);
    this.unserved.fill(0);
    this.orderFirst.fill(NONE);
    this.slotFirst.fill(NONE);
    this.unused = 0;
    this.chainUnused(0);
    for (let slot = 0; slot < this.network.slotCount; slot++) this.priceSlot(slot);
    for (let site = 0; site < this.network.siteCount; site++) this.priceSite(site, 0);
  }

  /** Lowest price among the slot's hours. */
  priceSlot(slot: number): void {
    const first = this.slotFirst[slot] as number;
    this.slotPrice[slot] =
      (this.free[slot] as number) > 0
        ? (this.reserve[slot] as number)
        : first === NONE
          ? Number.POSITIVE_INFINITY
          : (this.prices[first] as number);
  }

  /** Renews the site's prices from the day on. */
  priceSite(site: number, fromDay: number): void {
    const { days, slotEnd, slotStart } = this.network;
    const { sitePrice, slotPrice } = this;
    const base = site * days;
    let lowest = fromDay > 0 ? (sitePrice[base + fromDay - 1] as number) : Number.POSITIVE_INFINITY;
    let slot = (fromDay > 0 ? slotEnd[base + fromDay - 1] : slotStart[site]) as number;
    for (let day = fromDay; day < days; day++) {
      const end = slotEnd[base + day] as number;
      for (; slot < end; slot++) {
        const price = slotPrice[slot] as number;
        if (price < lowest) lowest = price;
      }
      sitePrice[base + day] = lowest;
    }
  }

  /** The order holds `amount` hours of the slot at `price`; the caller has taken them from `free` or from another. */
  hold(order: number, arc: number, slot: number, amount: number, price: number): void {
    let before = NONE;
    let after = this.slotFirst[slot] as number;
    while (after !== NONE && (this.prices[after] as number) < price) {
      before = after;
      after = this.pieces[after * SIZE] as number;
    }
    if (this.unused === NONE) this.grow();
    const { pieces, prices } = this;
    const piece = this.unused;
    const at = piece * SIZE;
    this.unused = pieces[at] as number;
    const first = this.orderFirst[order] as number;
    prices[piece] = price;
    pieces[at] = after;
    pieces[at + ORDER] = order;
    pieces[at + AMOUNT] = amount;
    pieces[at + ARC] = arc;
    pieces[at + SLOT] = slot;
    pieces[at + ORDER_NEXT] = first;
    pieces[at + ORDER_BEFORE] = NONE;
    if (first !== NONE) pieces[first * SIZE + ORDER_BEFORE] = piece;
    this.orderFirst[order] = piece;
    if (before === NONE) this.slotFirst[slot] = piece;
    else pieces[before * SIZE] = piece;
  }

  /** Takes hours from the slot's cheapest holder; they are nobody's then. Returns how many it had to give. */
  displaceFirst(slot: number, most: number): number {
    const { pieces } = this;
    const piece = this.slotFirst[slot] as number;
    const at = piece * SIZE;
    const order = pieces[at + ORDER] as number;
    const held = pieces[at + AMOUNT] as number;
    const taken = Math.min(held, most);
    this.remaining[order] = (this.remaining[order] as number) + taken;
    if (taken < held) pieces[at + AMOUNT] = held - taken;
    else {
      this.slotFirst[slot] = pieces[at] as number;
      this.drop(piece);
    }
    return taken;
  }

  /** Takes hours from a piece wherever it stands in its slot; the hours become free. */
  release(piece: number, amount: number): void {
    const { pieces } = this;
    const at = piece * SIZE;
    const slot = pieces[at + SLOT] as number;
    const order = pieces[at + ORDER] as number;
    const held = pieces[at + AMOUNT] as number;
    this.remaining[order] = (this.remaining[order] as number) + amount;
    this.free[slot] = (this.free[slot] as number) + amount;
    if (amount < held) {
      pieces[at + AMOUNT] = held - amount;
      return;
    }
    const first = this.slotFirst[slot] as number;
    if (first === piece) this.slotFirst[slot] = pieces[at] as number;
    else {
      let before = first;
      while (pieces[before * SIZE] !== piece) before = pieces[before * SIZE] as number;
      pieces[before * SIZE] = pieces[at] as number;
    }
    this.drop(piece);
  }

  /** Unhooks the piece from its order and keeps its place for the next one. */
  private drop(piece: number): void {
    const { pieces } = this;
    const at = piece * SIZE;
    const next = pieces[at + ORDER_NEXT] as number;
    const before = pieces[at + ORDER_BEFORE] as number;
    if (next !== NONE) pieces[next * SIZE + ORDER_BEFORE] = before;
    if (before === NONE) this.orderFirst[pieces[at + ORDER] as number] = next;
    else pieces[before * SIZE + ORDER_NEXT] = next;
    pieces[at] = this.unused;
    this.unused = piece;
  }

  private grow(): void {
    const room = this.prices.length;
    const pieces = new Int32Array(2 * room * SIZE);
    pieces.set(this.pieces);
    const prices = new Float64Array(2 * room);
    prices.set(this.prices);
    this.pieces = pieces;
    this.prices = prices;
    this.unused = room;
    this.chainUnused(room);
  }

  private chainUnused(from: number): void {
    const last = this.prices.length - 1;
    for (let piece = from; piece < last; piece++) this.pieces[piece * SIZE] = piece + 1;
    this.pieces[last * SIZE] = NONE;
  }
}
