import type { LotPlan, LotProblem } from '../lots/lot-problem.ts';

// Shares nothing with the solver but the shape of what it is given.

export interface LotViolation {
  readonly code:
    | 'shape'
    | 'not-capable'
    | 'late'
    | 'minimum-lot'
    | 'pieces'
    | 'whole-order'
    | 'quantity'
    | 'twice'
    | 'capacity'
    | 'cost';
  /** −1 where no single order is to blame. */
  readonly order: number;
  /** For people who look into it; not translated. */
  readonly detail: string;
}

interface Work {
  readonly day: number;
  readonly hours: number;
  readonly order: number;
}

/** Replays a lot plan day by day at each site and adds up what it costs; empty = feasible and honest. */
export function verifyLots(problem: LotProblem, plan: LotPlan): LotViolation[] {
  const found: LotViolation[] = [];
  const { flow } = problem;
  const orders = flow.quantity.length;
  if (plan.pieceStart.length !== orders + 1 || plan.unserved.length !== orders) {
    return [{ code: 'shape', order: -1, detail: `${plan.pieceStart.length - 1} of ${orders} orders` }];
  }
  if (plan.pieceStart[0] !== 0 || plan.pieceStart[orders] !== plan.pieceArc.length) {
    return [{ code: 'shape', order: -1, detail: 'the orders do not cover the pieces' }];
  }
  const bySite = new Map<number, Work[]>();
  let cost = 0;
  for (let order = 0; order < orders; order++) cost += checkOrder(problem, plan, order, bySite, found);
  for (const [site, work] of bySite) found.push(...checkSite(problem, site, work));
  if (cost !== plan.cost) found.push({ code: 'cost', order: -1, detail: `${plan.cost} is in truth ${cost}` });
  return found;
}

/** The rules of one order; its work is noted at the sites, its cost is the answer. */
function checkOrder(
  problem: LotProblem,
  plan: LotPlan,
  order: number,
  bySite: Map<number, Work[]>,
  found: LotViolation[],
): number {
  const { flow } = problem;
  const say = (code: LotViolation['code'], detail: string): void => void found.push({ code, order, detail });
  const quantity = flow.quantity[order] ?? 0;
  const list = flow.arcList[order] ?? 0;
  const from = plan.pieceStart[order] ?? 0;
  const to = plan.pieceStart[order + 1] ?? 0;
  const unserved = plan.unserved[order] ?? 0;
  const seen = new Set<number>();
  let sum = unserved;
  let cost = unserved * (flow.unservedCost[order] ?? 0);
  if (to - from > (problem.maxPieces[order] ?? 0))
    say('pieces', `${to - from} of ${problem.maxPieces[order]}`);
  if (unserved < 0) say('quantity', `${unserved} unserved`);
  for (let piece = from; piece < to; piece++) {
    const arc = plan.pieceArc[piece] ?? -1;
    const hours = plan.pieceAmount[piece] ?? 0;
    const mine = arc >= (flow.arcStart[list] ?? 0) && arc < (flow.arcStart[list + 1] ?? 0);
    if (!mine) {
      say('not-capable', `arc ${arc}`);
      continue;
    }
    if (seen.has(arc)) say('twice', `arc ${arc}`);
    seen.add(arc);
    if (hours < (problem.minPiece[order] ?? 0)) say('minimum-lot', `${hours} hours`);
    if (problem.wholeOnly?.[arc] === 1 && hours !== quantity)
      say('whole-order', `${hours} of ${quantity} hours`);
    const day = (flow.latestDay[order] ?? 0) - (flow.arcLead?.[arc] ?? 0);
    if (day < 0) say('late', `arc ${arc} is too far`);
    const site = flow.arcSite[arc] ?? -1;
    const work = bySite.get(site) ?? [];
    work.push({ day, hours, order });
    bySite.set(site, work);
    sum += hours;
    cost +=
      hours * (flow.arcCost[arc] ?? 0) + (problem.pieceCost[order] ?? 0) + (problem.arcOpenCost?.[arc] ?? 0);
  }
  if (sum !== quantity) say('quantity', `${sum} of ${quantity} hours`);
  return cost;
}

/** Works the site's pieces off by due date, hour by hour of each day; what is not done by its day is late. */
function checkSite({ flow }: LotProblem, site: number, work: readonly Work[]): LotViolation[] {
  const queue = [...work].sort((a, b) => a.day - b.day);
  const left = queue.map(({ hours }) => hours);
  let head = 0;
  for (let day = 0; day < flow.days; day++) {
    let idle = flow.capacity[site * flow.days + day] ?? 0;
    while (idle > 0 && head < queue.length) {
      const done = Math.min(idle, left[head] ?? 0);
      left[head] = (left[head] ?? 0) - done;
      idle -= done;
      if (left[head] === 0) head++;
    }
    const next = queue[head];
    if (next !== undefined && next.day <= day) {
      return [{ code: 'capacity', order: next.order, detail: `site ${site} is behind on day ${day}` }];
    }
  }
  const last = queue[head];
  return last === undefined
    ? []
    : [{ code: 'capacity', order: last.order, detail: `site ${site} never ends` }];
}
