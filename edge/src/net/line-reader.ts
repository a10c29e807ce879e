const LF = 0x0a;

/** What became of the bytes up to a line end. */
interface LineSink {
  line(text: string): void;
  /** A line beyond the bound was thrown away as a whole: half of it could look like another line. */
  tooLong?(): void;
}

/** Lines of a byte stream, however it is cut; each decoded as UTF-8 as a whole and without its CR. */
export class LineReader {
  readonly #maxBytes: number;
  readonly #sink: LineSink;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #skipping = false;

  /** `maxBytes` of one line; more are never held. */
  constructor(maxBytes: number, sink: LineSink) {
    this.#maxBytes = maxBytes;
    this.#sink = sink;
  }

  push(bytes: Buffer): void {
    let from = 0;
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, from)) {
      this.#keep(bytes.subarray(from, end));
      from = end + 1;
      this.#finish();
    }
    this.#keep(bytes.subarray(from));
  }

  #keep(part: Buffer): void {
    if (this.#skipping || part.length === 0) return;
    this.#pendingBytes += part.length;
    if (this.#pendingBytes > this.#maxBytes) {
      this.#skipping = true;
      this.#pending = [];
      return;
    }
    // A copy: a short rest must not keep the whole packet alive.
    this.#pending.push(Buffer.from(part));
  }

  #finish(): void {
    const parts = this.#pending;
    const skipped = this.#skipping;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#skipping = false;
    if (skipped) {
      this.#sink.tooLong?.();
      return;
    }
    const text = Buffer.concat(parts).toString('utf8');
    this.#sink.line(text.endsWith('\r') ? text.slice(0, -1) : text);
  }
}
