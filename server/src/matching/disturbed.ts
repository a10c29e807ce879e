import { overlaps } from '@millrace/engine';
import { isRefusal } from '../kernel/index.ts';
import { nextState } from './allocation.ts';
import type { StoredAllocation } from './matching.ts';
import type { StoredOverride } from './store-override.ts';
import type { World } from './world.ts';

/** Why an allocation is planned again. */
export type TakenReason = 'breakdown' | 'machine-gone' | 'not-qualified' | 'override' | 'better-plan';

/**
 * Offers that cannot stay where they are: a machine that is blocked or gone, a capability that was withdrawn. What a
 * factory has accepted stays; if it becomes late, its projected finish will say so, and execution recalls it.
 */
export function disturbedOffers(world: World): Map<string, TakenReason> {
  const machines = new Map(world.resources.machines.map((machine) => [machine.id, machine]));
  const open = openLineIds(world);
  const taken = new Map<string, TakenReason>();
  for (const allocation of world.allocations) {
    if (allocation.state !== 'offered' || !open.has(allocation.lineId)) continue;
    const reason = disturbance(world, allocation, machines);
    if (reason) taken.set(allocation.id, reason);
  }
  return taken;
}

function disturbance(
  world: World,
  allocation: StoredAllocation,
  machines: ReadonlyMap<string, World['resources']['machines'][number]>,
): TakenReason | undefined {
  if (world.directory.capability(allocation.capabilityId)?.state !== 'qualified') return 'not-qualified';
  for (const lot of allocation.subLots) {
    if (lot.endAt <= world.now) continue;
    const machine = machines.get(lot.machineId);
    if (!machine) return 'machine-gone';
    const span = { startMs: lot.startAt, endMs: lot.endAt };
    if (machine.blocked.some((block) => overlaps(block, span))) return 'breakdown';
  }
  return undefined;
}

/** What contradicts the operator's decisions about a line; work that has begun is left to a recall. */
export function againstOverrides(
  allocations: readonly StoredAllocation[],
  overrides: readonly StoredOverride[],
): StoredAllocation[] {
  if (overrides.length === 0) return [];
  const sites = overrides.filter(({ lock }) => lock === 'site').map(({ siteId }) => siteId);
  const quantities = overrides.filter(({ lock }) => lock === 'quantity');
  return allocations.filter((allocation) => {
    if (isRefusal(nextState(allocation.state, 'withdraw'))) return false;
    // With a quantity decided anywhere on the line, all that can still move is dealt out again around it.
    if (quantities.length > 0) return true;
    if (sites.length > 0 && !sites.includes(allocation.siteId)) return true;
    return overrides.some(
      ({ lock, siteId, finishAt }) =>
        lock === 'date' &&
        finishAt !== null &&
        (siteId === null || siteId === allocation.siteId) &&
        allocation.finishAt > finishAt,
    );
  });
}

/** Unanswered, unlocked offers: what a wider re-plan may move when the whole becomes better by it. */
export function movableOffers(world: World): StoredAllocation[] {
  const open = openLineIds(world);
  return world.allocations.filter(
    ({ state, lineId }) => state === 'offered' && open.has(lineId) && !world.overrides.has(lineId),
  );
}

/** The offers of a line that has just been called off go with it, not with a plan. */
function openLineIds(world: World): Set<string> {
  return new Set(world.lines.map((line) => line.id));
}
