import { MACHINE_STATES, type MachineRecord, type MachineState } from '@millrace/contract';
import { localDay } from './local-day.ts';
import { type SavedMachine, SLOTS_MAX } from './saved.ts';

export const MINUTE_MS = 60_000;
/** A minute stays open for so long after its end, for values that are on their way. */
export const GRACE_MS = 2_000;
/** Before this the box's clock was never set (no battery, no network): nothing can be put into a minute. 1 January 2024. */
export const CLOCK_SET_MS = 1_704_067_200_000;
/** Days whose count is remembered, so that a clock that jumps finds them again. */
const DAYS_MAX = 4;
const RUNNING_INDEX = MACHINE_STATES.indexOf('running');
/** As in the contract. */
const COUNT_MAX = 4_294_967_295;
const ENERGY_MAX_WH = 2_147_483_647;
/** Minutes that wait in the dark, two hours: they are saved with each change of the energy. */
const DARK_SLOTS_MAX = 120;
/** 0.1 + 0.2 pieces are 0.3: what floating point leaves under a whole piece. */
const ROUNDING = 1e-6;

interface Slot {
  readonly minute: number;
  /** May be parts of one. */
  pieces: number;
  readonly stateMs: number[];
  energyWh: number | null;
  informed: boolean;
  /** As they stood when the minute was over; undefined = as they stand when it is told. */
  signals?: RecordExtras['signals'];
}
interface Day {
  readonly startMs: number;
  readonly endMs: number;
  /** Undefined for a day of the zone that the machine was in before. */
  readonly date: string | undefined;
  pieces: number;
  count: number;
  /** Newest minute told. */
  last: number;
}

/** What a record says beside what was added up. */
export interface RecordExtras {
  readonly hasState: boolean;
  readonly signals: Readonly<Record<string, number>> | undefined;
}

/**
 * The minutes of one machine, from what is added until they are told, once each. Within a local day the told counts never
 * fall and the told minutes only rise, whatever the clock does; pieces for which there is no minute come with the next record.
 */
export class MinuteBook {
  readonly #timeZone: string;
  #days: Day[];
  /** By minute. */
  readonly #slots: Map<number, Slot>;
  #carry: number;
  #energyCarryWh: number;
  #runningCarryMs: number;

  constructor(timeZone: string, saved: SavedMachine | undefined) {
    this.#timeZone = timeZone;
    this.#days = (saved?.days ?? []).map(([startMs, endMs, pieces, count, last]) => ({
      ...{ startMs, endMs, pieces, count, last, date: dateOf(startMs, endMs, timeZone) },
    }));
    this.#slots = new Map(
      (saved?.slots ?? []).map(([minute, pieces, energyWh, informed, stateMs]) => [
        minute,
        { minute, pieces, energyWh, informed, stateMs: [...stateMs] },
      ]),
    );
    this.#carry = saved?.carry ?? 0;
    this.#energyCarryWh = saved?.energyCarryWh ?? 0;
    this.#runningCarryMs = saved?.runningCarryMs ?? 0;
  }

  addPieces(pieces: number, at: number): void {
    const slot = this.#slotAt(at);
    if (slot === undefined) this.#carry += pieces;
    else slot.pieces += pieces;
  }

  /** `state` stood from `from` to `to`. */
  addState(state: MachineState, from: number, to: number): void {
    const index = MACHINE_STATES.indexOf(state);
    eachMinute(from, to, (start, end) => {
      const slot = this.#slotAt(start);
      if (slot !== undefined) slot.stateMs[index] = (slot.stateMs[index] ?? 0) + end - start;
    });
  }

  /** Something good is known of the count from `from` to `to`. */
  inform(from: number, to: number): void {
    eachMinute(from, Math.max(to, from + 1), (start) => {
      const slot = this.#slotAt(start);
      if (slot !== undefined) slot.informed = true;
    });
  }

  addEnergy(wh: number, at: number): void {
    const slot = this.#slotAt(at);
    if (slot === undefined) this.#energyCarryWh += wh;
    else slot.energyWh = (slot.energyWh ?? 0) + wh;
  }

  /**
   * End of the oldest minute that can be told by `now`; undefined when there is none. While it `isDark` minutes of which
   * nothing good is known wait, so that what a source has kept of them still finds their energy.
   */
  nextEnd(now: number, isDark: boolean): number | undefined {
    let end: number | undefined;
    const waiting = isDark && this.#slots.size <= DARK_SLOTS_MAX;
    for (const { minute, informed } of this.#slots.values()) {
      if (waiting && !informed) continue;
      if (minute + MINUTE_MS + GRACE_MS <= now && (end === undefined || minute + MINUTE_MS < end)) {
        end = minute + MINUTE_MS;
      }
    }
    return end;
  }

  /** The record of the minute that ends at `end`; undefined when nothing good is known of it. */
  close(machine: string, end: number, { hasState, signals }: RecordExtras): MachineRecord | undefined {
    const minute = end - MINUTE_MS;
    const slot = this.#slots.get(minute);
    this.#slots.delete(minute);
    if (slot === undefined) return undefined;
    if (!slot.informed) {
      this.#carry += slot.pieces;
      return undefined;
    }
    const day = this.#dayOf(minute);
    day.pieces += slot.pieces + this.#carry;
    this.#carry = 0;
    day.count = Math.min(COUNT_MAX, Math.max(day.count, Math.floor(day.pieces + ROUNDING)));
    day.last = minute;
    const energyWh = this.#wholeWh(slot);
    const said = slot.signals ?? signals;
    return {
      machine,
      minute,
      runningS: this.#runningS(slot),
      count: day.count,
      ...(day.date === undefined ? {} : { day: day.date }),
      ...(hasState ? { state: stateOf(slot) } : {}),
      ...(energyWh === undefined ? {} : { energyWh }),
      ...(said === undefined ? {} : { signals: said }),
    };
  }

  /** The minutes before `at` are over for the signals. */
  sign(signals: RecordExtras['signals'], at: number): void {
    for (const slot of this.#slots.values()) if (slot.minute + MINUTE_MS <= at) slot.signals ??= signals;
  }

  /** The clock was set back: pieces of minutes that are now far ahead come with the next record. */
  clockSetBack(now: number): void {
    for (const slot of this.#slots.values()) {
      this.#carry += slot.pieces;
      slot.pieces = 0;
      if (slot.minute > now + MINUTE_MS) this.#slots.delete(slot.minute);
    }
  }

  save(): Pick<SavedMachine, 'days' | 'slots' | 'carry' | 'energyCarryWh' | 'runningCarryMs'> {
    return {
      days: this.#days.map(({ startMs, endMs, pieces, count, last }) => [
        startMs,
        endMs,
        pieces,
        count,
        last,
      ]),
      slots: [...this.#slots.values()].map(({ minute, pieces, energyWh, informed, stateMs }) => [
        ...([minute, pieces, energyWh, informed] as const),
        [...stateMs],
      ]),
      carry: this.#carry,
      energyCarryWh: this.#energyCarryWh,
      runningCarryMs: this.#runningCarryMs,
    };
  }

  /** Undefined for a minute that cannot be told any more. */
  #slotAt(at: number): Slot | undefined {
    const minute = Math.floor(at / MINUTE_MS) * MINUTE_MS;
    const open = this.#slots.get(minute);
    if (open !== undefined) return open;
    if (minute < CLOCK_SET_MS || minute <= this.#dayOf(minute).last) return undefined;
    const [oldest] = this.#slots.values();
    if (this.#slots.size >= SLOTS_MAX && oldest !== undefined) {
      this.#carry += oldest.pieces;
      this.#slots.delete(oldest.minute);
    }
    const slot: Slot = {
      minute,
      pieces: 0,
      stateMs: MACHINE_STATES.map(() => 0),
      energyWh: null,
      informed: false,
    };
    this.#slots.set(minute, slot);
    return slot;
  }

  #dayOf(minute: number): Day {
    const known = this.#days.find(({ startMs, endMs }) => minute >= startMs && minute < endMs);
    if (known !== undefined) return known;
    const span = localDay(minute, this.#timeZone);
    // Parts of a piece go on into the next day.
    const before = this.#days.findLast(({ endMs }) => endMs === span.startMs);
    const rest = before === undefined ? 0 : Math.max(0, before.pieces - before.count);
    const day: Day = { ...span, pieces: rest < 1 ? rest : 0, count: 0, last: -1 };
    if (this.#days.length >= DAYS_MAX) {
      const sorted = this.#days.toSorted((a, b) => a.startMs - b.startMs);
      const oldest = sorted[0];
      const evicted = oldest !== undefined && oldest.startMs < span.startMs ? oldest : sorted.at(-1);
      this.#days = this.#days.filter((one) => one !== evicted);
    }
    this.#days.push(day);
    return day;
  }

  /** Rounded so that nothing is lost over the minutes. */
  #runningS({ stateMs }: Slot): number {
    const ms = Math.min(MINUTE_MS, stateMs[RUNNING_INDEX] ?? 0) + this.#runningCarryMs;
    const seconds = Math.min(60, Math.max(0, Math.round(ms / 1_000)));
    this.#runningCarryMs = Math.max(-500, Math.min(500, ms - seconds * 1_000));
    return seconds;
  }

  #wholeWh({ energyWh }: Slot): number | undefined {
    if (energyWh === null) return undefined;
    const wh = energyWh + this.#energyCarryWh;
    const whole = Math.min(ENERGY_MAX_WH, Math.max(0, Math.floor(wh + ROUNDING)));
    // A machine that feeds back must not run up a debt against what it uses later.
    this.#energyCarryWh = Math.max(-1, Math.min(1, wh - whole));
    return whole;
  }
}

function dateOf(startMs: number, endMs: number, timeZone: string): string | undefined {
  const day = localDay(startMs, timeZone);
  return day.startMs === startMs && day.endMs === endMs ? day.date : undefined;
}

/** Running when it ran for half of the minute, else the one of the other states that stood longest. */
function stateOf({ stateMs }: Slot): MachineState {
  if ((stateMs[RUNNING_INDEX] ?? 0) >= MINUTE_MS / 2) return 'running';
  let longest: MachineState = 'unknown';
  let ms = 0;
  for (const [index, state] of MACHINE_STATES.entries()) {
    const stood = stateMs[index] ?? 0;
    if (state !== 'running' && stood > ms) [longest, ms] = [state, stood];
  }
  return ms === 0 && (stateMs[RUNNING_INDEX] ?? 0) > 0 ? 'running' : longest;
}

/** Cuts a span at the minutes. The caller bounds it: a clock that jumped is never accounted for. */
function eachMinute(from: number, to: number, take: (start: number, end: number) => void): void {
  for (let start = from; start < to; ) {
    const end = Math.min(to, (Math.floor(start / MINUTE_MS) + 1) * MINUTE_MS);
    take(start, end);
    start = end;
  }
}
