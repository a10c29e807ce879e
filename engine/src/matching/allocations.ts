import type { Allocation, AllocationScore, SubLot } from '../plan.ts';
import type { MatchWeights } from '../snapshot.ts';
import { compareText } from './model.ts';
import type { Part } from './place-job.ts';
import { changePoints, latePoints, tardinessPoints } from './points.ts';

/** The parts of one line as they are told to the outside, in the order they start. */
export function toAllocations(parts: readonly Part[], weights: MatchWeights): Allocation[] {
  const latest = parts.reduce((worst, part) => Math.max(worst, part.lateMs), 0);
  let lateCharged = latest === 0;
  const sorted = [...parts].sort(
    (a, b) =>
      a.placement.startMs - b.placement.startMs ||
      compareText(a.candidate.route.capability.id, b.candidate.route.capability.id),
  );
  return sorted.map((part) => {
    const chargeLate = !lateCharged && part.lateMs === latest;
    lateCharged ||= chargeLate;
    return toAllocation(part, weights, chargeLate);
  });
}

export function toAllocation(part: Part, weights: MatchWeights, chargeLate: boolean): Allocation {
  const { route, distanceKm, pointsPerPart } = part.candidate;
  const distance = weights.distancePerKm * distanceKm;
  const cost = Math.round(part.candidate.pointsPerPiece * part.quantity) + pointsPerPart - distance;
  const score: AllocationScore = {
    late: chargeLate ? latePoints(part.job.line, weights) : 0,
    tardiness: tardinessPoints(part.job.line, part.quantity, part.lateMs, weights),
    cost,
    distance,
    change: changePoints(part.candidate, part.job.line, part.quantity, weights),
  };
  return {
    lineId: part.job.line.id,
    siteId: route.site.id,
    capabilityId: route.capability.id,
    quantity: part.quantity,
    subLots: toSubLots(part),
    startMs: part.placement.startMs,
    finishMs: part.placement.finishMs,
    arriveMs: part.arriveMs,
    lateMs: part.lateMs,
    distanceKm,
    costMinor: part.candidate.costMinor(part.quantity),
    score,
    lock: part.job.lock,
    origin: part.job.lock === 'none' ? 'auto' : 'operator',
  };
}

function toSubLots(part: Part): SubLot[] {
  return part.placement.lots
    .map((lot) => ({
      machineId: lot.machine.id,
      stepIndex: lot.stepIndex,
      quantity: lot.quantity,
      startMs: lot.machine.clock.startClock(lot.startWork),
      endMs: lot.machine.clock.endClock(lot.endWork),
      setUpMs: lot.setUpMs,
    }))
    .sort((a, b) => a.stepIndex - b.stepIndex || compareText(a.machineId, b.machineId));
}
