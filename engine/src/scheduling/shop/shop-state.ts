import type { ShopModel } from './shop-model.ts';

/** What decided when an operation starts; `bindingOperation` names the other operation where there is one. */
export const BOUND = {
  nothing: 0,
  before: 1,
  machine: 2,
  tool: 3,
  seat: 4,
  release: 5,
  fence: 6,
  pin: 7,
} as const;

const FIRST_CAPACITY = 16;

/**
 * A schedule as sequences: each line (machine, tool copy, operator seat) has its operations in order, and all times
 * follow from the sequences. `key` is a number per operation that grows along every sequence and every job, so no
 * order can ever be cyclic: an operation is only put where a key for it exists.
 */
export class ShopState {
  readonly model: ShopModel;
  /** Row in the alternatives, −1 = not placed. */
  readonly alternative: Int32Array;
  /** −1 = none. */
  readonly toolLine: Int32Array;
  readonly seatLine: Int32Array;
  readonly machinePosition: Int32Array;
  readonly toolPosition: Int32Array;
  readonly seatPosition: Int32Array;
  /** The operation that stands in the sequences for the batch; itself when alone. */
  readonly leader: Int32Array;
  /** Next in the batch after the leader, −1 at the end. */
  readonly memberAfter: Int32Array;
  readonly batchLoad: Float64Array;
  /** Of every member alike. */
  readonly setUpStart: Float64Array;
  readonly setUpEnd: Float64Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** When the seat is free for the next in its sequence. */
  readonly seatRelease: Float64Array;
  readonly key: Float64Array;
  /** 1 = starts at `pinnedStart` or not at all. */
  readonly pinned: Uint8Array;
  readonly pinnedStart: Float64Array;
  /** 1 = counted in `changes`. */
  readonly changed: Uint8Array;
  readonly binding: Uint8Array;
  readonly bindingOperation: Int32Array;
  readonly sequences: Int32Array[];
  readonly lengths: Int32Array;
  /** Sum over jobs of weight × tardiness, those not yet placed as if they ended now, and operations that left what was told. */
  weightedTardiness: number;
  changes = 0;

  constructor(model: ShopModel) {
    const count = model.operationCount;
    const lines = model.resources.lineCount;
    this.model = model;
    this.weightedTardiness = model.overdue;
    this.alternative = new Int32Array(count).fill(-1);
    this.toolLine = new Int32Array(count).fill(-1);
    this.seatLine = new Int32Array(count).fill(-1);
    this.machinePosition = new Int32Array(count);
    this.toolPosition = new Int32Array(count);
    this.seatPosition = new Int32Array(count);
    this.leader = Int32Array.from({ length: count }, (_, operation) => operation);
    this.memberAfter = new Int32Array(count).fill(-1);
    this.batchLoad = Float64Array.from(model.batchSize);
    this.setUpStart = new Float64Array(count);
    this.setUpEnd = new Float64Array(count);
    this.start = new Float64Array(count);
    this.end = new Float64Array(count);
    this.seatRelease = new Float64Array(count);
    this.key = new Float64Array(count);
    this.pinned = new Uint8Array(count);
    this.pinnedStart = new Float64Array(count);
    this.changed = new Uint8Array(count);
    this.binding = new Uint8Array(count);
    this.bindingOperation = new Int32Array(count).fill(-1);
    this.sequences = Array.from({ length: lines }, () => new Int32Array(FIRST_CAPACITY));
    this.lengths = new Int32Array(lines);
  }

  isPlaced(operation: number): boolean {
    return (this.alternative[operation] as number) >= 0;
  }

  machineOf(operation: number): number {
    return this.model.alternativeMachine[this.alternative[operation] as number] as number;
  }

  /** The operation (leader) at a position of a line, −1 outside. */
  at(line: number, position: number): number {
    if (position < 0 || position >= (this.lengths[line] as number)) return -1;
    return (this.sequences[line] as Int32Array)[position] as number;
  }

  machineNext(operation: number): number {
    return this.at(this.machineOf(operation), (this.machinePosition[operation] as number) + 1);
  }

  toolNext(operation: number): number {
    const line = this.toolLine[operation] as number;
    return line < 0 ? -1 : this.at(line, (this.toolPosition[operation] as number) + 1);
  }

  seatNext(operation: number): number {
    const line = this.seatLine[operation] as number;
    return line < 0 ? -1 : this.at(line, (this.seatPosition[operation] as number) + 1);
  }

  /** Position of the first operation of the line whose key is above. */
  positionOf(line: number, key: number): number {
    const sequence = this.sequences[line] as Int32Array;
    let low = 0;
    let high = this.lengths[line] as number;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.key[sequence[middle] as number] as number) > key) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Enters all sequences; the key must fit between the neighbours'. Times are the caller's business. */
  enter(
    operation: number,
    alternative: number,
    machinePosition: number,
    toolLine: number,
    toolPosition: number,
    seatLine: number,
    seatPosition: number,
  ): void {
    this.alternative[operation] = alternative;
    this.toolLine[operation] = toolLine;
    this.seatLine[operation] = seatLine;
    const machine = this.model.alternativeMachine[alternative] as number;
    this.insert(machine, machinePosition, operation, this.machinePosition);
    if (toolLine >= 0) this.insert(toolLine, toolPosition, operation, this.toolPosition);
    if (seatLine >= 0) this.insert(seatLine, seatPosition, operation, this.seatPosition);
  }

  /** Leaves all sequences. Only for one that is alone or a leader whose place is taken by `replacement`. */
  leave(operation: number, replacement: number): void {
    const machine = this.machineOf(operation);
    const toolLine = this.toolLine[operation] as number;
    const seatLine = this.seatLine[operation] as number;
    if (replacement >= 0) {
      this.substitute(machine, operation, replacement, this.machinePosition);
      if (toolLine >= 0) this.substitute(toolLine, operation, replacement, this.toolPosition);
      if (seatLine >= 0) this.substitute(seatLine, operation, replacement, this.seatPosition);
    } else {
      this.remove(machine, this.machinePosition[operation] as number, this.machinePosition);
      if (toolLine >= 0) this.remove(toolLine, this.toolPosition[operation] as number, this.toolPosition);
      if (seatLine >= 0) this.remove(seatLine, this.seatPosition[operation] as number, this.seatPosition);
    }
    this.alternative[operation] = -1;
  }

  /** Makes the operation run with a batch; it takes its times when the leader is timed. */
  join(operation: number, leader: number): void {
    this.alternative[operation] = this.alternative[leader] as number;
    this.toolLine[operation] = this.toolLine[leader] as number;
    this.seatLine[operation] = this.seatLine[leader] as number;
    this.leader[operation] = leader;
    this.memberAfter[operation] = this.memberAfter[leader] as number;
    this.memberAfter[leader] = operation;
    this.batchLoad[leader] = (this.batchLoad[leader] as number) + (this.model.batchSize[operation] as number);
  }

  /** Takes a member that is not the leader out of its batch. */
  part(operation: number): void {
    const leader = this.leader[operation] as number;
    let previous = leader;
    while ((this.memberAfter[previous] as number) !== operation) {
      previous = this.memberAfter[previous] as number;
    }
    this.memberAfter[previous] = this.memberAfter[operation] as number;
    this.batchLoad[leader] = (this.batchLoad[leader] as number) - (this.model.batchSize[operation] as number);
    this.memberAfter[operation] = -1;
    this.leader[operation] = operation;
    this.batchLoad[operation] = this.model.batchSize[operation] as number;
    this.alternative[operation] = -1;
  }

  /** Hands the leadership of the batch to its second member, which is returned. */
  abdicate(operation: number): number {
    const heir = this.memberAfter[operation] as number;
    for (let member = heir; member >= 0; member = this.memberAfter[member] as number) {
      this.leader[member] = heir;
    }
    this.batchLoad[heir] =
      (this.batchLoad[operation] as number) - (this.model.batchSize[operation] as number);
    this.memberAfter[operation] = -1;
    this.batchLoad[operation] = this.model.batchSize[operation] as number;
    this.leave(operation, heir);
    return heir;
  }

  private insert(line: number, position: number, operation: number, positions: Int32Array): void {
    const length = this.lengths[line] as number;
    let sequence = this.sequences[line] as Int32Array;
    if (length === sequence.length) {
      const grown = new Int32Array(length * 2);
      grown.set(sequence);
      this.sequences[line] = grown;
      sequence = grown;
    }
    for (let at = length; at > position; at--) {
      const moved = sequence[at - 1] as number;
      sequence[at] = moved;
      positions[moved] = at;
    }
    sequence[position] = operation;
    positions[operation] = position;
    this.lengths[line] = length + 1;
  }

  private remove(line: number, position: number, positions: Int32Array): void {
    const length = (this.lengths[line] as number) - 1;
    const sequence = this.sequences[line] as Int32Array;
    for (let at = position; at < length; at++) {
      const moved = sequence[at + 1] as number;
      sequence[at] = moved;
      positions[moved] = at;
    }
    this.lengths[line] = length;
  }

  private substitute(line: number, operation: number, heir: number, positions: Int32Array): void {
    const position = positions[operation] as number;
    (this.sequences[line] as Int32Array)[position] = heir;
    positions[heir] = position;
  }
}
