import {
  type CapabilitySnapshot,
  DEFAULT_MAX_SITES,
  DEFAULT_WEIGHTS,
  type Interval,
  type LineLock,
  type LineSnapshot,
  type MachineSnapshot,
  type MatchWeights,
  type Priority,
  type Snapshot,
} from '@millrace/engine';
import { faded, type PlanningMachine, type PlanningResources, rateOf } from '../capacity/index.ts';
import type { StoredLine } from '../orders/index.ts';
import type { Directory, RegisteredCapability } from '../registry/index.ts';
import type { StoredAllocation } from './matching.ts';
import type { StoredOverride } from './store-override.ts';
import { TRANSPORT } from './transport.ts';
import { openQuantity, type World } from './world.ts';

/** Money, tardiness by priority, distance and change, as the engine proposes them. */
export const WEIGHTS: MatchWeights = DEFAULT_WEIGHTS;
/** Nothing starts sooner: the factory has to read the offer and set up. */
const FENCE_MS = 15 * 60_000;
const HOUR_MS = 3_600_000;
/** Arrival is aimed at this much before the requested date, where there is room: three expected repairs, or a night shift lost. */
const SAFETY_MS = 12 * HOUR_MS;
/**
 * Share of its planned time that a machine really runs: short stops are in no rate, because rates are per running hour, and
 * in no block. Planning without it would end work on the last second of a shift, and every jam would cost a day.
 */
export const PLANNED_AVAILABILITY = 0.92;
/** Below this much running time (minutes, faded) a machine's own rate is noise; the declared one plans alone. */
const MEASURED_FROM_MIN = 30;
/** Plans are reproducible; another seed would be another plan. */
const SEED = 1;

/** A line whose other parts stand already: its rest may be smaller than any minimum lot, and must still be made. */
const REST = '#rest';

/**
 * One transaction commits what one run decides, in a few hundred milliseconds for this many lines, and whoever accepts,
 * recalls or finishes work waits for it meanwhile. So a flood of orders is planned in runs that follow each other, the most
 * urgent lines first.
 */
const FRESH_MAX = 1_000;
/** Lines that had no place the last time are tried along; hardly any of them will have to be committed. */
const HOPELESS_MAX = 1_000;

/**
 * The engine's input: every line with pieces to place, and the world around it. `taken` allocations (by id) are put up for
 * planning again, all others stand. Undefined when there is nothing to place.
 */
export function toSnapshot(world: World, taken: ReadonlySet<string>): Snapshot | undefined {
  const takenByLine = groupByLine(world.allocations.filter(({ id }) => taken.has(id)));
  const keptByLine = groupByLine(world.allocations.filter(({ id }) => !taken.has(id)));
  const open = world.lines.flatMap((line): LineSnapshot[] => {
    const fresh = toLine(world, line, takenByLine.get(line.id) ?? [], keptByLine.get(line.id) ?? []);
    return fresh ? [fresh] : [];
  });
  const lines = withinBound(world, open, takenByLine);
  if (lines.length === 0) return undefined;
  const items = new Set(lines.map((line) => line.itemId));
  return assemble(world, [...items], lines, taken);
}

/** Lines that have lost their place must come along: their machines are counted as free. */
function withinBound(
  world: World,
  lines: readonly LineSnapshot[],
  takenByLine: ReadonlyMap<string, unknown>,
): readonly LineSnapshot[] {
  const hopeless = new Set(world.lines.filter((line) => line.unplaceable).map(({ id }) => id));
  const must: LineSnapshot[] = [];
  const fresh: LineSnapshot[] = [];
  const again: LineSnapshot[] = [];
  for (const line of lines) {
    (takenByLine.has(line.id) ? must : hopeless.has(line.id) ? again : fresh).push(line);
  }
  fresh.sort(byUrgency);
  again.sort(byUrgency);
  return [...must, ...fresh.slice(0, Math.max(0, FRESH_MAX - must.length)), ...again.slice(0, HOPELESS_MAX)];
}

const byUrgency = (a: LineSnapshot, b: LineSnapshot): number =>
  a.priority - b.priority || a.dueMs - b.dueMs || (a.id < b.id ? -1 : 1);

/** Lines that nobody has tried to place yet, and that had to wait for the next run. */
export function linesLeft(world: World, { lines }: Snapshot): number {
  const planned = new Set(lines.map(({ id }) => id));
  return world.lines.filter((line) => !line.unplaceable && openQuantity(line) > 0 && !planned.has(line.id))
    .length;
}

/** The whole network without a line: what promises are asked against. */
export function toBasis(
  world: Pick<World, 'networkId' | 'now' | 'horizonEnd' | 'directory' | 'resources'>,
): Snapshot {
  const items = new Set<string>();
  for (const capability of world.directory.capabilities()) items.add(capability.itemId);
  return assemble(world, [...items], [], new Set());
}

/** The registry's id of the engine's capability. */
export function capabilityIdOf(engineId: string): string {
  return engineId.endsWith(REST) ? engineId.slice(0, -REST.length) : engineId;
}

function assemble(
  world: Pick<World, 'networkId' | 'now' | 'horizonEnd' | 'directory' | 'resources'>,
  itemIds: readonly string[],
  lines: readonly LineSnapshot[],
  taken: ReadonlySet<string>,
): Snapshot {
  const { directory, resources, now } = world;
  const byCenter = machinesByCenter(resources.machines);
  const wanted = new Set(itemIds);
  const rates = ratesByMachineItem(resources, now);
  const capabilities: CapabilitySnapshot[] = [];
  for (const capability of directory.capabilities()) {
    const machines = byCenter.get(capability.workCenterId) ?? [];
    if (machines.length === 0 || !directory.site(capability.siteId)) continue;
    if (wanted.has(capability.itemId)) capabilities.push(toCapability(capability, machines, rates));
    if (wanted.has(capability.itemId + REST)) {
      const rest = toCapability(capability, machines, rates);
      capabilities.push({ ...rest, id: rest.id + REST, itemId: rest.itemId + REST, minLot: 1 });
    }
  }
  capabilities.sort((a, b) => (a.id < b.id ? -1 : 1));
  const machineIds = new Set(capabilities.flatMap(({ steps }) => steps.flatMap((step) => step.machineIds)));
  const machines = resources.machines.filter(({ id }) => machineIds.has(id));
  const siteIds = new Set(machines.map(({ siteId }) => siteId));
  const calendars: Record<string, readonly Interval[]> = {};
  for (const { calendarKey } of machines) calendars[calendarKey] = resources.calendars[calendarKey] ?? [];
  return {
    networkId: world.networkId,
    nowMs: now,
    fenceMs: now + FENCE_MS,
    horizonEndMs: world.horizonEnd,
    safetyMs: SAFETY_MS,
    seed: SEED,
    calendars,
    machines: machines.map((machine) => toMachine(machine, taken)),
    sites: [...siteIds].sort().map((id) => ({ id, position: directory.site(id)?.position })),
    capabilities,
    lines,
    transport: TRANSPORT,
    weights: WEIGHTS,
  };
}

function machinesByCenter(machines: readonly PlanningMachine[]): Map<string, PlanningMachine[]> {
  const byCenter = new Map<string, PlanningMachine[]>();
  for (const machine of machines) {
    const list = byCenter.get(machine.workCenterId);
    if (list) list.push(machine);
    else byCenter.set(machine.workCenterId, [machine]);
  }
  return byCenter;
}

function toMachine(machine: PlanningMachine, taken: ReadonlySet<string>): MachineSnapshot {
  return {
    id: machine.id,
    siteId: machine.siteId,
    calendarId: machine.calendarKey,
    blocked: machine.blocked,
    fixed: machine.reserved
      .filter(({ allocationId }) => !taken.has(allocationId))
      .map(({ startMs, endMs }) => ({ startMs, endMs })),
  };
}

type RateLookup = (machineId: string, itemId: string, declaredPerHour: number) => number | undefined;

function ratesByMachineItem(resources: PlanningResources, now: number): RateLookup {
  const sums = new Map(resources.rates.map((sum) => [`${sum.machineId} ${sum.itemId}`, sum]));
  return (machineId, itemId, declaredPerHour) => {
    const sum = sums.get(`${machineId} ${itemId}`);
    if (!sum || faded(sum, now).runningMin < MEASURED_FROM_MIN) return undefined;
    return rateOf([sum], declaredPerHour, now).piecesPerHour;
  };
}

function toCapability(
  capability: RegisteredCapability,
  machines: readonly PlanningMachine[],
  rateFor: RateLookup,
): CapabilitySnapshot {
  const measured: Record<string, number> = {};
  for (const { id } of machines) {
    const perHour = rateFor(id, capability.itemId, capability.ratePerHour);
    if (perHour !== undefined && perHour > 0) measured[id] = msPerPiece(perHour);
  }
  return {
    id: capability.id,
    siteId: capability.siteId,
    itemId: capability.itemId,
    state: capability.state,
    minLot: capability.minimumLot,
    unitCostMinor: capability.unitCostMinor,
    steps: [
      {
        machineIds: machines.map(({ id }) => id),
        setUpMs: capability.setUpMinutes * 60_000,
        msPerPiece: msPerPiece(capability.ratePerHour),
        ...(Object.keys(measured).length > 0 ? { msPerPieceByMachine: measured } : {}),
      },
    ],
  };
}

/** In thousandths of a millisecond, so that the snapshot's text is short and the same everywhere. */
function msPerPiece(perHour: number): number {
  return Math.max(1, Math.round((HOUR_MS / (perHour * PLANNED_AVAILABILITY)) * 1_000)) / 1_000;
}

function toLine(
  world: World,
  line: StoredLine,
  taken: readonly StoredAllocation[],
  kept: readonly StoredAllocation[],
): LineSnapshot | undefined {
  const quantity = openQuantity(line) + taken.reduce((sum, allocation) => sum + allocation.quantity, 0);
  if (quantity <= 0) return undefined;
  const overrides = world.overrides.get(line.id) ?? [];
  const produced = world.produced.filter(({ lineId }) => lineId === line.id);
  const locks = toLocks(overrides, [...kept, ...produced], world.directory, line);
  const locked = new Set(overrides.map(({ siteId }) => siteId));
  const declined = avoidedSites(world, line).filter((siteId) => !locked.has(siteId));
  const keptSites = new Set(kept.map(({ siteId }) => siteId));
  const isRest = quantity < line.quantity - line.cancelledQuantity;
  return {
    id: line.id,
    itemId: isRest ? line.itemId + REST : line.itemId,
    quantity,
    dueMs: line.requestedAt,
    priority: line.priority as Priority,
    splitAllowed: line.splitAllowed,
    minShipment: line.minimumShipment,
    maxSites: Math.max(1, DEFAULT_MAX_SITES - keptSites.size),
    destination: line.destination.position,
    ...(locks.length > 0 ? { locks } : {}),
    ...(declined.length > 0 ? { declinedSiteIds: declined } : {}),
    ...(taken.length > 0
      ? { previous: taken.map(({ siteId, quantity: pieces }) => ({ siteId, quantity: pieces })) }
      : {}),
  };
}

/**
 * Who said no is not asked again. Where the work was taken back from, it does not return to as long as somebody else can make
 * it: the plan knows no more than it knew the first time, and would choose the same place.
 */
export function avoidedSites({ directory, refusedSites, recalledSites }: World, line: StoredLine): string[] {
  const declined = refusedSites.get(line.id) ?? [];
  const recalled = recalledSites.get(line.id) ?? [];
  if (recalled.length === 0) return [...declined];
  const avoided = new Set([...declined, ...recalled]);
  for (const { itemId, siteId, state } of directory.capabilities()) {
    if (itemId === line.itemId && state === 'qualified' && !avoided.has(siteId)) return [...avoided];
  }
  return [...declined];
}

/** Decisions as the engine reads them; what already stands at a site is taken off a quantity lock. */
function toLocks(
  overrides: readonly StoredOverride[],
  kept: readonly StoredAllocation[],
  directory: Directory,
  line: StoredLine,
): LineLock[] {
  return overrides.flatMap((override): LineLock[] => {
    const siteId = override.siteId ?? undefined;
    if (override.lock === 'site') return siteId ? [{ kind: 'site', siteId }] : [];
    if (override.lock === 'quantity') {
      const there = kept.filter((allocation) => allocation.siteId === siteId);
      const rest = (override.quantity ?? 0) - there.reduce((sum, { quantity }) => sum + quantity, 0);
      return siteId && rest > 0 ? [{ kind: 'quantity', siteId, quantity: rest }] : [];
    }
    if (override.lock !== 'date' || override.finishAt === null) return [];
    const from = siteId ? directory.site(siteId)?.position : undefined;
    const wayMs = from ? transportMs(from, line.destination.position) : 0;
    const lock: LineLock = { kind: 'date', dateMs: override.finishAt + wayMs };
    return [siteId ? { ...lock, siteId } : lock];
  });
}

const EARTH_RADIUS_KM = 6_371;

/** The same way as the engine's: whole great-circle kilometres. */
export function transportMs(
  from: { readonly lat: number; readonly lon: number },
  to: { readonly lat: number; readonly lon: number },
): number {
  const radians = Math.PI / 180;
  const lat = Math.sin(((to.lat - from.lat) * radians) / 2);
  const lon = Math.sin(((to.lon - from.lon) * radians) / 2);
  const h = lat * lat + Math.cos(from.lat * radians) * Math.cos(to.lat * radians) * lon * lon;
  const km = Math.round(2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(h))));
  return TRANSPORT.fixedMs + Math.ceil((km / TRANSPORT.kmPerHour) * HOUR_MS);
}

export function groupByLine(allocations: readonly StoredAllocation[]): Map<string, StoredAllocation[]> {
  const byLine = new Map<string, StoredAllocation[]>();
  for (const allocation of allocations) {
    const list = byLine.get(allocation.lineId);
    if (list) list.push(allocation);
    else byLine.set(allocation.lineId, [allocation]);
  }
  return byLine;
}
