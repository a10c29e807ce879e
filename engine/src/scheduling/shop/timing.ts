import { ATTENDED, PIN, type ShopModel } from './shop-model.ts';
import { BOUND, type ShopState } from './shop-state.ts';
import type { WorkCalendars } from './work-calendars.ts';

/** Keys of neighbours differ at least by this; instants are whole, so it never changes an order in time. */
const KEY_STEP = 2 ** -10;

/**
 * The times of one operation from those before it in job and sequences. Earliest run through the calendars; the
 * set-up as late as that allows, so that machine, tool and operator are held no longer than needed. Later
 * predecessors never give an earlier start, which is what makes the propagation exact.
 * The answers are fields instead of objects, because they are asked for millions of times.
 */
export class Timing {
  private readonly model: ShopModel;
  private readonly state: ShopState;
  private readonly calendars: WorkCalendars;
  setUpStart = 0;
  setUpEnd = 0;
  start = 0;
  end = 0;
  seatRelease = 0;
  key = 0;
  binding = 0;
  bindingOperation = -1;
  /** The job, not the machine, was what the run waited for. */
  private readyBinds = false;

  constructor(state: ShopState) {
    this.model = state.model;
    this.state = state;
    this.calendars = state.model.resources.calendars;
  }

  /** Working time between two alternatives on one machine; `previous` −1 = as the machine stands now. */
  setUpMs(previous: number, alternative: number): number {
    const { alternativeMachine, alternativeSetUpMs, alternativeFamily, resources } = this.model;
    const machine = alternativeMachine[alternative] as number;
    const own = alternativeSetUpMs[alternative] as number;
    const at = resources.matrixAt[machine] as number;
    if (at < 0) return own;
    const from =
      previous < 0 ? (resources.machineFamily[machine] as number) : (alternativeFamily[previous] as number);
    const width = resources.matrixWidth[machine] as number;
    return (
      own + (resources.matrixMs[at + from * width + (alternativeFamily[alternative] as number)] as number)
    );
  }

  /** Earliest start the job allows, over all members of the batch; −1 in `bindingOperation` for the release. */
  readyMs(leader: number): number {
    const { model, state } = this;
    let ready = 0;
    this.bindingOperation = -1;
    for (let member = leader; member >= 0; member = state.memberAfter[member] as number) {
      const job = model.jobOf[member] as number;
      ready = Math.max(ready, model.notBefore[member] as number);
      if (model.jobFirst[job] === member && (model.jobRelease[job] as number) > ready) {
        ready = model.jobRelease[job] as number;
        this.bindingOperation = -1;
      }
      const last = model.beforeFirst[member + 1] as number;
      for (let arc = model.beforeFirst[member] as number; arc < last; arc++) {
        const before = model.before[arc] as number;
        const done = (state.end[before] as number) + (model.lag[before] as number);
        if (done >= ready) {
          ready = done;
          this.bindingOperation = before;
        }
      }
    }
    return ready;
  }

  /** Times of a placed operation (leader) where it stands; false when its pinned start or its calendar breaks. */
  time(operation: number): boolean {
    const { model, state } = this;
    const alternative = state.alternative[operation] as number;
    const machine = model.alternativeMachine[alternative] as number;
    const previous = state.at(machine, (state.machinePosition[operation] as number) - 1);
    const pin = model.pin[operation] as number;
    const setUp =
      pin === PIN.running
        ? 0
        : this.setUpMs(previous < 0 ? -1 : (state.alternative[previous] as number), alternative);
    const ready = this.readyMs(operation);
    const before = this.bindingOperation;
    let from = model.floor[operation] as number;
    let bound: number = BOUND.fence;
    let holder = -1;
    if (previous >= 0 && (state.end[previous] as number) >= from) {
      from = state.end[previous] as number;
      bound = BOUND.machine;
      holder = previous;
    }
    const toolLine = state.toolLine[operation] as number;
    const toolBefore = toolLine < 0 ? -1 : state.at(toolLine, (state.toolPosition[operation] as number) - 1);
    if (toolBefore >= 0 && (state.end[toolBefore] as number) > from) {
      from = state.end[toolBefore] as number;
      bound = BOUND.tool;
      holder = toolBefore;
    }
    const seatLine = state.seatLine[operation] as number;
    const seatBefore = seatLine < 0 ? -1 : state.at(seatLine, (state.seatPosition[operation] as number) - 1);
    const seatFree = seatBefore < 0 ? 0 : (state.seatRelease[seatBefore] as number);
    const seated = seatLine >= 0 && (setUp > 0 || model.attended[operation] === ATTENDED.whole);
    if (seated && seatFree > from) {
      from = seatFree;
      bound = BOUND.seat;
      holder = seatBefore;
    }
    const pinned = state.pinned[operation] === 1;
    const fits = pinned
      ? this.placePinned(alternative, operation, seatLine, setUp, from, ready)
      : this.place(alternative, operation, seatLine, setUp, from, ready);
    if (!fits) return false;
    const whole = model.attended[operation] === ATTENDED.whole;
    this.seatRelease = !seated ? seatFree : whole ? this.end : this.setUpEnd;
    if (pinned) bound = BOUND.pin;
    else if (this.readyBinds) bound = before < 0 ? BOUND.release : BOUND.before;
    this.binding = bound;
    this.bindingOperation = bound === BOUND.before ? before : bound === BOUND.pin ? -1 : holder;
    this.key = this.keyOf(operation, previous, toolBefore, seatBefore);
    return true;
  }

  private keyOf(operation: number, previous: number, toolBefore: number, seatBefore: number): number {
    const { model, state } = this;
    let least = this.start - KEY_STEP;
    if (previous >= 0) least = Math.max(least, state.key[previous] as number);
    if (toolBefore >= 0) least = Math.max(least, state.key[toolBefore] as number);
    if (seatBefore >= 0) least = Math.max(least, state.key[seatBefore] as number);
    for (let member = operation; member >= 0; member = state.memberAfter[member] as number) {
      const last = model.beforeFirst[member + 1] as number;
      for (let arc = model.beforeFirst[member] as number; arc < last; arc++) {
        least = Math.max(least, state.key[model.before[arc] as number] as number);
      }
    }
    return least + KEY_STEP;
  }

  /** Earliest times from `from` for machine, tool and seat and from `ready` for the job. */
  place(
    alternative: number,
    operation: number,
    seatLine: number,
    setUp: number,
    from: number,
    ready: number,
  ): boolean {
    const { calendars, model } = this;
    const machine = model.alternativeMachine[alternative] as number;
    const run = model.alternativeMs[alternative] as number;
    const whole = model.whole[operation] === 1;
    const runCalendar = this.calendarOf(machine, operation, seatLine, ATTENDED.whole);
    const setUpCalendar = this.calendarOf(machine, operation, seatLine, ATTENDED.setUp);
    for (let earliest = from; ; ) {
      let prepared = earliest;
      if (setUp > 0) {
        prepared = calendars.fit(setUpCalendar, earliest, setUp, whole);
        this.setUpStart = calendars.beginMs;
        this.setUpEnd = prepared;
        if (prepared === Number.POSITIVE_INFINITY) return false;
      }
      this.readyBinds = ready > prepared;
      this.end = calendars.fit(runCalendar, Math.max(prepared, ready), run, whole);
      if (this.end === Number.POSITIVE_INFINITY) return false;
      this.start = calendars.beginMs;
      if (setUp === 0) {
        this.setUpStart = this.start;
        this.setUpEnd = this.start;
      } else if (this.start > prepared) {
        this.setUpStart = calendars.latest(setUpCalendar, this.start, setUp, whole);
        this.setUpEnd = calendars.finishMs;
      }
      const clearMs = this.maintenanceWithin(machine, this.setUpStart, this.end);
      if (clearMs < 0) return true;
      earliest = clearMs;
    }
  }

  /** Times that are given: only the set-up before them is found, as late as possible. */
  private placePinned(
    alternative: number,
    operation: number,
    seatLine: number,
    setUp: number,
    from: number,
    ready: number,
  ): boolean {
    const { calendars, model } = this;
    const machine = model.alternativeMachine[alternative] as number;
    const run = model.alternativeMs[alternative] as number;
    const whole = model.whole[operation] === 1;
    this.readyBinds = false;
    const runs = model.pin[operation] === PIN.running;
    this.start = runs ? 0 : (this.state.pinnedStart[operation] as number);
    this.setUpStart = this.start;
    this.setUpEnd = this.start;
    if (!runs && ready > this.start) return false;
    const runCalendar = this.calendarOf(machine, operation, seatLine, ATTENDED.whole);
    this.end = calendars.fit(runCalendar, this.start, run, whole);
    if (this.end === Number.POSITIVE_INFINITY) return false;
    if (runs) return from <= 0;
    if (calendars.beginMs !== this.start) return false;
    if (setUp > 0) {
      const setUpCalendar = this.calendarOf(machine, operation, seatLine, ATTENDED.setUp);
      this.setUpStart = calendars.latest(setUpCalendar, this.start, setUp, whole);
      this.setUpEnd = calendars.finishMs;
    }
    return this.setUpStart >= from && this.maintenanceWithin(machine, this.setUpStart, this.end) < 0;
  }

  /** The machine's calendar, crossed with the seat's when the operator must be there in that part. */
  calendarOf(machine: number, operation: number, seatLine: number, part: number): number {
    const { resources, attended } = this.model;
    if (seatLine < 0 || (attended[operation] as number) < part) {
      return resources.machineCalendar[machine] as number;
    }
    const seatClass = resources.seatClass[seatLine] as number;
    return resources.crossCalendar[machine * resources.seatClasses + seatClass] as number;
  }

  /** End of the first maintenance that shares an instant with [startMs, endMs), −1 without one. */
  private maintenanceWithin(machine: number, startMs: number, endMs: number): number {
    const { maintenanceFirst, maintenanceStart, maintenanceEnd } = this.model.resources;
    const last = maintenanceFirst[machine + 1] as number;
    for (let at = maintenanceFirst[machine] as number; at < last; at++) {
      if ((maintenanceStart[at] as number) >= endMs) return -1;
      if ((maintenanceEnd[at] as number) > startMs) return maintenanceEnd[at] as number;
    }
    return -1;
  }
}
