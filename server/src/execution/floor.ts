import { advance, type Interval, normalize, subtract } from '@millrace/engine';
import type { OperationRow, ProductionOrderRow } from './view.ts';

/** A machine of the site with its time from now to the horizon; all intervals in normal form. */
export interface FloorMachine {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly workCenterId: string;
  /** Offered shifts. */
  readonly windows: readonly Interval[];
  /** Maintenance, breakdown, own work: work pauses there. */
  readonly blocked: readonly Interval[];
  /** Promised to work that is not scheduled here: nothing else may hold the machine there, not even paused. */
  readonly held: readonly Interval[];
  /** What it was made ready for last; undefined when nobody knows. */
  readonly itemId: string | undefined;
}

export interface FloorAlternative {
  readonly machineId: string;
  /** Working time for the pieces that are left, without set-up, ≥ 1 min. */
  readonly runMs: number;
  readonly ratePerHour: number;
}

/** What is left of one operation. */
export interface FloorOperation {
  readonly row: OperationRow;
  /** Pieces. */
  readonly remaining: number;
  /** Working time to make a machine ready for its item. */
  readonly setUpMs: number;
  /** The present machine first; only that one when the work has begun. */
  readonly alternatives: readonly FloorAlternative[];
}

/** One site as it is scheduled: open production orders and the machines that can make them. */
export interface Floor {
  readonly networkId: string;
  readonly siteId: string;
  readonly siteName: string;
  readonly factoryOrganisationId: string;
  readonly zone: string;
  /** Domain instant. */
  readonly nowMs: number;
  /** Nothing that starts before is moved. */
  readonly fenceMs: number;
  readonly machines: readonly FloorMachine[];
  readonly orders: readonly ProductionOrderRow[];
  readonly operations: readonly FloorOperation[];
}

/** Where one operation lies; [from, to) holds the machine. */
export interface Placed {
  readonly operationId: string;
  readonly machineId: string;
  readonly from: number;
  readonly runFrom: number;
  readonly to: number;
}

/** Shifts without what blocks them: when work goes on. */
export const openTime = (machine: FloorMachine): readonly Interval[] =>
  subtract(machine.windows, machine.blocked);

/** Set-up is lost only when the machine made something else before. */
export function setUpAfter(itemBefore: string | undefined, operation: FloorOperation): number {
  return itemBefore === operation.row.item_id ? 0 : operation.setUpMs;
}

/** Where the shifts known here end before the work does, it is taken to go on around the clock. */
export function workUntil(open: readonly Interval[], fromMs: number, workMs: number): number {
  return advance(open, fromMs, workMs) ?? Math.max(fromMs, open.at(-1)?.endMs ?? fromMs) + workMs;
}

/** The first working instant at or after `fromMs`. */
export function nextWorking(open: readonly Interval[], fromMs: number): number {
  const window = open.find(({ endMs }) => endMs > fromMs);
  return window ? Math.max(fromMs, window.startMs) : fromMs;
}

/** Set-up and run as early as possible from `earliestMs`, around what the machine is held for. */
export function placeAfter(
  machine: FloorMachine,
  open: readonly Interval[],
  earliestMs: number,
  setUpMs: number,
  runMs: number,
): Pick<Placed, 'from' | 'runFrom' | 'to'> {
  let from = nextWorking(open, earliestMs);
  for (const held of machine.held) {
    if (held.endMs <= from) continue;
    if (held.startMs >= workUntil(open, from, setUpMs + runMs)) break;
    from = nextWorking(open, held.endMs);
  }
  const runFrom = nextWorking(open, setUpMs > 0 ? workUntil(open, from, setUpMs) : from);
  return { from, runFrom, to: workUntil(open, runFrom, runMs) };
}

/** What of a span the machine is not held for: a running operation waits there. */
export function outsideHeld(machine: FloorMachine | undefined, span: Interval): readonly Interval[] {
  return span.endMs > span.startMs ? subtract(normalize([span]), machine?.held ?? []) : [];
}

/** Set-up included, it begins before the fence: nobody but a planner's hand moves it. */
export const isFrozen = (floor: Floor, placed: Placed): boolean => placed.from < floor.fenceMs;
