import type { TagType } from '@millrace/contract';
import type { TagAddress } from '../../driver/index.ts';
import { bytesOfType } from '../../poll/index.ts';

/** The four tables: bits and registers, to be read only or also written. [Modbus Application Protocol V1.1b3 §4.3] */
export type Table = 'coil' | 'discrete' | 'input' | 'holding';

/** Where a tag lies and how it is read. */
export interface Point {
  /** Unit identifier behind a gateway, 0–255. */
  readonly unit: number;
  readonly table: Table;
  /** Zero-based, as on the wire. */
  readonly start: number;
  /** Coils or registers. */
  readonly length: number;
  readonly type: TagType;
  /** Of a text. */
  readonly bytes?: number;
  /** Bits of the integer, lowest first and last included; one bit alone is a truth value. */
  readonly bits?: readonly [lowest: number, highest: number];
}

/** Registers of one answer: 250 bytes. [Modbus Application Protocol V1.1b3 §6.3] */
export const MAX_REGISTERS = 125;
/** Coils of one answer. [§6.1] */
export const MAX_BITS = 2_000;

const TABLES: readonly string[] = ['coil', 'discrete', 'input', 'holding'] satisfies Table[];
/** First digit of the old reference numbers. [§4.4, and Modicon PI-MBUS-300] */
const REFERENCE_TABLES: Record<string, Table> = { 0: 'coil', 1: 'discrete', 3: 'input', 4: 'holding' };
const ADDRESS =
  /^(?<unit>\d{1,3})\/(?:(?<table>[a-z]+)\/(?<start>\d{1,5})|(?<reference>[0134])(?<number>\d{4,5}))(?::(?<bytes>\d{1,3}))?(?:\.(?<low>\d{1,2})(?:-(?<high>\d{1,2}))?)?$/;
/** Types of which a bit can be asked. */
const BIT_TYPES: readonly TagType[] = ['bool', 'int16', 'uint16', 'int32', 'uint32'];

/** `unit/table/address[:bytes][.bit[-bit]]` or `unit/4nnnn`; or in words why it is neither. */
export function parseAddress(tag: TagAddress): Point | string {
  const parts = ADDRESS.exec(tag.address)?.groups;
  if (!parts) return 'not of the form unit/table/address, such as 1/holding/100 or 1/40101';
  const unit = Number(parts.unit);
  if (unit > 255) return 'the unit is beyond 255';
  const table = parts.table ?? REFERENCE_TABLES[parts.reference ?? ''];
  if (table === undefined || !isTable(table)) return `the table is one of ${TABLES.join(', ')}`;
  const start = parts.start === undefined ? Number(parts.number) - 1 : Number(parts.start);
  if (start < 0) return 'reference numbers begin with 1';
  const point =
    table === 'coil' || table === 'discrete'
      ? coil(tag, parts, { unit, table, start })
      : register(tag, parts, { unit, table, start });
  if (typeof point === 'string') return point;
  return point.start + point.length > 65_536 ? 'beyond address 65535' : point;
}

type Parts = Partial<Record<string, string>>;
type Place = Pick<Point, 'unit' | 'table' | 'start'>;

function coil(tag: TagAddress, parts: Parts, place: Place): Point | string {
  if (parts.low !== undefined || parts.bytes !== undefined) return 'a coil has neither bits nor a length';
  if ((tag.type ?? 'bool') !== 'bool') return `a coil is a truth value, not ${tag.type}`;
  return { ...place, length: 1, type: 'bool' };
}

function register(tag: TagAddress, parts: Parts, place: Place): Point | string {
  if (parts.bytes !== undefined) return string(tag, parts, place);
  if (tag.type === 'string') return 'a string needs its length in bytes: 1/holding/100:16';
  const type = tag.type ?? 'uint16';
  const length = bytesOfType(type) / 2;
  if (parts.low === undefined) return { ...place, length, type };
  if (!BIT_TYPES.includes(type)) return `${type} has no bits`;
  const low = Number(parts.low);
  const high = Number(parts.high ?? low);
  if (high < low || high >= length * 16) return `bits are 0 to ${length * 16 - 1}, lowest first`;
  return { ...place, length, type: length === 1 ? 'uint16' : 'uint32', bits: [low, high] };
}

function string(tag: TagAddress, parts: Parts, place: Place): Point | string {
  if ((tag.type ?? 'string') !== 'string' || parts.low !== undefined)
    return 'only a string has a length, and it has no bits';
  const bytes = Number(parts.bytes);
  const length = Math.ceil(bytes / 2);
  if (length < 1 || length > MAX_REGISTERS) return `a string has 1 to ${MAX_REGISTERS * 2} bytes`;
  return { ...place, length, type: 'string', bytes };
}

function isTable(name: string): name is Table {
  return TABLES.includes(name);
}
