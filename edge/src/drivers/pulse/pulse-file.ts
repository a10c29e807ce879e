import { DeviceReader } from '../../device/index.ts';
import { DriverFault } from '../../driver/index.ts';
import { faultWords, LineReader } from '../../net/index.ts';
import { parsePulseLine } from './edge-line.ts';
import type { Edge, EdgeSink, PulseSource } from './pulse-source.ts';

/** `9999 1 1700000000000.123456789` with room to spare. */
const LINE_BYTES = 128;
/** After so many lines in a row that are none the file is something else. */
const UNREADABLE_LINES = 100;

/** A file, pipe or terminal that somebody else writes edges into; lines that were in a file before are the past. */
export class PulseFile implements PulseSource {
  readonly #path: string;
  readonly #now: () => number;
  readonly #sink: EdgeSink;
  readonly #levels = new Map<number, boolean>();
  #reader: DeviceReader | undefined;
  #unreadable = 0;

  constructor(path: string, now: () => number, sink: EdgeSink) {
    this.#path = path;
    this.#now = now;
    this.#sink = sink;
  }

  async open(): Promise<void> {
    let edges: Edge[] = [];
    const lines = new LineReader(LINE_BYTES, {
      line: (text) => this.#line(text, edges),
      tooLong: () => this.#miss(),
    });
    try {
      this.#reader = new DeviceReader(this.#path, 'end', {
        bytes: (bytes) => {
          lines.push(bytes);
          if (edges.length > 0) this.#sink.edges(edges);
          edges = [];
        },
        ended: (reason) => this.#sink.ended(reason),
      });
    } catch (cause) {
      throw new DriverFault(faultWords(this.#path, cause), { cause });
    }
    this.#reader.start();
  }

  async watch(): Promise<ReadonlyMap<number, string>> {
    return new Map();
  }

  async levels(lines: readonly number[]): Promise<ReadonlyMap<number, boolean | string>> {
    return new Map(lines.map((line) => [line, this.#levels.get(line) ?? 'the line has not changed so far']));
  }

  async lines(): Promise<readonly { readonly line: number; readonly name: string }[]> {
    return [...this.#levels.keys()]
      .sort((one, other) => one - other)
      .map((line) => ({ line, name: `line ${line}` }));
  }

  async close(): Promise<void> {
    this.#reader?.close();
  }

  #line(text: string, edges: Edge[]): void {
    if (text.trim() === '' || text.startsWith('#')) return;
    const edge = parsePulseLine(text, this.#now());
    if (edge === undefined) {
      this.#miss();
      return;
    }
    this.#unreadable = 0;
    this.#levels.set(edge.line, edge.on);
    edges.push(edge);
  }

  #miss(): void {
    this.#unreadable += 1;
    if (this.#unreadable !== UNREADABLE_LINES) return;
    this.#reader?.close();
    this.#sink.ended(`${this.#path} holds no lines such as “5 1”`);
  }
}
