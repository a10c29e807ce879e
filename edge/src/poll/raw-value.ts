import { INTEGER_RANGES, type TagType, type TagValue, type WORD_ORDERS } from '@millrace/contract';

type WordOrder = (typeof WORD_ORDERS)[number];
/** A value, or in words why there is none: what cannot be told exactly is not told at all. */
export type RawResult = { readonly value: Exclude<TagValue, null> } | { readonly fault: string };

const BYTES: Record<Exclude<TagType, 'string'>, number> = {
  bool: 2,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  float32: 4,
  float64: 8,
  bcd16: 2,
  bcd32: 4,
};
/** Bytes that a number of this type takes on the wire. */
export function bytesOfType(type: Exclude<TagType, 'string'>): number {
  return BYTES[type];
}

/** The value of bytes as they came, first byte first; of a text only the first `textBytes`. */
export function decodeRaw(
  type: TagType,
  wire: Buffer,
  order: WordOrder = 'ABCD',
  textBytes = wire.length,
): RawResult {
  if (type === 'string') return { value: text(arrange(wire, order, false).subarray(0, textBytes)) };
  if (wire.length !== BYTES[type]) return { fault: `${wire.length} bytes are no ${type}` };
  const bytes = arrange(wire, order, true);
  if (type === 'bcd16' || type === 'bcd32') return fromBcd(bytes);
  if (type === 'int64' || type === 'uint64') {
    const whole = type === 'int64' ? bytes.readBigInt64BE(0) : bytes.readBigUInt64BE(0);
    return Number.isSafeInteger(Number(whole))
      ? { value: Number(whole) }
      : { fault: `${whole} is beyond 2^53 and cannot be told exactly` };
  }
  const value = NUMBERS[type](bytes);
  if (typeof value === 'number' && !Number.isFinite(value)) return { fault: 'not a number' };
  return { value };
}

const NUMBERS = {
  bool: (bytes: Buffer): boolean => bytes.readUInt16BE(0) !== 0,
  int16: (bytes: Buffer): number => bytes.readInt16BE(0),
  uint16: (bytes: Buffer): number => bytes.readUInt16BE(0),
  int32: (bytes: Buffer): number => bytes.readInt32BE(0),
  uint32: (bytes: Buffer): number => bytes.readUInt32BE(0),
  float32: (bytes: Buffer): number => bytes.readFloatBE(0),
  float64: (bytes: Buffer): number => bytes.readDoubleBE(0),
};

/** The bytes of a value as they go on the wire; a text of at most `textBytes` is filled up to whole words with zeros. */
export function encodeRaw(
  type: TagType,
  value: Exclude<TagValue, null>,
  order: WordOrder = 'ABCD',
  textBytes = 0,
): { readonly bytes: Buffer } | { readonly fault: string } {
  if (type === 'string') {
    const bytes = Buffer.from(String(value), 'utf8');
    if (bytes.length > textBytes) return { fault: `longer than ${textBytes} bytes` };
    const room = textBytes + (textBytes % 2);
    return { bytes: arrange(Buffer.concat([bytes, Buffer.alloc(room - bytes.length)]), order, false) };
  }
  const bytes = Buffer.alloc(BYTES[type]);
  if (type === 'bool') {
    if (typeof value !== 'boolean') return { fault: 'neither true nor false' };
    bytes.writeUInt16BE(value ? 1 : 0, 0);
    return { bytes: arrange(bytes, order, true) };
  }
  if (typeof value !== 'number' || !Number.isFinite(value)) return { fault: 'not a number' };
  const range = INTEGER_RANGES[type];
  if (range && !(Number.isInteger(value) && value >= range[0] && value <= range[1]))
    return { fault: `not a whole number from ${range[0]} to ${range[1]}` };
  if (type === 'float32' && !Number.isFinite(Math.fround(value))) return { fault: 'too large for float32' };
  writeNumber(type, bytes, value);
  return { bytes: arrange(bytes, order, true) };
}

function writeNumber(type: Exclude<TagType, 'string' | 'bool'>, bytes: Buffer, value: number): void {
  switch (type) {
    case 'int16':
      bytes.writeInt16BE(value, 0);
      break;
    case 'uint16':
      bytes.writeUInt16BE(value, 0);
      break;
    case 'int32':
      bytes.writeInt32BE(value, 0);
      break;
    case 'uint32':
      bytes.writeUInt32BE(value, 0);
      break;
    case 'int64':
      bytes.writeBigInt64BE(BigInt(value), 0);
      break;
    case 'uint64':
      bytes.writeBigUInt64BE(BigInt(value), 0);
      break;
    case 'float32':
      bytes.writeFloatBE(value, 0);
      break;
    case 'float64':
      bytes.writeDoubleBE(value, 0);
      break;
    case 'bcd16':
    case 'bcd32':
      bytes.write(String(value).padStart(bytes.length * 2, '0'), 'hex');
      break;
  }
}

/**
 * Between the wire and big-endian, in either direction. The name says where the bytes of 0x0A0B0C0D stand: a second letter
 * first means that the bytes of each 16-bit word are exchanged, a last word first that the words are. Text keeps the order of
 * its words.
 */
function arrange(bytes: Buffer, order: WordOrder, words: boolean): Buffer {
  const exchangeBytes = order === 'BADC' || order === 'DCBA';
  const exchangeWords = words && (order === 'CDAB' || order === 'DCBA');
  if (!exchangeBytes && !exchangeWords) return bytes;
  const arranged = Buffer.from(bytes);
  if (exchangeBytes) arranged.subarray(0, arranged.length & ~1).swap16();
  if (!exchangeWords) return arranged;
  const turned = Buffer.alloc(arranged.length);
  for (let at = 0; at + 1 < arranged.length; at += 2)
    arranged.copy(turned, arranged.length - 2 - at, at, at + 2);
  return turned;
}

/** Four bits a digit, most significant first. */
function fromBcd(bytes: Buffer): RawResult {
  const digits = bytes.toString('hex');
  return /^\d+$/.test(digits) ? { value: Number(digits) } : { fault: `0x${digits} is not BCD` };
}

/** Up to the first zero, without padding; what is not UTF-8 is one character a byte, as older controllers write. */
function text(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  const used = end < 0 ? bytes : bytes.subarray(0, end);
  const utf8 = used.toString('utf8');
  return (utf8.includes('\uFFFD') ? used.toString('latin1') : utf8).trimEnd();
}
