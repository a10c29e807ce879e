import type { LotDraft } from './lot-draft.ts';

/** Pieces of orders as they were, by place: what a round that does not pay, or the best plan met, goes back to. */
export class PieceMemory {
  private readonly draft: LotDraft;
  private readonly count: Int32Array;
  private readonly arc: Int32Array;
  private readonly amount: Int32Array;

  constructor(draft: LotDraft, places: number) {
    this.draft = draft;
    this.count = new Int32Array(places);
    this.arc = new Int32Array(places * draft.table.mostPieces);
    this.amount = new Int32Array(this.arc.length);
  }

  keep(place: number, order: number): void {
    const { draft } = this;
    const { mostPieces } = draft.table;
    const count = draft.count[order] as number;
    this.count[place] = count;
    for (let k = 0; k < count; k++) {
      this.arc[place * mostPieces + k] = draft.pieceArc[order * mostPieces + k] as number;
      this.amount[place * mostPieces + k] = draft.pieceAmount[order * mostPieces + k] as number;
    }
  }

  /** The order has no pieces when this is called. */
  giveBack(place: number, order: number): void {
    const from = place * this.draft.table.mostPieces;
    const end = from + (this.count[place] as number);
    for (let at = from; at < end; at++) {
      this.draft.add(order, this.arc[at] as number, this.amount[at] as number);
    }
  }
}
