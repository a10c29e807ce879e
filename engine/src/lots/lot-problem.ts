import type { FlowProblem } from '../flow/flow-problem.ts';

/**
 * The flow problem with what is not divisible: a piece is what one order gives to one arc, it is never smaller
 * than the order's minimum lot, an order has at most so many pieces, each piece costs something whatever its
 * size, and some sites take an order whole or not at all:
 *
 *   min Σ arcCost·x + Σ (pieceCost + arcOpenCost)·y + Σ unservedCost·unserved
 *   minPiece·y ≤ x ≤ quantity·y,   Σ_arcs y ≤ maxPieces,   x = quantity·y where the site takes whole orders,
 *
 * and the rows of FlowProblem. Parallel arcs to one site are different pieces (two deliveries of two dates).
 */
export interface LotProblem {
  /** Without `extraSlots`: overtime is offered as a site of its own. */
  readonly flow: FlowProblem;
  /** Per order: standard hours of the smallest piece, 1 … quantity. */
  readonly minPiece: Int32Array;
  /** Per order: ≥ 1. */
  readonly maxPieces: Int32Array;
  /** Per order: cost of each piece beside its hours (set-up, first-article inspection, papers); ≥ 0. */
  readonly pieceCost: Int32Array;
  /** Per arc, added to `pieceCost`; ≥ 0. Absent = 0 everywhere. */
  readonly arcOpenCost?: Int32Array;
  /** Per arc: 1 where the site takes the whole order or nothing. Absent = 0 everywhere. */
  readonly wholeOnly?: Uint8Array;
}

export interface LotPlan {
  /** Pieces of order j are pieceStart[j] … pieceStart[j + 1] − 1. */
  readonly pieceStart: Int32Array;
  /** Index into `arcSite` and `arcCost`, ascending within an order. */
  readonly pieceArc: Int32Array;
  /** Standard hours. */
  readonly pieceAmount: Int32Array;
  /** Per order: standard hours that nobody makes. */
  readonly unserved: Int32Array;
  readonly cost: number;
}

/** What contradicts itself in a problem; empty = it can be solved. At most a handful is listed. */
export function lotProblemFaults(problem: LotProblem): string[] {
  const { flow } = problem;
  const orders = flow.quantity.length;
  const arcs = flow.arcSite.length;
  const faults: string[] = [];
  const expect = (holds: boolean, what: string): void => {
    if (!holds && faults.length < MOST_FAULTS) faults.push(what);
  };
  if (flow.extraSlots !== undefined) expect(flow.extraSlots.length === 0, 'extra slots are not for lots');
  expect(flow.capacity.length === flow.siteCount * flow.days, 'capacity has another length');
  for (const name of ['minPiece', 'maxPieces', 'pieceCost'] as const)
    expect(problem[name].length === orders, `${name} has another length`);
  expect((problem.arcOpenCost?.length ?? arcs) === arcs, 'arcOpenCost has another length');
  expect((problem.wholeOnly?.length ?? arcs) === arcs, 'wholeOnly has another length');
  for (let order = 0; order < orders; order++) {
    const quantity = flow.quantity[order] ?? 0;
    const minPiece = problem.minPiece[order] ?? 0;
    expect(quantity > 0, `order ${order} has no quantity`);
    expect(minPiece >= 1 && minPiece <= quantity, `order ${order}: no piece can be ${minPiece} or more`);
    expect((problem.maxPieces[order] ?? 0) >= 1, `order ${order} may have no piece`);
    expect((problem.pieceCost[order] ?? 0) >= 0, `order ${order}: piece cost below 0`);
    const day = flow.latestDay[order] ?? -1;
    expect(day >= 0 && day < flow.days, `order ${order}: latest day ${day} outside the horizon`);
    expect((flow.arcStart[(flow.arcList[order] ?? -1) + 1] ?? -1) >= 0, `order ${order} has no list of arcs`);
  }
  for (let arc = 0; arc < arcs; arc++) {
    const site = flow.arcSite[arc] ?? -1;
    expect(site >= 0 && site < flow.siteCount, `arc ${arc}: no site ${site}`);
    expect((flow.arcCost[arc] ?? -1) >= 0, `arc ${arc}: cost below 0`);
    expect((problem.arcOpenCost?.[arc] ?? 0) >= 0, `arc ${arc}: opening cost below 0`);
  }
  return faults;
}

/** Enough to see what is wrong; a broken file would list every order. */
const MOST_FAULTS = 10;
