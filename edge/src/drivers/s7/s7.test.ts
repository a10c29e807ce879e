import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectReturn, expectTruth } from '../../../../test/far-side/polled-device.ts';
import { eventually, recorded } from '../../../../test/far-side/recorded-context.ts';
import { snap7Server, startSnap7 } from '../../../../test/far-side/snap7.ts';
import type { TagAddress } from '../../driver/index.ts';
import { driver } from './index.ts';

const server = await snap7Server();
const absent = typeof server === 'string' ? '' : `(skipped: ${server.missing})`;

describe.skipIf(absent)(`against a Snap7 server ${absent}`, () => {
  let far: Awaited<ReturnType<typeof startSnap7>>;
  const settings = () => ({
    host: '127.0.0.1',
    port: far.port,
    rack: 0,
    slot: 2,
    pollMs: 100,
    timeoutMs: 2_000,
  });
  beforeAll(async () => {
    far = await startSnap7(String(server));
  });
  afterAll(() => far.kill());

  const TRUTH: readonly [TagAddress, unknown][] = [
    [{ address: 'DB1.DBB7' }, 7],
    [{ address: 'DB1.DBW20' }, 0x14_15],
    [{ address: 'DB1.DBD4' }, 0x04_05_06_07],
    [{ address: 'DB1.DBX3.0' }, true],
    [{ address: 'DB1.DBX3.2' }, false],
    [{ address: 'M5.0' }, true],
    [{ address: 'M5.1' }, false],
    [{ address: 'MB9' }, 9],
    [{ address: 'MW10' }, 0x0a_0b],
    [{ address: 'IB1' }, 2],
    [{ address: 'EW2' }, 0x03_04],
    [{ address: 'E1.1' }, true],
    [{ address: 'QB3' }, 5],
    [{ address: 'A3.2' }, true],
    [{ address: 'DB1.DBW500', type: 'int16' }, -2],
    [{ address: 'DB1.DBW500:INT' }, -2],
    [{ address: 'DB1.DBD502:DINT' }, -70_000],
    [{ address: 'DB1.DBX506.0:LINT' }, -5_000_000_000],
    [{ address: 'DB1.DBD514:REAL' }, 1.5],
    [{ address: 'DB1.DBD514', type: 'float32' }, 1.5],
    [{ address: 'DB1.DBD518:LREAL' }, -0.1],
    [{ address: 'DB1.DBW526', type: 'bcd16' }, 1_234],
    [{ address: 'DB1.S532.20' }, 'Widget 7'],
    [{ address: '%db1.dbw20' }, 0x14_15],
  ];

  test('every type in every area is what the PLC holds', () => expectTruth(driver, settings(), TRUTH));

  test('what cannot be told exactly, or is no STRING, is bad', async () => {
    const { driver: s7 } = recorded(driver, settings());
    await s7.connect();
    const values = await s7.read([
      { address: 'DB1.DBD528:REAL' },
      { address: 'DB1.DBB500', type: 'uint64' },
      { address: 'DB1.S560.20' },
    ]);
    expect(values.map(({ value }) => value)).toEqual([null, null, null]);
    expect(values.map(({ error }) => error)).toEqual([
      'not a number',
      expect.stringContaining('2^53'),
      expect.stringContaining('no STRING here'),
    ]);
  });

  test('a thousand values come in few requests', async () => {
    const { driver: s7, latencies } = recorded(driver, settings());
    await s7.connect();
    const tags = Array.from({ length: 1_000 }, (_, at) => ({ address: `DB3.DBW${at * 4}` }));
    const values = await s7.read(tags);
    const wrong = values.filter(({ value }, at) => value !== ((at * 4) % 251) * 256 + ((at * 4 + 1) % 251));
    expect(wrong).toEqual([]);
    // 4,000 bytes, at most 960 less the headers in one answer of Snap7's.
    expect(latencies.length).toBeLessThanOrEqual(10);
  });

  test('an address that the PLC lacks is bad alone, and is not asked for at every poll', async () => {
    const { driver: s7, samples, values, latencies } = recorded(driver, settings());
    await s7.connect();
    const there = ['DB2.DBB0', 'DB2.DBB9', 'DB1.DBB1', 'MB1'];
    const lacking = ['DB2.DBB10', 'DB2.DBW9', 'DB77.DBB0', 'DB1.DBW999'];
    await s7.subscribe([...there, ...lacking].map((address) => ({ address })));
    await eventually(() => values(0).length >= 3);
    for (const tag of there.keys()) expect(values(tag).length).toBeGreaterThanOrEqual(2);
    const bad = samples.filter(({ quality }) => quality === 'bad');
    expect(bad.map(({ tag }) => tag).sort()).toEqual([4, 5, 6, 7]);
    expect(bad.every(({ error }) => error?.startsWith('refused with'))).toBe(true);
    const [asked, rounds] = [latencies.length, values(0).length];
    await eventually(() => values(0).length >= rounds + 3);
    expect((latencies.length - asked) / (values(0).length - rounds)).toBeLessThanOrEqual(2);
  });

  test('what is written lies in the PLC, and nothing beside it', async () => {
    const { driver: s7 } = recorded(driver, settings());
    await s7.connect();
    const writes: [TagAddress, boolean | number | string, string][] = [
      [{ address: 'DB1.DBW700:INT' }, -2, 'get 1 698 6 bytes babbfffebebf'],
      [{ address: 'DB1.DBD710:REAL' }, 1.5, 'get 1 709 6 bytes c53fc00000ca'],
      [{ address: 'DB1.DBX720.0:LREAL' }, -0.1, 'get 1 719 10 bytes cfbfb999999999999ad8'],
      [{ address: 'DB1.DBB730' }, 200, 'get 1 729 3 bytes d9c8db'],
      [{ address: 'DB1.DBX740.1' }, true, 'get 1 739 3 bytes e3e6e5'],
      [{ address: 'DB1.DBX741.0' }, false, 'get 1 740 3 bytes e6e4e6'],
      [{ address: 'DB1.S532.20' }, 'Lot 42', 'get 1 532 10 bytes 14064c6f7420343220 37'],
    ];
    for (const [tag, value, check] of writes) {
      await s7.write?.(tag, value);
      const [question = '', truth = ''] = check.split(' bytes ');
      expect(await far.ask(question, /^bytes/)).toBe(`bytes ${truth.replaceAll(' ', '')}`);
    }
    const values = await s7.read(writes.map(([tag]) => tag));
    expect(values.map(({ value }) => value)).toEqual(writes.map(([, value]) => value));
  });

  test('a write that cannot be is refused in words', async () => {
    const { driver: s7 } = recorded(driver, settings());
    await s7.connect();
    await expect(s7.write?.({ address: 'I0.0' }, true)).rejects.toThrow('can only be read');
    await expect(s7.write?.({ address: 'DB1.DBW0:INT' }, 40_000)).rejects.toThrow('32767');
    await expect(s7.write?.({ address: 'DB77.DBW0' }, 1)).rejects.toThrow('refused with');
    await expect(s7.write?.({ address: 'DB1.S532.20' }, 'longer than twenty bytes')).rejects.toThrow(
      'longer',
    );
    await expect(s7.write?.({ address: 'DB1.S560.20' }, 'five!')).rejects.toThrow('longer than 4');
  });

  test('a value that changes in the PLC is seen', async () => {
    const { driver: s7, values } = recorded(driver, settings());
    await s7.connect();
    await s7.subscribe([{ address: 'DB2.DBW0' }]);
    await eventually(() => values(0).length > 0);
    for (const word of ['0102', '0304']) {
      await far.ask(`set 2 0 ${word}`, /^done$/);
      await eventually(() => values(0).includes(Number.parseInt(word, 16)));
    }
  });

  test('a PLC that is killed is lost, and connected to again when it is back', () =>
    expectReturn(driver, settings(), (port) => startSnap7(String(server), port), {
      tag: { address: 'DB1.DBB7' },
      value: 7,
    }));
});
