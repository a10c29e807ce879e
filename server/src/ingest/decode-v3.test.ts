import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isRefusal } from '../kernel/index.ts';
import { ABSENT, type Batch, countOf, energyOf, runningOf, stateOf } from './batch.ts';
import { type DecodedUpload, decodeUpload, decodeUploadText, locateIn } from './decode-v3.ts';
import { createEntry, type GatewayEntry, nextLayout } from './layout.ts';

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 2, 2, 3, 0);
const CODES = ['M1', 'M2', 'Fräse 3', 'M"4', 'M5'];

function gateway(): GatewayEntry {
  const owner = { orgId: 'o', networkId: 'n', gatewayId: 'g' };
  const machines = CODES.map((code, i) => ({
    id: `id-${i}`,
    code,
    siteId: 's',
    zone: 'UTC',
    countModulus: null,
    increment: false,
  }));
  return createEntry(nextLayout(owner, undefined, machines), -1, 0);
}
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Everything that is kept of an upload, in a form to compare. */
function kept(result: ReturnType<typeof decodeUpload>): unknown {
  if (isRefusal(result)) return { refused: result.code };
  const { uploadId, received, batches, rejections } = result;
  return {
    uploadId,
    received,
    batches: batches.map(({ minute, records, values, hasState, hasEnergy, ownDay, signals }) => ({
      minute,
      records,
      values: [...values],
      hasState,
      hasEnergy,
      ownDay: ownDay && [...ownDay],
      signals: signals && [...signals].map(([name, numbers]) => [name, [...numbers]]),
    })),
    rejections: rejections.map(({ index, code, at }) => [index, code, at?.position]),
  };
}
const viaText = (text: string): unknown => kept(decodeUploadText(encode(text), locateIn(gateway()), NOW));
const viaValue = (text: string): unknown => kept(decodeUpload(JSON.parse(text), locateIn(gateway()), NOW));

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const plainRecord = fc.record({
  machine: fc.constantFrom(...CODES, 'id-2', 'nobody'),
  minute: fc.integer({ min: -50, max: 15 }).map((minute) => NOW + minute * MINUTE),
  runningS: fc.integer({ min: 0, max: 60 }),
  count: fc.integer({ min: 0, max: 4_294_967_295 }),
});
const extras = fc.record(
  {
    day: fc.constantFrom('2026-03-02', '2026-03-01', '2026-03-03', '2026-13-01', '2026-3-2', 'today'),
    state: fc.constantFrom('running', 'idle', 'down', 'off', 'setup', 'unknown', 'broken'),
    energyWh: fc.oneof(fc.nat(), fc.constantFrom(-1, 2 ** 31, 0.5)),
    signals: fc.dictionary(fc.string({ maxLength: 8 }), fc.double({ noNaN: true }), { maxKeys: 4 }),
  },
  { requiredKeys: [] },
);
const wildRecord = fc.oneof(
  fc.record(
    {
      machine: fc.oneof(fc.constantFrom(...CODES), fc.anything()),
      minute: fc.oneof(fc.constant(NOW), fc.double(), fc.anything()),
      runningS: fc.oneof(fc.integer({ min: -5, max: 70 }), fc.double(), fc.anything()),
      count: fc.oneof(fc.integer(), fc.double(), fc.anything()),
      day: fc.anything(),
      state: fc.anything(),
      energyWh: fc.anything(),
      signals: fc.anything(),
    },
    { requiredKeys: [] },
  ),
  fc.jsonValue(),
);
const record = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(plainRecord, extras).map(([plain, more]) => ({ ...plain, ...more })) },
  { weight: 1, arbitrary: wildRecord },
);
const upload = fc
  .record(
    {
      v: fc.constantFrom(3, 3, 3, 3, 2, '3'),
      uploadId: fc.string({ maxLength: 70 }),
      records: fc.array(record, { maxLength: 30 }),
    },
    { requiredKeys: ['v', 'records'] },
  )
  .chain((value) => fc.constantFrom(JSON.stringify(value), JSON.stringify(value, null, 1)));

describe('the V3 decoder', () => {
  test('says the same of an upload whether it reads the bytes or the parsed value', () => {
    fc.assert(
      fc.property(upload, (text) => {
        expect(viaText(text)).toEqual(viaValue(text));
      }),
      { numRuns: 2_000 },
    );
  });

  test("says the same of records in the layout's order, whatever single byte of them is changed", () => {
    // Ten rounds of the gateway's machines, minute by minute: what nearly every upload looks like.
    const regular = fc.tuple(fc.array(extras, { minLength: 50, maxLength: 50 }), fc.nat(4_294_967_295));
    const change = fc.tuple(fc.nat(), fc.constantFrom(...'0123456789.,:"{}[] \\\neE+-mrM'));
    fc.assert(
      fc.property(regular, fc.option(change), ([more, count], changed) => {
        const records = more.map(({ signals: _, ...extra }, i) => {
          const minute = NOW - 10 * MINUTE + Math.floor(i / CODES.length) * MINUTE;
          return { machine: CODES[i % CODES.length], minute, runningS: i % 61, count, ...extra };
        });
        let text = JSON.stringify({ v: 3, records });
        if (changed) {
          const at = changed[0] % text.length;
          text = text.slice(0, at) + changed[1] + text.slice(at + 1);
        }
        expect(viaText(text)).toEqual(isJson(text) ? viaValue(text) : { refused: 'malformed-json' });
      }),
      { numRuns: 1_000 },
    );
  });

  test('never throws on any bytes, and accounts for every record', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.json({ maxDepth: 6 }).map(encode),
      // An upload with some bytes changed: what a broken line makes of a right one.
      fc
        .tuple(upload, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 }))
        .map(([text, changes]) => {
          const changed = encode(text);
          for (const [at, byte] of changes) changed[at % changed.length] = byte;
          return changed;
        }),
      upload.map((text) => encode(text.slice(0, -3))),
    );
    fc.assert(
      fc.property(bytes, (text) => {
        const result = decodeUploadText(text, locateIn(gateway()), NOW);
        if (isRefusal(result)) {
          expect(result.status).toBe(400);
          return;
        }
        const taken = result.batches.reduce((sum, { records }) => sum + records, 0);
        expect(taken + result.rejections.length).toBe(result.received);
      }),
      { numRuns: 3_000 },
    );
  });

  test('keeps every value of a plain record', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(plainRecord, { selector: ({ machine }) => machine, minLength: 1 }),
        (records) => {
          const inRange = records.filter(
            ({ machine, minute }) => CODES.includes(machine) && minute <= NOW + 10 * MINUTE,
          );
          const text = JSON.stringify({
            v: 3,
            records: records.map((one) => ({ ...one, state: 'idle', energyWh: 7 })),
          });
          const result = decodeUploadText(encode(text), locateIn(gateway()), NOW) as DecodedUpload;
          for (const { machine, minute, runningS, count } of inRange) {
            const batch = result.batches.find((one) => one.minute === minute / MINUTE) as Batch;
            const at = CODES.indexOf(machine);
            if (records.some((other) => other.machine === `id-${at}` && other.minute === minute)) continue;
            expect([
              runningOf(batch, at),
              countOf(batch, at),
              stateOf(batch, at),
              energyOf(batch, at),
            ]).toEqual([runningS, count, 1, 7]);
          }
        },
      ),
    );
  });

  const codes = (text: string): unknown[] => {
    const result = decodeUploadText(encode(text), locateIn(gateway()), NOW);
    return isRefusal(result) ? [result.code] : result.rejections.map(({ code }) => code);
  };
  const one = (fields: string): string =>
    `{"v":3,"records":[{"machine":"M1","minute":${NOW},"runningS":60,"count":1${fields}}]}`;

  test('refuses an upload in which an object has a key twice, wherever it stands', () => {
    expect(codes(one(',"count":2'))).toEqual(['repeated-key']);
    expect(codes(one(',"cou\\u006et":2'))).toEqual(['repeated-key']);
    expect(codes(one(',"signals":{"a:b":1,"a:b":2}'))).toEqual(['repeated-key']);
    expect(codes(`{"v":3,"records":[],"records":[]}`)).toEqual(['repeated-key']);
    expect(codes(one(',"signals":{"a:b":1,"c":2}'))).toEqual([]);
    expect(codes(one(',"note":"a:b:c"'))).toEqual([]);
  });

  test('gives back what is absent as absent', () => {
    const result = decodeUploadText(encode(one('')), locateIn(gateway()), NOW) as DecodedUpload;
    const [batch] = result.batches;
    expect(batch && [stateOf(batch, 0), energyOf(batch, 0), runningOf(batch, 1)]).toEqual([
      ABSENT,
      ABSENT,
      ABSENT,
    ]);
  });

  test('stands arrays nested a million deep', () => {
    expect(codes('['.repeat(1_000_000) + ']'.repeat(1_000_000))).toHaveLength(1);
    expect(codes(`{"v":3,"records":${'['.repeat(200_000)}${']'.repeat(200_000)}}`)).toHaveLength(1);
  });
});
