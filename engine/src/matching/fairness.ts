import type { Allocation, FairnessPrice } from '../plan.ts';
import type { CapabilitySnapshot, Snapshot } from '../snapshot.ts';

const HOUR_MS = 3_600_000;

/** Firms of a network and what one more order hour costs each of them: the convex fairness term, made linear. */
export class Fairness {
  private readonly perHour: number;
  private readonly ownerOfSite: ReadonlyMap<string, string>;
  private readonly capabilities: ReadonlyMap<string, CapabilitySnapshot>;
  /** Firms that could get an order hour at all. */
  private readonly owners: readonly string[];

  constructor(snapshot: Snapshot) {
    this.perHour = snapshot.weights.fairnessPerHour ?? 0;
    this.ownerOfSite = new Map(snapshot.sites.map(({ id, ownerId }) => [id, ownerId ?? id]));
    this.capabilities = new Map(snapshot.capabilities.map((capability) => [capability.id, capability]));
    const items = new Set(snapshot.lines.map(({ itemId }) => itemId));
    const suspended = new Set(snapshot.sites.flatMap((site) => (site.suspended ? [site.id] : [])));
    const able = snapshot.capabilities.filter(
      ({ state, itemId, siteId }) => state === 'qualified' && items.has(itemId) && !suspended.has(siteId),
    );
    this.owners = [...new Set(able.map(({ siteId }) => this.ownerOf(siteId)))].sort();
  }

  /** Machine hours by firm, set-ups included. */
  hours(allocations: readonly Allocation[]): Map<string, number> {
    const hours = new Map(this.owners.map((owner) => [owner, 0]));
    for (const { siteId, capabilityId, subLots } of allocations) {
      const owner = this.ownerOf(siteId);
      const steps = this.capabilities.get(capabilityId)?.steps ?? [];
      let workMs = 0;
      for (const { stepIndex, machineId, quantity, setUpMs } of subLots) {
        const step = steps[stepIndex];
        const rateMs = step?.msPerPieceByMachine?.[machineId] ?? step?.msPerPiece ?? 0;
        workMs += setUpMs + Math.ceil(quantity * rateMs);
      }
      hours.set(owner, workMs / HOUR_MS + (hours.get(owner) ?? 0));
    }
    return hours;
  }

  /** Σ hours² / (2 × mean hours), times the weight: its derivative is `weight × hours / mean`. */
  points(hours: ReadonlyMap<string, number>): number {
    const mean = meanOf(hours);
    if (mean === 0) return 0;
    let sum = 0;
    for (const h of hours.values()) sum += h * h;
    return Math.round((this.perHour * sum) / (2 * mean));
  }

  /** By site: points of one more hour there. */
  prices(hours: ReadonlyMap<string, number>): Map<string, number> {
    const mean = Math.max(meanOf(hours), Number.MIN_VALUE);
    const prices = new Map<string, number>();
    for (const [siteId, owner] of this.ownerOfSite) {
      prices.set(siteId, (this.perHour * (hours.get(owner) ?? 0)) / mean);
    }
    return prices;
  }

  private ownerOf(siteId: string): string {
    return this.ownerOfSite.get(siteId) ?? siteId;
  }
}

/** What fairness costs beside what it brings. */
export function priceOfFairness(
  without: { readonly objective: number; readonly hours: ReadonlyMap<string, number> },
  chosen: { readonly objective: number; readonly hours: ReadonlyMap<string, number> },
): FairnessPrice {
  return {
    gini: gini([...chosen.hours.values()]),
    giniWithout: gini([...without.hours.values()]),
    objectiveIncrease: chosen.objective - without.objective,
    hoursByOwner: Object.fromEntries([...chosen.hours].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** 0 = all have the same, towards 1 = one has all [Gini 1912]; 0 when nobody has anything. */
export function gini(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const total = sorted.reduce((sum, value) => sum + value, 0);
  if (total === 0) return 0;
  let weighted = 0;
  sorted.forEach((value, i) => {
    weighted += (2 * (i + 1) - sorted.length - 1) * value;
  });
  return weighted / (sorted.length * total);
}

function meanOf(hours: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const h of hours.values()) sum += h;
  return sum / Math.max(1, hours.size);
}
