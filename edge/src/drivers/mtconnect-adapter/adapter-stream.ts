import { ActiveConditions, type MtconnectEntry } from '../../mtconnect/index.ts';
import { LineReader } from '../../net/index.ts';
import { parseShdrLine } from './shdr.ts';

/** The initial line of a machining centre with all its axes has 8 kB; a value of free text may be longer. */
const LINE_BYTES = 262_144;
/** An asset document of a tool magazine has hundreds of lines; after that its end was lost. */
const MULTILINE_LINES = 10_000;
/** After so many lines in a row that are none of SHDR the far side speaks something else. */
const UNREADABLE_LINES = 100;
interface StreamSink {
  /** `at` is missing where the adapter leaves the time to its reader. */
  entries(entries: readonly MtconnectEntry[], at: number | undefined): void;
  pong(heartbeatMs: number): void;
  unreadable(): void;
}

/** The bytes of an adapter as observations, with what lasts over several lines: assets and active conditions. */
export class AdapterStream {
  readonly #sink: StreamSink;
  readonly #lines: LineReader;
  /** Line that ends the text under way. */
  #until: string | undefined;
  #skipped = 0;
  #unreadable = 0;
  readonly #conditions = new ActiveConditions();

  constructor(sink: StreamSink) {
    this.#sink = sink;
    this.#lines = new LineReader(LINE_BYTES, {
      line: (text) => this.#line(text),
      tooLong: () => this.#miss(),
    });
  }

  push(bytes: Buffer): void {
    this.#lines.push(bytes);
  }

  #line(text: string): void {
    if (this.#until !== undefined) {
      this.#skipped += 1;
      if (text.trim() === this.#until || this.#skipped >= MULTILINE_LINES) this.#until = undefined;
      return;
    }
    const multiline = /\|(--multiline--\S+)\s*$/.exec(text);
    if (multiline !== null) {
      this.#until = multiline[1];
      this.#skipped = 0;
      return;
    }
    if (text.trim() !== '') this.#read(text);
  }

  #read(text: string): void {
    const line = parseShdrLine(text);
    if (line.kind === 'unreadable') {
      this.#miss();
      return;
    }
    this.#unreadable = 0;
    if (line.kind === 'values') this.#sink.entries(line.entries, line.at);
    else if (line.kind === 'pong') this.#sink.pong(line.heartbeatMs);
    else if (line.kind === 'condition') {
      this.#sink.entries(this.#conditions.entries(line.key, line.condition), line.at);
    }
  }

  #miss(): void {
    this.#unreadable += 1;
    if (this.#unreadable >= UNREADABLE_LINES) {
      this.#unreadable = 0;
      this.#sink.unreadable();
    }
  }
}
