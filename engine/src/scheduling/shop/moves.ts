import { Propagation } from './propagation.ts';
import { ATTENDED, type ShopModel } from './shop-model.ts';
import type { ShopState } from './shop-state.ts';

const RECORD = { left: 0, parted: 1, abdicated: 2, entered: 3, joined: 4 } as const;

/** How one operation stood, to put it back there. */
interface MoveRecord {
  readonly kind: number;
  readonly operation: number;
  readonly alternative: number;
  readonly machinePosition: number;
  readonly toolLine: number;
  readonly toolPosition: number;
  readonly seatLine: number;
  readonly seatPosition: number;
  /** Leader or heir of its batch. */
  readonly other: number;
}

/**
 * A change of the schedule as a transaction: operations are taken out and put elsewhere, `evaluate` times what
 * follows, then the caller keeps it or `rollback` puts everything back.
 */
export class Moves {
  readonly propagation: Propagation;
  private readonly model: ShopModel;
  private readonly state: ShopState;
  private readonly records: MoveRecord[] = [];
  /** Operations to be timed anew. */
  private readonly dirty: number[] = [];
  private readonly placed: number[] = [];
  private unitPosition = 0;

  constructor(state: ShopState) {
    this.model = state.model;
    this.state = state;
    this.propagation = new Propagation(state);
  }

  begin(): void {
    this.records.length = 0;
    this.dirty.length = 0;
    this.placed.length = 0;
    this.propagation.begin();
  }

  detach(operation: number): void {
    const { state } = this;
    const leader = state.leader[operation] as number;
    if (leader !== operation) {
      this.record(RECORD.parted, operation, leader);
      state.part(operation);
      this.dirty.push(leader);
    } else if ((state.memberAfter[operation] as number) >= 0) {
      this.record(RECORD.abdicated, operation, state.memberAfter[operation] as number);
      this.dirty.push(state.abdicate(operation));
    } else {
      this.dirty.push(state.machineNext(operation), state.toolNext(operation), state.seatNext(operation));
      this.record(RECORD.left, operation, -1);
      state.leave(operation, -1);
    }
  }

  /**
   * Puts it at a position of its alternative's machine, and in the order of tools and operators before whatever has
   * a key of `belowKey` or more and behind what starts before `fromMs`; false when no key fits there.
   */
  attach(
    operation: number,
    alternative: number,
    machinePosition: number,
    belowKey = Number.POSITIVE_INFINITY,
    fromMs = 0,
  ): boolean {
    const { model, state } = this;
    const timing = this.propagation.timing;
    const machine = model.alternativeMachine[alternative] as number;
    const previous = state.at(machine, machinePosition - 1);
    const next = state.at(machine, machinePosition);
    let low = previous < 0 ? Number.NEGATIVE_INFINITY : (state.key[previous] as number);
    let high = next < 0 ? belowKey : Math.min(belowKey, state.key[next] as number);
    low = Math.max(low, this.keyBefore(operation));
    high = Math.min(high, this.keyAfter(operation));
    if (low >= high) return false;
    const setUp = timing.setUpMs(previous < 0 ? -1 : (state.alternative[previous] as number), alternative);
    const from = Math.max(
      model.floor[operation] as number,
      previous < 0 ? 0 : (state.end[previous] as number),
    );
    const ready = timing.readyMs(operation);
    let start = Math.max(ready, from + setUp, fromMs);
    if (state.pinned[operation] === 1) start = state.pinnedStart[operation] as number;
    // Half a millisecond: starts are whole, so that it comes after what starts at the same instant.
    let key = start + 0.5;
    if (!(key > low && key < high)) {
      if (low === Number.NEGATIVE_INFINITY) key = high - 1;
      else key = high === Number.POSITIVE_INFINITY ? low + 1 : (low + high) / 2;
      if (!(key > low && key < high)) return false;
    }
    const held = Math.max(from, start - setUp);
    const free = start + (model.alternativeMs[alternative] as number);
    const toolLine = this.chooseUnit(
      model.toolFrom[operation] as number,
      model.toolTo[operation] as number,
      machine,
      key,
      held,
      free,
    );
    if (toolLine === -2) return false;
    const toolPosition = this.unitPosition;
    const attendedUntil = model.attended[operation] === ATTENDED.whole ? free : held + setUp;
    const seatLine = this.chooseUnit(
      model.seatFrom[operation] as number,
      model.seatTo[operation] as number,
      machine,
      key,
      held,
      attendedUntil,
    );
    if (seatLine === -2) return false;
    this.propagation.remember(operation);
    state.key[operation] = key;
    state.enter(operation, alternative, machinePosition, toolLine, toolPosition, seatLine, this.unitPosition);
    this.record(RECORD.entered, operation, -1);
    this.placed.push(operation);
    return true;
  }

  /** Puts it into a batch; false when its job leaves no key there or it does not fit in. */
  join(operation: number, leader: number): boolean {
    const { model, state } = this;
    const key = state.key[leader] as number;
    if (this.keyBefore(operation) >= key || this.keyAfter(operation) <= key) return false;
    const machine = state.machineOf(leader);
    const load = (state.batchLoad[leader] as number) + (model.batchSize[operation] as number);
    if (load > (model.batchCapacity[machine] as number)) return false;
    if (model.batchFamily[operation] !== model.batchFamily[leader]) return false;
    this.propagation.remember(operation);
    state.join(operation, leader);
    state.key[operation] = key;
    this.record(RECORD.joined, operation, leader);
    this.placed.push(leader);
    return true;
  }

  /** Times everything that follows; false when it breaks something or costs more than `mostTardiness`. */
  evaluate(mostTardiness: number, slope?: Float64Array, mostForeseen?: number, foresight?: number): boolean {
    for (const operation of this.dirty) this.propagation.push(operation);
    for (const operation of this.placed) this.propagation.pushMoved(operation);
    return this.propagation.run(mostTardiness, slope, mostForeseen, foresight);
  }

  rollback(): void {
    const { state } = this;
    this.propagation.undo();
    for (let at = this.records.length - 1; at >= 0; at--) {
      const record = this.records[at] as MoveRecord;
      const { kind, operation } = record;
      if (kind === RECORD.entered) state.leave(operation, -1);
      else if (kind === RECORD.joined) state.part(operation);
      else if (kind === RECORD.left) {
        state.enter(
          operation,
          record.alternative,
          record.machinePosition,
          record.toolLine,
          record.toolPosition,
          record.seatLine,
          record.seatPosition,
        );
      } else state.join(operation, state.leader[record.other] as number);
    }
    this.records.length = 0;
  }

  /** Highest key among what must come before it in its job. */
  keyBefore(operation: number): number {
    const { model, state } = this;
    let low = Number.NEGATIVE_INFINITY;
    const last = model.beforeFirst[operation + 1] as number;
    for (let arc = model.beforeFirst[operation] as number; arc < last; arc++) {
      const before = model.before[arc] as number;
      if (state.isPlaced(before)) low = Math.max(low, state.key[before] as number);
    }
    return low;
  }

  /** Lowest key among what must come after it in its job. */
  keyAfter(operation: number): number {
    const { model, state } = this;
    let high = Number.POSITIVE_INFINITY;
    const last = model.afterFirst[operation + 1] as number;
    for (let arc = model.afterFirst[operation] as number; arc < last; arc++) {
      const after = model.after[arc] as number;
      if (state.isPlaced(after)) high = Math.min(high, state.key[after] as number);
    }
    return high;
  }

  /**
   * The unit (tool copy or seat) that delays itself and its next the least, its position in `unitPosition`; −1 when
   * none is needed, −2 when no key fits. Of equals the one that was free last, so that the others stay free.
   */
  private chooseUnit(
    from: number,
    to: number,
    machine: number,
    key: number,
    heldMs: number,
    freeMs: number,
  ): number {
    if (from === to) return -1;
    const { state } = this;
    const { seatClass } = this.model.resources;
    let best = -2;
    let bestDelay = Number.POSITIVE_INFINITY;
    let bestFree = Number.NEGATIVE_INFINITY;
    let lastClass = -2;
    let begin = heldMs;
    for (let line = from; line < to; line++) {
      const position = state.positionOf(line, key);
      const previous = state.at(line, position - 1);
      if (previous >= 0 && (state.key[previous] as number) >= key) continue;
      const ofSeat = seatClass[line] as number;
      const releases = ofSeat < 0 ? state.end : state.seatRelease;
      const free = previous < 0 ? 0 : (releases[previous] as number);
      if (free - heldMs > bestDelay) continue;
      // Seats of one class are numbered side by side: one look into the calendar serves them all.
      if (free > heldMs || ofSeat !== lastClass) {
        begin = this.firstSeated(machine, ofSeat, Math.max(free, heldMs));
        lastClass = free > heldMs ? -2 : ofSeat;
      }
      const next = state.at(line, position);
      const push = next < 0 ? 0 : begin + freeMs - heldMs - (state.setUpStart[next] as number);
      const delay = begin - heldMs + Math.max(0, push);
      if (delay < bestDelay || (delay === bestDelay && free > bestFree)) {
        best = line;
        bestDelay = delay;
        bestFree = free;
        this.unitPosition = position;
      }
    }
    return best;
  }

  private firstSeated(machine: number, seatClass: number, fromMs: number): number {
    if (seatClass < 0) return fromMs;
    const { calendars, crossCalendar, seatClasses } = this.model.resources;
    return calendars.nextWorking(crossCalendar[machine * seatClasses + seatClass] as number, fromMs);
  }

  private record(kind: number, operation: number, other: number): void {
    const { state } = this;
    this.records.push({
      kind,
      operation,
      alternative: state.alternative[operation] as number,
      machinePosition: state.machinePosition[operation] as number,
      toolLine: state.toolLine[operation] as number,
      toolPosition: state.toolPosition[operation] as number,
      seatLine: state.seatLine[operation] as number,
      seatPosition: state.seatPosition[operation] as number,
      other,
    });
  }
}
