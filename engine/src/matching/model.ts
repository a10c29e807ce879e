import { checkSnapshot } from '../check-snapshot.ts';
import { SnapshotFault } from '../fault.ts';
import type { CapabilitySnapshot, LineSnapshot, Position, SiteSnapshot, Snapshot } from '../snapshot.ts';
import { Timeline } from './timeline.ts';
import { WorkClock } from './work-clock.ts';

export interface Machine {
  readonly index: number;
  readonly id: string;
  readonly clock: WorkClock;
  /** Never freed again: blocked spells, and fixed ones that lie in pauses. Pairs in working time. */
  readonly base: readonly (readonly [number, number])[];
}

export interface Step {
  readonly machines: readonly Machine[];
  readonly setUpMs: number;
  /** All machines keep it; undefined when they differ. On one clock working times compare like instants. */
  readonly clock: WorkClock | undefined;
  /** By position in `machines`. */
  readonly msPerPiece: Float64Array;
}

/** A capability with its references resolved. */
export interface Route {
  readonly capability: CapabilitySnapshot;
  readonly site: SiteSnapshot;
  readonly steps: readonly Step[];
  /** Largest group among the steps: how many sub-lots side by side can make sense. */
  readonly widest: number;
}

/** One route for one line, with all that does not depend on when. */
export interface Candidate {
  readonly route: Route;
  readonly distanceKm: number;
  readonly transportMs: number;
  /** Points per piece and per part; the change term is apart because it depends on the parts. */
  readonly pointsPerPiece: number;
  readonly pointsPerPart: number;
  /** The same for fairness: hours at the firm times their present price. */
  readonly fairPerPiece: number;
  readonly fairPerPart: number;
  /** Production and transport of a part, minor units. */
  readonly costMinor: (quantity: number) => number;
  /** A date lock: arriving later is no plan at all. */
  readonly hardMs: number;
  /** The line was told of this site before. */
  readonly wasTold: boolean;
}

export interface Model {
  readonly snapshot: Snapshot;
  /** Nothing starts before. */
  readonly releaseMs: number;
  readonly machines: readonly Machine[];
  readonly machineById: ReadonlyMap<string, Machine>;
  readonly routesByItem: ReadonlyMap<string, readonly Route[]>;
  /** By site: points of one more hour there, where fairness is wanted. */
  readonly hourPrices: ReadonlyMap<string, number> | undefined;
}

const EARTH_RADIUS_KM = 6_371;
const HOUR_MS = 3_600_000;

export function createModel(snapshot: Snapshot, hourPrices?: ReadonlyMap<string, number>): Model {
  const problems = checkSnapshot(snapshot);
  if (problems.length > 0) throw new SnapshotFault(problems);
  const releaseMs = Math.max(snapshot.nowMs, snapshot.fenceMs ?? snapshot.nowMs);
  const bounds = { startMs: releaseMs, endMs: snapshot.horizonEndMs };
  const clocks = new Map<string, WorkClock>();
  for (const [id, windows] of Object.entries(snapshot.calendars))
    clocks.set(id, new WorkClock(windows, bounds));
  const empty = new WorkClock([], bounds);
  const machines = snapshot.machines.map((machine, index): Machine => {
    const clock = clocks.get(machine.calendarId) ?? empty;
    const base: (readonly [number, number])[] = [];
    for (const span of machine.blocked ?? []) {
      base.push([clock.toWork(span.startMs), clock.toWork(span.endMs)]);
    }
    for (const span of machine.fixed ?? []) {
      const at = clock.toWork(span.startMs);
      if (at === clock.toWork(span.endMs)) base.push([at, at]);
    }
    return { index, id: machine.id, clock, base };
  });
  const machineById = new Map(machines.map((machine) => [machine.id, machine]));
  const routesByItem = routes(snapshot, machineById);
  return { snapshot, releaseMs, machines, machineById, routesByItem, hourPrices };
}

function routes(snapshot: Snapshot, machineById: ReadonlyMap<string, Machine>): Map<string, Route[]> {
  const siteById = new Map(snapshot.sites.map((site) => [site.id, site]));
  const byItem = new Map<string, Route[]>();
  for (const capability of snapshot.capabilities) {
    const site = siteById.get(capability.siteId);
    if (!site) continue;
    const steps = capability.steps.map((step): Step => {
      const ids = [...step.machineIds].sort(compareText);
      const machines = ids.flatMap((id) => machineById.get(id) ?? []);
      const clock = machines[0]?.clock;
      return {
        machines,
        clock: machines.every((machine) => machine.clock === clock) ? clock : undefined,
        setUpMs: step.setUpMs,
        msPerPiece: Float64Array.from(ids, (id) => step.msPerPieceByMachine?.[id] ?? step.msPerPiece),
      };
    });
    const widest = steps.reduce((most, step) => Math.max(most, step.machines.length), 1);
    const route: Route = { capability, site, steps, widest };
    const siblings = byItem.get(capability.itemId);
    if (siblings) siblings.push(route);
    else byItem.set(capability.itemId, [route]);
  }
  for (const list of byItem.values()) list.sort((a, b) => compareText(a.capability.id, b.capability.id));
  return byItem;
}

/** Timelines with everything that must not move. */
export function createTimelines(model: Model): Timeline[] {
  return model.snapshot.machines.map((snapshot, index) => {
    const timeline = new Timeline();
    const machine = model.machines[index];
    if (!machine) return timeline;
    for (const [start, end] of machine.base) timeline.add(start, end);
    for (const span of snapshot.fixed ?? []) {
      timeline.add(machine.clock.toWork(span.startMs), machine.clock.toWork(span.endMs));
    }
    return timeline;
  });
}

export function createCandidate(model: Model, line: LineSnapshot, route: Route): Candidate {
  const { transport, weights } = model.snapshot;
  const distanceKm = kilometres(route.site.position, line.destination);
  const perPieceMinor =
    route.capability.unitCostMinor + (transport.costMinorPerKmPer1000Pieces * distanceKm) / 1000;
  const hourPrice = model.hourPrices?.get(route.site.id) ?? 0;
  const { msPerPiece, msPerPart } = hourPrice > 0 ? workOf(route) : NO_WORK;
  return {
    route,
    distanceKm,
    fairPerPiece: (hourPrice * msPerPiece) / HOUR_MS,
    fairPerPart: (hourPrice * msPerPart) / HOUR_MS,
    transportMs: transport.fixedMs + Math.ceil((distanceKm / transport.kmPerHour) * HOUR_MS),
    pointsPerPiece: weights.costPerMinor * perPieceMinor,
    pointsPerPart: weights.costPerMinor * transport.costMinorPerShipment + weights.distancePerKm * distanceKm,
    costMinor: (quantity) => Math.round(perPieceMinor * quantity) + transport.costMinorPerShipment,
    hardMs: hardDate(line, route.site.id),
    wasTold: line.previous?.some((told) => told.siteId === route.site.id) ?? false,
  };
}

const NO_WORK = { msPerPiece: 0, msPerPart: 0 };

/** Machine time over all steps at the group's rate, one sub-lot each. */
function workOf({ capability }: Route): { readonly msPerPiece: number; readonly msPerPart: number } {
  let msPerPiece = 0;
  let msPerPart = 0;
  for (const step of capability.steps) {
    msPerPiece += step.msPerPiece;
    msPerPart += step.setUpMs;
  }
  return { msPerPiece, msPerPart };
}

/** The earliest date lock that binds the site; a date lock without a site binds all. */
function hardDate(line: LineSnapshot, siteId: string): number {
  let hardMs = Number.POSITIVE_INFINITY;
  for (const lock of line.locks ?? []) {
    if (lock.kind !== 'date' || (lock.siteId && lock.siteId !== siteId)) continue;
    hardMs = Math.min(hardMs, lock.dateMs ?? hardMs);
  }
  return hardMs;
}

/** Great circle, whole kilometres, so that a different rounding of sin never changes a plan. */
function kilometres(from: Position | undefined, to: Position | undefined): number {
  if (!from || !to) return 0;
  const radians = Math.PI / 180;
  const lat = Math.sin(((to.lat - from.lat) * radians) / 2);
  const lon = Math.sin(((to.lon - from.lon) * radians) / 2);
  const h = lat * lat + Math.cos(from.lat * radians) * Math.cos(to.lat * radians) * lon * lon;
  return Math.round(2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(h))));
}

/** Order of code units: the same on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
