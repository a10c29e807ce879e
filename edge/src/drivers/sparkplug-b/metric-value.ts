import type { TagQuality, TagValue } from '@millrace/contract';
import { DriverFault } from '../../driver/index.ts';
import type { Metric, MetricValue, WireMetric } from './payload.ts';
import { DATA_TYPES, type DataType } from './payload-schema.ts';

/** A text of a machine is a program name or a state; longer ones are files. */
const MAX_TEXT_CHARACTERS = 4_096;
const GOOD_QUALITY = 192;
/** 500 = stale. [Sparkplug 3.0 ch. 6, Quality Codes] */
const STALE_QUALITY = 500;

interface Integer {
  readonly bits: number;
  readonly signed: boolean;
}
const INTEGERS: Partial<Record<DataType, Integer>> = {
  Int8: { bits: 8, signed: true },
  Int16: { bits: 16, signed: true },
  Int32: { bits: 32, signed: true },
  Int64: { bits: 64, signed: true },
  UInt8: { bits: 8, signed: false },
  UInt16: { bits: 16, signed: false },
  UInt32: { bits: 32, signed: false },
  UInt64: { bits: 64, signed: false },
  DateTime: { bits: 64, signed: false },
};
const TEXTS: ReadonlySet<DataType> = new Set(['String', 'Text', 'UUID']);

/** A metric's value as a tag shows it. */
export interface MetricReading {
  readonly value: TagValue;
  readonly quality: TagQuality;
  readonly error?: string;
}

/** What a metric shows; `type` is that of its birth. */
export function readMetricValue(metric: Metric, type: DataType): MetricReading {
  if (metric.type !== undefined && metric.type !== type)
    return bad(`came as ${metric.type}, but was born as ${type}`);
  if (metric.isNull) return bad('the node says it is null');
  if (metric.value === undefined) return bad('the node sent no value');
  const value = scalarOf(metric.value, type);
  if ('error' in value) return bad(value.error);
  if (metric.qualityCode === undefined || metric.qualityCode === GOOD_QUALITY)
    return { value: value.value, quality: 'good' };
  if (metric.qualityCode === STALE_QUALITY)
    return { value: value.value, quality: 'uncertain', error: 'the node says it is stale' };
  return bad(`the node says its quality is ${metric.qualityCode}`);
}

function bad(error: string): MetricReading {
  return { value: null, quality: 'bad', error };
}

type Outcome = { readonly value: TagValue } | { readonly error: string };

function scalarOf(wire: MetricValue, type: DataType): Outcome {
  const integer = INTEGERS[type];
  if (integer && wire.field === 'integer') return integerOf(wire, integer, type);
  if ((type === 'Float' || type === 'Double') && wire.field === 'float')
    return Number.isFinite(wire.raw) ? { value: wire.raw } : { error: 'not a finite number' };
  if (type === 'Boolean' && wire.field === 'boolean') return { value: wire.raw };
  if (TEXTS.has(type) && wire.field === 'string')
    return wire.raw.length <= MAX_TEXT_CHARACTERS
      ? { value: wire.raw }
      : { error: `text of ${wire.raw.length} characters` };
  if (wire.field === 'other') return { error: `a ${type}, which is not a single value` };
  return { error: `a ${wire.field} where ${type} was announced` };
}

/** Negative numbers come as two's complement of the type's width or of the field's. [Sparkplug 3.0 ch. 6, Data Types] */
function integerOf(
  wire: Extract<MetricValue, { readonly field: 'integer' }>,
  { bits, signed }: Integer,
  type: DataType,
): Outcome {
  const narrow = signed ? BigInt.asIntN(bits, wire.raw) : BigInt.asUintN(bits, wire.raw);
  const fits = wire.raw === BigInt.asUintN(bits, wire.raw) || narrow === BigInt.asIntN(wire.bits, wire.raw);
  if (!fits) return { error: `outside ${type}` };
  const value = Number(narrow);
  return Number.isSafeInteger(value) ? { value } : { error: 'beyond 2^53, not exact' };
}

/** The fields of a metric that writes a value; throws a `DriverFault` where the type cannot take it. */
export function writeMetricValue(type: DataType, value: Exclude<TagValue, null>): WireMetric {
  const datatype = DATA_TYPES.indexOf(type);
  const integer = INTEGERS[type];
  if (integer) return { datatype, ...integerFields(integer, type, value) };
  if (type === 'Boolean' && typeof value === 'boolean') return { datatype, booleanValue: value };
  if (type === 'Float' && isFinite32(value)) return { datatype, floatValue: value };
  if (type === 'Double' && typeof value === 'number') return { datatype, doubleValue: value };
  if (TEXTS.has(type) && typeof value === 'string') return { datatype, stringValue: value };
  throw new DriverFault(`${JSON.stringify(value)} cannot be written to a ${type}`);
}

function integerFields({ bits, signed }: Integer, type: DataType, value: TagValue): Partial<WireMetric> {
  if (typeof value !== 'number' || !Number.isSafeInteger(value))
    throw new DriverFault(`${JSON.stringify(value)} cannot be written to a ${type}: not a whole number`);
  const raw = BigInt(value);
  if (raw !== (signed ? BigInt.asIntN(bits, raw) : BigInt.asUintN(bits, raw)))
    throw new DriverFault(`${value} is outside ${type}`);
  // UInt32 goes into the long field, as Tahu's libraries read it there. [Sparkplug 3.0 ch. 6, Data Types]
  if (bits < 32 || type === 'Int32') return { intValue: Number(BigInt.asUintN(32, raw)) };
  return { longValue: BigInt.asUintN(64, raw).toString() };
}

function isFinite32(value: TagValue): value is number {
  return typeof value === 'number' && Number.isFinite(Math.fround(value));
}
