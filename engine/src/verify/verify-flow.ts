import type { FlowProblem, FlowSolution } from '../flow/flow-problem.ts';

export interface FlowViolation {
  readonly code:
    | 'wrong-shape'
    | 'bad-amount'
    | 'foreign-arc'
    | 'quantity'
    | 'too-late'
    | 'overbooked'
    | 'cost'
    | 'bound'
    | 'price';
  /** Order or site it concerns, where there is one. */
  readonly order?: number;
  readonly site?: number;
  readonly day?: number;
}

/** Relative room for rounding when sums of products are compared. */
const ROUNDING = 1e-9;

/**
 * Replays a flow against its problem: every hour on an arc of its order, quantities add up, the hours due by each
 * day fit into the slots up to that day, the stated cost is what they cost, and the stated bound follows from
 * the stated prices. Shares no code with the solver.
 */
export function verifyFlow(problem: FlowProblem, flow: FlowSolution): FlowViolation[] {
  const orders = problem.quantity.length;
  const pieces = flow.pieceArc.length;
  const shaped =
    flow.pieceStart.length === orders + 1 &&
    flow.unserved.length === orders &&
    flow.pieceAmount.length === pieces &&
    flow.pieceStart[orders] === pieces &&
    flow.prices.length === problem.siteCount * problem.days;
  if (!shaped) return [{ code: 'wrong-shape' }];
  const violations: FlowViolation[] = [];
  /** Hours each site must have done by the end of the day, by the day they are due. */
  const due = new Float64Array(problem.siteCount * problem.days);
  let cost = 0;
  for (let order = 0; order < orders; order++) cost += replayOrder(problem, flow, order, due, violations);
  for (let site = 0; site < problem.siteCount; site++) cost += replaySite(problem, site, due, violations);
  // A flow may be worked in dearer slots than it must: then it states more than it could cost.
  const dearer = (problem.extraSlots?.length ?? 0) > 0;
  if (cost > flow.cost * (1 + ROUNDING) || (!dearer && cost < flow.cost * (1 - ROUNDING))) {
    violations.push({ code: 'cost' });
  }
  violations.push(...replayBound(problem, flow, cost));
  return violations;
}

function replayOrder(
  problem: FlowProblem,
  flow: FlowSolution,
  order: number,
  due: Float64Array,
  violations: FlowViolation[],
): number {
  const list = problem.arcList[order] ?? -1;
  const unserved = flow.unserved[order] ?? -1;
  let placed = unserved;
  let cost = unserved * (problem.unservedCost[order] ?? 0);
  if (unserved < 0) violations.push({ code: 'bad-amount', order });
  for (let piece = flow.pieceStart[order] ?? 0; piece < (flow.pieceStart[order + 1] ?? 0); piece++) {
    const arc = flow.pieceArc[piece] ?? -1;
    const amount = flow.pieceAmount[piece] ?? 0;
    if (amount <= 0) violations.push({ code: 'bad-amount', order });
    if (arc < (problem.arcStart[list] ?? 0) || arc >= (problem.arcStart[list + 1] ?? 0)) {
      violations.push({ code: 'foreign-arc', order });
      continue;
    }
    placed += amount;
    cost += amount * (problem.arcCost[arc] ?? 0);
    const site = problem.arcSite[arc] ?? 0;
    const day = Math.min((problem.latestDay[order] ?? 0) - (problem.arcLead?.[arc] ?? 0), problem.days - 1);
    if (day < 0) violations.push({ code: 'too-late', order, site });
    else due[site * problem.days + day] = (due[site * problem.days + day] ?? 0) + amount;
  }
  if (placed !== problem.quantity[order]) violations.push({ code: 'quantity', order });
  return cost;
}

/** Earliest due first; of the hours up to a day the cheapest are used. Returns what the dearer ones cost. */
function replaySite(
  problem: FlowProblem,
  site: number,
  due: Float64Array,
  violations: FlowViolation[],
): number {
  const extra = problem.extraSlots?.filter((slot) => slot.site === site) ?? [];
  const unused: { cost: number; hours: number }[] = [];
  let cost = 0;
  for (let day = 0; day < problem.days; day++) {
    unused.push({ cost: 0, hours: problem.capacity[site * problem.days + day] ?? 0 });
    for (const slot of extra) if (slot.day === day) unused.push({ cost: slot.cost, hours: slot.capacity });
    let open = due[site * problem.days + day] ?? 0;
    while (open > 0) {
      const next = unused.filter(({ hours }) => hours > 0).sort((a, b) => a.cost - b.cost)[0];
      if (next === undefined) {
        violations.push({ code: 'overbooked', site, day });
        break;
      }
      const hours = Math.min(open, next.hours);
      next.hours -= hours;
      open -= hours;
      cost += hours * next.cost;
    }
  }
  return cost;
}

/** The dual value of the stated prices, by the definition. */
function replayBound(problem: FlowProblem, flow: FlowSolution, cost: number): FlowViolation[] {
  const { days } = problem;
  const violations: FlowViolation[] = [];
  const priceAt = (site: number, day: number): number => flow.prices[site * days + day] ?? Number.NaN;
  let dual = 0;
  for (let order = 0; order < problem.quantity.length; order++) {
    const list = problem.arcList[order] ?? -1;
    let least = problem.unservedCost[order] ?? 0;
    for (let arc = problem.arcStart[list] ?? 0; arc < (problem.arcStart[list + 1] ?? 0); arc++) {
      const day = Math.min((problem.latestDay[order] ?? 0) - (problem.arcLead?.[arc] ?? 0), days - 1);
      if (day < 0) continue;
      least = Math.min(least, (problem.arcCost[arc] ?? 0) + priceAt(problem.arcSite[arc] ?? 0, day));
    }
    dual += least * (problem.quantity[order] ?? 0);
  }
  for (let site = 0; site < problem.siteCount; site++) {
    for (let day = 0; day < days; day++) {
      const price = priceAt(site, day);
      const rises = day > 0 && price > priceAt(site, day - 1);
      if (!(price >= 0) || rises) violations.push({ code: 'price', site, day });
      dual -= price * (problem.capacity[site * days + day] ?? 0);
    }
  }
  for (const { site, day, capacity, cost: floor } of problem.extraSlots ?? []) {
    dual -= Math.max(0, priceAt(site, day) - floor) * capacity;
  }
  // Whole numbers: the bound may be the next whole number above the dual value.
  const holds = flow.bound <= Math.max(0, Math.ceil(dual + Math.abs(dual) * ROUNDING)) && flow.bound <= cost;
  if (!holds) violations.push({ code: 'bound' });
  return violations;
}
