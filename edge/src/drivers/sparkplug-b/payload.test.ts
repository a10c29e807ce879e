import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import sparkplugPayload from 'sparkplug-payload';
import { expect, test } from 'vitest';
import { DriverFault } from '../../driver/index.ts';
import { readMetricValue, writeMetricValue } from './metric-value.ts';
import { PayloadCodec } from './payload.ts';
import { DATA_TYPES, type DataType } from './payload-schema.ts';

const codec = new PayloadCodec();
const foreign = sparkplugPayload.get('spBv1.0');
type ForeignPayload = Parameters<NonNullable<typeof foreign>['encodePayload']>[0];

function encode(payload: ForeignPayload): Uint8Array {
  return foreign?.encodePayload(payload) ?? new Uint8Array();
}

const RANGES = {
  Int8: [-128, 127],
  Int16: [-32_768, 32_767],
  Int32: [-2_147_483_648, 2_147_483_647],
  UInt8: [0, 255],
  UInt16: [0, 65_535],
  UInt32: [0, 4_294_967_295],
} as const;

const sample = fc.oneof(
  ...(Object.keys(RANGES) as (keyof typeof RANGES)[]).map((type) => {
    const [min, max] = RANGES[type];
    return fc.record({ type: fc.constant(type), value: fc.integer({ min, max }) });
  }),
  fc.record({ type: fc.constantFrom('Int64', 'UInt64', 'DateTime'), value: fc.maxSafeNat() }),
  fc.record({ type: fc.constant('Boolean'), value: fc.boolean() }),
  fc.record({
    type: fc.constantFrom('String', 'Text'),
    value: fc.string({ unit: 'grapheme', maxLength: 50 }),
  }),
  fc.record({ type: fc.constant('Double'), value: fc.double({ noDefaultInfinity: true, noNaN: true }) }),
  fc.record({ type: fc.constant('Float'), value: fc.float({ noDefaultInfinity: true, noNaN: true }) }),
) as fc.Arbitrary<{ type: DataType; value: number | boolean | string }>;

test('what sparkplug-payload encodes is read as it was, and what is written it reads as it was', () => {
  const property = fc.property(fc.array(sample, { maxLength: 20 }), (samples) => {
    const metrics = samples.map(({ type, value }, index) => ({
      name: `m${index}`,
      type,
      value,
      alias: index + 1,
    }));
    const { metrics: read, seq } = codec.decode(encode({ seq: 9, timestamp: 1, metrics } as ForeignPayload));
    expect(seq).toBe(9);
    expect(read.map(({ name, alias }) => [name, alias])).toEqual(
      metrics.map(({ name, alias }) => [name, String(alias)]),
    );
    for (const [index, { type, value }] of samples.entries()) {
      const metric = read[index];
      expect(metric && readMetricValue(metric, type)).toEqual({ value, quality: 'good' });
    }
    const written = samples.map(({ type, value }) => ({ name: 'x', ...writeMetricValue(type, value) }));
    const back = codec.decode(codec.encode({ metrics: written })).metrics;
    expect(
      back.map((metric, index) => readMetricValue(metric, samples[index]?.type ?? 'Unknown').value),
    ).toEqual(samples.map(({ value }) => value));
    const seen = foreign?.decodePayload(codec.encode({ metrics: written })).metrics ?? [];
    // Unsigned and 64-bit numbers come as Long objects there.
    for (const [index, { value }] of samples.entries())
      expect(String(seen[index]?.value)).toBe(String(value));
  });
  fc.assert(property, { numRuns: 300 });
});

test('any bytes are a payload or a fault in words, and no metric of them shows a value of another type', () => {
  const valid = fc
    .array(sample, { maxLength: 5 })
    .map((samples) =>
      encode({ seq: 1, metrics: samples.map((one) => ({ name: 'm', ...one })) } as ForeignPayload),
    );
  const broken = fc.tuple(valid, fc.nat(), fc.integer({ min: 0, max: 255 })).map(([bytes, at, byte]) => {
    const copy = Uint8Array.from(bytes);
    if (copy.length > 0) copy[at % copy.length] = byte;
    return copy;
  });
  const property = fc.property(
    fc.oneof(fc.uint8Array({ maxLength: 300 }), broken),
    fc.constantFrom(...DATA_TYPES),
    (bytes, type) => {
      try {
        for (const metric of codec.decode(bytes).metrics) {
          const { value, quality } = readMetricValue(metric, type);
          expect(value === null).toBe(quality === 'bad');
          if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
        }
      } catch (fault) {
        expect(fault).toBeInstanceOf(DriverFault);
      }
    },
  );
  fc.assert(property, { numRuns: 1_000 });
});

test('compressed payloads are unpacked, and a bomb is refused', () => {
  const body = encode({ seq: 3, metrics: [{ name: 'm', type: 'Int32', value: 5 }] });
  const packed = (bytes: Uint8Array) =>
    codec.encode({
      uuid: 'SPBV1.0_COMPRESSED',
      body: gzipSync(bytes),
      metrics: [{ name: 'algorithm', datatype: 12, stringValue: 'GZIP' }],
    });
  expect(codec.decode(packed(body))).toMatchObject({ seq: 3, metrics: [{ name: 'm' }] });
  expect(() => codec.decode(packed(Buffer.alloc(50_000_000)))).toThrow(DriverFault);
});

test('qualities of the node, nulls, other types and numbers out of range are bad or uncertain with a reason', () => {
  const read = (metric: Record<string, unknown>, type: DataType) => {
    const [first] = codec.decode(codec.encode({ metrics: [metric] })).metrics;
    return first && readMetricValue(first, type);
  };
  const quality = (code: number) => ({
    properties: { keys: ['Quality'], values: [{ type: 3, intValue: code }] },
  });
  expect(read({ intValue: 1, ...quality(192) }, 'Int32')).toEqual({ value: 1, quality: 'good' });
  expect(read({ intValue: 1, ...quality(500) }, 'Int32')).toMatchObject({ value: 1, quality: 'uncertain' });
  expect(read({ intValue: 1, ...quality(0) }, 'Int32')).toMatchObject({ value: null, quality: 'bad' });
  expect(read({ isNull: true }, 'Int32')).toMatchObject({ quality: 'bad' });
  expect(read({ intValue: 0x1ff }, 'Int8')).toMatchObject({ error: 'outside Int8' });
  expect(read({ intValue: 0xff }, 'Int8')).toMatchObject({ value: -1 });
  expect(read({ datatype: 4, longValue: '1' }, 'Int32')).toMatchObject({
    error: 'came as Int64, but was born as Int32',
  });
  expect(read({ templateValue: new Uint8Array(3) }, 'Template')).toMatchObject({
    error: 'a Template, which is not a single value',
  });
  expect(read({ doubleValue: Number.NaN }, 'Double')).toMatchObject({ error: 'not a finite number' });
});

test('a value that the type of the metric cannot hold is not written', () => {
  for (const [type, value] of [
    ['Int8', 128],
    ['UInt32', -1],
    ['Int32', 1.5],
    ['UInt64', 2 ** 53],
    ['Boolean', 1],
    ['Float', 1e300],
    ['String', 5],
    ['DataSet', 'x'],
  ] as const)
    expect(() => writeMetricValue(type, value)).toThrow(DriverFault);
});
