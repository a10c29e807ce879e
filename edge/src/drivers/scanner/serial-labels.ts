import { cleanLabel, type LabelSink } from './label.ts';

const LF = 0x0a;
const CR = 0x0d;
/** End of text: the third suffix that scanners are commonly set to. */
const ETX = 0x03;
/** Of UTF-8. */
const BYTES_PER_CHARACTER = 4;

/** Labels of a byte stream, each ended by CR, LF or ETX. */
export class SerialLabels {
  readonly #maxLength: number;
  readonly #sink: LabelSink;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #bytes: number[] = [];
  #tooLong = false;

  /** `maxLength` in characters. */
  constructor(maxLength: number, sink: LabelSink) {
    this.#maxLength = maxLength;
    this.#sink = sink;
  }

  push(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte === LF || byte === CR || byte === ETX) this.#end();
      else if (this.#bytes.length < this.#maxLength * BYTES_PER_CHARACTER) this.#bytes.push(byte);
      else this.#tooLong = true;
    }
  }

  /** Nothing came for a while: what has no end by now must not become the beginning of the next label. */
  pause(): void {
    if (this.#bytes.length === 0) return;
    this.#bytes = [];
    this.#tooLong = false;
    this.#sink.refused('a label without an end: set the scanner to send CR after each label');
  }

  #end(): void {
    const bytes = Uint8Array.from(this.#bytes);
    const tooLong = this.#tooLong;
    this.#bytes = [];
    this.#tooLong = false;
    let text: string;
    try {
      text = this.#decoder.decode(bytes);
    } catch {
      this.#sink.refused(
        tooLong ? this.#tooLongWords() : 'a label that is not UTF-8: look at the speed of the line',
      );
      return;
    }
    const label = cleanLabel(text);
    if (label === undefined) return;
    if (tooLong || label.length > this.#maxLength) this.#sink.refused(this.#tooLongWords());
    else this.#sink.label(label);
  }

  #tooLongWords(): string {
    return `a label longer than ${this.#maxLength} characters`;
  }
}
