import type { LotProblem } from '../lots/lot-problem.ts';
import { type SampleFlowOptions, sampleFlow } from './sample-flow.ts';
import { seededRandom } from './seeded-random.ts';

export interface SampleLotsOptions extends SampleFlowOptions {
  /** Smallest piece as a share of the order. */
  readonly minPieceShare: number;
  readonly maxPieces: number;
  /** Chance of a site to take whole orders only. */
  readonly wholeOnly: number;
}

/** Cost of a piece, tenths of a unit like the cost of an hour: about six hours' worth of set-up and papers. */
const PIECE_COST_MEDIAN = 5_000;
const PIECE_COST_SPREAD = 0.5;
/** Draws of its own, so that the flow problem of the same seed is the same. */
const LOTS_STREAM = 0x10_75;

/** The network of `sampleFlow` with minimum lots, at most so many pieces and a cost for each. */
export function sampleLots(options: SampleLotsOptions): LotProblem {
  const flow = sampleFlow(options);
  const random = seededRandom(options.seed ^ LOTS_STREAM);
  const whole = Uint8Array.from({ length: options.sites }, () => (random.chance(options.wholeOnly) ? 1 : 0));
  return {
    flow,
    minPiece: flow.quantity.map((hours) => Math.max(1, Math.ceil(hours * options.minPieceShare))),
    maxPieces: flow.quantity.map(() => options.maxPieces),
    pieceCost: flow.quantity.map(() =>
      Math.round(PIECE_COST_MEDIAN * (1 + PIECE_COST_SPREAD * (2 * random.next() - 1))),
    ),
    wholeOnly: Uint8Array.from(flow.arcSite, (site) => whole[site] ?? 0),
  };
}
