import { overlaps } from '../interval/interval.ts';
import type { Allocation, MatchPlan } from '../plan.ts';
import type { BlockedInterval, LineLock, LineSnapshot, Snapshot } from '../snapshot.ts';
import { DEFAULT_MAX_SITES } from '../snapshot.ts';
import { type MatchOptions, matchOn } from './match.ts';
import { PlanIndex } from './plan-index.ts';

export interface Disturbance {
  /** Lines whose allocations are placed again whatever happened to their machines. */
  readonly lineIds?: readonly string[] | undefined;
  /** Machines that lose all that is still planned on them. */
  readonly machineIds?: readonly string[] | undefined;
}

export interface LineMove {
  readonly lineId: string;
  readonly from: readonly Allocation[];
  readonly to: readonly Allocation[];
}

export interface Replan {
  /** Allocations that stay exactly as they were. */
  readonly kept: readonly Allocation[];
  /** What changes, line by line, sorted by line. */
  readonly moves: readonly LineMove[];
  /** The new places of what was taken away. */
  readonly plan: MatchPlan;
}

/**
 * After a breakdown, delay or cancellation: takes away the allocations that stand in a blocked spell or are named
 * by the disturbance, keeps all others, and places only what was taken away (and lines that had no allocation).
 * `current` is what the snapshot's machines do not yet hold as `fixed`. Work that has begun belongs into `fixed`,
 * and what is not yet produced of it comes as a line of its own quantity.
 */
export function replan(
  snapshot: Snapshot,
  current: readonly Allocation[],
  disturbance: Disturbance = {},
  options: MatchOptions = {},
): Replan {
  const kept: Allocation[] = [];
  const taken = new Map<string, Allocation[]>();
  const isHit = disturbedBy(snapshot, disturbance);
  for (const allocation of current) {
    if (!isHit(allocation)) {
      kept.push(allocation);
      continue;
    }
    const siblings = taken.get(allocation.lineId);
    if (siblings) siblings.push(allocation);
    else taken.set(allocation.lineId, [allocation]);
  }
  const keptByLine = new Map<string, Allocation[]>();
  for (const allocation of kept) {
    const siblings = keptByLine.get(allocation.lineId);
    if (siblings) siblings.push(allocation);
    else keptByLine.set(allocation.lineId, [allocation]);
  }
  const lines: LineSnapshot[] = [];
  for (const line of snapshot.lines) {
    const rest = openRest(line, taken.get(line.id) ?? [], keptByLine.get(line.id) ?? []);
    if (rest) lines.push(rest);
  }
  const index = new PlanIndex({ ...snapshot, lines });
  for (const allocation of kept) index.force(allocation.subLots);
  const plan = matchOn(index.model, index.timelines, options);
  return { kept, moves: movesOf(taken, plan.allocations), plan };
}

function disturbedBy(snapshot: Snapshot, disturbance: Disturbance): (allocation: Allocation) => boolean {
  const lineIds = new Set(disturbance.lineIds ?? []);
  const machineIds = new Set(disturbance.machineIds ?? []);
  const blocked = new Map<string, readonly BlockedInterval[]>();
  for (const machine of snapshot.machines) {
    if (machine.blocked?.length) blocked.set(machine.id, machine.blocked);
  }
  return (allocation) =>
    lineIds.has(allocation.lineId) ||
    allocation.subLots.some(
      (lot) =>
        machineIds.has(lot.machineId) ||
        (blocked.get(lot.machineId)?.some((span) => overlaps(span, lot)) ?? false),
    );
}

/** The line as far as it has to be placed; undefined when all of it stays where it is. */
function openRest(
  line: LineSnapshot,
  taken: readonly Allocation[],
  kept: readonly Allocation[],
): LineSnapshot | undefined {
  const keptQuantity = kept.reduce((sum, allocation) => sum + allocation.quantity, 0);
  const quantity = line.quantity - keptQuantity;
  if (quantity <= 0) return undefined;
  const keptSites = new Set(kept.map((allocation) => allocation.siteId));
  const met = new Set(
    kept.filter((allocation) => allocation.lock === 'quantity').map(({ siteId }) => siteId),
  );
  const locks: readonly LineLock[] = (line.locks ?? []).filter(
    (lock) => lock.kind !== 'quantity' || !met.has(lock.siteId ?? ''),
  );
  const told = taken.map(({ siteId, quantity: pieces }) => ({ siteId, quantity: pieces }));
  return {
    ...line,
    quantity,
    locks,
    maxSites: Math.max(1, (line.maxSites ?? DEFAULT_MAX_SITES) - keptSites.size),
    previous: told.length > 0 ? told : line.previous,
  };
}

function movesOf(
  taken: ReadonlyMap<string, readonly Allocation[]>,
  placed: readonly Allocation[],
): LineMove[] {
  const to = new Map<string, Allocation[]>();
  for (const allocation of placed) {
    const siblings = to.get(allocation.lineId);
    if (siblings) siblings.push(allocation);
    else to.set(allocation.lineId, [allocation]);
  }
  const lineIds = [...new Set([...taken.keys(), ...to.keys()])].sort();
  return lineIds.map((lineId) => ({ lineId, from: taken.get(lineId) ?? [], to: to.get(lineId) ?? [] }));
}
