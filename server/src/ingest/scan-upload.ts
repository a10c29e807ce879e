import { MACHINE_STATES } from '@millrace/contract';
import { PlainRecords } from './scan-plain-record.ts';

// An upload nearly always looks the same: plain keys, plain texts, whole numbers. Reading just that from the bytes takes a
// fifth of JSON.parse and leaves no garbage. Whatever is not plain (escapes, fractions, unknown keys, signals, a repeated
// key, broken JSON) is not judged here: the scan gives up and the upload goes through JSON.parse and `decodeUpload`.
// `decode-v3.test.ts` holds that both say the same of every upload.

/** The fields of one record; one object is used for all of them. */
export interface ScannedRecord {
  machine: string;
  minute: number;
  runningS: number;
  count: number;
  day: string | undefined;
  state: string | undefined;
  energyWh: number | undefined;
}

export interface ScannedUpload {
  readonly uploadId: string | undefined;
  readonly received: number;
}

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** More digits than this are not a safe integer. */
const DIGITS_MAX = 15;
/** No text of an upload that is right is longer. */
const TEXT_BYTES_MAX = 64;
const GIVEN_UP = -1;

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const KEYS = ['machine', 'minute', 'runningS', 'count', 'day', 'state', 'energyWh'].map(bytesOf);
const STATES = MACHINE_STATES.map((state) => ({ state, bytes: bytesOf(state) }));
/** Bits of the four keys that every record has. */
const REQUIRED = 0b001111;

/**
 * Calls `visit` for each record, in order; `expected` names the machine that probably comes next, so that its text need not
 * be made. Undefined when the upload is not plain: then nothing that was visited counts.
 */
export function scanUpload(
  text: Uint8Array,
  recordsMax: number,
  expected: () => string | null | undefined,
  visit: (record: ScannedRecord, index: number) => void,
): ScannedUpload | undefined {
  const scan = new Scan(text, expected);
  const upload = scan.upload(recordsMax, visit);
  return upload !== undefined && scan.isAtEnd() ? upload : undefined;
}

class Scan {
  private readonly text: Uint8Array;
  private readonly expected: () => string | null | undefined;
  private readonly plain: PlainRecords;
  private at = 0;
  private readonly record: ScannedRecord = {
    machine: '',
    minute: 0,
    runningS: 0,
    count: 0,
    day: undefined,
    state: undefined,
    energyWh: undefined,
  };

  constructor(text: Uint8Array, expected: () => string | null | undefined) {
    this.text = text;
    this.expected = expected;
    this.plain = new PlainRecords(text);
  }

  isAtEnd(): boolean {
    this.space();
    return this.at === this.text.length;
  }

  upload(
    recordsMax: number,
    visit: (record: ScannedRecord, index: number) => void,
  ): ScannedUpload | undefined {
    let version = GIVEN_UP;
    let uploadId: string | undefined;
    let received = GIVEN_UP;
    if (!this.take(OPEN_OBJECT)) return undefined;
    do {
      const key = this.plainText();
      if (!this.take(COLON)) return undefined;
      if (key === 'v' && version === GIVEN_UP) version = this.number();
      else if (key === 'uploadId' && uploadId === undefined) uploadId = this.plainText() ?? '';
      else if (key === 'records' && received === GIVEN_UP) received = this.records(recordsMax, visit);
      else return undefined;
    } while (this.take(COMMA));
    const whole = this.take(CLOSE_OBJECT) && version === 3 && received > 0 && uploadId !== '';
    return whole ? { uploadId, received } : undefined;
  }

  private records(recordsMax: number, visit: (record: ScannedRecord, index: number) => void): number {
    if (!this.take(OPEN_LIST)) return GIVEN_UP;
    let index = 0;
    do {
      if (index === recordsMax || !(this.plainRecord() || this.fields())) return GIVEN_UP;
      visit(this.record, index++);
    } while (this.take(COMMA));
    return this.take(CLOSE_LIST) ? index : GIVEN_UP;
  }

  private plainRecord(): boolean {
    const expected = this.expected();
    if (typeof expected !== 'string') return false;
    const end = this.plain.read(this.at, expected, this.record);
    if (end < 0) return false;
    this.at = end;
    return true;
  }

  private fields(): boolean {
    const { record } = this;
    record.day = undefined;
    record.state = undefined;
    record.energyWh = undefined;
    let seen = 0;
    let key = GIVEN_UP;
    if (!this.take(OPEN_OBJECT)) return false;
    do {
      // Keys nearly always come in the contract's order.
      key = this.key(key + 1);
      if (key === GIVEN_UP || (seen & (1 << key)) !== 0 || !this.take(COLON)) return false;
      seen |= 1 << key;
      if (!this.value(key, record)) return false;
    } while (this.take(COMMA));
    return this.take(CLOSE_OBJECT) && (seen & REQUIRED) === REQUIRED;
  }

  private value(key: number, record: ScannedRecord): boolean {
    if (key === 0) return this.machine(record);
    if (key === 4) return this.day(record);
    if (key === 5) return this.state(record);
    const value = this.number();
    if (value === GIVEN_UP) return false;
    if (key === 1) record.minute = value;
    else if (key === 2) record.runningS = value;
    else if (key === 3) record.count = value;
    else record.energyWh = value;
    return true;
  }

  /** Position in KEYS. */
  private key(guess: number): number {
    if (!this.take(QUOTE)) return GIVEN_UP;
    const guessed = KEYS[guess];
    if (guessed !== undefined && this.takeWord(guessed)) return guess;
    for (let key = 0; key < KEYS.length; key++) {
      if (this.takeWord(KEYS[key] as Uint8Array)) return key;
    }
    return GIVEN_UP;
  }

  private state(record: ScannedRecord): boolean {
    if (!this.take(QUOTE)) return false;
    for (const { state, bytes } of STATES) {
      if (!this.takeWord(bytes)) continue;
      record.state = state;
      return true;
    }
    return false;
  }

  /** The word and the closing quote. */
  private takeWord(word: Uint8Array): boolean {
    const { text, at } = this;
    const { length } = word;
    if (text[at + length] !== QUOTE) return false;
    for (let i = 0; i < length; i++) if (text[at + i] !== word[i]) return false;
    this.at = at + length + 1;
    return true;
  }

  private day(record: ScannedRecord): boolean {
    record.day = this.plainText();
    return record.day !== undefined;
  }

  private machine(record: ScannedRecord): boolean {
    const machine = this.expectedMachine() ?? this.plainText();
    if (machine === undefined) return false;
    record.machine = machine;
    return true;
  }

  private expectedMachine(): string | undefined {
    const expected = this.expected();
    if (typeof expected !== 'string') return undefined;
    this.space();
    const { text, at } = this;
    const { length } = expected;
    if (text[at] !== QUOTE || text[at + length + 1] !== QUOTE) return undefined;
    for (let i = 0; i < length; i++) {
      const code = expected.charCodeAt(i);
      if (text[at + 1 + i] !== code || code > 0x7e || code === BACKSLASH) return undefined;
    }
    this.at = at + length + 2;
    return expected;
  }

  /** ASCII without escapes. */
  private plainText(): string | undefined {
    if (!this.take(QUOTE)) return undefined;
    const { text } = this;
    const start = this.at;
    let at = start;
    const end = Math.min(text.length, start + TEXT_BYTES_MAX + 1);
    for (; at < end; at++) {
      const byte = text[at] as number;
      if (byte === QUOTE) break;
      if (byte < SPACE || byte > 0x7e || byte === BACKSLASH) return undefined;
    }
    this.at = at + 1;
    return at < end ? String.fromCharCode(...text.subarray(start, at)) : undefined;
  }

  /** A whole number without sign, leading zeros, fraction or exponent. */
  private number(): number {
    this.space();
    const { text } = this;
    const start = this.at;
    let at = start;
    let value = 0;
    for (; at < text.length; at++) {
      const byte = text[at] as number;
      if (byte < ZERO || byte > NINE) break;
      value = value * 10 + byte - ZERO;
    }
    const digits = at - start;
    if (digits === 0 || digits > DIGITS_MAX || (digits > 1 && text[start] === ZERO)) return GIVEN_UP;
    this.at = at;
    return value;
  }

  private take(wanted: number): boolean {
    if (this.text[this.at] !== wanted) {
      this.space();
      if (this.text[this.at] !== wanted) return false;
    }
    this.at++;
    return true;
  }

  private space(): void {
    const { text } = this;
    let { at } = this;
    for (let byte = text[at]; byte === SPACE || byte === LF || byte === CR || byte === TAB; byte = text[at])
      at++;
    this.at = at;
  }
}
