import { overlaps } from '../interval/interval.ts';
import type { Allocation, MatchPlan, SubLot } from '../plan.ts';
import type { BlockedInterval, LineLock, LineSnapshot, Snapshot } from '../snapshot.ts';
import { DEFAULT_MAX_SITES } from '../snapshot.ts';
import { type MatchOptions, matchOn } from './match-on.ts';
import { compareText } from './model.ts';
import { PlanIndex } from './plan-index.ts';

export interface Disturbance {
  /** Lines whose allocations are placed again whatever happened to their machines. */
  readonly lineIds?: readonly string[] | undefined;
  /** Machines that lose all that is still planned on them. */
  readonly machineIds?: readonly string[] | undefined;
}

/**
 * Why a line is placed again. `blocked`: it stood where a machine cannot work any more. `machine`, `line`: the
 * disturbance named it. `open`: some of it had no place.
 */
export type MoveCause = 'blocked' | 'machine' | 'line' | 'open';

export interface LineMove {
  readonly lineId: string;
  readonly cause: MoveCause;
  /** Of `blocked` and `machine`: the machines that it has to leave. */
  readonly machineIds: readonly string[];
  /** Arrival of the last part afterwards less before, ms; undefined when one of the two has no place. */
  readonly laterMs: number | undefined;
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
  const taken = new Map<string, Taken>();
  const keptQuantity = new Map<string, number>();
  const causeOf = disturbedBy(snapshot, disturbance);
  for (const allocation of current) {
    const { lineId, quantity } = allocation;
    const hit = causeOf(allocation);
    if (!hit) {
      kept.push(allocation);
      keptQuantity.set(lineId, quantity + (keptQuantity.get(lineId) ?? 0));
      continue;
    }
    const siblings = taken.get(lineId);
    if (siblings) siblings.push(allocation, hit);
    else taken.set(lineId, new Taken(allocation, hit));
  }
  const open = snapshot.lines.filter((line) => (keptQuantity.get(line.id) ?? 0) < line.quantity);
  const openIds = new Set(open.map((line) => line.id));
  const keptByLine = new Map<string, Allocation[]>();
  for (const allocation of kept) {
    if (!openIds.has(allocation.lineId)) continue;
    const siblings = keptByLine.get(allocation.lineId);
    if (siblings) siblings.push(allocation);
    else keptByLine.set(allocation.lineId, [allocation]);
  }
  const lines = open.map((line) =>
    openRest(line, taken.get(line.id)?.allocations ?? [], keptByLine.get(line.id) ?? []),
  );
  const index = new PlanIndex({ ...snapshot, lines });
  for (const allocation of kept) index.force(allocation.subLots);
  const plan = matchOn(index.model, index.timelines, options);
  return { kept, moves: movesOf(taken, plan.allocations), plan };
}

interface Hit {
  readonly cause: MoveCause;
  readonly machineIds: readonly string[];
}

/** What a line has lost. */
class Taken {
  readonly allocations: Allocation[];
  readonly cause: MoveCause;
  readonly machineIds: Set<string>;

  constructor(allocation: Allocation, { cause, machineIds }: Hit) {
    this.allocations = [allocation];
    this.cause = cause;
    this.machineIds = new Set(machineIds);
  }

  push(allocation: Allocation, { machineIds }: Hit): void {
    this.allocations.push(allocation);
    for (const id of machineIds) this.machineIds.add(id);
  }
}

function disturbedBy(
  snapshot: Snapshot,
  disturbance: Disturbance,
): (allocation: Allocation) => Hit | undefined {
  const lineIds = new Set(disturbance.lineIds ?? []);
  const machineIds = new Set(disturbance.machineIds ?? []);
  const blocked = new Map<string, readonly BlockedInterval[]>();
  for (const machine of snapshot.machines) {
    if (machine.blocked?.length) blocked.set(machine.id, machine.blocked);
  }
  const isBlocked = (lot: SubLot): boolean =>
    blocked.get(lot.machineId)?.some((span) => overlaps(span, lot)) ?? false;
  return ({ lineId, subLots }) => {
    if (subLots.some(isBlocked)) {
      return { cause: 'blocked', machineIds: subLots.filter(isBlocked).map((lot) => lot.machineId) };
    }
    const named = subLots.filter((lot) => machineIds.has(lot.machineId)).map((lot) => lot.machineId);
    if (named.length > 0) return { cause: 'machine', machineIds: named };
    return lineIds.has(lineId) ? { cause: 'line', machineIds: [] } : undefined;
  };
}

/** The line as far as it has to be placed. */
function openRest(
  line: LineSnapshot,
  taken: readonly Allocation[],
  kept: readonly Allocation[],
): LineSnapshot {
  const keptQuantity = kept.reduce((sum, allocation) => sum + allocation.quantity, 0);
  const quantity = line.quantity - keptQuantity;
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

function movesOf(taken: ReadonlyMap<string, Taken>, placed: readonly Allocation[]): LineMove[] {
  const to = new Map<string, Allocation[]>();
  for (const allocation of placed) {
    const siblings = to.get(allocation.lineId);
    if (siblings) siblings.push(allocation);
    else to.set(allocation.lineId, [allocation]);
  }
  const lineIds = [...new Set([...taken.keys(), ...to.keys()])].sort(compareText);
  return lineIds.map((lineId) => {
    const lost = taken.get(lineId);
    const from = lost?.allocations ?? [];
    const found = to.get(lineId) ?? [];
    return {
      lineId,
      cause: lost?.cause ?? 'open',
      machineIds: [...(lost?.machineIds ?? [])].sort(compareText),
      laterMs: from.length > 0 && found.length > 0 ? lastArrival(found) - lastArrival(from) : undefined,
      from,
      to: found,
    };
  });
}

function lastArrival(parts: readonly Allocation[]): number {
  return parts.reduce((latest, { arriveMs }) => Math.max(latest, arriveMs), Number.NEGATIVE_INFINITY);
}
