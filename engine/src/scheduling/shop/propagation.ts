import type { ShopModel } from './shop-model.ts';
import type { ShopState } from './shop-state.ts';
import { Timing } from './timing.ts';

/** Numbers kept per journalled operation. */
const FIELDS = 6;
/** `changed` is kept above the binding in one number. */
const CHANGED_SHIFT = 8;

/**
 * Re-times what is downstream of a change, in the order of keys so that each operation is visited once, and keeps
 * a journal so that a refused change costs no more than it touched.
 */
export class Propagation {
  readonly timing: Timing;
  private readonly model: ShopModel;
  private readonly state: ShopState;
  /** Binary heap of operations by key. */
  private heap: Int32Array;
  private heapLength = 0;
  private readonly waiting: Uint8Array;
  /** Moved: to be written and passed on even if its times happen to be the same. */
  private readonly moved: Uint8Array;
  private journalOperations: Int32Array;
  private journalBindings: Int32Array;
  private journalTimes: Float64Array;
  private journalLength = 0;
  private tardinessBefore = 0;
  private changesBefore = 0;
  /** Operations timed since the start: the measure of work done. */
  timed = 0;

  constructor(state: ShopState) {
    const count = state.model.operationCount;
    this.model = state.model;
    this.state = state;
    this.timing = new Timing(state);
    this.heap = new Int32Array(Math.max(1, count));
    this.waiting = new Uint8Array(count);
    this.moved = new Uint8Array(count);
    this.journalOperations = new Int32Array(2 * count + 16);
    this.journalBindings = new Int32Array(2 * (2 * count + 16));
    this.journalTimes = new Float64Array(FIELDS * (2 * count + 16));
  }

  /** Starts a change that `undo` can take back. */
  begin(): void {
    this.journalLength = 0;
    this.tardinessBefore = this.state.weightedTardiness;
    this.changesBefore = this.state.changes;
  }

  /** Remembers the times of one operation before they are overwritten. */
  remember(operation: number): void {
    const { state } = this;
    if (this.journalLength === this.journalOperations.length) this.growJournal();
    const at = this.journalLength++;
    this.journalOperations[at] = operation;
    this.journalBindings[2 * at] =
      (state.binding[operation] as number) | ((state.changed[operation] as number) << CHANGED_SHIFT);
    this.journalBindings[2 * at + 1] = state.bindingOperation[operation] as number;
    const base = at * FIELDS;
    this.journalTimes[base] = state.setUpStart[operation] as number;
    this.journalTimes[base + 1] = state.setUpEnd[operation] as number;
    this.journalTimes[base + 2] = state.start[operation] as number;
    this.journalTimes[base + 3] = state.end[operation] as number;
    this.journalTimes[base + 4] = state.seatRelease[operation] as number;
    this.journalTimes[base + 5] = state.key[operation] as number;
  }

  /** Gives all times back; the sequences are the caller's. */
  undo(): void {
    const { state } = this;
    for (let at = this.journalLength - 1; at >= 0; at--) {
      const operation = this.journalOperations[at] as number;
      const packed = this.journalBindings[2 * at] as number;
      state.binding[operation] = packed & ((1 << CHANGED_SHIFT) - 1);
      state.changed[operation] = packed >> CHANGED_SHIFT;
      state.bindingOperation[operation] = this.journalBindings[2 * at + 1] as number;
      const base = at * FIELDS;
      state.setUpStart[operation] = this.journalTimes[base] as number;
      state.setUpEnd[operation] = this.journalTimes[base + 1] as number;
      state.start[operation] = this.journalTimes[base + 2] as number;
      state.end[operation] = this.journalTimes[base + 3] as number;
      state.seatRelease[operation] = this.journalTimes[base + 4] as number;
      state.key[operation] = this.journalTimes[base + 5] as number;
    }
    this.journalLength = 0;
    state.weightedTardiness = this.tardinessBefore;
    state.changes = this.changesBefore;
  }

  /** As `push`, for one that stands somewhere new. */
  pushMoved(operation: number): void {
    this.moved[this.state.leader[operation] as number] = 1;
    this.push(operation);
  }

  /** The operation (or its batch) must be timed anew; its key must not change until `run`. */
  push(operation: number): void {
    if (operation < 0 || !this.state.isPlaced(operation)) return;
    const leader = this.state.leader[operation] as number;
    if (this.waiting[leader] === 1) return;
    this.waiting[leader] = 1;
    const { key } = this.state;
    const { heap } = this;
    const mine = key[leader] as number;
    let at = this.heapLength++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as number;
      if ((key[above] as number) <= mine) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = leader;
  }

  /**
   * Times everything that follows from what was pushed. False when a pinned start or a calendar breaks, or as soon
   * as weighted tardiness is above `mostTardiness`, or will be by the slopes; then only `undo` makes the state whole.
   */
  run(mostTardiness: number, slope?: Float64Array, mostForeseen = 0, foresight = 0): boolean {
    const { state, timing } = this;
    let loss = 0;
    let gain = 0;
    while (this.heapLength > 0) {
      const operation = this.pop();
      this.timed++;
      if (!timing.time(operation)) {
        this.moved[operation] = 0;
        return this.abandon();
      }
      const moved = this.moved[operation] === 1;
      this.moved[operation] = 0;
      const passes = moved || timing.end !== state.end[operation] || timing.key !== state.key[operation];
      const releases = passes || timing.seatRelease !== state.seatRelease[operation];
      const written =
        releases ||
        timing.start !== state.start[operation] ||
        timing.setUpStart !== state.setUpStart[operation] ||
        timing.setUpEnd !== state.setUpEnd[operation];
      if (!written) {
        this.writeBinding(operation);
        continue;
      }
      if (slope) {
        const foreseen = (slope[operation] as number) * (timing.end - (state.end[operation] as number));
        if (foreseen > loss) loss = foreseen;
        else if (foreseen < gain) gain = foreseen;
        if (foresight * loss + gain > mostForeseen) return this.abandon();
      }
      this.write(operation);
      if (state.weightedTardiness > mostTardiness) return this.abandon();
      if (passes) {
        this.pushAfter(operation);
        this.push(state.machineNext(operation));
        this.push(state.toolNext(operation));
      }
      if (releases) this.push(state.seatNext(operation));
    }
    return true;
  }

  /** What holds an operation may differ although its times do not. */
  private writeBinding(leader: number): void {
    const { state, timing } = this;
    const same =
      state.binding[leader] === timing.binding && state.bindingOperation[leader] === timing.bindingOperation;
    if (same) return;
    for (let member = leader; member >= 0; member = state.memberAfter[member] as number) {
      this.remember(member);
      state.binding[member] = timing.binding;
      state.bindingOperation[member] = timing.bindingOperation;
    }
  }

  /** Takes the answers of the timing over to the operation and its batch, and counts what they cost. */
  private write(leader: number): void {
    const { state, timing, model } = this;
    for (let member = leader; member >= 0; member = state.memberAfter[member] as number) {
      this.remember(member);
      const job = model.jobOf[member] as number;
      if ((model.jobFirst[job + 1] as number) - 1 === member) {
        const due = model.jobDue[job] as number;
        const before = Math.max(0, (state.end[member] as number) - due);
        const after = Math.max(0, timing.end - due);
        state.weightedTardiness += (model.jobWeight[job] as number) * (after - before);
      }
      if (model.hasTold[member] === 1) {
        const changed = this.isChanged(member, timing.start);
        state.changes += changed - (state.changed[member] as number);
        state.changed[member] = changed;
      }
      state.setUpStart[member] = timing.setUpStart;
      state.setUpEnd[member] = timing.setUpEnd;
      state.start[member] = timing.start;
      state.end[member] = timing.end;
      state.seatRelease[member] = timing.seatRelease;
      state.key[member] = timing.key;
      state.binding[member] = timing.binding;
      state.bindingOperation[member] = timing.bindingOperation;
    }
  }

  private isChanged(operation: number, startMs: number): number {
    const { model, state } = this;
    if (model.toldMachine[operation] !== state.machineOf(operation)) return 1;
    return Math.abs(startMs - (model.toldMs[operation] as number)) > model.toleranceMs ? 1 : 0;
  }

  private pushAfter(leader: number): void {
    const { model, state } = this;
    for (let member = leader; member >= 0; member = state.memberAfter[member] as number) {
      const last = model.afterFirst[member + 1] as number;
      for (let arc = model.afterFirst[member] as number; arc < last; arc++) {
        this.push(model.after[arc] as number);
      }
    }
  }

  private pop(): number {
    const { heap } = this;
    const { key } = this.state;
    const top = heap[0] as number;
    this.waiting[top] = 0;
    this.heapLength--;
    const length = this.heapLength;
    if (length === 0) return top;
    const moved = heap[length] as number;
    const mine = key[moved] as number;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      const right = child + 1;
      if (right < length && (key[heap[right] as number] as number) < (key[heap[child] as number] as number)) {
        child = right;
      }
      const below = heap[child] as number;
      if ((key[below] as number) >= mine) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = moved;
    return top;
  }

  private abandon(): false {
    for (let at = 0; at < this.heapLength; at++) {
      this.waiting[this.heap[at] as number] = 0;
      this.moved[this.heap[at] as number] = 0;
    }
    this.heapLength = 0;
    return false;
  }

  private growJournal(): void {
    const size = 2 * this.journalOperations.length;
    const operations = new Int32Array(size);
    const bindings = new Int32Array(2 * size);
    const times = new Float64Array(FIELDS * size);
    operations.set(this.journalOperations);
    bindings.set(this.journalBindings);
    times.set(this.journalTimes);
    this.journalOperations = operations;
    this.journalBindings = bindings;
    this.journalTimes = times;
  }
}
