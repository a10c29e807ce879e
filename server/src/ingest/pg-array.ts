import { Bug } from '../kernel/index.ts';

// PostgreSQL's binary form of one-dimensional arrays (array_send/array_recv): a header of dimensions, flags, element type,
// length and lower bound, then every element with its length. Text would be written and parsed digit by digit.

const HEADER_BYTES = 20;
const OID = { int2: 21, int4: 23, int8: 20, float8: 701 } as const;
const WIDTH = { int2: 2, int4: 4, int8: 8, float8: 8 } as const;
type ElementType = keyof typeof OID;

/**
 * `length` integers of `values` from `offset`; an element is NULL where `mask[maskOffset + i]` is negative. Element writes
 * are spelled out because Buffer's own check the range each time.
 */
export function encodeInts(
  type: 'int2' | 'int4',
  values: Int32Array,
  offset: number,
  length: number,
  mask: Int32Array,
  maskOffset: number,
): Buffer {
  const width = WIDTH[type];
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + length * (4 + width));
  let at = HEADER_BYTES;
  let nulls = 0;
  for (let i = 0; i < length; i++) {
    buffer[at] = 0;
    buffer[at + 1] = 0;
    buffer[at + 2] = 0;
    if ((mask[maskOffset + i] as number) < 0) {
      nulls = 1;
      buffer[at] = 255;
      buffer[at + 1] = 255;
      buffer[at + 2] = 255;
      buffer[at + 3] = 255;
      at += 4;
      continue;
    }
    const value = values[offset + i] as number;
    buffer[at + 3] = width;
    at += 4;
    if (width === 4) {
      buffer[at++] = value >>> 24;
      buffer[at++] = value >>> 16;
    }
    buffer[at++] = value >>> 8;
    buffer[at++] = value;
  }
  writeHeader(buffer, type, length, nulls);
  return buffer.subarray(0, at);
}

/** NaN stands for NULL. */
export function encodeFloats(values: Float64Array): Buffer {
  return encodeEights('float8', values.length, (buffer, at, i) => {
    const value = values[i] as number;
    if (Number.isNaN(value)) return false;
    buffer.writeDoubleBE(value, at);
    return true;
  });
}

function encodeEights(
  type: 'int8' | 'float8',
  length: number,
  write: (buffer: Buffer, at: number, i: number) => boolean,
): Buffer {
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + length * 12);
  let at = HEADER_BYTES;
  let nulls = 0;
  for (let i = 0; i < length; i++) {
    const written = write(buffer, at + 4, i);
    buffer.writeInt32BE(written ? 8 : -1, at);
    if (!written) nulls = 1;
    at += written ? 12 : 4;
  }
  writeHeader(buffer, type, length, nulls);
  return buffer.subarray(0, at);
}

function writeHeader(buffer: Buffer, type: ElementType, length: number, nulls: number): void {
  buffer.writeInt32BE(1, 0);
  buffer.writeInt32BE(nulls, 4);
  buffer.writeInt32BE(OID[type], 8);
  buffer.writeInt32BE(length, 12);
  buffer.writeInt32BE(1, 16);
}

const OPEN = 0x7b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const LETTER_N = 0x4e;
const ZERO = 0x30;

/**
 * Reads an integer array from its text form into `target` from `offset`; NULL becomes `missing`. Answers the number of
 * elements. Text, because the driver decodes every result as UTF-8, which binary values do not survive.
 */
export function parseInts(text: string, target: Int32Array, offset: number, missing: number): number {
  if (text.length <= 2) return 0;
  if (text.charCodeAt(0) !== OPEN) throw new Bug(`not an array: ${text.slice(0, 40)}`);
  let elements = 0;
  let at = 1;
  while (at < text.length) {
    let code = text.charCodeAt(at);
    if (code === LETTER_N) {
      target[offset + elements] = missing;
      at += 5;
    } else {
      const negative = code === MINUS;
      if (negative) code = text.charCodeAt(++at);
      let value = 0;
      while (code >= ZERO) {
        if (code > ZERO + 9) break;
        value = value * 10 + code - ZERO;
        code = text.charCodeAt(++at);
      }
      target[offset + elements] = negative ? -value : value;
      at++;
    }
    elements++;
    if (text.charCodeAt(at - 1) !== COMMA) break;
  }
  return elements;
}

/** The same for numbers; NULL becomes NaN. */
export function parseFloats(text: string): Float64Array {
  if (text.length <= 2) return new Float64Array(0);
  return Float64Array.from(text.slice(1, -1).split(','), (word) =>
    word === 'NULL' ? Number.NaN : Number(word),
  );
}
