import { arcTable } from './arc-table.ts';
import type { LotPlan, LotProblem } from './lot-problem.ts';

/** Orders that share sites with each other and with nobody else; to be solved on their own, in any sequence. */
export interface LotComponent {
  /** Order k of `problem` is orders[k] of the whole, ascending; arcs keep their numbers. */
  readonly orders: Int32Array;
  readonly problem: LotProblem;
}

/** Components in the sequence of their first orders. */
export function lotComponents(problem: LotProblem): LotComponent[] {
  const { flow } = problem;
  const table = arcTable(problem);
  const orderCount = flow.quantity.length;
  const parent = Int32Array.from({ length: orderCount + flow.siteCount }, (_, node) => node);
  const rootOf = (node: number): number => {
    let at = node;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at] as number] as number;
      at = parent[at] as number;
    }
    return at;
  };
  for (let order = 0; order < orderCount; order++) {
    for (let arc = table.first[order] as number; arc < (table.end[order] as number); arc++) {
      if ((flow.arcCost[arc] as number) >= (flow.unservedCost[order] as number)) break;
      parent[rootOf(order)] = rootOf(orderCount + (flow.arcSite[arc] as number));
    }
  }
  const members = new Map<number, number[]>();
  for (let order = 0; order < orderCount; order++) {
    const root = rootOf(order);
    const list = members.get(root);
    if (list) list.push(order);
    else members.set(root, [order]);
  }
  return [...members.values()].map((list) => component(problem, Int32Array.from(list)));
}

/** One plan from the components' plans. */
export function joinLotPlans(
  problem: LotProblem,
  parts: readonly { readonly orders: Int32Array; readonly plan: LotPlan }[],
): LotPlan {
  const orderCount = problem.flow.quantity.length;
  const pieceStart = new Int32Array(orderCount + 1);
  const unserved = new Int32Array(orderCount);
  let cost = 0;
  for (const { orders, plan } of parts) {
    cost += plan.cost;
    orders.forEach((order, k) => {
      pieceStart[order + 1] = (plan.pieceStart[k + 1] as number) - (plan.pieceStart[k] as number);
      unserved[order] = plan.unserved[k] as number;
    });
  }
  for (let order = 0; order < orderCount; order++) {
    pieceStart[order + 1] = (pieceStart[order + 1] as number) + (pieceStart[order] as number);
  }
  const pieceArc = new Int32Array(pieceStart[orderCount] as number);
  const pieceAmount = new Int32Array(pieceArc.length);
  for (const { orders, plan } of parts) {
    orders.forEach((order, k) => {
      const from = plan.pieceStart[k] as number;
      const end = plan.pieceStart[k + 1] as number;
      pieceArc.set(plan.pieceArc.subarray(from, end), pieceStart[order] as number);
      pieceAmount.set(plan.pieceAmount.subarray(from, end), pieceStart[order] as number);
    });
  }
  return { pieceStart, pieceArc, pieceAmount, unserved, cost };
}

function component(problem: LotProblem, orders: Int32Array): LotComponent {
  const pick = (values: Int32Array): Int32Array => orders.map((order) => values[order] as number);
  const { flow } = problem;
  return {
    orders,
    problem: {
      ...problem,
      flow: {
        ...flow,
        quantity: pick(flow.quantity),
        latestDay: pick(flow.latestDay),
        unservedCost: pick(flow.unservedCost),
        arcList: pick(flow.arcList),
      },
      minPiece: pick(problem.minPiece),
      maxPieces: pick(problem.maxPieces),
      pieceCost: pick(problem.pieceCost),
    },
  };
}
