import type { EdgeTag, TagQuality, TagValue } from '@millrace/contract';
import type { Sample } from '../driver/index.ts';

/** The value of a tag in the unit of the configuration. */
export interface Reading {
  /** Null where the quality is bad. */
  readonly value: TagValue;
  readonly quality: TagQuality;
  /** By the source's clock, epoch ms. */
  readonly at: number;
  readonly error: string | null;
}

const WIDTHS: Readonly<Partial<Record<NonNullable<EdgeTag['type']>, number>>> = { int16: 16, int32: 32 };
const DECIMAL = /^[+-]?(\d{1,20}(\.\d{0,20})?|\.\d{1,20})([eE][+-]?\d{1,3})?$/;

/** What a tag's value means: bit, scale and offset applied; what cannot be read so is bad, never a guess. */
export function readTag(tag: EdgeTag, sample: Pick<Sample, 'value' | 'quality' | 'at' | 'error'>): Reading {
  const { quality, at } = sample;
  if (sample.value === null || quality === 'bad') {
    const error = sample.error ?? (quality === 'bad' ? 'bad' : 'no value');
    return { value: null, quality: 'bad', at, error };
  }
  const value = engineered(tag, sample.value);
  if (value === undefined) {
    const said = String(sample.value).slice(0, 40);
    return { value: null, quality: 'bad', at, error: `"${said}" is no value for this tag` };
  }
  return { value, quality, at, error: sample.error ?? null };
}

function engineered(tag: EdgeTag, raw: boolean | number | string): boolean | number | string | undefined {
  if (tag.bit !== undefined) return bitOf(raw, tag.bit, tag.type);
  if (tag.type === 'string') return String(raw);
  if (tag.type === 'bool') return truthOf(raw);
  if (tag.type === undefined && tag.scale === undefined && tag.offset === undefined) return raw;
  const number = numberOf(raw);
  if (number === undefined) return undefined;
  const scaled = number * (tag.scale ?? 1) + (tag.offset ?? 0);
  return Number.isFinite(scaled) ? scaled : undefined;
}

function numberOf(raw: boolean | number | string): number | undefined {
  if (typeof raw === 'boolean') return raw ? 1 : 0;
  const number = typeof raw === 'number' ? raw : DECIMAL.test(raw.trim()) ? Number(raw) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

const TRUTHS: Readonly<Record<string, boolean>> = { true: true, false: false, '1': true, '0': false };

function truthOf(raw: boolean | number | string): boolean | undefined {
  if (typeof raw === 'string') return TRUTHS[raw.trim().toLowerCase()];
  return typeof raw === 'boolean' ? raw : Number.isFinite(raw) ? raw !== 0 : undefined;
}

/** Negative numbers in two's complement of their type's width. */
function bitOf(raw: boolean | number | string, bit: number, type: EdgeTag['type']): boolean | undefined {
  const number = numberOf(raw);
  if (number === undefined || !Number.isSafeInteger(number)) return undefined;
  const width = type === undefined ? 64 : (WIDTHS[type] ?? 64);
  return ((BigInt.asUintN(width, BigInt(number)) >> BigInt(bit)) & 1n) === 1n;
}
