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
/** Splits found out under a passing trouble are forgotten after so long; finding them again costs one poll. */
const REPLAN_MS = 1_800_000;

interface Entry {
  readonly block: Block;
  /** Not asked before, monotonic ms. */
  readonly notBeforeMs: number;
}

/** What to ask together. Learns from refusals: a refused block is split until the refused span is alone; that is asked seldom. */
export class ReadPlan {
  readonly #spans: readonly Span[];
  readonly #gap: number;
  readonly #limit: (group: string) => number;
  #entries: Entry[];
  #planned: number;

  /** @param gap unused units read along between two spans; @param limit most units of one block. */
  constructor(spans: readonly Span[], gap: number, limit: (group: string) => number, nowMs: number) {
    this.#spans = spans;
    this.#gap = gap;
    this.#limit = limit;
    this.#entries = this.#merge();
    this.#planned = nowMs;
  }

  /** Blocks to ask for now. */
  due(nowMs: number): Block[] {
    if (nowMs - this.#planned > REPLAN_MS) {
      this.#entries = this.#merge();
      this.#planned = nowMs;
    }
    return this.#entries.filter((entry) => entry.notBeforeMs <= nowMs).map((entry) => entry.block);
  }

  /** The two halves that replace a refused block, to be asked at once; none when it is a single span, which then rests. */
  refused(block: Block, nowMs: number): Block[] {
    const at = this.#entries.findIndex((entry) => entry.block === block);
    if (at < 0) return [];
    const halves = this.#split(block);
    const entries = halves.map((half): Entry => ({ block: half, notBeforeMs: nowMs }));
    if (halves.length === 0) entries.push({ block, notBeforeMs: nowMs + REFUSED_AGAIN_MS });
    this.#entries.splice(at, 1, ...entries);
    return halves;
  }

  /** The block as a whole is asked seldom from now on. */
  rests(block: Block, nowMs: number): void {
    const at = this.#entries.findIndex((entry) => entry.block === block);
    if (at >= 0) this.#entries.splice(at, 1, { block, notBeforeMs: nowMs + REFUSED_AGAIN_MS });
  }

  #merge(): Entry[] {
    const order = this.#spans.map((_, index) => index).sort((a, b) => this.#compare(a, b));
    const entries: Entry[] = [];
    let run: number[] = [];
    let [start, end] = [0, 0];
    const finish = () => {
      if (run.length > 0) entries.push({ block: this.#block(run), notBeforeMs: 0 });
      run = [];
    };
    for (const index of order) {
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
    if (spans.length < 2) return [];
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
