import type { MACHINE_STATES, MachineDay } from '@millrace/contract';
import { localDay } from '@millrace/engine';
import { MINUTE_MS } from '../ingest/index.ts';
import { type Clock, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import type { RegisteredMachine } from '../registry/index.ts';
import { assignedWork } from './assigned-work.ts';
import { type Counts, sumMinutes } from './counts.ts';
import type { MachineMinute } from './machine-minutes.ts';
import { asOfMinute, silentAfterMin } from './machine-view.ts';
import { NO_RECORD, stateName, UNKNOWN } from './minute-state.ts';
import { oeeSheet } from './oee.ts';
import { NO_BLOCKS, operationWindows } from './planned-time.ts';
import { readAssignments, readScrap } from './store-work.ts';
import { accountTime, planMinutes } from './time-account.ts';
import { blocksByMachineOf, toAssignment, type World } from './world.ts';

const HOUR_MIN = 60;

/** The local day in minutes since the epoch, or the refusal of a day that the calendar does not have. */
export function daySpan(day: string, zone: string): { start: number; end: number } | Refusal {
  const date = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(date.getTime()) || !date.toISOString().startsWith(day)) {
    return refuse('no-such-day', 422, `${day} is not a day of the calendar.`, { values: { day } });
  }
  const { startMs, endMs } = localDay(day, zone);
  return { start: Math.round(startMs / MINUTE_MS), end: Math.round(endMs / MINUTE_MS) };
}

/**
 * Everything about one machine on one local day, from its raw records: the same question gives the same answer whenever it
 * is asked. A day that still runs is accounted up to the minute that must have been recorded by now.
 */
export async function readMachineDay(
  tx: Tx,
  counts: Counts,
  world: World,
  clock: Clock,
  machine: RegisteredMachine,
  day: string,
): Promise<MachineDay | Refusal> {
  const span = daySpan(day, machine.zone);
  if ('refused' in span) return span;
  const { start, end } = span;
  const [from, to] = [start * MINUTE_MS, end * MINUTE_MS];
  const minutes = await counts.minutes(tx, machine, start, end);
  const now = Math.floor(clock.now() / MINUTE_MS);
  const asOf = asOfMinute(minutes.at(-1)?.minute ?? 0, now, silentAfterMin(clock));
  const until = Math.min(end, Math.max(start, asOf));
  const columns = columnsOf(minutes, start, until);
  const blocks =
    blocksByMachineOf(
      (await world.registry.listBlocks(tx, machine.networkId, from, to)).filter(
        ({ machineId }) => machineId === machine.id,
      ),
    ).get(machine.id) ?? NO_BLOCKS;
  const windows = operationWindows(world.registry, machine, blocks, from, to);
  const plan = planMinutes(start, until - start, windows, blocks.maintenance);
  const time = accountTime(columns.states, plan);
  const { organisationId, id } = machine;
  const assignments = (await readAssignments(tx, organisationId, id, from, to)).map(toAssignment);
  const work = assignedWork(start, columns.states, plan, columns.pieces, assignments);
  const scrap = await readScrap(tx, organisationId, id, from, to);
  const count = sumMinutes(minutes).pieces;
  return {
    machineId: id,
    day,
    zone: machine.zone,
    from,
    to,
    timeline: timelineOf(columns.states, start),
    shifts: world.registry.shiftsOf(machine, day).map((shift) => ({ ...shift })),
    hours: hoursOf(minutes, start, end),
    count,
    scrap,
    restarts: minutes.filter(({ restart }) => restart).length,
    time,
    oee: oeeSheet({
      pbtMin: time.pbtMin,
      aptMin: time.aptMin,
      austMin: time.austMin,
      standardMin: work.standardMin,
      assignedAptMin: work.aptMin,
      assignedPieces: work.pieces,
      pieces: count,
      scrap,
    }),
    source: { records: minutes.length, href: `/api/v3/machines/${id}/records?from=${from}&to=${to}` },
  };
}

function columnsOf(minutes: readonly MachineMinute[], start: number, until: number) {
  const states = new Uint8Array(until - start).fill(NO_RECORD);
  const pieces = new Float64Array(until - start);
  for (const minute of minutes) {
    if (minute.minute >= until) break;
    states[minute.minute - start] = minute.state;
    pieces[minute.minute - start] = minute.pieces;
  }
  return { states, pieces };
}

function timelineOf(states: Uint8Array, start: number): MachineDay['timeline'] {
  const spans: { state: (typeof MACHINE_STATES)[number]; from: number; to: number }[] = [];
  states.forEach((position, index) => {
    const state = stateName(position === NO_RECORD ? UNKNOWN : position);
    const at = (start + index) * MINUTE_MS;
    const last = spans.at(-1);
    if (last?.state === state) last.to = at + MINUTE_MS;
    else spans.push({ state, from: at, to: at + MINUTE_MS });
  });
  return spans;
}

/** Hours from local midnight on, so that a day has 23 to 25 of them. */
function hoursOf(minutes: readonly MachineMinute[], start: number, end: number): MachineDay['hours'] {
  const groups = Map.groupBy(minutes, ({ minute }) => Math.floor((minute - start) / HOUR_MIN));
  return Array.from({ length: Math.ceil((end - start) / HOUR_MIN) }, (_, index) => {
    const { pieces, runningS, energyWh } = sumMinutes(groups.get(index) ?? []);
    return { from: (start + index * HOUR_MIN) * MINUTE_MS, count: pieces, runningS, energyWh };
  });
}
