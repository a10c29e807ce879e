import type { TagAddress } from '../../driver/index.ts';
import {
  type Block,
  decodeRaw,
  PointList,
  type RawResult,
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
  readonly #list: PointList<Point>;
  readonly #plan: ReadPlan;
  readonly #hasSeveralUnits: boolean;
  /** By unit; until when, monotonic ms. */
  readonly #resting = new Map<number, { untilMs: number; failures: number }>();

  constructor(link: ModbusLink, tags: readonly TagAddress[], gap = DEFAULT_GAP) {
    this.#link = link;
    this.#list = new PointList(tags, parseAddress);
    const { points } = this.#list;
    this.#hasSeveralUnits = new Set(points.map((point) => point.unit)).size > 1;
    this.#plan = new ReadPlan(points.map(span), gap, limit, performance.now());
  }

  async round(report: Report, isStopped: () => boolean): Promise<void> {
    this.#list.tellWrong(report);
    const silenced = new Map<number, string>();
    const queue = this.#plan.due(performance.now());
    for (let block = queue.shift(); block && !isStopped(); block = queue.shift()) {
      const unit = this.#list.first(block).unit;
      const reason = silenced.get(unit);
      if (reason !== undefined) report(this.#list.faults(block, reason));
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
    const { unit, table } = this.#list.first(block);
    const answer = await this.#link.ask(readRequest(unit, table, block.start, block.length));
    if (isStopped()) return [];
    if ('data' in answer) {
      this.#resting.delete(unit);
      this.#plan.accepted(block);
      report(this.#list.values(block, (point, tag) => pointValue(point, answer.data, block, tag)));
      return [];
    }
    if ('failed' in answer) {
      if (answer.silent) this.#silence(unit, answer.failed, silenced);
      report(this.#list.faults(block, answer.failed));
      return [];
    }
    const { concerns, reason } = answer.exception;
    if (concerns === 'address') {
      const halves = this.#plan.refused(block, performance.now());
      if (halves.length > 0) return halves;
    }
    if (concerns === 'function') this.#plan.rests(block, performance.now());
    if (concerns === 'unit') this.#silence(unit, reason, silenced);
    report(this.#list.faults(block, reason));
    return [];
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
}

function pointValue(point: Point, data: Buffer, block: Block, { wordOrder }: TagAddress): RawResult {
  const offset = point.start - block.start;
  if (point.table === 'coil' || point.table === 'discrete')
    return { value: (((data[offset >> 3] ?? 0) >> (offset & 7)) & 1) === 1 };
  const wire = data.subarray(offset * 2, (offset + point.length) * 2);
  const result = decodeRaw(point.type, wire, wordOrder, point.bytes);
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
