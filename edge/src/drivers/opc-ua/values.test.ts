import { beforeAll, describe, expect, test } from 'vitest';
import type { Driver } from '../../driver/index.ts';
import { type FakeHost, until } from './far-side/far-side.ts';
import { plantOf } from './far-side/plant.ts';
import type { FarTag } from './far-side/words.ts';

const AT = Date.UTC(2026, 10, 22, 8, 0, 0, 123);
const TAGS: readonly FarTag[] = [
  { id: 'Bool', type: 'Boolean', value: true, at: AT },
  { id: 'Int16', type: 'Int16', value: -32_768, at: AT, writable: true },
  { id: 'UInt32', type: 'UInt32', value: 4_294_967_295, at: AT },
  { id: 'Int64', type: 'Int64', value: [0xffffffff, 0xfffffffe], at: AT, writable: true },
  { id: 'BigUInt64', type: 'UInt64', value: [0x00200000, 1], at: AT },
  { id: 'Float', type: 'Float', value: 1.5, at: AT, writable: true },
  { id: 'NaN', type: 'Double', value: 'NaN', at: AT },
  { id: 'Text', type: 'String', value: '开机', at: AT, writable: true },
  { id: 'Label', type: 'LocalizedText', value: { locale: 'en', text: 'Executing' }, at: AT },
  { id: 'Time', type: 'DateTime', value: AT, at: AT },
  { id: 'Array', type: 'Double', value: [1, 2], at: AT, array: true },
  { id: 'Sick', type: 'Double', value: 1, status: 'BadSensorFailure', at: AT },
  { id: 'Unsure', type: 'Double', value: 7, status: 'UncertainLastUsableValue', at: AT },
  { id: 'Count', type: 'UInt32', value: 5, at: AT, writable: true },
];
const address = (id: string) => ({ address: `nsu=urn:millrace:test;s=${id}` });

describe('values of a server', () => {
  const plant = plantOf({ tags: TAGS, itemsPerCall: 4 });
  let host: FakeHost;
  let driver: Driver;

  beforeAll(async () => {
    ({ driver, host } = plant.open());
    await driver.connect();
  });

  test('are read in their types, with quality, reason and the time of the source', async () => {
    const values = await driver.read(TAGS.map(({ id }) => address(id)));
    expect(values.map(({ value }) => value)).toEqual([
      true,
      -32_768,
      4_294_967_295,
      -2,
      null,
      1.5,
      null,
      '开机',
      'Executing',
      '2026-11-22T08:00:00.123Z',
      null,
      null,
      7,
      5,
    ]);
    expect(values.every(({ at }) => at === AT)).toBe(true);
    const byId = new Map(TAGS.map(({ id }, index) => [id, values[index]]));
    expect(byId.get('BigUInt64')).toMatchObject({ quality: 'bad', error: expect.stringContaining('2^53') });
    expect(byId.get('NaN')).toMatchObject({ quality: 'bad', error: 'the server gives NaN' });
    expect(byId.get('Array')).toMatchObject({ quality: 'bad', error: expect.stringContaining('array') });
    expect(byId.get('Sick')).toMatchObject({
      quality: 'bad',
      error: expect.stringContaining('BadSensorFailure'),
    });
    expect(byId.get('Unsure')).toMatchObject({
      quality: 'uncertain',
      error: expect.stringContaining('Uncertain'),
    });
  });

  test('come by subscription, in batches under the limit of the server, and change', async () => {
    await driver.subscribe(TAGS.map(({ id }) => address(id)));
    await until('a first value of each tag', () => TAGS.every((_, tag) => host.last(tag) !== undefined));
    expect(host.last(13)).toEqual({ tag: 13, value: 5, quality: 'good', at: AT });
    await plant.server.set('Count', { type: 'UInt32', value: 6, at: AT + 1_000 });
    await until('the new count', () => host.last(13)?.value === 6);
    expect(host.last(13)?.at).toBe(AT + 1_000);
    await plant.server.set('Count', {
      type: 'UInt32',
      value: 6,
      status: 'BadCommunicationError',
      at: AT + 2_000,
    });
    await until('the bad count', () => host.last(13)?.quality === 'bad');
    expect(host.last(13)).toMatchObject({
      value: null,
      error: expect.stringContaining('BadCommunicationError'),
    });
  });

  test('an unknown node, an unknown namespace and a wrong type are faults of their tag only', async () => {
    host.samples.length = 0;
    await driver.subscribe([
      address('Nowhere'),
      { address: 'nsu=urn:nobody;s=Count' },
      { ...address('Text'), type: 'int16' },
      address('Bool'),
    ]);
    await until('a sample of each', () => [0, 1, 2, 3].every((tag) => host.last(tag) !== undefined));
    expect(host.last(0)).toMatchObject({
      quality: 'bad',
      error: expect.stringContaining('BadNodeIdUnknown'),
    });
    expect(host.last(1)).toMatchObject({ quality: 'bad', error: 'the server has no namespace urn:nobody' });
    expect(host.last(2)).toMatchObject({
      quality: 'bad',
      error: 'the server gives string, the tag says int16',
    });
    expect(host.last(3)).toMatchObject({ quality: 'good', value: true });
  });

  test('the same node may serve two tags', async () => {
    host.samples.length = 0;
    await driver.subscribe([address('Bool'), address('Bool')]);
    await until('both', () => host.last(0)?.value === true && host.last(1)?.value === true);
  });

  test('are browsed with types and values, in addresses that outlive a restart', async () => {
    const root = (await driver.browse?.(undefined, 100)) ?? [];
    const line = root.find(({ name }) => name === 'Line');
    expect(line).toMatchObject({ address: 'nsu=urn:millrace:test;s=Line', folder: true, tag: false });
    const nodes = (await driver.browse?.(line?.address, 100)) ?? [];
    expect(nodes.find(({ name }) => name === 'Int16')).toEqual({
      address: 'nsu=urn:millrace:test;s=Int16',
      name: 'Int16',
      folder: true,
      tag: true,
      type: 'int16',
      value: -32_768,
    });
    expect(await driver.browse?.(line?.address, 3)).toHaveLength(3);
  });

  test('are written exactly, or refused with the reason', async () => {
    await driver.write?.(address('Int16'), 123);
    await driver.write?.(address('Int64'), -5);
    await driver.write?.(address('Text'), 'stop');
    const values = await driver.read(['Int16', 'Int64', 'Text'].map(address));
    expect(values.map(({ value }) => value)).toEqual([123, -5, 'stop']);
    await expect(driver.write?.(address('Int16'), 40_000)).rejects.toThrow('40000 does not fit int16');
    await expect(driver.write?.(address('Int16'), 1.5)).rejects.toThrow('1.5 does not fit int16');
    await expect(driver.write?.(address('Int16'), 'x')).rejects.toThrow('the node wants int16, not "x"');
    await expect(driver.write?.(address('Bool'), false)).rejects.toThrow('does not let this user write');
    await expect(driver.write?.(address('Nowhere'), 1)).rejects.toThrow('BadNodeIdUnknown');
    await expect(driver.write?.(address('Array'), 1)).rejects.toThrow('array');
  });

  test('methods are called with one value or none', async () => {
    expect(await driver.call?.('nsu=urn:millrace:test;s=Double', 21)).toBe(42);
    expect(await driver.call?.('nsu=urn:millrace:test;s=Line > nsu=urn:millrace:test;s=Double', 4)).toBe(8);
    await expect(driver.call?.('nsu=urn:millrace:test;s=Double', null)).rejects.toThrow('wants a value');
    await expect(driver.call?.('nsu=urn:millrace:test;s=Refuse', 1)).rejects.toThrow('takes no value');
    await expect(driver.call?.('nsu=urn:millrace:test;s=Refuse', null)).rejects.toThrow('BadInvalidState');
    expect(host.latencies.length).toBeGreaterThan(0);
  });
});
