import { connectAsync, type MqttClient } from 'mqtt';
import sparkplug from 'sparkplug-client';
import sparkplugPayload from 'sparkplug-payload';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { Mosquitto, mosquittoProgram } from '../../../../test/far-side/mosquitto.ts';
import { recorded } from '../../../../test/far-side/recorded-context.ts';
import { driver as kind } from './index.ts';

const program = await mosquittoProgram();
const absent = typeof program === 'string' ? '' : `(${program.missing})`;
const codec = sparkplugPayload.get('spBv1.0');
type UPayload = sparkplug.UPayload;
type UMetric = NonNullable<UPayload['metrics']>[number];

/** -(2^53 + 1) in the two halves that encoders take for 64 bits. */
const BEYOND_2_53 = { low: -1, high: -2_097_153, unsigned: false } as unknown as UMetric['value'];
/** Waits for what comes over a socket; far longer than it takes. */
const SOON = { timeout: 8_000, interval: 10 };

const metric = (name: string, type: UMetric['type'], value: UMetric['value'], more: Partial<UMetric> = {}) =>
  ({ name, type, value, ...more }) satisfies UMetric;

describe.skipIf(absent)(`a Sparkplug host at Mosquitto ${absent}`, () => {
  let broker: Mosquitto;
  let hand: MqttClient;
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    broker = await Mosquitto.start(String(program));
    hand = await connectAsync(broker.url);
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  afterAll(async () => {
    await hand.endAsync(true);
    await broker[Symbol.asyncDispose]();
  });

  async function hostOf(group: string, addresses: readonly string[], hostId = `host-${group}`) {
    const host = recorded(kind, { url: broker.url, hostId, groups: [group] });
    await host.driver.connect();
    await host.driver.subscribe(addresses.map((address) => ({ address })));
    return { ...host, last: (tag = 0) => host.samples.filter((sample) => sample.tag === tag).at(-1) };
  }

  /** The edge node of sparkplug-client; it is born again whenever it is asked to. */
  async function nodeOf(group: string, node: string, births: () => UPayload, device?: () => UPayload) {
    const client = sparkplug.newClient({
      serverUrl: broker.url,
      username: '',
      password: '',
      groupId: group,
      edgeNode: node,
      clientId: `${group}-${node}-${Math.round(performance.now())}`,
      publishDeath: true,
    });
    const commands: UPayload[] = [];
    let rebirths = 0;
    const birth = () => {
      client.publishNodeBirth(births());
      if (device) client.publishDeviceBirth('press', device());
    };
    client.on('birth', birth);
    client.on('ncmd', (payload) => {
      const isRebirth = payload.metrics?.some(({ name }) => name === 'Node Control/Rebirth') ?? false;
      if (!isRebirth) commands.push(payload);
      else {
        rebirths++;
        birth();
      }
    });
    client.on('dcmd', (_device, payload) => commands.push(payload));
    client.on('error', () => undefined);
    closing.push(async () => client.stop());
    await new Promise<void>((resolve) => client.on('birth', resolve));
    return { client, commands, rebirths: () => rebirths };
  }

  const say = (topic: string, payload: UPayload | Buffer, retain = false) =>
    hand.publishAsync(
      topic,
      Buffer.isBuffer(payload) ? payload : Buffer.from(codec?.encodePayload(payload) ?? []),
      {
        qos: 1,
        retain,
      },
    );

  test('births and data of sparkplug-client arrive with type, value and the instant of the source', async () => {
    const host = await hostOf('g1', [
      'g1/n//Line/Speed',
      'g1/n/press/Count',
      'g1/n/press/Running',
      'g1/n/press/Big',
      'g1/n/press/Absent',
      'no-address',
    ]);
    const { client } = await nodeOf(
      'g1',
      'n',
      () => ({ timestamp: 1_700_000_000_000, metrics: [metric('Line/Speed', 'Float', 1.5)] }),
      () => ({
        timestamp: 1_700_000_000_001,
        metrics: [
          metric('Count', 'UInt32', 4_000_000_000, { timestamp: 1_700_000_000_002 }),
          metric('Running', 'Boolean', true),
          metric('Big', 'Int64', BEYOND_2_53),
        ],
      }),
    );
    await vi.waitFor(() => expect(host.last(2)?.value).toBe(true), SOON);
    expect(host.last(0)).toMatchObject({ value: 1.5, quality: 'good', at: 1_700_000_000_000 });
    expect(host.last(1)).toMatchObject({ value: 4_000_000_000, at: 1_700_000_000_002 });
    expect(host.last(3)).toMatchObject({ value: null, quality: 'bad', error: 'beyond 2^53, not exact' });
    expect(host.last(4)?.error).toContain('no metric Absent');
    expect(host.last(5)?.error).toContain('group/node/device');
    client.publishDeviceData('press', {
      timestamp: 1_700_000_060_000,
      metrics: [metric('Count', 'UInt32', 5)],
    });
    await vi.waitFor(() => expect(host.last(1)).toMatchObject({ value: 5, at: 1_700_000_060_000 }), SOON);
    client.publishDeviceDeath('press', { timestamp: Date.now(), metrics: [] });
    await vi.waitFor(() => expect(host.last(1)).toMatchObject({ value: null, quality: 'bad' }), SOON);
    expect(host.last(0)?.quality).toBe('good');
    client.stop();
    await vi.waitFor(() => expect(host.last(0)).toMatchObject({ value: null, quality: 'bad' }), SOON);
  });

  test('a node that was there before the host is asked for its birth', async () => {
    const node = await nodeOf('g2', 'n', () => ({ metrics: [metric('Count', 'Int32', 3)] }));
    const host = await hostOf('g2', ['g2/n//Count']);
    await vi.waitFor(() => expect(host.last()).toMatchObject({ value: 3, quality: 'good' }), SOON);
    expect(node.rebirths()).toBe(1);
  });

  test('a gap in the sequence makes the values uncertain until the node is born again', async () => {
    let count = 1;
    const host = await hostOf('g3', ['g3/n//Count']);
    const node = await nodeOf('g3', 'n', () => ({ metrics: [metric('Count', 'Int32', count)] }));
    await vi.waitFor(() => expect(host.last()?.value).toBe(1), SOON);
    count = 9;
    await say('spBv1.0/g3/NDATA/n', { seq: 7, metrics: [metric('Count', 'Int32', 8)] });
    await vi.waitFor(() => expect(host.last()).toMatchObject({ value: 9, quality: 'good' }), {
      ...SOON,
      timeout: 12_000,
    });
    const seen = host.samples.map(({ value, quality }) => `${value} ${quality}`);
    expect(seen).toContain('1 uncertain');
    expect(seen).toContain('8 uncertain');
    expect(node.rebirths()).toBeGreaterThan(0);
  });

  test('data by alias is told apart, and an alias that was not born is never guessed', async () => {
    const host = await hostOf('g4', ['g4/n/d/A', 'g4/n/d/B']);
    await say('spBv1.0/g4/NBIRTH/n', { seq: 0, metrics: [metric('bdSeq', 'UInt64', 4)] });
    await say('spBv1.0/g4/DBIRTH/n/d', {
      seq: 1,
      metrics: [metric('A', 'Int16', -1, { alias: 10 }), metric('B', 'UInt8', 1, { alias: 11 })],
    });
    const data = (seq: number, alias: number, value: number) =>
      say('spBv1.0/g4/DDATA/n/d', {
        seq,
        metrics: [{ alias, value, type: alias === 10 ? 'Int16' : 'UInt8' } as UMetric],
      });
    await data(2, 11, 200);
    await data(3, 10, -300);
    await data(4, 12, 77);
    await data(5, 11, 201);
    await vi.waitFor(() => expect(host.last(1)?.value).toBe(201), SOON);
    expect(
      host.samples.filter(({ quality }) => quality === 'good').map(({ tag, value }) => [tag, value]),
    ).toEqual([
      [0, -1],
      [1, 1],
      [1, 200],
      [0, -300],
    ]);
    // The alias is of a birth that was missed: until the next one nothing of the node is certain.
    expect(host.last(1)?.quality).toBe('uncertain');
  });

  test('a late death of an earlier session kills nothing, one of this session everything', async () => {
    const host = await hostOf('g5', ['g5/n//Count']);
    await say('spBv1.0/g5/NBIRTH/n', {
      seq: 0,
      metrics: [metric('bdSeq', 'UInt64', 8), metric('Count', 'Int32', 1)],
    });
    await say('spBv1.0/g5/NDEATH/n', { metrics: [metric('bdSeq', 'UInt64', 7)] });
    await say('spBv1.0/g5/NDATA/n', { seq: 1, metrics: [metric('Count', 'Int32', 2)] });
    await vi.waitFor(() => expect(host.last()).toMatchObject({ value: 2, quality: 'good' }), SOON);
    await say('spBv1.0/g5/NDEATH/n', { metrics: [metric('bdSeq', 'UInt64', 8)] });
    await vi.waitFor(() => expect(host.last()).toMatchObject({ value: null, quality: 'bad' }), SOON);
    await say('spBv1.0/g5/NDATA/n', { seq: 2, metrics: [metric('Count', 'Int32', 3)] });
    await say('spBv1.0/g5/NBIRTH/n', { seq: 0, metrics: [metric('Count', 'Int32', 4)] });
    await vi.waitFor(() => expect(host.last()).toMatchObject({ value: 4, quality: 'good' }), SOON);
    expect(host.samples.map(({ value }) => value)).not.toContain(3);
  });

  test('rubbish, retained births, nulls and history are what they are', async () => {
    const host = await hostOf('g6', ['g6/n//Count', 'g6/n//Text']);
    await say('spBv1.0/g6/NBIRTH/n', { seq: 0, metrics: [metric('Count', 'Int32', 99)] }, true);
    await say('spBv1.0/g6/NBIRTH/n', Buffer.alloc(0), true);
    const late = await hostOf('g6', ['g6/n//Count'], 'late');
    await say('spBv1.0/g6/NBIRTH/n', {
      seq: 255,
      metrics: [metric('Count', 'Int32', 1), metric('Text', 'String', 'x')],
    });
    await say('spBv1.0/g6/NDATA/n', Buffer.from('rubbish, rubbish'));
    await say('spBv1.0/g6/NDATA/n', {
      seq: 0,
      metrics: [
        metric('Count', 'Int32', 50, { isHistorical: true, timestamp: 1_600_000_000_000 }),
        metric('Text', 'String', null),
      ],
    });
    await say('spBv1.0/g6/XDATA/n', { metrics: [] });
    await vi.waitFor(() => expect(host.last(1)?.error).toBe('the node says it is null'), SOON);
    // What was stored goes before the present of the birth, and never becomes it.
    const lasting = host.samples.filter(({ tag, value }) => tag === 0 && (value === 50 || value === 1));
    expect(lasting).toMatchObject([
      { value: 50, at: 1_600_000_000_000, historyAt: 1_600_000_000_000 },
      { value: 1, quality: 'good' },
    ]);
    expect(await host.driver.read([{ address: 'g6/n//Count' }])).toMatchObject([
      { value: 1, quality: 'good' },
    ]);
    expect(late.samples.map(({ value }) => value)).not.toContain(99);
    await say('spBv1.0/g6/NBIRTH/n', Buffer.alloc(0), true);
  });

  test('the host tells its state: online with the instant of its will, offline when it leaves, and contradicts a late will', async () => {
    const said: { online: boolean; timestamp: number }[] = [];
    const listener = await connectAsync(broker.url);
    closing.push(() => listener.endAsync(true));
    listener.on('message', (_topic, payload) => said.push(JSON.parse(payload.toString())));
    await listener.subscribeAsync('spBv1.0/STATE/h7', { qos: 1 });
    const before = Date.now();
    const host = await hostOf('g7', ['g7/n//Count'], 'h7');
    await vi.waitFor(() => expect(said).toHaveLength(1), SOON);
    expect(said[0]?.online).toBe(true);
    expect(said[0]?.timestamp).toBeGreaterThanOrEqual(before);
    await hand.publishAsync('spBv1.0/STATE/h7', JSON.stringify({ online: false, timestamp: 1 }), { qos: 1 });
    await vi.waitFor(() => expect(said.map(({ online }) => online)).toEqual([true, false, true]), SOON);
    expect(said[2]).toEqual(said[0]);
    await host.driver.close();
    await vi.waitFor(() => expect(said.at(-1)?.online).toBe(false), SOON);
    expect(said.at(-1)?.timestamp).toBeGreaterThanOrEqual(before);
  });

  test('births are browsed down to the metric, and a command is written in its type', async () => {
    const node = await nodeOf(
      'g8',
      'n',
      () => ({ metrics: [metric('Folder/Target', 'Int16', 3)] }),
      () => ({ metrics: [metric('Lamp', 'Boolean', false)] }),
    );
    const host = await hostOf('g8', ['g8/n//Folder/Target']);
    await vi.waitFor(async () => expect(await host.driver.browse?.('g8/n/press', 9)).toHaveLength(1), SOON);
    const browse = (parent?: string) => host.driver.browse?.(parent, 100);
    expect(await browse()).toMatchObject([{ address: 'g8', folder: true }]);
    expect(await browse('g8')).toMatchObject([{ address: 'g8/n', name: 'n' }]);
    expect(await browse('g8/n')).toMatchObject([
      { address: 'g8/n//Folder', folder: true, tag: false },
      { address: 'g8/n//bdSeq', tag: true },
      { address: 'g8/n/press', folder: true },
    ]);
    expect(await browse('g8/n//Folder')).toMatchObject([
      { address: 'g8/n//Folder/Target', type: 'Int16', value: 3 },
    ]);
    await host.driver.write?.({ address: 'g8/n//Folder/Target' }, -7);
    await host.driver.write?.({ address: 'g8/n/press/Lamp' }, true);
    await vi.waitFor(() => expect(node.commands).toHaveLength(2), SOON);
    expect(node.commands.map((command) => command.metrics?.[0])).toMatchObject([
      { name: 'Folder/Target', value: -7, type: 'Int16' },
      { name: 'Lamp', value: true, type: 'Boolean' },
    ]);
    await expect(host.driver.write?.({ address: 'g8/n/press/Lamp' }, 1)).rejects.toThrow('Boolean');
    await expect(host.driver.write?.({ address: 'g8/n//Folder/Target' }, 70_000)).rejects.toThrow('outside');
    await expect(host.driver.write?.({ address: 'g8/n//Nothing' }, 1)).rejects.toThrow('no metric');
  });

  test('a node that dies without a word is bad by its will, and good again when it is back', async () => {
    let count = 0;
    const births = () => ({ metrics: [metric('Count', 'Int32', count)] });
    const host = await hostOf('g9', ['g9/n//Count']);
    const first = await nodeOf('g9', 'n', births);
    await vi.waitFor(() => expect(host.last()).toMatchObject({ value: 0, quality: 'good' }), SOON);
    // Behind the library's back, as a power cut would: the broker publishes the will.
    const { client } = first.client as unknown as { client: MqttClient };
    client.stream.destroy();
    await vi.waitFor(
      () => expect(host.samples.map(({ error }) => error)).toContain('the edge node is offline'),
      SOON,
    );
    await new Promise<void>((resolve) => client.end(true, {}, () => resolve()));
    count = 5;
    await nodeOf('g9', 'n', births);
    await vi.waitFor(() => expect(host.last()).toMatchObject({ value: 5, quality: 'good' }), SOON);
  });

  test('a restart of the broker is a loss; the host that comes back sees the nodes that come back', async () => {
    const own = await Mosquitto.start(String(program));
    closing.push(() => own[Symbol.asyncDispose]());
    const settings = { url: own.url, hostId: 'h' };
    const first = recorded(kind, settings);
    await first.driver.connect();
    await first.driver.subscribe([{ address: 'g/n//Count' }]);
    await own.stop('SIGKILL');
    await vi.waitFor(() => expect(first.lost).toHaveLength(1), SOON);
    await first.driver.close();
    await own.resume();
    const second = recorded(kind, settings);
    await second.driver.connect();
    await second.driver.subscribe([{ address: 'g/n//Count' }]);
    const machine = await connectAsync(own.url);
    closing.push(() => machine.endAsync(true));
    const birth = codec?.encodePayload({ seq: 0, metrics: [metric('Count', 'Int32', 0)] }) ?? [];
    await machine.publishAsync('spBv1.0/g/NBIRTH/n', Buffer.from(birth));
    await vi.waitFor(() => expect(second.values(0)).toEqual([0]), SOON);
    expect(second.lost).toEqual([]);
  });

  test('somebody who only looks does not announce a host, and sees the births of nodes that speak', async () => {
    const node = await nodeOf('g11', 'n', () => ({ metrics: [metric('Count', 'Int32', 3)] }));
    const states: string[] = [];
    const listener = await connectAsync(broker.url);
    closing.push(() => listener.endAsync(true));
    listener.on('message', (topic) => states.push(topic));
    await listener.subscribeAsync('spBv1.0/STATE/h11', { qos: 1 });
    const looker = recorded(kind, { url: broker.url, hostId: 'h11', groups: ['g11'] });
    await looker.driver.connect();
    expect(await looker.driver.read([{ address: 'g11/n//Count' }, { address: 'g11/gone//x' }])).toMatchObject(
      [
        { value: 3, quality: 'good' },
        { value: null, quality: 'bad', error: 'the edge node has not been heard' },
      ],
    );
    expect(await looker.driver.browse?.('g11', 10)).toMatchObject([{ address: 'g11/n' }]);
    await looker.driver.close();
    expect(node.rebirths()).toBe(1);
    expect(states).toEqual([]);
  });
});
