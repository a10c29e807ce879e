import type { FlowProblem } from './flow-problem.ts';

/** Costs up to here leave room for exact prices beside the smallest ε. */
const MAX_COST = 2 ** 30;
const MAX_DAYS = 4_096;

/** What makes the problem meaningless, in words; at most one entry per kind. */
export function checkFlowProblem(problem: FlowProblem): string[] {
  const { siteCount, days, capacity, quantity, latestDay, unservedCost, arcList, arcStart } = problem;
  const { arcSite, arcCost, arcLead } = problem;
  const orders = quantity.length;
  const lists = arcStart.length - 1;
  const arcs = arcSite.length;
  const found: string[] = [];
  const expect = (holds: boolean, message: string): void => void (holds || found.push(message));
  expect(days >= 1 && days <= MAX_DAYS, `days must be 1 … ${MAX_DAYS}`);
  expect(capacity.length === siteCount * days, 'capacity must hold one number per site and day');
  expect(lists >= 0 && arcStart[0] === 0 && arcStart[lists] === arcs, 'arcStart must span all arcs');
  expect(
    latestDay.length === orders && unservedCost.length === orders && arcList.length === orders,
    'every order needs a latest day, a cost of staying unserved and a list of arcs',
  );
  expect(
    arcCost.length === arcs && (arcLead === undefined || arcLead.length === arcs),
    'every arc needs a cost',
  );
  if (found.length > 0) return found;
  const named = (values: Int32Array, from: number, to: number, what: string): void => {
    const at = values.findIndex((value) => value < from || value > to);
    if (at >= 0) found.push(`${what} ${at} is ${values[at]}, not ${from} … ${to}`);
  };
  named(capacity, 0, MAX_COST, 'capacity');
  named(quantity, 0, MAX_COST, 'quantity of order');
  named(latestDay, 0, days - 1, 'latest day of order');
  named(unservedCost, 0, MAX_COST, 'unserved cost of order');
  named(arcList, 0, lists - 1, 'arc list of order');
  named(arcSite, 0, siteCount - 1, 'site of arc');
  named(arcCost, 0, MAX_COST, 'cost of arc');
  for (let list = 0; list < lists; list++) {
    const start = arcStart[list] as number;
    const end = arcStart[list + 1] as number;
    if (end < start) return [...found, `arcStart falls at list ${list}`];
    for (let arc = start + 1; arc < end; arc++) {
      if ((arcCost[arc] as number) < (arcCost[arc - 1] as number))
        return [...found, `list ${list} is not sorted by cost`];
    }
  }
  for (const { site, day, capacity: hours, cost } of problem.extraSlots ?? []) {
    const known = site >= 0 && site < siteCount && day >= 0 && day < days;
    if (!known || !(hours > 0) || !(cost > 0) || hours > MAX_COST || cost > MAX_COST) {
      return [...found, `extra slot at site ${site} on day ${day} is impossible`];
    }
  }
  return found;
}
