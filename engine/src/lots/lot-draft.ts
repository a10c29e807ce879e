import { type ArcTable, arcTable } from './arc-table.ts';
import type { LotPlan, LotProblem } from './lot-problem.ts';
import { PieceChoice } from './piece-choice.ts';
import { SiteRoom } from './site-room.ts';

/** A plan under change: orders are taken out and put back at their best, given what the others leave. */
export class LotDraft {
  readonly problem: LotProblem;
  readonly table: ArcTable;
  readonly room: SiteRoom;
  readonly choice: PieceChoice;
  /** Per order: pieces, and what the order costs with them and with its unserved hours. */
  readonly count: Int32Array;
  readonly orderCost: Float64Array;
  /** [order * mostPieces + k], k < count. */
  readonly pieceArc: Int32Array;
  readonly pieceAmount: Int32Array;
  /** First piece (order * mostPieces + k) at a site, −1 = none; linked both ways. */
  readonly siteHead: Int32Array;
  readonly nextAtSite: Int32Array;
  private readonly previousAtSite: Int32Array;
  cost = 0;

  constructor(problem: LotProblem) {
    const { flow } = problem;
    const orders = flow.quantity.length;
    this.problem = problem;
    this.table = arcTable(problem);
    this.room = new SiteRoom(flow);
    this.choice = new PieceChoice(this.table.mostArcs, this.table.mostPieces);
    const slots = orders * this.table.mostPieces;
    this.count = new Int32Array(orders);
    this.orderCost = new Float64Array(orders);
    this.pieceArc = new Int32Array(slots);
    this.pieceAmount = new Int32Array(slots);
    this.siteHead = new Int32Array(flow.siteCount).fill(-1);
    this.nextAtSite = new Int32Array(slots);
    this.previousAtSite = new Int32Array(slots);
    for (let order = 0; order < orders; order++) {
      this.orderCost[order] = this.costWithout(order);
      this.cost += this.orderCost[order] as number;
    }
  }

  /** What the order costs with no piece at all. */
  costWithout(order: number): number {
    const { quantity, unservedCost } = this.problem.flow;
    return (quantity[order] as number) * (unservedCost[order] as number);
  }

  /** The order's day at an arc's site; < 0 where the site is too far to be in time. */
  dayOf(order: number, arc: number): number {
    const { latestDay, arcLead, days } = this.problem.flow;
    const day = (latestDay[order] as number) - (arcLead === undefined ? 0 : (arcLead[arc] as number));
    return day < days ? day : days - 1;
  }

  /** Takes the order's pieces out; its hours are unserved then. */
  remove(order: number): void {
    const { flow } = this.problem;
    const from = order * this.table.mostPieces;
    const end = from + (this.count[order] as number);
    for (let slot = from; slot < end; slot++) {
      const arc = this.pieceArc[slot] as number;
      const site = flow.arcSite[arc] as number;
      this.room.take(site, this.dayOf(order, arc), -(this.pieceAmount[slot] as number));
      this.unlink(slot, site);
    }
    this.count[order] = 0;
    this.setCost(order, this.costWithout(order));
  }

  /** Adds one piece to an order that has it not yet; the caller keeps to the rules. */
  add(order: number, arc: number, amount: number): void {
    const { flow, pieceCost, arcOpenCost } = this.problem;
    const slot = order * this.table.mostPieces + (this.count[order] as number);
    const site = flow.arcSite[arc] as number;
    this.count[order] = (this.count[order] as number) + 1;
    this.pieceArc[slot] = arc;
    this.pieceAmount[slot] = amount;
    this.room.take(site, this.dayOf(order, arc), amount);
    this.link(slot, site);
    const saved = (flow.unservedCost[order] as number) - (flow.arcCost[arc] as number);
    const fixed =
      (pieceCost[order] as number) + (arcOpenCost === undefined ? 0 : (arcOpenCost[arc] as number));
    this.setCost(order, (this.orderCost[order] as number) + fixed - saved * amount);
  }

  /** Adds a piece that may be more than the site has room for or the order wants: as much as fits, or none. */
  addIfItFits(order: number, arc: number, hours: number): void {
    const { flow, minPiece, wholeOnly } = this.problem;
    const room = this.room.room[(flow.arcSite[arc] as number) * flow.days + this.dayOf(order, arc)] as number;
    const amount = Math.min(hours, room, this.unservedOf(order));
    const least = wholeOnly?.[arc] === 1 ? (flow.quantity[order] as number) : (minPiece[order] as number);
    if (amount >= least) this.add(order, arc, amount);
  }

  /**
   * Gives an order what is best for the rest of it, beside the pieces it has: exactly, for the room there is, at cost plus `weight` × price
   * where `prices` [site * days + day] say what an hour is worth to others.
   */
  insert(order: number, prices: Float64Array | undefined, weight: number): void {
    if ((this.count[order] as number) >= (this.problem.maxPieces[order] as number)) return;
    this.offerRoom(order, prices, weight);
    const { choice } = this;
    choice.solve(INSERT_NODES);
    for (let k = 0; k < choice.count; k++)
      this.add(order, choice.tag[k] as number, choice.amount[k] as number);
  }

  unservedOf(order: number): number {
    const from = order * this.table.mostPieces;
    const end = from + (this.count[order] as number);
    let left = this.problem.flow.quantity[order] as number;
    for (let slot = from; slot < end; slot++) left -= this.pieceAmount[slot] as number;
    return left;
  }

  private uses(order: number, arc: number): boolean {
    const from = order * this.table.mostPieces;
    const end = from + (this.count[order] as number);
    for (let slot = from; slot < end; slot++) if (this.pieceArc[slot] === arc) return true;
    return false;
  }

  private offerRoom(order: number, prices: Float64Array | undefined, weight: number): void {
    const { problem, choice } = this;
    const { flow, wholeOnly, arcOpenCost } = problem;
    const { room } = this.room;
    const days = flow.days;
    const unserved = flow.unservedCost[order] as number;
    const has = this.count[order] as number;
    const quantity = has > 0 ? this.unservedOf(order) : (flow.quantity[order] as number);
    const minimum = problem.minPiece[order] as number;
    const pieceCost = problem.pieceCost[order] as number;
    const end = this.table.end[order] as number;
    choice.begin(quantity, minimum, (problem.maxPieces[order] as number) - has);
    for (let arc = this.table.first[order] as number; arc < end; arc++) {
      let gain = unserved - (flow.arcCost[arc] as number);
      if (gain <= 0) break;
      const day = this.dayOf(order, arc);
      if (day < 0) continue;
      const at = (flow.arcSite[arc] as number) * days + day;
      const free = room[at] as number;
      if (free < minimum) continue;
      if (has > 0 && this.uses(order, arc)) continue;
      if (prices !== undefined) gain -= weight * (prices[at] as number);
      const fixed = pieceCost + (arcOpenCost === undefined ? 0 : (arcOpenCost[arc] as number));
      if (wholeOnly === undefined || wholeOnly[arc] === 0) choice.offer(arc, gain, fixed, free);
      else if (has === 0 && free >= quantity) choice.offerWhole(arc, gain, fixed);
    }
  }

  toPlan(): LotPlan {
    const { flow } = this.problem;
    const orders = flow.quantity.length;
    const pieceStart = new Int32Array(orders + 1);
    const pieces: [arc: number, amount: number][] = [];
    const unserved = Int32Array.from(flow.quantity);
    for (let order = 0; order < orders; order++) {
      const from = order * this.table.mostPieces;
      const own: [number, number][] = [];
      for (let slot = from; slot < from + (this.count[order] as number); slot++) {
        own.push([this.pieceArc[slot] as number, this.pieceAmount[slot] as number]);
        unserved[order] = (unserved[order] as number) - (this.pieceAmount[slot] as number);
      }
      own.sort(([a], [b]) => a - b);
      pieces.push(...own);
      pieceStart[order + 1] = pieces.length;
    }
    return {
      pieceStart,
      pieceArc: Int32Array.from(pieces, ([arc]) => arc),
      pieceAmount: Int32Array.from(pieces, ([, amount]) => amount),
      unserved,
      cost: this.cost,
    };
  }

  private setCost(order: number, cost: number): void {
    this.cost += cost - (this.orderCost[order] as number);
    this.orderCost[order] = cost;
  }

  private link(slot: number, site: number): void {
    const head = this.siteHead[site] as number;
    this.nextAtSite[slot] = head;
    this.previousAtSite[slot] = -1;
    if (head >= 0) this.previousAtSite[head] = slot;
    this.siteHead[site] = slot;
  }

  private unlink(slot: number, site: number): void {
    const next = this.nextAtSite[slot] as number;
    const previous = this.previousAtSite[slot] as number;
    if (previous >= 0) this.nextAtSite[previous] = next;
    else this.siteHead[site] = next;
    if (next >= 0) this.previousAtSite[next] = previous;
  }
}

/** Enough to prove nearly every choice; beyond it the best so far goes into the plan. */
const INSERT_NODES = 400;
