import type { TagQuality, TagType, TagValue } from '@millrace/contract';
import type { DataValue, StatusCode, Variant } from 'node-opcua-client';

/** A node's value as a tag shows it. */
export interface Reading {
  readonly value: TagValue;
  readonly quality: TagQuality;
  /** Why it is not good. */
  readonly error?: string;
}

/** Built-in types. [OPC 10000-6 §5.1.2] */
export const BUILT_IN = {
  null: 0,
  boolean: 1,
  sByte: 2,
  byte: 3,
  int16: 4,
  uint16: 5,
  int32: 6,
  uint32: 7,
  int64: 8,
  uint64: 9,
  float: 10,
  double: 11,
  string: 12,
  dateTime: 13,
  guid: 14,
  byteString: 15,
  nodeId: 17,
  expandedNodeId: 18,
  statusCode: 19,
  qualifiedName: 20,
  localizedText: 21,
} as const;

/** As tags name the types; the others by the standard's name. */
const TYPE_NAMES: Readonly<Record<number, string>> = {
  [BUILT_IN.boolean]: 'bool',
  [BUILT_IN.sByte]: 'int8',
  [BUILT_IN.byte]: 'uint8',
  [BUILT_IN.int16]: 'int16',
  [BUILT_IN.uint16]: 'uint16',
  [BUILT_IN.int32]: 'int32',
  [BUILT_IN.uint32]: 'uint32',
  [BUILT_IN.int64]: 'int64',
  [BUILT_IN.uint64]: 'uint64',
  [BUILT_IN.float]: 'float32',
  [BUILT_IN.double]: 'float64',
  [BUILT_IN.string]: 'string',
  [BUILT_IN.dateTime]: 'DateTime',
  [BUILT_IN.guid]: 'Guid',
  [BUILT_IN.byteString]: 'ByteString',
  [BUILT_IN.nodeId]: 'NodeId',
  [BUILT_IN.statusCode]: 'StatusCode',
  [BUILT_IN.qualifiedName]: 'QualifiedName',
  [BUILT_IN.localizedText]: 'LocalizedText',
};

/** A label or a program's name; longer text is a document and not a machine's value. */
const TEXT_CHARACTERS_MAX = 4_096;
/** Info type DataValue and its overflow bit: the server's queue was full and values before this one are gone. [OPC 10000-4 §7.39] */
const OVERFLOW_BITS = 0x0480;
/** A clock that was never set says 1601 or 1970; nobody's machine has measured anything before this. */
export const CLOCK_EARLIEST_MS = Date.UTC(1990, 0, 1);
/** A source further ahead than that has a wrong clock; its time would keep newer values out. */
const CLOCK_AHEAD_MAX_MS = 86_400_000;

/** Of a built-in type by its number; null for one that no tag can have. */
export function typeName(builtIn: number): string | null {
  return TYPE_NAMES[builtIn] ?? null;
}

/** What the server said, as a tag's value: bad has no value, and nothing is rounded or cut. */
export function readingOf(data: DataValue, wanted?: TagType): Reading {
  const severity = data.statusCode.value >>> 30;
  if (severity >= 2) return bad(statusText(data.statusCode));
  const decoded = decodeVariant(data.value);
  if (decoded.quality === 'bad') return decoded;
  const mismatch = wanted === undefined ? undefined : mismatchOf(decoded.value, data.value.dataType, wanted);
  if (mismatch !== undefined) return bad(mismatch);
  if (severity === 1) return { ...decoded, quality: 'uncertain', error: statusText(data.statusCode) };
  if ((data.statusCode.value & OVERFLOW_BITS) === OVERFLOW_BITS) {
    const error = 'the queue at the server overflowed: values before this one are lost; raise queueSize';
    return { ...decoded, quality: 'uncertain', error };
  }
  return decoded;
}

/** By the source's clock where it can be true, else the time of receipt. */
export function instantOf(data: DataValue, now: number): number {
  const at = data.sourceTimestamp?.getTime();
  if (at === undefined || !Number.isFinite(at)) return now;
  return at < CLOCK_EARLIEST_MS || at > now + CLOCK_AHEAD_MAX_MS ? now : at;
}

/** `BadNodeIdUnknown: The node id refers to a node that does not exist …` */
export function statusText(status: StatusCode): string {
  const name = status.name === '' ? `0x${status.value.toString(16)}` : status.name;
  return status.description === '' ? name : `${name}: ${status.description}`;
}

export function bad(error: string): Reading {
  return { value: null, quality: 'bad', error };
}

function decodeVariant(variant: Variant | null | undefined): Reading {
  if (variant === null || variant === undefined || variant.dataType === BUILT_IN.null) {
    return bad('the server says good but gives no value');
  }
  // Variant's array types: 0 scalar, 1 array, 2 matrix.
  if (variant.arrayType !== 0) return bad('the node holds an array; a tag is one value');
  const value: unknown = variant.value;
  switch (variant.dataType as number) {
    case BUILT_IN.boolean:
      return typeof value === 'boolean' ? good(value) : bad('not a truth value');
    case BUILT_IN.int64:
    case BUILT_IN.uint64:
      return decodeInteger64(value, variant.dataType === BUILT_IN.int64);
    case BUILT_IN.dateTime:
      return value instanceof Date && Number.isFinite(value.getTime())
        ? good(value.toISOString())
        : bad('not a time');
    case BUILT_IN.string:
    case BUILT_IN.guid:
      return decodeText(value);
    case BUILT_IN.localizedText:
      return decodeText(fieldOf(value, 'text'));
    case BUILT_IN.qualifiedName:
    case BUILT_IN.statusCode:
      return decodeText(fieldOf(value, 'name'));
    case BUILT_IN.nodeId:
    case BUILT_IN.expandedNodeId:
      return decodeText(nodeIdText(value));
    default:
      return decodeNumber(value, variant.dataType);
  }
}

function decodeNumber(value: unknown, dataType: number): Reading {
  if (typeof value !== 'number')
    return bad(`a value of type ${typeName(dataType) ?? dataType} cannot be a tag`);
  return Number.isFinite(value) ? good(value) : bad(`the server gives ${value}`);
}

/** The protocol stack's own object writes itself; anything else is no node id. */
function nodeIdText(value: unknown): unknown {
  const hasWords =
    typeof value === 'object' && value !== null && fieldOf(value, 'identifierType') !== undefined;
  return hasWords && value.constructor !== Object && typeof value.toString === 'function'
    ? value.toString()
    : undefined;
}

/** Two halves of 32 bits, the high one first, as the protocol stack keeps them. */
function decodeInteger64(value: unknown, signed: boolean): Reading {
  if (!Array.isArray(value) || typeof value[0] !== 'number' || typeof value[1] !== 'number') {
    return bad('not a 64-bit integer');
  }
  const bits = (BigInt(value[0] >>> 0) << 32n) | BigInt(value[1] >>> 0);
  const whole = Number(signed ? BigInt.asIntN(64, bits) : bits);
  return Number.isSafeInteger(whole)
    ? good(whole)
    : bad('the 64-bit integer is beyond 2^53 and would be rounded');
}

function decodeText(value: unknown): Reading {
  if (typeof value !== 'string') return bad('the server says good but gives no text');
  return value.length <= TEXT_CHARACTERS_MAX
    ? good(value)
    : bad(`the text has ${value.length} characters; a tag holds ${TEXT_CHARACTERS_MAX}`);
}

function mismatchOf(value: TagValue, dataType: number, wanted: TagType): string | undefined {
  const kind = wanted === 'bool' ? 'boolean' : wanted === 'string' ? 'string' : 'number';
  if (typeof value === kind) return undefined;
  return `the server gives ${typeName(dataType) ?? typeof value}, the tag says ${wanted}`;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function good(value: Exclude<TagValue, null>): Reading {
  return { value, quality: 'good' };
}
