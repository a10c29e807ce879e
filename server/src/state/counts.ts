import { dirtyHoursOf, type Ingest, layoutsOfMachine, MINUTE_MS } from '../ingest/index.ts';
import type { Tx } from '../kernel/index.ts';
import type { RegisteredMachine } from '../registry/index.ts';
import type { Fleet } from './fleet.ts';
import { type CountRule, type MachineMinute, machineMinutes, type Standing } from './machine-minutes.ts';
import { minuteAt, RING_MINUTES } from './minute-ring.ts';
import type { MachineCount } from './state.ts';
import { type MachineHour, readMachineHours, readStanding } from './store-hour.ts';
import type { World } from './world.ts';

const HOUR_MIN = 60;
/** Before midnight, so that a counter that is reset early or late is recognised. */
const BEFORE_DAY_MIN = 30;
/** Up to here a span is counted minute by minute; beyond, whole hours come from their roll-up. */
const MINUTES_MAX = 240;

/** What was counted in a span; `records` is the number of minutes with a record. */
export interface Totals {
  pieces: number;
  runningS: number;
  energyWh: number;
  records: number;
}

export interface Counts {
  /** Every recorded minute in [from, to), minutes since the epoch, from the raw records. */
  minutes(tx: Tx, machine: RegisteredMachine, from: number, to: number): Promise<MachineMinute[]>;
  /** Whole hours in [from, to), hours since the epoch: rolled up where that is up to date, else from the raw records. */
  hours(tx: Tx, machine: RegisteredMachine, from: number, to: number): Promise<MachineHour[]>;
  /** Totals of each span [from, to), minutes since the epoch; spans in ascending order. */
  totals(
    tx: Tx,
    machine: RegisteredMachine,
    spans: readonly { readonly from: number; readonly to: number }[],
  ): Promise<Totals[]>;
  /** From memory, when all minutes of the span are there; undefined when the tables must be asked. */
  recent(machineId: string, from: number, to: number): MachineCount | undefined;
}

interface Place {
  readonly gatewayId: string;
  readonly position: number;
}

export function createCounts(ingest: Pick<Ingest, 'rawRecords'>, world: World, fleet: Fleet): Counts {
  const placesOf = async (tx: Tx, machine: RegisteredMachine): Promise<Place[]> => {
    const layouts = await layoutsOfMachine(tx, machine.organisationId, machine.id);
    return layouts.map(({ gatewayId, machineIds }) => ({
      gatewayId,
      position: machineIds.indexOf(machine.id),
    }));
  };
  const minutesAt = async (
    tx: Tx,
    machine: RegisteredMachine,
    places: readonly Place[],
    from: number,
    to: number,
  ): Promise<MachineMinute[]> => {
    if (places.length === 0 || from >= to) return [];
    const start = world.dayOf(machine.zone, from).start - BEFORE_DAY_MIN;
    const standing = await standingBefore(tx, machine, places, start, from);
    const rawFrom = standing ? (standing.hour + 1) * HOUR_MIN : start;
    const { organisationId, id } = machine;
    const records = await ingest.rawRecords(tx, organisationId, id, rawFrom * MINUTE_MS, to * MINUTE_MS);
    const rule: CountRule = {
      countModulus: machine.countModulus,
      dayOf: (minute) => world.dayOf(machine.zone, minute),
    };
    return machineMinutes(records, standing, rule).filter(({ minute }) => minute >= from);
  };
  const hoursAt = async (
    tx: Tx,
    machine: RegisteredMachine,
    places: readonly Place[],
    from: number,
    to: number,
  ): Promise<MachineHour[]> => {
    if (places.length === 0 || from >= to) return [];
    const gateways = places.map(({ gatewayId }) => gatewayId);
    const dirty = await dirtyHoursOf(tx, machine.organisationId, gateways, from, to);
    const rolled = await readMachineHours(tx, machine.organisationId, places, from, to);
    const hours = new Map(rolled.map((row) => [row.hour, row]));
    for (const hour of dirty) hours.delete(hour);
    for (const [first, last] of runsOf(dirty)) {
      const minutes = await minutesAt(tx, machine, places, first * HOUR_MIN, (last + 1) * HOUR_MIN);
      for (const [hour, group] of Map.groupBy(minutes, ({ minute }) => Math.floor(minute / HOUR_MIN))) {
        hours.set(hour, { hour, ...sumMinutes(group) });
      }
    }
    return [...hours.values()].sort((a, b) => a.hour - b.hour);
  };
  return {
    minutes: async (tx, machine, from, to) => minutesAt(tx, machine, await placesOf(tx, machine), from, to),
    hours: async (tx, machine, from, to) => hoursAt(tx, machine, await placesOf(tx, machine), from, to),
    totals: async (tx, machine, spans) => {
      const places = await placesOf(tx, machine);
      const [first, last] = [spans[0], spans.at(-1)];
      if (!first || !last) return [];
      const whole = await hoursAt(
        tx,
        machine,
        places,
        Math.ceil(first.from / HOUR_MIN),
        Math.floor(last.to / HOUR_MIN),
      );
      const totals: Totals[] = [];
      for (const { from, to } of spans) {
        const [start, end] = [Math.ceil(from / HOUR_MIN), Math.floor(to / HOUR_MIN)];
        const short = to - from <= MINUTES_MAX && (start * HOUR_MIN !== from || end * HOUR_MIN !== to);
        if (short || start >= end) {
          totals.push(sumMinutes(await minutesAt(tx, machine, places, from, to)));
          continue;
        }
        const before = await minutesAt(tx, machine, places, from, start * HOUR_MIN);
        const after = await minutesAt(tx, machine, places, end * HOUR_MIN, to);
        const inside = whole.filter(({ hour }) => hour >= start && hour < end);
        totals.push(addTotals([sumMinutes([...before, ...after]), ...inside]));
      }
      return totals;
    },
    recent: (machineId, from, to) => recentCount(fleet, machineId, from, to),
  };
}

/** Where counting stood at the last roll-up that is sure to be up to date; a machine that moved is counted from midnight. */
async function standingBefore(
  tx: Tx,
  machine: RegisteredMachine,
  places: readonly Place[],
  dayStart: number,
  from: number,
): Promise<(Standing & { readonly hour: number }) | undefined> {
  const [place, moved] = places;
  if (place === undefined || moved !== undefined) return undefined;
  const [earliest, hour] = [Math.floor(dayStart / HOUR_MIN), Math.floor(from / HOUR_MIN)];
  const [firstDirty = hour] = await dirtyHoursOf(
    tx,
    machine.organisationId,
    [place.gatewayId],
    earliest,
    hour,
  );
  return readStanding(tx, machine.organisationId, place.gatewayId, place.position, earliest, firstDirty);
}

function recentCount(fleet: Fleet, machineId: string, from: number, to: number): MachineCount | undefined {
  const [slot, moved] = fleet.slots(machineId);
  if (slot === undefined || moved !== undefined) return undefined;
  const { gateway, position } = slot;
  const { live, stale, pending } = gateway;
  const newest = live.track.minute[position] as number;
  if (stale || pending || live.running === undefined || from <= newest - RING_MINUTES) return undefined;
  const sum = { count: 0, runningS: 0 };
  for (let minute = from; minute < to && minute <= newest; minute++) {
    const pieces = minuteAt(live.pieces, position, minute);
    if (pieces === undefined) continue;
    const runningS = minuteAt(live.running, position, minute);
    if (runningS === undefined) return undefined;
    sum.count += pieces;
    sum.runningS += runningS;
  }
  return sum;
}

export function sumMinutes(minutes: readonly MachineMinute[]): Totals {
  const totals: Totals = { pieces: 0, runningS: 0, energyWh: 0, records: minutes.length };
  for (const { pieces, runningS, energyWh } of minutes) {
    totals.pieces += pieces;
    totals.runningS += runningS;
    totals.energyWh += energyWh;
  }
  return totals;
}

function addTotals(parts: readonly Totals[]): Totals {
  const totals: Totals = { pieces: 0, runningS: 0, energyWh: 0, records: 0 };
  for (const part of parts) {
    totals.pieces += part.pieces;
    totals.runningS += part.runningS;
    totals.energyWh += part.energyWh;
    totals.records += part.records;
  }
  return totals;
}

/** Neighbouring numbers as [first, last]. */
function runsOf(sorted: readonly number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const value of sorted) {
    const run = runs.at(-1);
    if (run && run[1] === value - 1) run[1] = value;
    else runs.push([value, value]);
  }
  return runs;
}
