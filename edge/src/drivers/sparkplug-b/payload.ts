import { gunzipSync, inflateSync } from 'node:zlib';
import protobuf from 'protobufjs/light.js';
import { DriverFault } from '../../driver/index.ts';
import { DATA_TYPES, type DataType, SPARKPLUG_SCHEMA } from './payload-schema.ts';

/** A compressed payload may grow to twice the largest uncompressed one; more is a bomb. */
const MAX_INFLATED_BYTES = 4_194_304;
const COMPRESSED = 'SPBV1.0_COMPRESSED';
/** Metric property of a quality, with the OPC numbers of the specification. [Sparkplug 3.0 ch. 6, Quality Codes] */
const QUALITY_PROPERTY = 'Quality';

/** A metric with only those fields that were on the wire. */
export interface Metric {
  readonly name?: string;
  /** Decimal text, as aliases have 64 bits. */
  readonly alias?: string;
  /** Epoch ms. */
  readonly timestamp?: number;
  readonly type?: DataType;
  readonly isHistorical: boolean;
  readonly isNull: boolean;
  readonly qualityCode?: number;
  readonly value: MetricValue | undefined;
}

/** The field it stood in, which is not always the one that its type should use. */
export type MetricValue =
  | { readonly field: 'integer'; readonly bits: 32 | 64; readonly raw: bigint }
  | { readonly field: 'float'; readonly raw: number }
  | { readonly field: 'boolean'; readonly raw: boolean }
  | { readonly field: 'string'; readonly raw: string }
  | { readonly field: 'other' };

/** A Sparkplug payload as far as a host needs it. [Sparkplug 3.0 ch. 6, Payloads] */
export interface Payload {
  /** Epoch ms. */
  readonly timestamp?: number;
  /** 0 to 255. */
  readonly seq?: number;
  readonly metrics: readonly Metric[];
}

/** As protobufjs gives it with 64-bit numbers in decimal. */
interface WirePayload {
  readonly timestamp?: string;
  readonly seq?: string;
  readonly uuid?: string;
  readonly body?: Uint8Array;
  readonly metrics?: readonly WireMetric[];
}

export interface WireMetric {
  readonly name?: string;
  readonly alias?: string;
  readonly timestamp?: string;
  readonly datatype?: number;
  readonly isHistorical?: boolean;
  readonly isNull?: boolean;
  readonly properties?: {
    readonly keys?: readonly string[];
    readonly values?: readonly { readonly intValue?: number; readonly longValue?: string }[];
  };
  readonly intValue?: number;
  readonly longValue?: string;
  readonly floatValue?: number;
  readonly doubleValue?: number;
  readonly booleanValue?: boolean;
  readonly stringValue?: string;
  readonly bytesValue?: Uint8Array;
  readonly datasetValue?: Uint8Array;
  readonly templateValue?: Uint8Array;
}

/** Reads and writes payloads. */
export class PayloadCodec {
  readonly #type = protobuf.Root.fromJSON(SPARKPLUG_SCHEMA).lookupType('Payload');

  /** Throws a `DriverFault` when the bytes are no payload. */
  decode(bytes: Uint8Array): Payload {
    const wire = this.#decodeWire(bytes);
    const inner = wire.uuid === COMPRESSED ? this.#decodeWire(inflate(wire)) : wire;
    const timestamp = safeNumber(inner.timestamp);
    const seq = safeNumber(inner.seq);
    return {
      metrics: (inner.metrics ?? []).map(readMetric),
      ...(timestamp !== undefined && { timestamp }),
      ...(seq !== undefined && { seq }),
    };
  }

  encode(payload: WirePayload): Buffer {
    return Buffer.from(this.#type.encode(this.#type.fromObject(payload)).finish());
  }

  #decodeWire(bytes: Uint8Array): WirePayload {
    try {
      return this.#type.toObject(this.#type.decode(bytes), { longs: String });
    } catch (cause) {
      throw new DriverFault('not a Sparkplug B payload', { cause });
    }
  }
}

function readMetric(wire: WireMetric): Metric {
  const timestamp = safeNumber(wire.timestamp);
  const type = wire.datatype === undefined ? undefined : DATA_TYPES[wire.datatype];
  const qualityCode = readQuality(wire);
  return {
    isHistorical: wire.isHistorical ?? false,
    isNull: wire.isNull ?? false,
    value: readValue(wire),
    ...(wire.name !== undefined && { name: wire.name }),
    ...(wire.alias !== undefined && { alias: wire.alias }),
    ...(timestamp !== undefined && { timestamp }),
    ...(wire.datatype !== undefined && { type: type ?? 'Unknown' }),
    ...(qualityCode !== undefined && { qualityCode }),
  };
}

function readValue(wire: WireMetric): MetricValue | undefined {
  if (wire.intValue !== undefined) return { field: 'integer', bits: 32, raw: BigInt(wire.intValue) };
  if (wire.longValue !== undefined) return { field: 'integer', bits: 64, raw: BigInt(wire.longValue) };
  const float = wire.floatValue ?? wire.doubleValue;
  if (float !== undefined) return { field: 'float', raw: float };
  if (wire.booleanValue !== undefined) return { field: 'boolean', raw: wire.booleanValue };
  if (wire.stringValue !== undefined) return { field: 'string', raw: wire.stringValue };
  const other = wire.bytesValue ?? wire.datasetValue ?? wire.templateValue;
  return other === undefined ? undefined : { field: 'other' };
}

function readQuality({ properties }: WireMetric): number | undefined {
  const index = properties?.keys?.indexOf(QUALITY_PROPERTY) ?? -1;
  const value = properties?.values?.[index];
  return value?.intValue ?? safeNumber(value?.longValue);
}

function safeNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** The whole payload in the body of another, as sparkplug-client and Tahu send it when asked to. */
function inflate(wire: WirePayload): Uint8Array {
  const algorithm = wire.metrics?.find(({ name }) => name === 'algorithm')?.stringValue ?? 'DEFLATE';
  const body = wire.body ?? new Uint8Array();
  const bound = { maxOutputLength: MAX_INFLATED_BYTES };
  try {
    return algorithm.toUpperCase() === 'GZIP' ? gunzipSync(body, bound) : inflateSync(body, bound);
  } catch (cause) {
    throw new DriverFault('a compressed payload cannot be unpacked', { cause });
  }
}
