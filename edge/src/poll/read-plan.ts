/** Where one value lies: `length` units (registers, bits or bytes) from `start` in one `group` (unit and table, data block …). */
export interface Span {
  readonly group: string;
  readonly start: number;
  readonly length: number;
}

/** Neighbouring spans that are asked for together; a span is never spread over two blocks, so no value is torn. */
export interface Block extends Span {
  /** Indices of the spans inside, by their start. */
  readonly spans: readonly number[];
}

/** A far side seldom learns a new address while it runs; but a controller may be loaded anew. */
const REFUSED_AGAIN_MS = 60_000;
/** Blocks split under a passing trouble are put together again after so long at the latest. */
const REPLAN_MS = 1_800_000;
/** A block that was read before is refused so often in a row before it is split: a controller that starts refuses everything. */
const PATIENCE = 3;
/** Blocks split in one round; a far side that refuses all of a thousand values would else be asked two thousand times. */
const MAX_SPLITS = 64;

interface Entry {
  readonly block: Block;
  /** Not asked before, monotonic ms. */
  notBeforeMs: number;
  wasRead: boolean;
  /** In a row. */
  refusals: number;
}

/** What to ask together. Learns from refusals: a refused block is split until the refused span is alone; that is asked seldom. */
export class ReadPlan {
  readonly #spans: readonly Span[];
  readonly #gap: number;
  readonly #limit: (group: string) => number;
  #entries: Map<Block, Entry>;
  #plannedMs: number;
  /** A span that was at rest can be read again: it may join others. */
  #hasRecovered = false;
  #splits = 0;

  /** @param gap unused units read along between two spans; @param limit most units of one block. */
  constructor(spans: readonly Span[], gap: number, limit: (group: string) => number, nowMs: number) {
    this.#spans = spans;
    this.#gap = gap;
    this.#limit = limit;
    this.#entries = this.#merge([...spans.keys()]);
    this.#plannedMs = nowMs;
  }

  /** Blocks to ask for in the round that begins now. */
  due(nowMs: number): Block[] {
    this.#splits = 0;
    if (this.#hasRecovered || nowMs - this.#plannedMs > REPLAN_MS) this.#replan(nowMs);
    return [...this.#entries.values()]
      .filter((entry) => entry.notBeforeMs <= nowMs)
      .map(({ block }) => block);
  }

  accepted(block: Block): void {
    const entry = this.#entries.get(block);
    if (!entry) return;
    if (entry.notBeforeMs > 0) this.#hasRecovered = true;
    entry.wasRead = true;
    entry.refusals = 0;
  }

  /** The two halves that replace a refused block, to be asked at once; none when it stays as it is, which may then rest. */
  refused(block: Block, nowMs: number): Block[] {
    const entry = this.#entries.get(block);
    if (!entry) return [];
    entry.refusals += 1;
    if (entry.wasRead && entry.refusals < PATIENCE) return [];
    if (block.spans.length < 2) {
      this.rests(block, nowMs);
      return [];
    }
    if (this.#splits >= MAX_SPLITS) return [];
    this.#splits += 1;
    this.#entries.delete(block);
    const halves = this.#split(block);
    for (const half of halves) this.#add(this.#entries, half);
    return halves;
  }

  /** The block as a whole is asked seldom from now on. */
  rests(block: Block, nowMs: number): void {
    const entry = this.#entries.get(block);
    if (entry) entry.notBeforeMs = nowMs + REFUSED_AGAIN_MS;
  }

  /** Puts together again what does not rest. */
  #replan(nowMs: number): void {
    const resting = [...this.#entries.values()].filter((entry) => entry.notBeforeMs > nowMs);
    const alone = new Set(resting.flatMap(({ block }) => block.spans));
    this.#entries = this.#merge([...this.#spans.keys()].filter((index) => !alone.has(index)));
    for (const entry of resting) this.#entries.set(entry.block, entry);
    this.#plannedMs = nowMs;
    this.#hasRecovered = false;
  }

  #merge(indices: readonly number[]): Map<Block, Entry> {
    const entries = new Map<Block, Entry>();
    let run: number[] = [];
    let [start, end] = [0, 0];
    const finish = () => {
      if (run.length > 0) this.#add(entries, this.#block(run));
      run = [];
    };
    for (const index of indices.toSorted((a, b) => this.#compare(a, b))) {
      const span = this.#span(index);
      const spanEnd = span.start + span.length;
      const joins =
        this.#spans[run[0] ?? -1]?.group === span.group &&
        span.start - end <= this.#gap &&
        Math.max(end, spanEnd) - start <= this.#limit(span.group);
      if (!joins) {
        finish();
        [start, end] = [span.start, spanEnd];
      }
      end = Math.max(end, spanEnd);
      run.push(index);
    }
    finish();
    return entries;
  }

  #add(entries: Map<Block, Entry>, block: Block): void {
    entries.set(block, { block, notBeforeMs: 0, wasRead: false, refusals: 0 });
  }

  #compare(a: number, b: number): number {
    const left = this.#span(a);
    const right = this.#span(b);
    if (left.group !== right.group) return left.group < right.group ? -1 : 1;
    return left.start - right.start || left.length - right.length;
  }

  #block(spans: readonly number[]): Block {
    const first = this.#span(spans[0] ?? 0);
    let end = first.start;
    for (const index of spans) {
      const span = this.#span(index);
      end = Math.max(end, span.start + span.length);
    }
    return { group: first.group, start: first.start, length: end - first.start, spans };
  }

  /** At the widest unused stretch, for that may be what was refused; else in the middle. */
  #split(block: Block): Block[] {
    const { spans } = block;
    let cut = Math.ceil(spans.length / 2);
    let widest = 0;
    let end = 0;
    for (const [at, index] of spans.entries()) {
      const span = this.#span(index);
      if (at > 0 && span.start - end > widest) {
        widest = span.start - end;
        cut = at;
      }
      end = Math.max(end, span.start + span.length);
    }
    return [this.#block(spans.slice(0, cut)), this.#block(spans.slice(cut))];
  }

  #span(index: number): Span {
    const span = this.#spans[index];
    if (!span) throw new RangeError(`no span ${index}`);
    return span;
  }
}
