import type { TagAddress } from '../../driver/index.ts';
import {
  type Block,
  decodeRaw,
  type RawResult,
  type Reading,
  ReadPlan,
  type Report,
  type Rounds,
  type Span,
} from '../../poll/index.ts';
import { MAX_BITS, MAX_REGISTERS, type Point, parseAddress } from './address.ts';
import type { ModbusLink } from './dialect.ts';
import { readRequest } from './pdu.ts';

/** A silent unit behind a gateway delays all others by the time-out, so it is asked less and less often, up to the last. */
const UNIT_RESTS_MS = [5_000, 10_000, 20_000, 60_000];
/** A further request costs a device as much as about so many registers read in vain. */
const DEFAULT_GAP = 16;

/** Reads the same tags again and again in as few requests as the protocol and the device allow. */
export class Reader implements Rounds {
  readonly #link: ModbusLink;
  readonly #order: readonly TagAddress[];
  readonly #tags: number[] = [];
  readonly #points: Point[] = [];
  readonly #refused: Reading[] = [];
  readonly #plan: ReadPlan;
  readonly #hasSeveralUnits: boolean;
  readonly #resting = new Map<number, { untilMs: number; failures: number }>();
  #told = false;

  constructor(link: ModbusLink, tags: readonly TagAddress[], gap = DEFAULT_GAP) {
    this.#link = link;
    this.#order = tags;
    for (const [tag, address] of tags.entries()) {
      const point = parseAddress(address);
      if (typeof point === 'string') this.#refused.push({ tag, result: { fault: point } });
      else {
        this.#tags.push(tag);
        this.#points.push(point);
      }
    }
    this.#hasSeveralUnits = new Set(this.#points.map((point) => point.unit)).size > 1;
    this.#plan = new ReadPlan(this.#points.map(span), gap, limit, performance.now());
  }

  async round(report: Report, isStopped: () => boolean): Promise<void> {
    if (!this.#told && this.#refused.length > 0) report(this.#refused);
    this.#told = true;
    const silenced = new Map<number, string>();
    const queue = this.#plan.due(performance.now());
    for (let block = queue.shift(); block && !isStopped(); block = queue.shift()) {
      const unit = this.#first(block).unit;
      const reason = silenced.get(unit);
      if (reason !== undefined) this.#all(block, reason, report);
      else if (!this.#rests(unit)) queue.unshift(...(await this.#read(block, report, silenced, isStopped)));
    }
  }

  /** Blocks to be read in place of one that was refused. */
  async #read(
    block: Block,
    report: Report,
    silenced: Map<number, string>,
    isStopped: () => boolean,
  ): Promise<Block[]> {
    const { unit, table } = this.#first(block);
    const answer = await this.#link.ask(readRequest(unit, table, block.start, block.length));
    if (isStopped()) return [];
    if ('data' in answer) {
      this.#resting.delete(unit);
      this.#plan.accepted(block);
      this.#decode(block, answer.data, report);
      return [];
    }
    if ('failed' in answer) {
      if (answer.silent) this.#silence(unit, answer.failed, silenced);
      this.#all(block, answer.failed, report);
      return [];
    }
    const { concerns, reason } = answer.exception;
    if (concerns === 'address') {
      const halves = this.#plan.refused(block, performance.now());
      if (halves.length > 0) return halves;
    }
    if (concerns === 'function') this.#plan.rests(block, performance.now());
    if (concerns === 'unit') this.#silence(unit, reason, silenced);
    this.#all(block, reason, report);
    return [];
  }

  #decode(block: Block, data: Buffer, report: Report): void {
    const readings: Reading[] = [];
    for (const index of block.spans) {
      const point = this.#points[index];
      const tag = this.#tags[index];
      if (!point || tag === undefined) continue;
      const order = this.#order[tag]?.wordOrder;
      readings.push({ tag, result: pointValue(point, data, point.start - block.start, order) });
    }
    report(readings);
  }

  #all(block: Block, fault: string, report: Report): void {
    report(block.spans.map((index) => ({ tag: this.#tags[index] ?? 0, result: { fault } })));
  }

  #silence(unit: number, reason: string, silenced: Map<number, string>): void {
    if (!this.#hasSeveralUnits) return;
    const failures = this.#resting.get(unit)?.failures ?? 0;
    const restMs = UNIT_RESTS_MS[Math.min(failures, UNIT_RESTS_MS.length - 1)] ?? 0;
    this.#resting.set(unit, { untilMs: performance.now() + restMs, failures: failures + 1 });
    silenced.set(unit, reason);
  }

  #rests(unit: number): boolean {
    const rest = this.#resting.get(unit);
    return rest !== undefined && rest.untilMs > performance.now();
  }

  #first(block: Block): Point {
    const point = this.#points[block.spans[0] ?? -1];
    if (!point) throw new RangeError('a block without a point');
    return point;
  }
}

/** The value of a point whose first coil or register is `offset` into the data. */
function pointValue(point: Point, data: Buffer, offset: number, order: TagAddress['wordOrder']): RawResult {
  if (point.table === 'coil' || point.table === 'discrete')
    return { value: (((data[offset >> 3] ?? 0) >> (offset & 7)) & 1) === 1 };
  const wire = data.subarray(offset * 2, (offset + point.length) * 2);
  const result = decodeRaw(point.type, wire, order, point.bytes);
  if (!point.bits || !('value' in result)) return result;
  const [low, high] = point.bits;
  // Division, because the shifts of JavaScript are signed and 32 bits wide.
  const field = Math.floor(Number(result.value) / 2 ** low) % 2 ** (high - low + 1);
  return { value: low === high ? field === 1 : field };
}

function span(point: Point): Span {
  return { group: `${point.unit}/${point.table}`, start: point.start, length: point.length };
}

function limit(group: string): number {
  return group.endsWith('/coil') || group.endsWith('/discrete') ? MAX_BITS : MAX_REGISTERS;
}
