import { cleanLabel, type LabelSink } from './label.ts';
import { characterOf } from './us-layout.ts';

/** `struct input_event` on 64-bit Linux: seconds, microseconds, type, code, value. [linux/input.h] */
export const EVENT_BYTES = 24;
const EV_SYN = 0;
const EV_KEY = 1;
const SYN_DROPPED = 3;
const RELEASED = 0;
const PRESSED = 1;
const ENTER: readonly number[] = [28, 96];
const SHIFT: readonly number[] = [42, 54];
const CONTROL: readonly number[] = [29, 97];
const CAPS_LOCK = 58;

interface TimedLabelSink extends Omit<LabelSink, 'label'> {
  /** `at` by the kernel, epoch ms. */
  label(text: string, at: number): void;
}

/** Labels of a scanner that types them, each ended by Enter. US layout, which scanners have when they leave the factory. */
export class KeyboardLabels {
  readonly #maxLength: number;
  readonly #sink: TimedLabelSink;
  #rest: Buffer = Buffer.alloc(0);
  #text = '';
  /** The label under way cannot be trusted. */
  #damage: string | undefined;
  readonly #held = new Set<number>();
  #capsLock = false;

  /** `maxLength` in characters. */
  constructor(maxLength: number, sink: TimedLabelSink) {
    this.#maxLength = maxLength;
    this.#sink = sink;
  }

  push(bytes: Buffer): void {
    const all = Buffer.concat([this.#rest, bytes]);
    let from = 0;
    for (; from + EVENT_BYTES <= all.length; from += EVENT_BYTES) this.#event(all, from);
    this.#rest = Buffer.from(all.subarray(from));
  }

  /** Nothing came for a while: what has no Enter by now was typed by something else. */
  pause(): void {
    if (this.#text === '' && this.#damage === undefined) return;
    this.#text = '';
    this.#damage = undefined;
    this.#sink.refused('a label without an end: set the scanner to send Enter after each label');
  }

  #event(bytes: Buffer, from: number): void {
    const type = bytes.readUInt16LE(from + 16);
    const code = bytes.readUInt16LE(from + 18);
    const value = bytes.readInt32LE(from + 20);
    if (type === EV_SYN && code === SYN_DROPPED) {
      this.#damage = 'keys of a label were lost in the kernel';
      this.#held.clear();
    }
    if (type !== EV_KEY) return;
    if (SHIFT.includes(code) || CONTROL.includes(code)) {
      if (value === RELEASED) this.#held.delete(code);
      else this.#held.add(code);
    } else if (value === PRESSED) this.#press(code, timeOf(bytes, from));
  }

  #press(code: number, at: number): void {
    if (code === CAPS_LOCK) this.#capsLock = !this.#capsLock;
    else if (ENTER.includes(code)) this.#end(at);
    else this.#type(characterOf(code, this.#holds(SHIFT), this.#capsLock));
  }

  #type(character: string | undefined): void {
    if (character === undefined) return;
    if (this.#text.length >= this.#maxLength) {
      this.#damage = `a label longer than ${this.#maxLength} characters`;
      return;
    }
    // Control and a character from @ to _ is that of the first column of ASCII: scanners type the group separator as Control ].
    const control = this.#holds(CONTROL);
    this.#text += control ? String.fromCharCode(character.toUpperCase().charCodeAt(0) & 0x1f) : character;
  }

  #end(at: number): void {
    const text = this.#text;
    const damage = this.#damage;
    this.#text = '';
    this.#damage = undefined;
    if (damage !== undefined) {
      this.#sink.refused(damage);
      return;
    }
    const label = cleanLabel(text);
    if (label !== undefined) this.#sink.label(label, at);
  }

  #holds(keys: readonly number[]): boolean {
    return keys.some((key) => this.#held.has(key));
  }
}

/** Negative or beyond a number's exactness only in rubbish. */
function timeOf(bytes: Buffer, from: number): number {
  const seconds = Number(bytes.readBigInt64LE(from));
  return seconds * 1_000 + Math.floor(Number(bytes.readBigInt64LE(from + 8)) / 1_000);
}
