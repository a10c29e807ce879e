import type { ConcaveBound } from '../ascent/ascend.ts';
import { projectFalling } from '../ascent/project-falling.ts';
import { type ArcTable, arcTable } from './arc-table.ts';
import type { LotProblem } from './lot-problem.ts';
import { PieceChoice } from './piece-choice.ts';
import { SiteRoom } from './site-room.ts';

/**
 * The sites' rows priced out. For any prices p ≥ 0 that do not rise from day to day, no plan costs less than
 *
 *   L(p) = Σ_orders min_{choices} Σ (cost + p[site, day])·x + fixed·y + unservedCost·unserved − Σ capacity·p,
 *
 * since Σ_t (p_t − p_{t+1})·(hours up to t − work due by t) ≥ 0 for every feasible plan. The inner minimum is the
 * exact choice of one order among its minimum lots and at most so many pieces, each at most what its site can
 * make by that day: so the bound is that of the convex hull of each order's choices, which is at least that
 * of the linear relaxation with x ≤ upper·y (Geoffrion 1974). Prices are [site * days + day].
 */
export class OrderBound implements ConcaveBound {
  readonly size: number;
  private readonly problem: LotProblem;
  private readonly table: ArcTable;
  private readonly choice: PieceChoice;
  /** Room of the empty sites. */
  private readonly upper: Int32Array;

  constructor(problem: LotProblem) {
    this.problem = problem;
    this.table = arcTable(problem);
    this.choice = new PieceChoice(this.table.mostArcs, this.table.mostPieces);
    this.upper = new SiteRoom(problem.flow).room;
    this.size = problem.flow.capacity.length;
  }

  evaluate(prices: Float64Array, gradient: Float64Array): number {
    const { flow } = this.problem;
    const { capacity } = flow;
    let bound = 0;
    for (let at = 0; at < capacity.length; at++) {
      gradient[at] = -(capacity[at] as number);
      bound -= (capacity[at] as number) * (prices[at] as number);
    }
    for (let order = 0; order < flow.quantity.length; order++) {
      bound += this.costOf(order, prices);
      this.addLoad(order, gradient);
    }
    return bound;
  }

  project(prices: Float64Array): void {
    projectFalling(prices, this.problem.flow.days);
  }

  /** What an order costs at its best at these prices, alone in the network. */
  costOf(order: number, prices: Float64Array): number {
    const { problem, choice, upper } = this;
    const { flow, wholeOnly, arcOpenCost } = problem;
    const unserved = flow.unservedCost[order] as number;
    const quantity = flow.quantity[order] as number;
    const pieceCost = problem.pieceCost[order] as number;
    const end = this.table.end[order] as number;
    choice.begin(quantity, problem.minPiece[order] as number, problem.maxPieces[order] as number);
    for (let arc = this.table.first[order] as number; arc < end; arc++) {
      const saved = unserved - (flow.arcCost[arc] as number);
      if (saved <= 0) break;
      const at = this.placeOf(order, arc);
      if (at < 0) continue;
      const most = upper[at] as number;
      const gain = saved - (prices[at] as number);
      const fixed = pieceCost + (arcOpenCost === undefined ? 0 : (arcOpenCost[arc] as number));
      if (wholeOnly === undefined || wholeOnly[arc] === 0) choice.offer(arc, gain, fixed, most);
      else if (most >= quantity) choice.offerWhole(arc, gain, fixed);
    }
    choice.solve(MOST_NODES);
    return unserved * quantity - choice.bound;
  }

  /** Adds the hours of the order's last choice. */
  private addLoad(order: number, load: Float64Array): void {
    const { choice } = this;
    for (let k = 0; k < choice.count; k++) {
      const at = this.placeOf(order, choice.tag[k] as number);
      load[at] = (load[at] as number) + (choice.amount[k] as number);
    }
  }

  /** site * days + day of the order at an arc; −1 where the site is too far to be in time. */
  private placeOf(order: number, arc: number): number {
    const { arcLead, arcSite, latestDay, days } = this.problem.flow;
    const day = (latestDay[order] as number) - (arcLead === undefined ? 0 : (arcLead[arc] as number));
    if (day < 0) return -1;
    return (arcSite[arc] as number) * days + (day < days ? day : days - 1);
  }
}

/** Beyond it the order's share is the bound of its relaxation: still valid, only weaker. */
const MOST_NODES = 2_000;
