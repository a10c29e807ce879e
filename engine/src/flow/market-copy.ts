import { type Market, PIECE } from './market.ts';

const { size: SIZE } = PIECE;

/** A market as it was, so that what somebody only asks about can be tried on it and undone in a millisecond or two. */
export class MarketCopy {
  private readonly market: Market;
  private readonly free: Int32Array;
  private readonly slotPrice: Float64Array;
  private readonly sitePrice: Float64Array;
  private readonly slotFirst: Int32Array;
  private readonly remaining: Int32Array;
  private readonly unserved: Int32Array;
  private readonly orderFirst: Int32Array;
  private pieces: Int32Array;
  private prices: Float64Array;
  private livePieces: Int32Array;
  private livePrices: Float64Array;
  private unused = 0;
  private touched = 0;

  constructor(market: Market) {
    this.market = market;
    this.free = market.free.slice();
    this.slotPrice = market.slotPrice.slice();
    this.sitePrice = market.sitePrice.slice();
    this.slotFirst = market.slotFirst.slice();
    this.remaining = market.remaining.slice();
    this.unserved = market.unserved.slice();
    this.orderFirst = market.orderFirst.slice();
    this.pieces = market.pieces.slice();
    this.prices = market.prices.slice();
    this.livePieces = market.pieces;
    this.livePrices = market.prices;
    this.save();
  }

  save(): void {
    const { market } = this;
    const { touched } = market;
    if (this.prices.length < market.prices.length) {
      this.pieces = new Int32Array(market.pieces.length);
      this.prices = new Float64Array(market.prices.length);
    }
    this.free.set(market.free);
    this.slotPrice.set(market.slotPrice);
    this.sitePrice.set(market.sitePrice);
    this.slotFirst.set(market.slotFirst);
    this.remaining.set(market.remaining);
    this.unserved.set(market.unserved);
    this.orderFirst.set(market.orderFirst);
    this.pieces.set(market.pieces.subarray(0, touched * SIZE));
    this.prices.set(market.prices.subarray(0, touched));
    this.livePieces = market.pieces;
    this.livePrices = market.prices;
    this.unused = market.unused;
    this.touched = touched;
  }

  /** Everything but reserves, which only a reverse auction changes, is as it was when saved. */
  restore(): void {
    const { market, touched } = this;
    market.free.set(this.free);
    market.slotPrice.set(this.slotPrice);
    market.sitePrice.set(this.sitePrice);
    market.slotFirst.set(this.slotFirst);
    market.remaining.set(this.remaining);
    market.unserved.set(this.unserved);
    market.orderFirst.set(this.orderFirst);
    // The market may have moved its pieces to a larger place meanwhile; the old place is large enough again.
    market.pieces = this.livePieces;
    market.prices = this.livePrices;
    market.chainUnused(touched, Math.min(market.touched, market.prices.length));
    market.pieces.set(this.pieces.subarray(0, touched * SIZE));
    market.prices.set(this.prices.subarray(0, touched));
    market.unused = this.unused;
    market.touched = touched;
  }
}
