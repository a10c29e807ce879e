import type { LotProblem } from './lot-problem.ts';

/** What the inner loops read of an order: where its arcs begin and end, and its own figures. */
export interface ArcTable {
  readonly first: Int32Array;
  readonly end: Int32Array;
  readonly mostArcs: number;
  /** Upper limit of pieces over all orders. */
  readonly mostPieces: number;
}

export function arcTable({ flow, maxPieces, minPiece }: LotProblem): ArcTable {
  const orders = flow.quantity.length;
  const first = new Int32Array(orders);
  const end = new Int32Array(orders);
  let mostArcs = 0;
  let mostPieces = 1;
  for (let order = 0; order < orders; order++) {
    const list = flow.arcList[order] as number;
    first[order] = flow.arcStart[list] as number;
    end[order] = flow.arcStart[list + 1] as number;
    const arcs = (end[order] as number) - (first[order] as number);
    const fit = Math.floor((flow.quantity[order] as number) / (minPiece[order] as number));
    mostArcs = Math.max(mostArcs, arcs);
    mostPieces = Math.max(mostPieces, Math.min(maxPieces[order] as number, fit, arcs));
  }
  return { first, end, mostArcs, mostPieces };
}
