import { SnapshotFault } from '../fault.ts';
import { checkFlowProblem } from './check-flow-problem.ts';
import { joinList, leaveList } from './clients.ts';
import { dualBound, supportedPrices } from './dual-bound.ts';
import { flowOf, marketCost } from './flow-of-market.ts';
import type { FlowProblem, FlowSolution } from './flow-problem.ts';
import { type FlowOrder, type FlowQuote, quoteFlow } from './flow-quote.ts';
import { type Market, PIECE } from './market.ts';
import { createNetwork } from './network.ts';
import { type FlowOptions, firstEpsilon, type SolvedMarket, solveMarket } from './solve-flow.ts';

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

/**
 * A solved network that goes on living: orders come and go, capacity appears and disappears, and each time only
 * few others move, which keeps answers quick and people calm. Orders that people were told about stay where they
 * are. The plan drifts from the optimum by that; `flow()` proves by how much, and solving anew closes it.
 */
export class FlowState {
  /** Of the orders and the capacity at the beginning. */
  readonly initial: FlowSolution;
  /** The network as it stands; a removed order has no hours. */
  readonly problem: FlowProblem;
  private readonly solved: SolvedMarket;
  private readonly market: Market;
  private readonly spareOrders: number[] = [];
  private spareList: number;
  private readonly known: Uint8Array;
  /** An order comes over to hours that became free when each gains it this much: moving is trouble for people. */
  private readonly leastGain: number;
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
    this.leastGain = firstEpsilon(problem);
    this.waitAtFloor();
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
    return quoteFlow(this.market, order, false);
  }

  /** What the order would get when others that were not told may move. */
  quoteDisplacing(order: FlowOrder): FlowQuote {
    return quoteFlow(this.market, order, true);
  }

  /** Gives the order what `quoteDisplacing` says. `order` is its number from now on; undefined = no more room. */
  add(order: FlowOrder): { readonly order: number; readonly quote: FlowQuote } | undefined {
    const index = this.spareOrders.pop();
    if (index === undefined) return undefined;
    const { problem, market } = this;
    problem.quantity[index] = order.quantity;
    problem.latestDay[index] = order.latestDay;
    problem.unservedCost[index] = order.unservedCost;
    problem.arcList[index] = order.list;
    market.fixed[index] = 0;
    this.known[index] = 1;
    this.ceiling = Math.max(this.ceiling, order.unservedCost + 1);
    joinList(this.solved.clients, index, order.list);
    return { order: index, quote: this.place(index, order) };
  }

  /** The order's hours become free and prices come down where nobody wants them as dearly. */
  remove(order: number): void {
    if (this.known[order] !== 1) return;
    const { market, problem } = this;
    for (let piece = this.firstPiece(order); piece >= 0; piece = this.firstPiece(order)) {
      const at = piece * SIZE;
      const slot = market.pieces[at + SLOT] as number;
      this.openSlot(slot);
      market.release(piece, market.pieces[at + AMOUNT] as number);
      this.renewPrice(slot);
    }
    market.remaining[order] = 0;
    market.unserved[order] = 0;
    leaveList(this.solved.clients, order, problem.arcList[order] as number);
    problem.quantity[order] = 0;
    this.known[order] = 0;
    this.spareOrders.push(order);
    this.lowerPrices();
  }

  /** People were told: the order's hours stay where they are from now on. */
  tell(order: number): void {
    const { market } = this;
    if (market.fixed[order] === 1) return;
    market.fixed[order] = 1;
    const told: [arc: number, slot: number, amount: number][] = [];
    for (let piece = this.firstPiece(order); piece >= 0; piece = this.firstPiece(order)) {
      const at = piece * SIZE;
      const amount = market.pieces[at + AMOUNT] as number;
      told.push([market.pieces[at + ARC] as number, market.pieces[at + SLOT] as number, amount]);
      market.release(piece, amount);
    }
    for (const [arc, slot, amount] of told) this.give(order, arc, slot, amount, Number.POSITIVE_INFINITY);
    market.remaining[order] = 0;
  }

  /** The site's plain hours of the day change. Who loses hours is placed again; told orders lose theirs last. */
  setCapacity(site: number, day: number, hours: number): readonly FlowQuote[] {
    const { market } = this;
    const { days, slotCapacity, slotEnd, slotStart } = market.network;
    const slot = (day > 0 ? slotEnd[site * days + day - 1] : slotStart[site]) as number;
    const change = hours - (slotCapacity[slot] as number);
    slotCapacity[slot] = hours;
    this.problem.capacity[site * days + day] = hours;
    if (change >= 0) {
      this.openSlot(slot);
      market.free[slot] = (market.free[slot] as number) + change;
      this.renewPrice(slot);
      this.lowerPrices();
      return [];
    }
    const given = Math.min(-change, market.free[slot] as number);
    market.free[slot] = (market.free[slot] as number) - given;
    const losers = new Set<number>();
    for (let missing = -change - given; missing > 0; ) {
      losers.add(market.pieces[(market.slotFirst[slot] as number) * SIZE + ORDER] as number);
      missing -= market.displaceFirst(slot, missing);
    }
    this.renewPrice(slot);
    return [...losers].map((loser) => {
      const { latestDay, unservedCost, arcList } = this.problem;
      return this.place(loser, {
        quantity: market.remaining[loser] as number,
        latestDay: latestDay[loser] as number,
        unservedCost: unservedCost[loser] as number,
        list: arcList[loser] as number,
      });
    });
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

  /** Finds hours for the order, moves who is in the way, and gives the order what it found. */
  private place(order: number, wanted: FlowOrder): FlowQuote {
    const { market } = this;
    const quote = quoteFlow(market, wanted, true, order);
    for (const { piece, amount } of quote.moves) market.release(piece, amount);
    for (const { order: other, toArc, toSlot, amount } of quote.moves) {
      market.remaining[other] = (market.remaining[other] as number) - amount;
      if (toArc >= 0) this.give(other, toArc, toSlot, amount, market.network.slotFloor[toSlot] as number);
      else market.unserved[other] = (market.unserved[other] as number) + amount;
    }
    for (const { arc, slot, amount } of quote.pieces) {
      // What the order would have paid for its next hour elsewhere, it would pay here.
      const price = quote.marginalCost - (this.problem.arcCost[arc] as number);
      this.give(order, arc, slot, amount, Math.max(price, market.network.slotFloor[slot] as number));
    }
    market.unserved[order] = (market.unserved[order] as number) + quote.unserved;
    market.remaining[order] = 0;
    return quote;
  }

  private give(order: number, arc: number, slot: number, amount: number, price: number): void {
    this.market.free[slot] = (this.market.free[slot] as number) - amount;
    this.market.hold(order, arc, slot, amount, price);
    this.renewPrice(slot);
  }

  /** Free hours look for orders that gain much by them; in the end they wait at their floor. */
  private lowerPrices(): void {
    this.solved.reverse.run(this.leastGain, { goOn: () => false });
    this.waitAtFloor();
  }

  private waitAtFloor(): void {
    const { network, free, reserve } = this.market;
    for (let slot = 0; slot < network.slotCount; slot++) {
      const floor = network.slotFloor[slot] as number;
      if ((free[slot] as number) === 0 || (reserve[slot] as number) <= floor) continue;
      reserve[slot] = floor;
      this.renewPrice(slot);
    }
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
