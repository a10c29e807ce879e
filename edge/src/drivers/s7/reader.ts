import type { TagAddress } from '../../driver/index.ts';
import {
  type Block,
  decodeRaw,
  isNoAnswer,
  type RawResult,
  type Reading,
  ReadPlan,
  type Report,
  type Rounds,
  type Span,
} from '../../poll/index.ts';
import { type Point, parseAddress } from './address.ts';
import type { S7Link } from './dialect.ts';
import { type ItemAnswer, mostBytes, type Place, packItems, readItems, readRequest } from './message.ts';
import { decodeString } from './string.ts';

/** An item costs 12 bytes in the question and 4 in the answer: so many unused bytes read along cost less. */
const GAP_BYTES = 16;
/** Item codes that a repetition would meet again: access, address, type, object. */
const LASTING_CODES: readonly number[] = [3, 5, 6, 7, 10];

/** A block with its place in memory; `origin` is how the plan knows it. */
type PlacedBlock = Block & Place & { readonly origin: Block };

/** Reads with many items to a request. */
export class Reader implements Rounds {
  readonly #link: S7Link;
  readonly #pdu: number;
  readonly #order: readonly TagAddress[];
  readonly #tags: number[] = [];
  readonly #points: Point[] = [];
  readonly #refused: Reading[] = [];
  readonly #plan: ReadPlan;
  #told = false;

  /** @param pdu as negotiated: decides how much is asked for at once. */
  constructor(link: S7Link, pdu: number, tags: readonly TagAddress[]) {
    this.#link = link;
    this.#pdu = pdu;
    this.#order = tags;
    for (const [tag, address] of tags.entries()) {
      const point = parseAddress(address);
      const fault = typeof point === 'string' ? point : tooLong(point, pdu);
      if (fault !== undefined) this.#refused.push({ tag, result: { fault } });
      else if (typeof point !== 'string') {
        this.#tags.push(tag);
        this.#points.push(point);
      }
    }
    this.#plan = new ReadPlan(this.#points.map(span), GAP_BYTES, () => mostBytes(pdu), performance.now());
  }

  async round(report: Report, isStopped: () => boolean): Promise<void> {
    if (!this.#told && this.#refused.length > 0) report(this.#refused);
    this.#told = true;
    let blocks = this.#plan.due(performance.now()).map((block) => this.#placed(block));
    while (blocks.length > 0 && !isStopped()) {
      const halves: PlacedBlock[] = [];
      for (const request of packItems(blocks, this.#pdu)) {
        if (isStopped()) return;
        halves.push(...(await this.#read(request, report, isStopped)));
      }
      blocks = halves;
    }
  }

  /** Blocks to be read in place of those that were refused. */
  async #read(
    blocks: readonly PlacedBlock[],
    report: Report,
    isStopped: () => boolean,
  ): Promise<PlacedBlock[]> {
    const answer = await this.#link.ask({ message: (reference) => readRequest(reference, blocks) });
    if (isStopped()) return [];
    const fault = isNoAnswer(answer) ? answer.failed : 'refused' in answer ? answer.refused : undefined;
    const items = isNoAnswer(answer) || 'refused' in answer ? [] : readItems(answer, blocks);
    if (fault !== undefined || typeof items === 'string') {
      for (const block of blocks) report(this.#all(block, fault ?? String(items)));
      return [];
    }
    const readings: Reading[] = [];
    const halves: PlacedBlock[] = [];
    for (const [at, block] of blocks.entries()) {
      const item = items[at];
      if (!item) continue;
      const next = this.#halves(block, item);
      halves.push(...next);
      if ('bytes' in item) readings.push(...this.#decode(block, item.bytes));
      else if (next.length === 0) readings.push(...this.#all(block, item.reason));
    }
    if (readings.length > 0) report(readings);
    return halves;
  }

  #halves(block: PlacedBlock, item: ItemAnswer): PlacedBlock[] {
    if ('bytes' in item) this.#plan.accepted(block.origin);
    if ('bytes' in item || !LASTING_CODES.includes(item.code)) return [];
    return this.#plan.refused(block.origin, performance.now()).map((half) => this.#placed(half));
  }

  #decode(block: Block, bytes: Buffer): Reading[] {
    return block.spans.map((index) => {
      const point = this.#points[index];
      const tag = this.#tags[index] ?? 0;
      if (!point) return { tag, result: { fault: 'no such tag' } };
      const from = point.start - block.start;
      const result = pointValue(
        point,
        bytes.subarray(from, from + point.length),
        this.#order[tag]?.wordOrder,
      );
      return { tag, result };
    });
  }

  #all(block: Block, fault: string): Reading[] {
    return block.spans.map((index) => ({ tag: this.#tags[index] ?? 0, result: { fault } }));
  }

  #placed(block: Block): PlacedBlock {
    const point = this.#points[block.spans[0] ?? -1];
    if (!point) throw new RangeError('a block without a point');
    return { ...block, area: point.area, db: point.db, origin: block };
  }
}

function pointValue(point: Point, bytes: Buffer, order: TagAddress['wordOrder']): RawResult {
  if (point.type === 'byte') return { value: bytes[0] ?? 0 };
  if (point.type === 'bool') return { value: (((bytes[0] ?? 0) >> (point.bit ?? 0)) & 1) === 1 };
  return point.type === 'string' ? decodeString(bytes) : decodeRaw(point.type, bytes, order);
}

function tooLong(point: Point, pdu: number): string | undefined {
  return point.length > mostBytes(pdu)
    ? `${point.length} bytes do not fit the PLC's message of ${pdu}`
    : undefined;
}

function span(point: Point): Span {
  return { group: `${point.area}${point.db}`, start: point.start, length: point.length };
}
