import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DriverFault } from '../../driver/index.ts';
import type { FormMessage, PayloadForm } from './form.ts';
import { jsonForm } from './json-form.ts';
import { neuronForm } from './neuron-form.ts';
import { parseSourceTime } from './source-time.ts';
import { judge } from './tag-value.ts';
import { thingsboardForm } from './thingsboard-form.ts';
import { umhForm } from './umh-form.ts';

const NOW = 1_750_000_000_000;

function message(topic: string, payload: unknown): FormMessage {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return { topic, payload: Buffer.from(text), retained: false, receivedAt: NOW };
}

/** What a tag of this address shows after a message: value (or error) and instant. */
function shown(form: PayloadForm, address: string, said: FormMessage): unknown[] {
  return form
    .router([{ address }])(said)
    .map((reading) => {
      const { value, at, error } = judge(reading, undefined, said);
      return [error ?? value, at];
    });
}

describe('ThingsBoard', () => {
  test('a gateway sends many devices with many instants, which come in the order of time', () => {
    const said = message('v1/gateway/telemetry', {
      'Press 1': [
        { ts: 1_700_000_002_000, values: { count: 3, on: true } },
        { ts: 1_700_000_000_000, values: { count: 1 } },
        { ts: 1_700_000_001_000, values: { count: 2 } },
      ],
      'Line/2': [{ ts: 1_700_000_000_500, values: { 'a/b': 'x' } }],
    });
    expect(shown(thingsboardForm, 'Press 1/count', said)).toEqual([
      [1, 1_700_000_000_000],
      [2, 1_700_000_001_000],
      [3, 1_700_000_002_000],
    ]);
    expect(shown(thingsboardForm, 'Line%2F2/a%2Fb', said)).toEqual([['x', 1_700_000_000_500]]);
    expect(shown(thingsboardForm, 'count', said)).toEqual([]);
  });

  test('a device sends values with or without their instant', () => {
    const topic = 'v1/devices/me/telemetry';
    expect(shown(thingsboardForm, 'count', message(topic, { count: 5 }))).toEqual([[5, NOW]]);
    const dated = { ts: 1_700_000_000_000, values: { count: 6 } };
    expect(shown(thingsboardForm, 'count', message(topic, dated))).toEqual([[6, 1_700_000_000_000]]);
    expect(shown(thingsboardForm, 'count', message(topic, [dated, dated]))).toHaveLength(2);
    expect(shown(thingsboardForm, 'count', message(topic, { values: { count: 7 } }))).toEqual([[7, NOW]]);
  });

  test('a device that leaves its gateway has no values any more', () => {
    const left = message('v1/gateway/disconnect', { device: 'A' });
    expect(shown(thingsboardForm, 'A/count', left)).toEqual([['the device has left its gateway', NOW]]);
    expect(shown(thingsboardForm, 'B/count', left)).toEqual([]);
  });
});

describe('UMH', () => {
  const address = 'umh.v1.acme.shenzhen.line1._historian.press.count';

  test('a tag has one address, alone or among others, with dots or slashes', () => {
    const alone = message('umh/v1/acme/shenzhen/line1/_historian/press/count', {
      timestamp_ms: 1_700_000_000_123,
      value: 7,
    });
    const among = message('umh.v1.acme.shenzhen.line1._historian', {
      timestamp_ms: 1_700_000_000_124,
      press: { count: 8, speed: 1 },
    });
    expect(shown(umhForm, address, alone)).toEqual([[7, 1_700_000_000_123]]);
    expect(shown(umhForm, address.replaceAll('.', '/'), among)).toEqual([[8, 1_700_000_000_124]]);
  });

  test('an address must name place, schema and tag', () => {
    expect(umhForm.checkAddress(address)).toBeUndefined();
    for (const wrong of [
      'umh.v1._historian.x',
      'umh.v1.acme.line',
      'umh.v1.acme._historian',
      'a.b.c',
      'umh.v1.+._h.x',
    ])
      expect(umhForm.checkAddress(wrong)).toBeDefined();
  });

  test('without its instant it is no payload of the UMH', () => {
    expect(() => shown(umhForm, address, message('umh/v1/acme/_historian', { value: 1 }))).toThrow(
      DriverFault,
    );
  });
});

describe('Neuron', () => {
  const values = {
    node: 'modbus',
    group: 'g',
    timestamp: 1_700_000_000_000,
    values: { count: 1, old: 5 },
    errors: { temp: 2_014, old: 3_002, fine: 0 },
  };

  test('values and errors come by tag, and a value beside an error is not one of now', () => {
    const said = message('/neuron/app/modbus/g', values);
    expect(shown(neuronForm, 'modbus/g/count', said)).toEqual([[1, 1_700_000_000_000]]);
    expect(shown(neuronForm, 'modbus/g/temp', said)).toEqual([
      ['Neuron reports error 2014', 1_700_000_000_000],
    ]);
    expect(shown(neuronForm, 'modbus/g/old', said)).toEqual([
      ['Neuron reports error 3002', 1_700_000_000_000],
    ]);
  });

  test('the format with a list of tags is read too', () => {
    const said = message('any', {
      node: 'a/b',
      group: 'g',
      timestamp: 1_700_000_000_000,
      tags: [{ name: 'x', value: 2 }, { name: 'y', error: 2_000 }, 'rubbish'],
    });
    expect(shown(neuronForm, 'a%2Fb/g/x', said)).toEqual([[2, 1_700_000_000_000]]);
    expect(shown(neuronForm, 'a%2Fb/g/y', said)).toEqual([['Neuron reports error 2000', 1_700_000_000_000]]);
  });
});

describe('JSON', () => {
  test('addresses are told apart from wildcards, and what is none is refused in words', () => {
    for (const good of ['a/b', 'a/b#/x', 'a/##/x', '#', 'a/+/b#/x/0#/t', 'a#', 'a#/x%23y', 'a#/~1~0'])
      expect(jsonForm.checkAddress(good)).toBeUndefined();
    for (const wrong of ['', 'a/#/x', 'a#x', 'a#/x#t', 'a#/x#/t#/u', 'a/b+#/x', 'a#/%zz'])
      expect(jsonForm.checkAddress(wrong)).toBeDefined();
  });

  test('keys with slash, tilde, percent and number sign are addressed as browsing shows them', () => {
    const said = message('t', { 'a/b': { '~%#': 1 }, __proto__x: 2, list: [3] });
    const addresses = [...jsonForm.readings(said)].map(({ address }) => address);
    expect(addresses).toEqual(['t#/a~1b/~0%25%23', 't#/__proto__x', 't#/list/0']);
    expect(addresses.map((address) => shown(jsonForm, address, said)[0])).toEqual([
      [1, NOW],
      [2, NOW],
      [3, NOW],
    ]);
    expect(shown(jsonForm, 't#/constructor/name', said)).toEqual([]);
    expect(shown(jsonForm, 't#/__proto__/x', said)).toEqual([]);
  });

  test('whatever is written under an address is read under it', () => {
    const step = fc.string({ minLength: 1, maxLength: 8 });
    const property = fc.property(fc.array(step, { maxLength: 4 }), fc.integer(), (path, value) => {
      const root = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
      const [reading] = [...jsonForm.readings(message('t', root))];
      const address = reading?.address ?? '';
      const { topic, payload } = jsonForm.publication(address, value, NOW);
      expect(shown(jsonForm, address, message(topic, payload))[0]).toMatchObject([value, expect.anything()]);
    });
    fc.assert(property, { numRuns: 300 });
  });
});

describe('values', () => {
  const at = { retained: false, receivedAt: NOW };
  const value = (raw: unknown, type?: Parameters<typeof judge>[1]) =>
    judge({ raw, sourceAt: undefined }, type, at).value;

  test('a type takes what it is and nothing else', () => {
    expect([
      value('12.5', 'float64'),
      value('7', 'int16'),
      value('ON', 'bool'),
      value(0, 'bool'),
      value(5, 'string'),
    ]).toEqual([12.5, 7, true, false, '5']);
    expect([
      value(1.5, 'int16'),
      value(40_000, 'int16'),
      value('0x10', 'int32'),
      value(2, 'bool'),
      value('', 'int32'),
      value(2 ** 53),
    ]).toEqual(Array(6).fill(null));
  });

  test('an instant in the future is not believed', () => {
    expect(judge({ raw: 1, sourceAt: NOW + 3_600_000 }, undefined, at)).toMatchObject({
      at: NOW,
      quality: 'uncertain',
    });
  });

  test('seconds, milliseconds and ISO with zone are instants, all else is none', () => {
    expect(
      [1_700_000_000, 1_700_000_000_000, '2023-11-14T22:13:20Z', '2023-11-15T06:13:20+08:00'].map(
        parseSourceTime,
      ),
    ).toEqual(Array(4).fill(1_700_000_000_000));
    expect(
      [5, -1, '2023-11-14', '2023-11-14T22:13:20', Number.NaN, null, 1e20, {}].map(parseSourceTime),
    ).toEqual(Array(8).fill(undefined));
  });
});

const FORMS: readonly (readonly [string, PayloadForm, string, string])[] = [
  ['json', jsonForm, 't#/a', 't'],
  ['thingsboard', thingsboardForm, 'a/b', 'v1/gateway/telemetry'],
  ['thingsboard device', thingsboardForm, 'a', 'v1/devices/me/telemetry'],
  ['thingsboard disconnect', thingsboardForm, 'a/b', 'v1/gateway/disconnect'],
  ['umh', umhForm, 'umh.v1.a._h.b', 'umh/v1/a/_h'],
  ['neuron', neuronForm, 'a/b/c', 'n'],
];

test.each(FORMS)(
  '%s: any bytes and any JSON give values, or a fault in words',
  (_name, form, address, topic) => {
    const keys = fc.constantFrom(
      'a',
      'b',
      'ts',
      'values',
      'node',
      'group',
      'tags',
      'errors',
      'timestamp',
      'timestamp_ms',
      'device',
      'name',
      'value',
      '__proto__',
    );
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, true, 0, 1e300, -1, 1_700_000_000_000, '', 'x'),
        fc.dictionary(keys, tie('tree'), { maxKeys: 4 }),
        fc.array(tie('tree'), { maxLength: 3 }),
      ),
    }));
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      tree.map((value) => Buffer.from(JSON.stringify(value) ?? '')),
    );
    const property = fc.property(payload, (bytes) => {
      const said = { topic, payload: bytes, retained: false, receivedAt: NOW };
      try {
        for (const reading of form.router([{ address }])(said)) {
          const { value, quality } = judge(reading, undefined, said);
          expect(value === null).toBe(quality === 'bad');
          expect(['object', 'undefined'].includes(typeof value) && value !== null).toBe(false);
        }
        expect([...form.readings(said)].every((reading) => typeof reading.address === 'string')).toBe(true);
      } catch (fault) {
        expect(fault).toBeInstanceOf(DriverFault);
      }
    });
    fc.assert(property, { numRuns: 500 });
  },
);
