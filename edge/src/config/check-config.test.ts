import { EdgeConfig } from '@millrace/contract';
import fc from 'fast-check';
import { Value } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { DriverFault, type DriverKind } from '../driver/index.ts';
import { type ConfigWords, checkConfig } from './check-config.ts';

const modbus: DriverKind = {
  name: 'modbus',
  settings: {},
  checkAddress: ({ address }) =>
    /^\d+\/holding\/\d+$/.test(address) ? undefined : 'is not unit/table/address',
  perWorker: 8,
  open: () => {
    throw new DriverFault('not opened in this test');
  },
};
const words: ConfigWords = {
  kind: async (name) => {
    if (name === 'modbus') return modbus;
    throw new DriverFault(`${name} is not installed`);
  },
  checkExpression: (text, tags) =>
    tags.some(({ name }) => text.includes(name)) ? undefined : `"${text}" names no tag`,
};
const good = (): EdgeConfig => ({
  v: 1,
  connections: [{ code: 'PLC', driver: 'modbus', settings: { host: '10.0.0.5' } }],
  machines: [
    {
      machine: 'PRESS-1',
      timeZone: 'Asia/Shanghai',
      tags: [
        { name: 'strokes', connection: 'PLC', address: '1/holding/100', type: 'uint32' },
        { name: 'running', connection: 'PLC', address: '1/holding/102', type: 'uint16', bit: 3 },
      ],
      count: { from: 'counter', tag: 'strokes', modulus: 65_536 },
      state: { from: 'rules', rules: [{ when: 'running', state: 'running' }], otherwise: 'idle' },
      rules: [{ code: 'hot', tag: 'strokes', severity: 'warning', kind: 'threshold', above: 5 }],
      commands: [
        {
          code: 'set-speed',
          connection: 'PLC',
          address: '1/holding/200',
          kind: 'write',
          class: 'normal',
          interlocks: [{ name: 'stopped', when: '!running' }],
          readBack: { tag: 'strokes', withinMs: 1_000 },
        },
      ],
    },
  ],
});
/** A copy with one place changed, as a person would get it wrong. */
function spoilt(pointer: string, value: unknown): unknown {
  const config: unknown = structuredClone(good());
  const parts = pointer.split('/').slice(1);
  const last = parts.pop() ?? '';
  let at = config as Record<string, unknown>;
  for (const part of parts) at = at[part] as Record<string, unknown>;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return config;
}
const codes = async (value: unknown) =>
  (await checkConfig(value, words)).faults.map(({ path, code }) => [path, code]);

describe('a configuration', () => {
  test('that is right is taken', async () => {
    expect(await checkConfig(good(), words)).toEqual({ config: good(), faults: [] });
  });

  test.each([
    ['/v', 2, 'wrong-value'],
    ['/connections/0/settings/host', undefined, 'missing'],
    ['/connections/0/settings/hots', 'x', 'unknown-name'],
    ['/connections/0/driver', 'modbus-rtu', 'unknown-driver'],
    ['/machines/0/tags/0/type', 'int17', 'wrong-value'],
    ['/machines/0/tags/0/address', 'DB1.DBW2', 'bad-address'],
    ['/machines/0/tags/0/connection', 'PCL', 'unknown-connection'],
    ['/machines/0/tags/1/name', 'strokes', 'repeated-name'],
    ['/machines/0/tags/1/bit', 16, 'bad-bit'],
    ['/machines/0/timeZone', 'Asia/Beijing', 'unknown-zone'],
    ['/machines/0/timeZone', '+08:00', 'unknown-zone'],
    ['/machines/0/count/tag', 'stroke', 'unknown-tag'],
    ['/machines/0/count/from', 'clock', 'wrong-value'],
    ['/machines/0/count/modulus', 1, 'wrong-value'],
    ['/machines/0/state/rules/0/when', 'nothing', 'bad-expression'],
    ['/machines/0/rules/0/above', undefined, 'no-limit'],
    ['/machines/0/commands/0/address', 'x', 'bad-address'],
    ['/machines/0/commands/0/interlocks/0/when', 'nothing', 'bad-expression'],
    ['/machines/0/commands/0/scale', 0, 'bad-scale'],
    ['/machines/0/commands/0/scale', '0.1', 'wrong-value'],
    ['/machines/0/commands/0/readBack/tag', 'speed', 'unknown-tag'],
  ])('is refused with the place of its fault: %s = %j', async (path, value, code) => {
    const found = await codes(spoilt(path, value));
    const parent = code === 'no-limit' ? '/machines/0/rules/0' : path;
    expect(found).toContainEqual([parent, code]);
  });

  test('of a driver that is not installed here is taken: the others run, and this one says what to install', async () => {
    const config = good();
    const more = { code: 'UA', driver: 'npm:someone-s-driver', settings: { anything: 1 } };
    expect(
      (await checkConfig({ ...config, connections: [...config.connections, more] }, words)).faults,
    ).toEqual([]);
  });

  test('with limits that cross each other is refused', async () => {
    const state = { from: 'current', tag: 'strokes', runningAbove: 1, idleBelow: 2 };
    expect(await codes(spoilt('/machines/0/state', state))).toEqual([
      ['/machines/0/state/idleBelow', 'limits-crossed'],
    ]);
  });

  test('with a scale for what is no number is refused', async () => {
    for (const more of [{ type: 'bool' }, { kind: 'call' }]) {
      const [command] = good().machines[0]?.commands ?? [];
      const spoiltConfig = spoilt('/machines/0/commands/0', { ...command, offset: 1, ...more });
      expect(await codes(spoiltConfig)).toEqual([['/machines/0/commands/0/offset', 'bad-scale']]);
    }
  });

  test('with a hundred thousand faults shows a hundred', async () => {
    const tags = Array.from({ length: 500 }, () => ({ name: 'A', connection: '', address: '' }));
    const machines = Array.from({ length: 200 }, () => ({ machine: 'M', timeZone: 'UTC', tags }));
    expect(await codes({ v: 1, connections: [], machines })).toHaveLength(100);
  });

  test('is taken exactly when the contract takes its form, whatever it is', async () => {
    const anything = fc.oneof(
      fc.anything(),
      fc
        .tuple(fc.constantFrom(...pointers(good())), fc.jsonValue())
        .map(([path, value]) => spoilt(path, value)),
    );
    await fc.assert(
      fc.asyncProperty(anything, async (value) => {
        const { config, faults } = await checkConfig(value, words);
        if (config !== undefined) expect(Value.Check(EdgeConfig, value)).toBe(true);
        else expect(faults.length).toBeGreaterThan(0);
        if (!Value.Check(EdgeConfig, value)) expect(config).toBeUndefined();
        // Ours never falls back to "is no configuration": every departure has its place.
        expect(faults.filter(({ message }) => message.includes('no configuration of this version'))).toEqual(
          [],
        );
      }),
      { numRuns: 300 },
    );
  });
});

function pointers(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path];
  const below = Object.entries(value).flatMap(([key, inner]) => pointers(inner, `${path}/${key}`));
  return path === '' ? below : [path, ...below];
}
