import type { TagType } from '@millrace/contract';
import type { TagAddress } from '../../driver/index.ts';
import { bytesOfType } from '../../poll/index.ts';

/** Memory areas by the number they have on the wire. */
export const AREAS = { I: 0x81, Q: 0x82, M: 0x83, DB: 0x84 } as const;
type Area = keyof typeof AREAS;

/** Where a tag lies and how it is read. */
export interface Point {
  readonly area: Area;
  /** Number of the data block; 0 elsewhere. */
  readonly db: number;
  /** First byte. */
  readonly start: number;
  /** Bytes. */
  readonly length: number;
  /** `byte` = one unsigned byte. */
  readonly type: TagType | 'byte';
  /** Of a truth value, 0–7. */
  readonly bit?: number;
}

/** English letters and the German ones that a program may be written in. */
const AREA_LETTERS: Record<string, Area> = { I: 'I', E: 'I', Q: 'Q', A: 'Q', M: 'M' };
const WIDTHS: Record<string, TagType | 'byte'> = { B: 'byte', W: 'uint16', D: 'uint32' };
/** Names of the PLC's own types. */
const PLC_TYPES: Record<string, TagType | 'byte'> = {
  BOOL: 'bool',
  BYTE: 'byte',
  USINT: 'byte',
  WORD: 'uint16',
  UINT: 'uint16',
  INT: 'int16',
  DWORD: 'uint32',
  UDINT: 'uint32',
  DINT: 'int32',
  REAL: 'float32',
  LWORD: 'uint64',
  ULINT: 'uint64',
  LINT: 'int64',
  LREAL: 'float64',
};
const ADDRESS =
  /^%?(?:DB(?<db>\d{1,5})\.(?:S(?<string>\d{1,5})\.(?<room>\d{1,3})|DB(?<dbWidth>[XBWD])(?<dbStart>\d{1,5})(?:\.(?<dbBit>[0-7]))?)|(?<area>[IEQAM])(?<width>[XBWD])?(?<start>\d{1,5})(?:\.(?<bit>[0-7]))?)(?::(?<type>[A-Z]{3,5}))?$/;
/** A byte address has 16 bits, for it goes on the wire with its bit in 24. */
const ADDRESSES = 65_536;
/** Room of a STRING: its length is told in one byte, of which 255 is not used. */
const MAX_STRING = 254;

/** `DB1.DBW20`, `DB1.DBD4:REAL`, `DB1.DBX0.3`, `M10.0`, `IW2`, `DB5.S10.20` …; or in words why it is none of them. */
export function parseAddress(tag: TagAddress): Point | string {
  const parts = ADDRESS.exec(tag.address.toUpperCase())?.groups;
  if (!parts) return 'not of a form such as DB1.DBW20, DB1.DBX0.3, DB1.DBD4:REAL, DB5.S10.20, M10.0 or IW2';
  const area = parts.db === undefined ? AREA_LETTERS[parts.area ?? ''] : 'DB';
  if (area === undefined) return 'no such area';
  const db = Number(parts.db ?? 0);
  if (area === 'DB' && (db < 1 || db >= ADDRESSES)) return `data blocks are DB1 to DB${ADDRESSES - 1}`;
  const point =
    parts.string === undefined
      ? number(tag, parts, area, db)
      : string(tag, db, Number(parts.string), Number(parts.room), parts.type);
  if (typeof point === 'string') return point;
  return point.start + point.length > ADDRESSES ? `beyond byte ${ADDRESSES - 1}` : point;
}

function number(
  tag: TagAddress,
  parts: Partial<Record<string, string>>,
  area: Area,
  db: number,
): Point | string {
  const width = parts.dbWidth ?? parts.width ?? 'X';
  const bit = parts.dbBit ?? parts.bit;
  const start = Number(parts.dbStart ?? parts.start);
  const named = parts.type === undefined ? undefined : PLC_TYPES[parts.type];
  if (parts.type !== undefined && named === undefined) return `${parts.type} is no type of the PLC's`;
  if (width !== 'X' && bit !== undefined) return 'a bit is addressed as DB1.DBX0.3 or M10.0';
  // A bit address with a type says where a larger value begins, as newer programs write: DB1.DBX8.0:LREAL.
  const standard = width === 'X' ? 'bool' : (WIDTHS[width] ?? 'byte');
  const type = tag.type ?? named ?? standard;
  if (tag.type !== undefined && named !== undefined && tag.type !== named)
    return `the tag is ${tag.type}, its address says ${parts.type}`;
  if (type === 'string') return 'a string is addressed as DB5.S10.20';
  if (type === 'bool') {
    if (width !== 'X' || bit === undefined) return 'a bit is addressed as DB1.DBX0.3 or M10.0';
    return { area, db, start, length: 1, type, bit: Number(bit) };
  }
  if (width === 'X' && (named === undefined || bit !== '0'))
    return 'a bit is a truth value; other values begin at a byte: DB1.DBD8 or DB1.DBX8.0:LREAL';
  const length = type === 'byte' ? 1 : bytesOfType(type);
  const room = { X: length, B: length, W: 2, D: Math.max(4, length) }[width] ?? length;
  return length === room ? { area, db, start, length, type } : `${type} is not as wide as ${tag.address}`;
}

function string(
  tag: TagAddress,
  db: number,
  start: number,
  room: number,
  type: string | undefined,
): Point | string {
  if ((tag.type ?? 'string') !== 'string' || type !== undefined) return 'a string has no other type';
  if (room < 1 || room > MAX_STRING) return `a string has room for 1 to ${MAX_STRING} characters`;
  return { area: 'DB', db, start, length: room + 2, type: 'string' };
}
