import { SnapshotFault } from '../fault.ts';
import { checkFlowProblem } from './check-flow-problem.ts';
import { joinList, leaveList } from './clients.ts';
import { dualBound, supportedPrices } from './dual-bound.ts';
import { flowOf, marketCost } from './flow-of-market.ts';
import type { FlowProblem, FlowSolution } from './flow-problem.ts';
import { type FlowOrder, type FlowQuote, heldPieces, orderCost, quoteFree } from './flow-quote.ts';
import { type Market, PIECE } from './market.ts';
import { MarketCopy } from './market-copy.ts';
import { createNetwork } from './network.ts';
import { type FlowOptions, type SolvedMarket, solveMarket } from './solve-flow.ts';

const { size: SIZE, order: ORDER, amount: AMOUNT, arc: ARC, slot: SLOT } = PIECE;

/** Room for what comes after the network was solved; when it is used up the network is to be solved anew. */
export interface FlowRoom {
  readonly orders?: number;
  readonly lists?: number;
  readonly arcs?: number;
}

export interface FlowArc {
  readonly site: number;
  readonly cost: number;
  readonly lead?: number;
}

/** Enough for some hours of a busy network. */
const ROOM = { orders: 2_000, lists: 500, arcs: 200_000 } as const;
const NO_LIMITS = { goOn: () => true } as const;

/**
 * A solved network that goes on living: orders come and go, capacity appears and disappears, and each time only
 * what must move moves. Every piece keeps ε-complementary slackness throughout, so that the prices stay a
 * certificate. Orders that people were told about stay where they are.
 */
export class FlowState {
  /** Of the orders and the capacity at the beginning. */
  readonly initial: FlowSolution;
  /** The network as it stands; a removed order has no hours. */
  readonly problem: FlowProblem;
  private readonly solved: SolvedMarket;
  private readonly market: Market;
  private readonly copy: MarketCopy;
  private readonly spareOrders: number[] = [];
  private spareList: number;
  private readonly known: Uint8Array;
  /** Above what anybody would pay. */
  private ceiling: number;

  constructor(problem: FlowProblem, options: FlowOptions = {}, room: FlowRoom = {}) {
    const problems = checkFlowProblem(problem);
    if (problems.length > 0) throw new SnapshotFault(problems);
    const orders = problem.quantity.length;
    this.problem = withRoom(problem, { ...ROOM, ...room });
    this.spareList = problem.arcStart.length - 1;
    this.known = new Uint8Array(this.problem.quantity.length).fill(1, 0, orders);
    for (let order = this.known.length - 1; order >= orders; order--) this.spareOrders.push(order);
    this.ceiling = 1 + problem.unservedCost.reduce((most, cost) => Math.max(most, cost), 0);
    this.solved = solveMarket(createNetwork(this.problem, true), options);
    this.market = this.solved.market;
    this.initial = this.solved.solution;
    this.copy = new MarketCopy(this.market);
  }

  /** A list of arcs for orders to come; undefined when there is no more room. */
  addList(arcs: readonly FlowArc[]): number | undefined {
    const { arcStart, arcSite, arcCost } = this.problem;
    const { siteFirst, arcNext, listOfArc } = this.solved.clients;
    const { arcLead } = this.market.network;
    const list = this.spareList;
    const start = arcStart[list] as number;
    if (list + 1 >= arcStart.length || start + arcs.length > arcSite.length) return undefined;
    this.spareList++;
    const sorted = arcs.toSorted((a, b) => a.cost - b.cost || a.site - b.site);
    for (const [i, { site, cost, lead }] of sorted.entries()) {
      const arc = start + i;
      arcSite[arc] = site;
      arcCost[arc] = cost;
      arcLead[arc] = lead ?? 0;
      listOfArc[arc] = list;
      arcNext[arc] = siteFirst[site] as number;
      siteFirst[site] = arc;
    }
    arcStart.fill(start + arcs.length, list + 1);
    return list;
  }

  /** What the order would get from free hours, nobody moving. */
  quote(order: FlowOrder): FlowQuote {
    return quoteFree(this.market, order);
  }

  /** What the order would get when others that were not told may move; nothing is changed. Undefined when there is no room. */
  quoteDisplacing(order: FlowOrder): FlowQuote | undefined {
    const index = this.spareOrders.at(-1);
    if (index === undefined) return undefined;
    this.copy.save();
    this.enter(index, order);
    const displaced = this.settle(index);
    const pieces = heldPieces(this.market, index);
    const unserved = this.market.unserved[index] as number;
    const touched = [index, ...displaced];
    const after = touched.reduce((sum, other) => sum + orderCost(this.market, other), 0);
    this.leave(index);
    this.copy.restore();
    const before = displaced.reduce((sum, other) => sum + orderCost(this.market, other), 0);
    return { pieces, unserved, addedCost: after - before, displaced };
  }

  /** The order's number from now on; undefined when there is no room. */
  add(order: FlowOrder): { readonly order: number; readonly displaced: readonly number[] } | undefined {
    const index = this.spareOrders.pop();
    if (index === undefined) return undefined;
    this.enter(index, order);
    return { order: index, displaced: this.settle(index) };
  }

  /** The order's hours become free and prices come down where nobody wants them as dearly. */
  remove(order: number): void {
    if (this.known[order] === 0) return;
    const { market } = this;
    for (let piece = this.firstPiece(order); piece >= 0; piece = this.firstPiece(order)) {
      const at = piece * SIZE;
      const slot = market.pieces[at + SLOT] as number;
      this.openSlot(slot);
      market.release(piece, market.pieces[at + AMOUNT] as number);
      this.renewPrice(slot);
    }
    market.remaining[order] = 0;
    market.unserved[order] = 0;
    this.leave(order);
    this.spareOrders.push(order);
    this.lowerPrices();
  }

  /** People were told: the order's hours stay where they are from now on. */
  tell(order: number): void {
    const { market } = this;
    market.fixed[order] = 1;
    const told: [arc: number, slot: number, amount: number][] = [];
    for (let piece = this.firstPiece(order); piece >= 0; piece = this.firstPiece(order)) {
      const at = piece * SIZE;
      const amount = market.pieces[at + AMOUNT] as number;
      const slot = market.pieces[at + SLOT] as number;
      told.push([market.pieces[at + ARC] as number, slot, amount]);
      market.release(piece, amount);
      market.free[slot] = (market.free[slot] as number) - amount;
      market.remaining[order] = (market.remaining[order] as number) - amount;
    }
    for (const [arc, slot, amount] of told) {
      market.hold(order, arc, slot, amount, Number.POSITIVE_INFINITY);
      this.renewPrice(slot);
    }
    // Others see a dearer site now; what they remember stays a lower bound.
  }

  /** The site's plain hours of the day change; who loses hours bids again, told orders last. */
  setCapacity(site: number, day: number, hours: number): { readonly displaced: readonly number[] } {
    const { market } = this;
    const { network } = market;
    const { days, slotCapacity } = network;
    const slot = (day > 0 ? network.slotEnd[site * days + day - 1] : network.slotStart[site]) as number;
    let change = hours - (slotCapacity[slot] as number);
    slotCapacity[slot] = hours;
    this.problem.capacity[site * days + day] = hours;
    if (change > 0) {
      this.openSlot(slot);
      market.free[slot] = (market.free[slot] as number) + change;
      this.renewPrice(slot);
      this.lowerPrices();
      return { displaced: [] };
    }
    const given = Math.min(-change, market.free[slot] as number);
    market.free[slot] = (market.free[slot] as number) - given;
    const displaced = new Set<number>();
    for (change += given; change < 0; ) {
      const holder = market.pieces[(market.slotFirst[slot] as number) * SIZE + ORDER] as number;
      change += market.displaceFirst(slot, -change);
      displaced.add(holder);
      this.solved.forward.enter(holder);
    }
    this.renewPrice(slot);
    return { displaced: [...new Set([...displaced, ...this.settle()])].sort((a, b) => a - b) };
  }

  /** What one more hour is worth to orders that may move [site * days + day]. */
  prices(): Float64Array {
    return supportedPrices(this.market.network, this.market.sitePrice, this.market.fixed);
  }

  /** The flow as it stands. Its bound is that of a network in which told orders might move too. */
  flow(): FlowSolution {
    const { market } = this;
    const cost = marketCost(market);
    const prices = supportedPrices(market.network, market.sitePrice);
    const bound = Math.min(cost, Math.max(0, dualBound(market.network, prices)));
    const gap = cost > 0 ? (cost - bound) / cost : 0;
    return { ...flowOf(market), prices, cost, bound, gap, bids: 0, finished: true };
  }

  private enter(index: number, { quantity, latestDay, unservedCost, list }: FlowOrder): void {
    const { problem, market, solved } = this;
    problem.quantity[index] = quantity;
    problem.latestDay[index] = latestDay;
    problem.unservedCost[index] = unservedCost;
    problem.arcList[index] = list;
    market.remaining[index] = quantity;
    market.fixed[index] = 0;
    this.known[index] = 1;
    this.ceiling = Math.max(this.ceiling, unservedCost + 1);
    joinList(solved.clients, index, list);
    solved.forward.enter(index);
  }

  private leave(index: number): void {
    const { problem, solved } = this;
    leaveList(solved.clients, index, problem.arcList[index] as number);
    problem.quantity[index] = 0;
    this.known[index] = 0;
  }

  /** Lets everybody who has hours to place bid; returns who else lost hours by it. */
  private settle(entering = -1): number[] {
    const { forward, epsilon } = this.solved;
    // The same state gives the same answer, whatever somebody asked in between.
    forward.forget();
    forward.displaced = new Set();
    forward.run(epsilon, NO_LIMITS);
    forward.displaced.delete(entering);
    const displaced = [...forward.displaced].sort((a, b) => a - b);
    forward.displaced = undefined;
    return displaced;
  }

  private lowerPrices(): void {
    this.solved.reverse.run(this.solved.epsilon, NO_LIMITS);
  }

  /** A full slot's free hours begin at the price its hours had; they come down from there. */
  private openSlot(slot: number): void {
    const { market } = this;
    if (market.free[slot] === 0)
      market.reserve[slot] = Math.min(this.ceiling, market.slotPrice[slot] as number);
  }

  private firstPiece(order: number): number {
    return this.market.orderFirst[order] as number;
  }

  private renewPrice(slot: number): void {
    const { slotSite, slotDay } = this.market.network;
    this.market.priceSlot(slot);
    this.market.priceSite(slotSite[slot] as number, slotDay[slot] as number);
  }
}

/** Orders of no hours, lists of no arcs, and arcs of no list at the ends. */
function withRoom(problem: FlowProblem, room: Required<FlowRoom>): FlowProblem {
  const extended = (values: Int32Array, by: number, fill = 0): Int32Array => {
    const longer = new Int32Array(values.length + by).fill(fill, values.length);
    longer.set(values);
    return longer;
  };
  const arcLead = new Int8Array(problem.arcSite.length + room.arcs);
  if (problem.arcLead) arcLead.set(problem.arcLead);
  return {
    ...problem,
    capacity: problem.capacity.slice(),
    quantity: extended(problem.quantity, room.orders),
    latestDay: extended(problem.latestDay, room.orders),
    unservedCost: extended(problem.unservedCost, room.orders),
    arcList: extended(problem.arcList, room.orders),
    arcStart: extended(problem.arcStart, room.lists, problem.arcSite.length),
    arcSite: extended(problem.arcSite, room.arcs),
    arcCost: extended(problem.arcCost, room.arcs),
    arcLead,
  };
}
