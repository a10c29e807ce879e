import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Mosquitto, mosquittoProgram } from '../../../../test/far-side/mosquitto.ts';
import { recorded, scratchFolder } from '../../../../test/far-side/recorded-context.ts';
import type { TagAddress } from '../../driver/index.ts';
import { driver as kind } from './index.ts';

const program = await mosquittoProgram();
const absent = typeof program === 'string' ? '' : `(${program.missing})`;

/** Waits for what comes over a socket; far longer than it takes. */
const SOON = { timeout: 8_000, interval: 10 };

describe.skipIf(absent)(`an MQTT connection to Mosquitto ${absent}`, () => {
  let broker: Mosquitto;
  let machine: MqttClient;

  beforeAll(async () => {
    broker = await Mosquitto.start(String(program));
    machine = await connectAsync(broker.url);
  });
  afterAll(async () => {
    await machine.endAsync(true);
    await broker[Symbol.asyncDispose]();
  });

  async function agentOf(
    settings: Record<string, unknown>,
    tags: readonly TagAddress[] = [],
    folder = scratchFolder(),
  ) {
    const agent = recorded(kind, { url: broker.url, form: 'json', ...settings }, {}, folder);
    await agent.driver.connect();
    if (tags.length > 0) await agent.driver.subscribe(tags);
    return agent;
  }

  const say = (topic: string, payload: unknown, retain = false) =>
    machine.publishAsync(topic, typeof payload === 'string' ? payload : JSON.stringify(payload), {
      qos: 1,
      retain,
    });

  test('values come out of JSON by pointer, out of a bare payload, and out of several topics by wildcard', async () => {
    const agent = await agentOf({ topics: ['a/#'] }, [
      { address: 'a/press#/count' },
      { address: 'a/press#/axes/1/load' },
      { address: 'a/lamp' },
      { address: 'a/+/temp#/v' },
    ]);
    await say('a/press', { count: 7, axes: [{ load: 1 }, { load: 2.5 }] });
    await say('a/lamp', 'true');
    await say('a/lamp', 'BLINKING');
    await say('a/x/temp', { v: 1 });
    await say('a/y/temp', { v: 2 });
    await vi.waitFor(() => expect(agent.values(3)).toEqual([1, 2]), SOON);
    expect([agent.values(0), agent.values(1), agent.values(2)]).toEqual([[7], [2.5], [true, 'BLINKING']]);
    expect(agent.samples.every((sample) => sample.quality === 'good')).toBe(true);
  });

  test('the instant is that of the source where it gives one', async () => {
    const agent = await agentOf({ topics: ['t/#'] }, [
      { address: 't/a#/v' },
      { address: 't/b#/v#/made/at' },
      { address: 't/c#/v' },
    ]);
    await say('t/a', { v: 1, timestamp_ms: 1_700_000_000_123 });
    await say('t/b', { v: 2, made: { at: '2025-06-01T08:00:00+08:00' } });
    const before = Date.now();
    await say('t/c', { v: 3 });
    await vi.waitFor(() => expect(agent.samples).toHaveLength(3), SOON);
    expect(agent.samples.slice(0, 2).map((sample) => sample.at)).toEqual([
      1_700_000_000_123,
      Date.UTC(2025, 5, 1),
    ]);
    expect(agent.samples[2]?.at).toBeGreaterThanOrEqual(before);
  });

  test('a retained value without a time of its own is uncertain, one with it is good', async () => {
    await say('kept/bare', { v: 1 }, true);
    await say('kept/dated', { v: 2, ts: 1_700_000_000_000 }, true);
    const agent = await agentOf({ topics: ['kept/+'] }, [
      { address: 'kept/bare#/v' },
      { address: 'kept/dated#/v' },
    ]);
    await vi.waitFor(() => expect(agent.samples).toHaveLength(2), SOON);
    const [bare, dated] = [...agent.samples].sort((one, other) => one.tag - other.tag);
    expect(bare).toMatchObject({ value: 1, quality: 'uncertain' });
    expect(dated).toMatchObject({ value: 2, quality: 'good', at: 1_700_000_000_000 });
    await say('kept/bare', '', true);
    await say('kept/dated', '', true);
  });

  test('what machines said while the agent was away is delivered when it comes back, once and in order', async () => {
    const folder = scratchFolder();
    const tags = [{ address: 'away/count' }];
    const first = await agentOf({ topics: ['away/#'] }, tags, folder);
    await say('away/count', '1');
    await vi.waitFor(() => expect(first.values(0)).toEqual([1]), SOON);
    await first.driver.close();
    for (const count of [2, 3, 4]) await say('away/count', String(count));
    const second = await agentOf({ topics: ['away/#'] }, tags, folder);
    await say('away/count', '5');
    await vi.waitFor(() => expect(second.values(0)).toEqual([2, 3, 4, 5]), SOON);
  });

  test('what the broker kept says when it happened, where the machine gives the time', async () => {
    const folder = scratchFolder();
    const tags = [{ address: 'dated/press#/count' }];
    const first = await agentOf({ topics: ['dated/#'] }, tags, folder);
    const now = Date.now();
    const minutesAgo = (minutes: number) => now - minutes * 60_000;
    // An old time alone says nothing: the agent was there and heard it.
    await say('dated/press', { count: 1, ts: minutesAgo(9) });
    await vi.waitFor(() => expect(first.values(0)).toEqual([1]), SOON);
    expect(first.samples[0]?.historyAt).toBe(undefined);
    await first.driver.close();
    for (const [count, minutes] of [
      [2, 5],
      [3, 4],
    ] as const)
      await say('dated/press', { count, ts: minutesAgo(minutes) });
    await say('dated/press', { count: 4 });
    const second = await agentOf({ topics: ['dated/#'] }, tags, folder);
    await say('dated/press', { count: 5, ts: Date.now() });
    await vi.waitFor(() => expect(second.values(0)).toEqual([2, 3, 4, 5]), SOON);
    expect(second.samples.map(({ historyAt }) => historyAt)).toEqual([
      ...[minutesAgo(5), minutesAgo(4)],
      ...[undefined, undefined],
    ]);
  });

  test('somebody who only looks neither throws the agent out nor takes its messages', async () => {
    const folder = scratchFolder();
    const agent = await agentOf({ topics: ['look/#'] }, [{ address: 'look/v' }], folder);
    const looker = await agentOf({ topics: ['look/#'] }, [], folder);
    const nodes = looker.driver.browse?.(undefined, 10);
    await vi.waitFor(async () => {
      await say('look/v', '1');
      await say('look/press', { count: 3 });
      expect(agent.values(0).length).toBeGreaterThan(0);
    }, SOON);
    expect(await nodes).toBeDefined();
    expect(
      await looker.driver.read([{ address: 'look/press#/count' }, { address: 'other/v' }]),
    ).toMatchObject([
      { value: 3, quality: 'good' },
      { value: null, quality: 'bad', error: 'the connection does not listen to other/v' },
    ]);
    expect(await looker.driver.browse?.(undefined, 10)).toMatchObject([
      { address: 'look/press', folder: true, tag: false },
      { address: 'look/v', folder: false, tag: true, value: 1 },
    ]);
    expect(await looker.driver.browse?.('look/press', 10)).toMatchObject([
      { address: 'look/press#/count', name: '/count', value: 3 },
    ]);
    expect(agent.lost).toEqual([]);
  });

  test('a message that a publisher sent twice is one message when it carries a millisecond', async () => {
    const agent = await agentOf({ topics: ['twice', 'bare'] }, [
      { address: 'twice#/pulse' },
      { address: 'bare' },
    ]);
    const pulse = { pulse: true, ts: 1_700_000_000_123 };
    await say('twice', pulse);
    await say('twice', pulse);
    await say('bare', 'true');
    await say('bare', 'true');
    await vi.waitFor(() => expect(agent.values(1)).toEqual([true, true]), SOON);
    expect(agent.values(0)).toEqual([true]);
  });

  test('rubbish is bad with a reason where it is known whose it is, and the rest goes on', async () => {
    const agent = await agentOf({ topics: ['r/#'] }, [
      { address: 'r/a#/v' },
      { address: 'r/a#/big' },
      { address: 'r/b', type: 'int16' },
      { address: 'elsewhere' },
    ]);
    expect(agent.samples).toMatchObject([{ tag: 3, value: null, quality: 'bad' }]);
    agent.samples.length = 0;
    await machine.publishAsync('r/a', Buffer.from([0xff, 0xfe, 0x00]), { qos: 1 });
    await say('r/a', '{"v": ');
    await say('r/a', '['.repeat(200_000));
    await say('r/a', '{"v": null, "big": 9007199254740993}');
    await say('r/a', { v: { nested: 1 } });
    await say('r/b', '70000');
    await say('r/a', { v: 1 });
    await vi.waitFor(() => expect(agent.values(0).at(-1)).toBe(1), SOON);
    const bad = agent.samples.slice(0, -1);
    expect(bad.every((sample) => sample.quality === 'bad' && sample.value === null && sample.error)).toBe(
      true,
    );
    expect(bad.filter((sample) => sample.tag === 1).at(-1)?.error).toContain('2^53');
    expect(bad.filter((sample) => sample.tag === 2)).toHaveLength(1);
  });

  test('a payload beyond the bound is refused, and what follows still comes', async () => {
    const agent = await agentOf({ topics: ['huge'] }, [{ address: 'huge' }]);
    await say('huge', 'x'.repeat(3_000_000));
    await say('huge', '1');
    await vi.waitFor(() => expect(agent.values(0).at(-1)).toBe(1), SOON);
    expect(agent.lost).toEqual([]);
  });

  test('a write is published where its address says, and fails when nobody listens', async () => {
    const agent = await agentOf({ topics: ['w/#'] });
    const heard: string[] = [];
    await machine.subscribeAsync('w/set', { qos: 1 });
    machine.on('message', (topic, payload) => heard.push(`${topic} ${payload.toString()}`));
    await agent.driver.write?.({ address: 'w/set#/speed/target' }, 12.5);
    await vi.waitFor(() => expect(heard).toEqual(['w/set {"speed":{"target":12.5}}']), SOON);
    await expect(agent.driver.write?.({ address: 'w/nobody' }, 1)).rejects.toThrow('nobody listens');
    await expect(agent.driver.write?.({ address: 'w/+/x' }, 1)).rejects.toThrow('cannot be written');
    machine.removeAllListeners('message');
    await machine.unsubscribeAsync('w/set');
  });

  test('what the agent writes is not taken for what the machine says', async () => {
    const agent = await agentOf({ topics: ['own/#'] }, [{ address: 'own/speed' }]);
    await agent.driver.write?.({ address: 'own/speed' }, 70).catch(() => undefined);
    await say('own/speed', '65');
    await vi.waitFor(() => expect(agent.values(0).length).toBeGreaterThan(0), SOON);
    expect(agent.values(0)).toEqual([65]);
  });

  test('a message that several filters match comes once', async () => {
    const agent = await agentOf({ topics: ['ov/pulse', 'ov/#', 'ov/+'] }, [{ address: 'ov/pulse' }]);
    await say('ov/pulse', 'true');
    await say('ov/pulse', 'false');
    await vi.waitFor(() => expect(agent.values(0)).toContain(false), SOON);
    expect(agent.values(0)).toEqual([true, false]);
    await expect(agentOf({ topics: ['ov/+', '+/pulse'] })).rejects.toMatchObject({ lasting: true });
  });
});
