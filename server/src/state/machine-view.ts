import type { LiveMachine } from '@millrace/contract';
import { MINUTE_MS, NO_MINUTE } from '../ingest/index.ts';
import type { Clock } from '../kernel/index.ts';
import type { Directory, RegisteredMachine } from '../registry/index.ts';
import { assignmentAt } from './assigned-work.ts';
import type { Fleet } from './fleet.ts';
import type { GatewayLive } from './gateway-live.ts';
import { minuteAt, RING_MINUTES } from './minute-ring.ts';
import { stateName } from './minute-state.ts';
import { oeeValue } from './oee.ts';
import { busyMinutes, NO_BLOCKS } from './planned-time.ts';
import type { Slot } from './slot-index.ts';
import type { World } from './world.ts';

/** A record older than this says nothing about now; uploads are buffered for a minute or two. */
const SILENT_AFTER_MIN = 5;
/** A sped-up clock passes minutes while an upload is under way, so there the silence is measured on the wall. */
const SILENT_AFTER_WALL_MS = 20_000;

/** Domain minutes without a record after which a machine's state is unknown. */
export function silentAfterMin(clock: Clock): number {
  return Math.max(SILENT_AFTER_MIN, Math.ceil((SILENT_AFTER_WALL_MS * clock.speed) / MINUTE_MS));
}

/** Up to here, exclusive, a minute without a record is a gap; later ones may still come. */
export function asOfMinute(newest: number, now: number, silentAfter: number): number {
  return Math.max(newest + 1, now - silentAfter);
}

/** Today's planned busy time and what came of it; minutes. */
export interface TodayFigures {
  readonly pbtMin: number;
  readonly oee: number | null;
}

/** Views of machines at one instant; makes time-zone arithmetic once for machines that work alike. */
export interface MachineViews {
  view(directory: Directory, machine: RegisteredMachine): LiveMachine;
  /** Running, idle …, or unknown when silent. */
  isConnected(slot: Slot | undefined): boolean;
  figures(directory: Directory, machine: RegisteredMachine, slot: Slot | undefined): TodayFigures;
}

export function createMachineViews(fleet: Fleet, world: World, clock: Clock): MachineViews {
  const now = Math.floor(clock.now() / MINUTE_MS);
  const silentAfter = silentAfterMin(clock);
  const busy = createBusyMemo(world);

  const newestOf = (slot: Slot | undefined): number =>
    slot === undefined ? NO_MINUTE : (slot.gateway.live.track.minute[slot.position] as number);
  const isConnected = (slot: Slot | undefined): boolean => {
    const newest = newestOf(slot);
    return newest !== NO_MINUTE && newest + silentAfter >= now;
  };
  const figures: MachineViews['figures'] = (directory, machine, slot) => {
    const day = world.dayOf(machine.zone, now);
    const to = Math.min(day.end, asOfMinute(newestOf(slot), now, silentAfter));
    const pbtMin = to > day.start ? busy(directory, machine, day.start, to) : 0;
    const today = slot && figuresToday(slot.gateway.live, slot.position, day.start);
    const oee = oeeValue({
      pbtMin,
      aptMin: today?.aptMin ?? 0,
      standardMin: today?.standardMin ?? 0,
      assignedAptMin: today?.assignedAptMin ?? 0,
      pieces: today?.pieces ?? 0,
      scrap: world.scrapOf(machine.id, day.start * MINUTE_MS, day.end * MINUTE_MS),
    });
    return { pbtMin, oee };
  };
  return {
    isConnected,
    figures,
    view: (directory, machine) => {
      const slot = fleet.slot(machine.id);
      const newest = newestOf(slot);
      const connected = isConnected(slot);
      const day = world.dayOf(machine.zone, now);
      const { oee } = figures(directory, machine, slot);
      return {
        machineId: machine.id,
        machineCode: machine.code,
        machineName: machine.name,
        siteId: machine.siteId,
        siteName: directory.site(machine.siteId)?.name ?? machine.siteId,
        organisationId: machine.organisationId,
        workCenterId: machine.workCenterId,
        state: slot && connected ? stateName(slot.gateway.live.state[slot.position] as number) : 'unknown',
        since: sinceOf(slot, newest, connected),
        lastMinute: newest === NO_MINUTE ? null : newest * MINUTE_MS,
        countToday: (slot && figuresToday(slot.gateway.live, slot.position, day.start)?.pieces) ?? 0,
        planToday: planOf(directory, machine, day, world, busy),
        itemCode: assignmentAt(world.assignmentsOf(machine.id), now)?.itemCode ?? null,
        // A machine that beats its planned rate is told as 100 %.
        oeeToday: oee === null ? null : Math.min(1, oee),
        lastHour: lastHourOf(slot, newest, connected ? newest : now),
      };
    },
  };
}

function figuresToday(live: GatewayLive, position: number, dayStart: number) {
  if (live.dayStart[position] !== dayStart) return undefined;
  const work = live.workToday.get(position);
  return {
    pieces: live.piecesToday[position] as number,
    aptMin: live.aptToday[position] as number,
    standardMin: work?.standardMin ?? 0,
    assignedAptMin: work?.aptMin ?? 0,
  };
}

function sinceOf(slot: Slot | undefined, newest: number, connected: boolean): number | null {
  if (slot === undefined || newest === NO_MINUTE) return null;
  const since = connected ? (slot.gateway.live.since[slot.position] as number) : newest + 1;
  return since * MINUTE_MS;
}

function lastHourOf(slot: Slot | undefined, newest: number, last: number): (number | null)[] {
  const pieces: (number | null)[] = [];
  for (let minute = last - RING_MINUTES + 1; minute <= last; minute++) {
    const known = slot && minute <= newest && minute > newest - RING_MINUTES;
    pieces.push((known ? minuteAt(slot.gateway.live.pieces, slot.position, minute) : undefined) ?? null);
  }
  return pieces;
}

type BusyMinutes = (directory: Directory, machine: RegisteredMachine, from: number, to: number) => number;

/** What the machine was and is set to make today: by rate and planned time, at most what was asked for. */
function planOf(
  directory: Directory,
  machine: RegisteredMachine,
  day: { readonly start: number; readonly end: number },
  world: World,
  busy: BusyMinutes,
): number | null {
  let plan: number | null = null;
  for (const { from, to, ratePerHour, quantity } of world.assignmentsOf(machine.id) ?? []) {
    const start = Math.max(from, day.start);
    const end = Math.min(to, day.end);
    if (start >= end) continue;
    const minutes = busy(directory, machine, start, end);
    plan = (plan ?? 0) + Math.min(quantity, Math.floor((minutes / 60) * ratePerHour));
  }
  return plan;
}

function createBusyMemo(world: World): BusyMinutes {
  const known = new Map<string, number>();
  return (directory, machine, from, to) => {
    const blocks = world.blocksOf(machine.id);
    const [fromMs, toMs] = [from * MINUTE_MS, to * MINUTE_MS];
    if (blocks) return busyMinutes(world.registry, machine, blocks, fromMs, toMs);
    const key = `${directory.calendarOf(machine).key} ${from} ${to}`;
    let minutes = known.get(key);
    if (minutes === undefined) {
      minutes = busyMinutes(world.registry, machine, NO_BLOCKS, fromMs, toMs);
      known.set(key, minutes);
    }
    return minutes;
  };
}
