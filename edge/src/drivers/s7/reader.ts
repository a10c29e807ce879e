import type { TagAddress } from '../../driver/index.ts';
import {
  type Block,
  decodeRaw,
  isNoAnswer,
  PointList,
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
  readonly #list: PointList<Point>;
  readonly #plan: ReadPlan;

  /** @param pdu as negotiated, bytes: decides how much is asked for at once. */
  constructor(link: S7Link, pdu: number, tags: readonly TagAddress[]) {
    this.#link = link;
    this.#pdu = pdu;
    this.#list = new PointList(tags, (tag) => fitting(parseAddress(tag), pdu));
    const spans = this.#list.points.map(span);
    this.#plan = new ReadPlan(spans, GAP_BYTES, () => mostBytes(pdu), performance.now());
  }

  async round(report: Report, isStopped: () => boolean): Promise<void> {
    this.#list.tellWrong(report);
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
      for (const block of blocks) report(this.#list.faults(block, fault ?? String(items)));
      return [];
    }
    const readings: Reading[] = [];
    const halves: PlacedBlock[] = [];
    for (const [at, block] of blocks.entries()) {
      const item = items[at];
      if (!item) continue;
      const next = this.#halves(block, item);
      halves.push(...next);
      if ('bytes' in item)
        readings.push(...this.#list.values(block, (point, tag) => pointValue(point, item.bytes, block, tag)));
      else if (next.length === 0) readings.push(...this.#list.faults(block, item.reason));
    }
    if (readings.length > 0) report(readings);
    return halves;
  }

  #halves(block: PlacedBlock, item: ItemAnswer): PlacedBlock[] {
    if ('bytes' in item) this.#plan.accepted(block.origin);
    if ('bytes' in item || !LASTING_CODES.includes(item.code)) return [];
    return this.#plan.refused(block.origin, performance.now()).map((half) => this.#placed(half));
  }

  #placed(block: Block): PlacedBlock {
    const { area, db } = this.#list.first(block);
    return { ...block, area, db, origin: block };
  }
}

function pointValue(point: Point, data: Buffer, block: Block, { wordOrder }: TagAddress): RawResult {
  const from = point.start - block.start;
  const bytes = data.subarray(from, from + point.length);
  if (point.type === 'byte') return { value: bytes[0] ?? 0 };
  if (point.type === 'bool') return { value: (((bytes[0] ?? 0) >> (point.bit ?? 0)) & 1) === 1 };
  return point.type === 'string' ? decodeString(bytes) : decodeRaw(point.type, bytes, wordOrder);
}

/** What cannot come in one message cannot come untorn. */
function fitting(point: Point | string, pdu: number): Point | string {
  if (typeof point === 'string' || point.length <= mostBytes(pdu)) return point;
  return `${point.length} bytes do not fit the PLC's message of ${pdu}`;
}

function span(point: Point): Span {
  return { group: `${point.area}${point.db}`, start: point.start, length: point.length };
}
