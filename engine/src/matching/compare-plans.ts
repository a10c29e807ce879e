import { overlaps } from '../interval/interval.ts';
import type { Allocation, MatchPlan } from '../plan.ts';
import type { LineSnapshot, MachineSnapshot, Snapshot } from '../snapshot.ts';
import { compareText } from './model.ts';

/** A plan with what it was made from. */
export interface PlannedRun {
  readonly snapshot: Snapshot;
  readonly plan: Pick<MatchPlan, 'allocations' | 'unplaced'>;
}

/** `added`, `removed`: the line is in one run only. `moved`: other sites or quantities. `retimed`: the same at another time. */
export type PlanChangeKind = 'added' | 'removed' | 'placed' | 'lost' | 'moved' | 'retimed';

/**
 * Why, the strongest cause only. `line-changed`: its quantity, dates, priority or what it allows. `lock`: an operator
 * decided. `declined`: a site said no. `site-closed`: suspended or no longer qualified. `blocked`: a machine fails or
 * is reserved where it stood. `displaced`: other lines stand there now. `better`: nothing forced it.
 */
export type PlanChangeCause =
  | 'line-added'
  | 'line-removed'
  | 'line-changed'
  | 'lock'
  | 'declined'
  | 'site-closed'
  | 'blocked'
  | 'displaced'
  | 'better';

export interface PlanChange {
  readonly lineId: string;
  readonly kind: PlanChangeKind;
  readonly cause: PlanChangeCause;
  /** Of `displaced`: the lines that have its place now; of `blocked`: the machines. */
  readonly because: readonly string[];
  readonly from: readonly Allocation[];
  readonly to: readonly Allocation[];
  /** Arrival of the last part afterwards less before, ms; undefined when one of the two has no place. */
  readonly laterMs: number | undefined;
  readonly wasLate: boolean;
  readonly isLate: boolean;
  readonly costMinor: number;
}

/** What changed for whom and why, from one run to another, sorted by line; what is the same in both is left out. */
export function comparePlans(before: PlannedRun, after: PlannedRun): readonly PlanChange[] {
  const a = new Run(before);
  const b = new Run(after);
  const lineIds = [...new Set([...a.lines.keys(), ...b.lines.keys()])].sort(compareText);
  const changes: PlanChange[] = [];
  for (const lineId of lineIds) {
    const from = a.parts.get(lineId) ?? [];
    const to = b.parts.get(lineId) ?? [];
    const kind = kindOf(a.lines.has(lineId), b.lines.has(lineId), from, to);
    if (!kind) continue;
    const { cause, because } = causeOf(lineId, from, a, b);
    changes.push({
      lineId,
      kind,
      cause,
      because,
      from,
      to,
      laterMs: from.length > 0 && to.length > 0 ? arrival(to) - arrival(from) : undefined,
      wasLate: a.isLate(lineId),
      isLate: b.isLate(lineId),
      costMinor: cost(to) - cost(from),
    });
  }
  return changes;
}

class Run {
  readonly snapshot: Snapshot;
  readonly lines: ReadonlyMap<string, LineSnapshot>;
  readonly parts = new Map<string, Allocation[]>();
  readonly machines: ReadonlyMap<string, MachineSnapshot>;
  readonly openSites: ReadonlySet<string>;
  private readonly unplaced: ReadonlySet<string>;
  /** By machine: sub-lots with their line, in no order. */
  private readonly standing = new Map<string, { lineId: string; startMs: number; endMs: number }[]>();

  constructor({ snapshot, plan }: PlannedRun) {
    this.snapshot = snapshot;
    this.lines = new Map(snapshot.lines.map((line) => [line.id, line]));
    this.machines = new Map(snapshot.machines.map((machine) => [machine.id, machine]));
    this.unplaced = new Set(plan.unplaced.map(({ lineId }) => lineId));
    const suspended = new Set(snapshot.sites.flatMap((site) => (site.suspended ? [site.id] : [])));
    this.openSites = new Set(
      snapshot.capabilities
        .filter(({ siteId, state }) => state === 'qualified' && !suspended.has(siteId))
        .map(({ siteId, itemId }) => `${siteId} ${itemId}`),
    );
    for (const allocation of plan.allocations) {
      push(this.parts, allocation.lineId, allocation);
      for (const { machineId, startMs, endMs } of allocation.subLots) {
        push(this.standing, machineId, { lineId: allocation.lineId, startMs, endMs });
      }
    }
  }

  isLate(lineId: string): boolean {
    return this.unplaced.has(lineId) || (this.parts.get(lineId)?.some(({ lateMs }) => lateMs > 0) ?? false);
  }

  /** Other lines that stand where these parts stood. */
  othersAt(lineId: string, parts: readonly Allocation[]): string[] {
    const others = new Set<string>();
    for (const lot of parts.flatMap(({ subLots }) => subLots)) {
      for (const other of this.standing.get(lot.machineId) ?? []) {
        if (other.lineId !== lineId && overlaps(other, lot)) others.add(other.lineId);
      }
    }
    return [...others].sort(compareText);
  }

  /** Machines that cannot work where these parts stood. */
  blockedAt(parts: readonly Allocation[]): string[] {
    const ids = new Set<string>();
    for (const lot of parts.flatMap(({ subLots }) => subLots)) {
      const machine = this.machines.get(lot.machineId);
      const still = [...(machine?.blocked ?? []), ...(machine?.fixed ?? [])];
      if (!machine || still.some((span) => overlaps(span, lot))) ids.add(lot.machineId);
    }
    return [...ids].sort(compareText);
  }
}

function kindOf(
  wasThere: boolean,
  isThere: boolean,
  from: readonly Allocation[],
  to: readonly Allocation[],
): PlanChangeKind | undefined {
  if (!wasThere) return 'added';
  if (!isThere) return 'removed';
  if (from.length === 0 || to.length === 0) {
    return from.length === to.length ? undefined : to.length > 0 ? 'placed' : 'lost';
  }
  if (shape(from) !== shape(to)) return 'moved';
  return when(from) === when(to) ? undefined : 'retimed';
}

function causeOf(
  lineId: string,
  from: readonly Allocation[],
  a: Run,
  b: Run,
): { readonly cause: PlanChangeCause; readonly because: readonly string[] } {
  const was = a.lines.get(lineId);
  const is = b.lines.get(lineId);
  if (!was) return { cause: 'line-added', because: [] };
  if (!is) return { cause: 'line-removed', because: [] };
  if (wish(was) !== wish(is)) return { cause: 'line-changed', because: [] };
  if (JSON.stringify(was.locks ?? []) !== JSON.stringify(is.locks ?? []))
    return { cause: 'lock', because: [] };
  const sites = [...new Set(from.map(({ siteId }) => siteId))].sort(compareText);
  const declined = sites.filter((siteId) => is.declinedSiteIds?.includes(siteId));
  if (declined.length > 0) return { cause: 'declined', because: declined };
  const closed = sites.filter((siteId) => !b.openSites.has(`${siteId} ${is.itemId}`));
  if (closed.length > 0) return { cause: 'site-closed', because: closed };
  const blocked = b.blockedAt(from);
  if (blocked.length > 0) return { cause: 'blocked', because: blocked };
  const others = b.othersAt(lineId, from);
  return others.length > 0 ? { cause: 'displaced', because: others } : { cause: 'better', because: [] };
}

/** What a line asks for, without what operators and sites decided about it. */
function wish(line: LineSnapshot): string {
  const { itemId, quantity, dueMs, earliestMs, priority, splitAllowed, minShipment, maxSites, destination } =
    line;
  return JSON.stringify([
    itemId,
    quantity,
    dueMs,
    earliestMs ?? null,
    priority,
    splitAllowed,
    minShipment,
    maxSites ?? null,
    destination ?? null,
  ]);
}

function shape(parts: readonly Allocation[]): string {
  return parts
    .map(({ siteId, quantity }) => `${siteId} ${quantity}`)
    .sort(compareText)
    .join(', ');
}

function when(parts: readonly Allocation[]): string {
  return parts
    .map(({ capabilityId, startMs, finishMs }) => `${capabilityId} ${startMs} ${finishMs}`)
    .sort(compareText)
    .join(', ');
}

function arrival(parts: readonly Allocation[]): number {
  return parts.reduce((latest, { arriveMs }) => Math.max(latest, arriveMs), Number.NEGATIVE_INFINITY);
}

function cost(parts: readonly Allocation[]): number {
  return parts.reduce((sum, { costMinor }) => sum + costMinor, 0);
}

function push<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
