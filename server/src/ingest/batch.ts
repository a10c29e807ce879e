import { type DaySpan, NO_MINUTE } from './count.ts';
import type { Layout } from './layout.ts';

/** Stands for "not said" in every slot of a batch. */
export const ABSENT = -1;
const SLOTS = 4;

/**
 * Records of one gateway for one minute. One allocation for all: `values` holds four slots of `machines` each, running
 * seconds, count (unsigned 32 bits in a signed one), state (position in MACHINE_STATES) and energy. A machine is present
 * when its running seconds are not ABSENT.
 */
export interface Batch {
  layout: Layout;
  /** Minutes since the epoch. */
  readonly minute: number;
  readonly values: Int32Array;
  /** Machines of the layout when the batch was made; the stride of `values`. */
  readonly machines: number;
  records: number;
  hasState: boolean;
  hasEnergy: boolean;
  /**
   * Minutes since the local midnight with which the count begins, where the sender said whose day it counts, else ABSENT. Not
   * only that it said so: its site may move to another zone later.
   */
  ownDay: Int32Array | undefined;
  /** By name, one number per machine, NaN where absent. */
  signals: Map<string, Float64Array> | undefined;
  /** A later minute of the gateway came before. */
  late: boolean;
}

/** Where batches take their values from; memory of its own for each would cost more than filling it. */
export type Room = (length: number) => Int32Array;
const ownRoom: Room = (length) => new Int32Array(length);

export function createBatch(layout: Layout, minute: number, room: Room = ownRoom): Batch {
  const machines = layout.machineIds.length;
  return {
    layout,
    minute,
    values: room(machines * SLOTS).fill(ABSENT),
    machines,
    records: 0,
    hasState: false,
    hasEnergy: false,
    ownDay: undefined,
    signals: undefined,
    late: false,
  };
}

/** Numbers of one slab: some hundred uploads. It lives until the last of its batches is written. */
const SLAB_LENGTH = 65_536;

/** Cuts rooms out of slabs. */
export function createSlabs(): Room {
  let slab = new Int32Array(0);
  let at = 0;
  return (length) => {
    if (length > SLAB_LENGTH / 4) return new Int32Array(length);
    if (at + length > slab.length) {
      slab = new Int32Array(SLAB_LENGTH);
      at = 0;
    }
    at += length;
    return slab.subarray(at - length, at);
  };
}

export const runningOf = (batch: Batch, position: number): number => batch.values[position] ?? ABSENT;
export const countOf = (batch: Batch, position: number): number =>
  (batch.values[batch.machines + position] as number) >>> 0;
export const stateOf = (batch: Batch, position: number): number =>
  batch.values[2 * batch.machines + position] as number;
export const energyOf = (batch: Batch, position: number): number =>
  batch.values[3 * batch.machines + position] as number;

/** Whether the sender said that the count begins with this day. */
export const isOwnDay = (batch: Batch, position: number, { start }: DaySpan): boolean =>
  batch.ownDay?.[position] === batch.minute - start;
export function putOwnDay(batch: Batch, position: number, sinceMidnight: number): void {
  batch.ownDay ??= new Int32Array(batch.machines).fill(ABSENT);
  batch.ownDay[position] = sinceMidnight;
}

/** What one machine said, in a form that two of them can be compared in. */
export interface Entry {
  readonly runningS: number;
  readonly count: number;
  readonly state: number;
  readonly energyWh: number;
  /** Minutes since the local midnight with which the count begins; ABSENT where that was not said. */
  readonly ownDay: number;
  readonly signals: ReadonlyMap<string, number>;
}

export function entryAt(batch: Batch, position: number): Entry | undefined {
  const runningS = runningOf(batch, position);
  if (runningS === ABSENT) return undefined;
  const signals = new Map<string, number>();
  for (const [name, values] of batch.signals ?? []) {
    const value = values[position];
    if (value !== undefined && !Number.isNaN(value)) signals.set(name, value);
  }
  return {
    runningS,
    count: countOf(batch, position),
    state: stateOf(batch, position),
    energyWh: energyOf(batch, position),
    ownDay: batch.ownDay?.[position] ?? ABSENT,
    signals,
  };
}

export function putEntry(batch: Batch, position: number, entry: Entry): void {
  const { values, machines } = batch;
  if (values[position] === ABSENT) batch.records++;
  values[position] = entry.runningS;
  values[machines + position] = entry.count | 0;
  values[2 * machines + position] = entry.state;
  values[3 * machines + position] = entry.energyWh;
  if (entry.state !== ABSENT) batch.hasState = true;
  if (entry.energyWh !== ABSENT) batch.hasEnergy = true;
  if (entry.ownDay !== ABSENT) putOwnDay(batch, position, entry.ownDay);
  for (const [name, value] of entry.signals) putSignal(batch, name, position, value);
}

export function putSignal(batch: Batch, name: string, position: number, value: number): void {
  batch.signals ??= new Map();
  let values = batch.signals.get(name);
  if (values === undefined) {
    values = new Float64Array(batch.machines).fill(Number.NaN);
    batch.signals.set(name, values);
  }
  values[position] = value;
}

/** What is said of the count's day is no part of it: an agent that learned to say it repeats what it sent before. */
export function sameEntry(a: Entry, b: Entry): boolean {
  if (a.runningS !== b.runningS || a.count !== b.count || a.state !== b.state || a.energyWh !== b.energyWh)
    return false;
  if (a.signals.size !== b.signals.size) return false;
  for (const [name, value] of a.signals) if (b.signals.get(name) !== value) return false;
  return true;
}

/** The same records against another version of the layout; machines it does not have are left out. */
export function relayout(batch: Batch, layout: Layout): Batch {
  const moved = createBatch(layout, batch.minute);
  moved.late = batch.late;
  const target = new Map(layout.machineIds.map((id, position) => [id, position]));
  batch.layout.machineIds.forEach((id, position) => {
    const entry = entryAt(batch, position);
    const to = target.get(id);
    if (entry !== undefined && to !== undefined) putEntry(moved, to, entry);
  });
  return moved;
}

/** Where a machine stands in the list of the one gateway and of the other. */
export type SharedPosition = readonly [here: number, there: number];

/** What another gateway said of machines that moved between them, as if the gateway of `layout` had said it. */
export function carryOver(batch: Batch, layout: Layout, shared: readonly SharedPosition[]): Batch {
  const carried = createBatch(layout, batch.minute);
  for (const [here, there] of shared) {
    // The machine may have come to the other gateway after this batch.
    const entry = there < batch.machines ? entryAt(batch, there) : undefined;
    if (entry !== undefined) putEntry(carried, here, entry);
  }
  return carried;
}

/** What became of the records of a batch; positions of its own layout. */
export interface BatchOutcome {
  accepted: number;
  readonly duplicates: number[];
  readonly conflicts: number[];
  /** Filled into a row that was there. */
  readonly filled: number[];
}

/**
 * Merges a batch into what is stored for the same gateway and minute: a machine that is missing is filled in, one that says
 * the same is a duplicate, one that says something else is a conflict and the first stays.
 */
export function mergeBatch(stored: Batch, fresh: Batch): BatchOutcome {
  const outcome: BatchOutcome = { accepted: 0, duplicates: [], conflicts: [], filled: [] };
  const target =
    stored.layout === fresh.layout
      ? undefined
      : new Map(stored.layout.machineIds.map((id, position) => [id, position]));
  for (let position = 0; position < fresh.machines; position++) {
    const entry = entryAt(fresh, position);
    if (entry === undefined) continue;
    const at =
      target === undefined ? position : (target.get(fresh.layout.machineIds[position] ?? '') ?? NO_MINUTE);
    const before = entryAt(stored, at);
    if (before === undefined) {
      putEntry(stored, at, entry);
      outcome.filled.push(position);
    } else if (sameEntry(before, entry)) outcome.duplicates.push(position);
    else outcome.conflicts.push(position);
  }
  outcome.accepted = outcome.filled.length;
  return outcome;
}

/** What was derived from telemetry before gives way to what is derived from more of it. Both have the same layout. */
export function replaceEntries(stored: Batch, fresh: Batch): BatchOutcome {
  const outcome: BatchOutcome = { accepted: 0, duplicates: [], conflicts: [], filled: [] };
  for (let position = 0; position < fresh.machines; position++) {
    const entry = entryAt(fresh, position);
    if (entry === undefined) continue;
    const before = entryAt(stored, position);
    if (before !== undefined && sameEntry(before, entry)) continue;
    putEntry(stored, position, entry);
    outcome.filled.push(position);
  }
  outcome.accepted = outcome.filled.length;
  return outcome;
}
