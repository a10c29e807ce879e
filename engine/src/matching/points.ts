import type { LineSnapshot, MatchWeights } from '../snapshot.ts';
import type { Candidate } from './model.ts';

const HOUR_MS = 3_600_000;

/** Points of the terms that do not depend on when. */
export function fixedPoints(
  candidate: Candidate,
  line: LineSnapshot,
  quantity: number,
  weights: MatchWeights,
): number {
  return (
    Math.round(candidate.pointsPerPiece * quantity) +
    candidate.pointsPerPart +
    fairPoints(candidate, quantity) +
    changePoints(candidate, line, quantity, weights)
  );
}

/** The present price of the hours that a part takes at its firm; 0 without fairness. */
export function fairPoints({ fairPerPiece, fairPerPart }: Candidate, quantity: number): number {
  return Math.round(fairPerPiece * quantity + fairPerPart);
}

export function changePoints(
  candidate: Candidate,
  line: LineSnapshot,
  quantity: number,
  weights: MatchWeights,
): number {
  if (!line.previous?.length || candidate.wasTold) return 0;
  return Math.round((weights.changePerLine * quantity) / line.quantity);
}

/** Points for being late, without the once-per-line term. */
export function tardinessPoints(
  line: LineSnapshot,
  quantity: number,
  lateMs: number,
  weights: MatchWeights,
): number {
  if (lateMs <= 0) return 0;
  const perHour = weights.tardinessPerHour[line.priority] ?? 0;
  return Math.round((perHour * (lateMs / HOUR_MS) * quantity) / line.quantity);
}

export function latePoints(line: LineSnapshot, weights: MatchWeights): number {
  return weights.latePerLine[line.priority] ?? 0;
}

export function unplacedPoints(line: LineSnapshot, quantity: number, weights: MatchWeights): number {
  return Math.round(((weights.unplacedPerLine[line.priority] ?? 0) * quantity) / line.quantity);
}
