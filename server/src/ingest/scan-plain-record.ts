import { MACHINE_STATES } from '@millrace/contract';
import type { ScannedRecord } from './scan-upload.ts';

// A record as nearly every gateway writes it: the contract's keys in the contract's order without a space. What stands
// between the values is then known, and is compared four bytes at a time instead of being read. Anything else is left to
// the scan of keys in `scan-upload.ts`, which reads the same from every record that passes here [decode-v3.test.ts].

/** Longer than any plain record; nearer to the end of the text the other scan is used, so that no read goes beyond it. */
const RECORD_BYTES_MAX = 256;
const MINUTE_DIGITS = 13;
const DATE_LENGTH = 10;
const DIGITS_MAX = 15;
const QUOTE = 0x22;
const DASH = 0x2d;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const NINE = 0x39;
const CLOSE_OBJECT = 0x7d;

/** Four-byte words at their offsets; the last overlaps the one before when the length is no multiple of four. */
interface Words {
  readonly length: number;
  readonly first: number;
  readonly second: number;
  readonly last: number;
}

const BEFORE_MACHINE = words('{"machine":"');
const BEFORE_MINUTE = words('","minute":');
const BEFORE_RUNNING = words(',"runningS":');
const BEFORE_COUNT = words(',"count":');
const BEFORE_DAY = words(',"day":"');
const BEFORE_STATE = words(',"state":"');
const BEFORE_ENERGY = words(',"energyWh":');
const STATES = MACHINE_STATES.map((state) => ({ state, bytes: new TextEncoder().encode(`${state}"`) }));

function words(text: string): Words {
  const bytes = new TextEncoder().encode(text);
  const view = new DataView(bytes.buffer);
  const { length } = bytes;
  if (length < 8 || length > 12) throw new TypeError(`three words do not cover ${text}`);
  return { length, first: view.getInt32(0), second: view.getInt32(4), last: view.getInt32(length - 4) };
}

export class PlainRecords {
  private readonly text: Uint8Array;
  private readonly view: DataView;
  private readonly last: number;
  private at = 0;
  private bad = false;
  /** Where a minute of this upload stands, and its value: the others nearly always say the same. */
  private minuteAt = -1;
  private minute = 0;
  /** The same of a date. */
  private dayAt = -1;
  private day = '';

  constructor(text: Uint8Array) {
    this.text = text;
    this.view = new DataView(text.buffer, text.byteOffset, text.byteLength);
    this.last = text.byteLength - RECORD_BYTES_MAX;
  }

  /** Reads the record that begins at `at` and answers where it ended; −1 when it is not plain or not of that machine. */
  read(at: number, machine: string, record: ScannedRecord): number {
    if (at > this.last || machine.length > 64) return -1;
    this.at = at;
    this.bad = false;
    this.pass(BEFORE_MACHINE);
    this.passText(machine);
    this.pass(BEFORE_MINUTE);
    const minute = this.bad ? 0 : this.minuteValue();
    this.pass(BEFORE_RUNNING);
    const runningS = this.number();
    this.pass(BEFORE_COUNT);
    const count = this.number();
    if (this.bad) return -1;
    const day = this.meets(BEFORE_DAY) ? this.date() : undefined;
    const state = this.meets(BEFORE_STATE) ? this.state() : undefined;
    const energyWh = this.meets(BEFORE_ENERGY) ? this.number() : undefined;
    if (this.bad || this.text[this.at] !== CLOSE_OBJECT) return -1;
    record.machine = machine;
    record.minute = minute;
    record.runningS = runningS;
    record.count = count;
    record.day = day;
    record.state = state;
    record.energyWh = energyWh;
    return this.at + 1;
  }

  private meets({ length, first, second, last }: Words): boolean {
    const { view, at } = this;
    if (
      view.getInt32(at) !== first ||
      view.getInt32(at + 4) !== second ||
      view.getInt32(at + length - 4) !== last
    )
      return false;
    this.at = at + length;
    return true;
  }

  private pass(expected: Words): void {
    if (!this.bad && !this.meets(expected)) this.bad = true;
  }

  private passText(expected: string): void {
    if (this.bad) return;
    const { text, at } = this;
    const { length } = expected;
    for (let i = 0; i < length; i++) {
      const code = expected.charCodeAt(i);
      if (text[at + i] !== code || code > 0x7e || code === BACKSLASH || code === QUOTE) {
        this.bad = true;
        return;
      }
    }
    this.at = at + length;
  }

  private minuteValue(): number {
    const { view, at, minuteAt } = this;
    if (
      minuteAt >= 0 &&
      view.getInt32(at) === view.getInt32(minuteAt) &&
      view.getInt32(at + 4) === view.getInt32(minuteAt + 4) &&
      view.getInt32(at + 8) === view.getInt32(minuteAt + 8) &&
      view.getUint8(at + 12) === view.getUint8(minuteAt + 12)
    ) {
      this.at = at + MINUTE_DIGITS;
      return this.minute;
    }
    const minute = this.number();
    if (!this.bad && this.at - at === MINUTE_DIGITS) {
      this.minuteAt = at;
      this.minute = minute;
    }
    return minute;
  }

  /** Ten characters that may stand in a date, and the quote; whether they are one is for the decoder. */
  private date(): string {
    const { view, text, at, dayAt } = this;
    this.at = at + DATE_LENGTH + 1;
    if (
      dayAt >= 0 &&
      view.getInt32(at) === view.getInt32(dayAt) &&
      view.getInt32(at + 4) === view.getInt32(dayAt + 4) &&
      view.getInt16(at + 8) === view.getInt16(dayAt + 8) &&
      text[at + DATE_LENGTH] === QUOTE
    )
      return this.day;
    for (let i = at; i < at + DATE_LENGTH; i++) {
      const byte = text[i] as number;
      if (byte !== DASH && (byte < ZERO || byte > NINE)) this.bad = true;
    }
    if (this.bad || text[at + DATE_LENGTH] !== QUOTE) {
      this.bad = true;
      return '';
    }
    this.dayAt = at;
    this.day = String.fromCharCode(...text.subarray(at, at + DATE_LENGTH));
    return this.day;
  }

  /** A whole number without sign, leading zeros, fraction or exponent; what follows it is compared by the caller. */
  private number(): number {
    if (this.bad) return 0;
    const { text } = this;
    const start = this.at;
    let at = start;
    let value = 0;
    for (let byte = text[at] as number; byte >= ZERO && byte <= NINE; byte = text[at] as number) {
      value = value * 10 + byte - ZERO;
      if (++at - start > DIGITS_MAX) break;
    }
    const digits = at - start;
    if (digits === 0 || digits > DIGITS_MAX || (digits > 1 && text[start] === ZERO)) this.bad = true;
    this.at = at;
    return value;
  }

  private state(): string | undefined {
    const { text, at } = this;
    for (const { state, bytes } of STATES) {
      let i = 0;
      while (i < bytes.length && text[at + i] === bytes[i]) i++;
      if (i < bytes.length) continue;
      this.at = at + i;
      return state;
    }
    this.bad = true;
    return undefined;
  }
}
