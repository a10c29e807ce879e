import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectReturn, expectTruth } from '../../../../test/far-side/polled-device.ts';
import { pymodbus, startPymodbus } from '../../../../test/far-side/pymodbus.ts';
import { eventually, recorded } from '../../../../test/far-side/recorded-context.ts';
import type { TagAddress } from '../../driver/index.ts';
import { driver } from './index.ts';

const python = await pymodbus();
const absent = typeof python === 'string' ? '' : `(skipped: ${python.missing})`;

describe.skipIf(absent).each(['tcp', 'rtu'] as const)(
  `against Debian's pymodbus, framing %s ${absent}`,
  (wire) => {
    let far: Awaited<ReturnType<typeof startPymodbus>>;
    const settings = (more: object = {}) => ({
      host: '127.0.0.1',
      port: far.port,
      framing: wire === 'rtu' ? 'rtu-over-tcp' : 'tcp',
      pollMs: 100,
      timeoutMs: 2_000,
      ...more,
    });
    beforeAll(async () => {
      far = await startPymodbus(String(python), wire);
    });
    afterAll(() => far.kill());

    const TRUTH: readonly [TagAddress, unknown][] = [
      [{ address: '1/coil/6' }, true],
      [{ address: '1/coil/7' }, false],
      [{ address: '1/discrete/4095' }, true],
      [{ address: '1/holding/5' }, 5],
      [{ address: '1/40006' }, 5],
      [{ address: '1/400006' }, 5],
      [{ address: '1/input/5' }, 1_005],
      [{ address: '1/30006' }, 1_005],
      [{ address: '1/holding/1000', type: 'int16' }, -2],
      [{ address: '1/holding/1001', type: 'int32' }, -70_000],
      [{ address: '1/holding/1003', type: 'int64' }, -5_000_000_000],
      [{ address: '1/holding/1007', type: 'float32' }, 1.5],
      [{ address: '1/holding/1009', type: 'float64' }, -0.1],
      [{ address: '1/holding/1013', type: 'bcd16' }, 1_234],
      [{ address: '1/holding/1014', type: 'bcd32' }, 12_345_678],
      [{ address: '1/holding/1016:10' }, 'Widget 7'],
      [{ address: '1/holding/1016:5' }, 'Widge'],
      [{ address: '1/holding/1016:5', wordOrder: 'BADC' }, 'iWgdt'],
      [{ address: '1/holding/100', type: 'uint32', wordOrder: 'CDAB' }, 101 * 65_536 + 100],
      [{ address: '1/holding/1013.4' }, true],
      [{ address: '1/holding/1013.8-11' }, 2],
      [{ address: '2/holding/25' }, 25],
    ];

    test('every type in every table is what the device holds', () => expectTruth(driver, settings(), TRUTH));

    test('a value that cannot be told exactly is bad, not rounded', async () => {
      const { driver: modbus } = recorded(driver, settings());
      await modbus.connect();
      const [large, none] = await modbus.read([
        { address: '1/holding/1021', type: 'uint64' },
        { address: '1/holding/1025', type: 'float32' },
      ]);
      expect(large).toMatchObject({ value: null, quality: 'bad', error: expect.stringContaining('2^53') });
      expect(none).toMatchObject({ value: null, quality: 'bad', error: 'not a number' });
    });

    test('one address that the device lacks is bad alone, and is not asked for again at every poll', async () => {
      const { driver: modbus, samples, values, latencies } = recorded(driver, settings({ gap: 124 }));
      await modbus.connect();
      const there = [0, 1, 2, 9, 20, 29, 40];
      const tags = [...there, 15].map((at) => ({ address: `2/holding/${at}` }));
      await modbus.subscribe(tags);
      await eventually(() => values(0).length >= 3);
      for (const [tag, at] of there.entries()) expect(new Set(values(tag))).toEqual(new Set([at]));
      const bad = samples.filter((sample) => sample.quality === 'bad');
      expect(bad.map(({ tag }) => tag)).toEqual([there.length]);
      expect(bad[0]?.error).toContain('illegal data address');
      const before = latencies.length;
      const rounds = values(0).length;
      await eventually(() => values(0).length >= rounds + 3);
      // Three runs of addresses are left: 0–9, 20–29, 40.
      expect((latencies.length - before) / 3).toBeLessThan(8);
    });

    test('a unit that is not there does not stop the others', async () => {
      const { driver: modbus, samples, values, lost } = recorded(driver, settings({ timeoutMs: 400 }));
      await modbus.connect();
      await modbus.subscribe([
        { address: '9/holding/0' },
        { address: '1/holding/7' },
        { address: '2/holding/7' },
      ]);
      await eventually(() => values(1).length >= 5 && values(2).length >= 5);
      const silent = samples.filter((sample) => sample.tag === 0);
      expect(silent.map(({ quality }) => quality)).not.toContain('good');
      expect(silent.length).toBeGreaterThan(0);
      expect(lost).toEqual([]);
    });

    test('what is written is confirmed by the echo and can be read back', async () => {
      const { driver: modbus } = recorded(driver, settings());
      await modbus.connect();
      const writes: [TagAddress, boolean | number | string][] = [
        [{ address: '1/coil/1' }, true],
        [{ address: '1/holding/1100', type: 'int16' }, -123],
        [{ address: '1/holding/1101', type: 'float32', wordOrder: 'CDAB' }, 2.5],
        [{ address: '1/holding/1103', type: 'int64', wordOrder: 'DCBA' }, -9_000_000_000],
        [{ address: '1/holding/1107', type: 'bcd32' }, 87_654_321],
        [{ address: '1/holding/1110:7' }, 'Lot 421'],
        [{ address: '1/holding/1120.3' }, true],
        [{ address: '1/holding/1121.4-7' }, 9],
      ];
      for (const [tag, value] of writes) await modbus.write?.(tag, value);
      const values = await modbus.read(writes.map(([tag]) => tag));
      expect(values.map(({ value }) => value)).toEqual(writes.map(([, value]) => value));
      // The other bits of the word are as they were: 1120 = 0x460, 1121 = 0x461.
      const [word, other] = await modbus.read([{ address: '1/holding/1120' }, { address: '1/holding/1121' }]);
      expect([word?.value, other?.value]).toEqual([0x468, 0x491]);
    });

    test('a write that cannot be is refused in words', async () => {
      const { driver: modbus } = recorded(driver, settings());
      await modbus.connect();
      await expect(modbus.write?.({ address: '1/input/1' }, 1)).rejects.toThrow('can only be read');
      await expect(modbus.write?.({ address: '1/holding/1' }, 70_000)).rejects.toThrow('from 0 to 65535');
      await expect(modbus.write?.({ address: '1/holding/1' }, 1.5)).rejects.toThrow('whole number');
      await expect(modbus.write?.({ address: '1/holding/1:3' }, 'four')).rejects.toThrow('longer than 3');
      await expect(modbus.write?.({ address: '2/holding/15' }, 1)).rejects.toThrow('illegal data address');
    });

    test('a device that is killed is lost, and connected to again when it is back', () =>
      expectReturn(driver, settings(), (port) => startPymodbus(String(python), wire, port), {
        tag: { address: '1/holding/7' },
        value: 7,
      }));
  },
);
