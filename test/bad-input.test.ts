import { connect as connectTcp, type Socket } from 'node:net';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openRunningPlatform, RUNNING_START, type RunningPlatform } from './setup/running-platform.ts';

const MINUTE = 60_000;
let running: RunningPlatform;
/** A gateway of each factory with one machine, and a device of the first. */
let own: { id: string; code: string; token: string; machine: string; machineId: string };
let foreign: typeof own;
let device: { token: string; machineId: string };
const clients: MqttClient[] = [];
const sockets: Socket[] = [];

beforeAll(async () => {
  running = await openRunningPlatform('api,ingest');
  own = await addGateway('F1');
  foreign = await addGateway('F2');
  const { machineId } = running.places.F1;
  const mapped = await running.ask('F1', 'POST', '/device-mappings', {
    machineId,
    form: 'thingsboard',
    countKey: 'n',
  });
  device = { token: mapped.body.token, machineId };
}, 60_000);
afterAll(() => running?.close());
afterEach(async () => {
  for (const client of clients.splice(0)) await client.endAsync(true);
  for (const socket of sockets.splice(0)) socket.destroy();
});

async function addGateway(factory: 'F1' | 'F2'): Promise<typeof own> {
  const organisationId = running.organisations[factory];
  const made = await running.ask('OP', 'POST', '/gateways', {
    code: `GW-${factory}`,
    name: factory,
    organisationId,
  });
  const machine = await running.ask(factory, 'POST', '/machines', {
    workCenterId: running.places[factory].workCenterId,
    code: `W-${factory}`,
    name: 'Wired',
    gatewayId: made.body.gateway.id,
  });
  expect([made.status, machine.status]).toEqual([201, 201]);
  return {
    id: made.body.gateway.id,
    code: `GW-${factory}`,
    token: made.body.token,
    machine: `W-${factory}`,
    machineId: machine.body.id,
  };
}

let nextMinute = 0;
const goodRecord = (more: object = {}): Record<string, unknown> => ({
  machine: own.machine,
  minute: RUNNING_START - ++nextMinute * MINUTE,
  runningS: 60,
  count: 5,
  ...more,
});
async function post(body: string | Uint8Array, headers: Record<string, string> = {}) {
  const response = await fetch(`${running.http}/api/v3/machine-records`, {
    method: 'POST',
    headers: { authorization: `Bearer ${own.token}`, 'content-type': 'application/json', ...headers },
    body: body as string,
  });
  const type = response.headers.get('content-type') ?? '';
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  return { status: response.status, type, body: (await response.json()) as any };
}
const upload = (...records: unknown[]) => post(JSON.stringify({ v: 3, records }));
const ledgerOf = async (machineId: string) =>
  (await running.ask('OP', 'GET', `/machines/${machineId}/loss-ledger`)).body;
async function counted(door: 'http' | 'mqtt', code: string): Promise<number> {
  const text = await (await fetch(`${running.http}/metrics`)).text();
  return Number(
    new RegExp(`ingest_refused_total\\{door="${door}",code="${code}"\\} (\\d+)`).exec(text)?.[1] ?? 0,
  );
}
/** After whatever was tried, the same door takes the next good record. */
async function expectUnharmed(): Promise<void> {
  expect(await upload(goodRecord())).toMatchObject({ status: 200, body: { received: 1, accepted: 1 } });
  expect((await fetch(`${running.http}/healthz`)).status).toBe(200);
}

describe('over HTTP, a body', () => {
  const nested = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const refused: [what: string, body: string | Uint8Array, status: number, code: string][] = [
    ['that is not JSON', '{"v":3,"records":[', 400, 'malformed-json'],
    ['that is not UTF-8', Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d), 400, 'malformed-json'],
    ['that is empty', '', 400, 'malformed-json'],
    ['that is no upload', '[]', 400, 'not-an-upload'],
    ['that is null', 'null', 400, 'not-an-upload'],
    ['of another version', '{"v":2,"records":[{}]}', 400, 'wrong-version'],
    ['with records of a wrong type', '{"v":3,"records":{}}', 400, 'wrong-number-of-records'],
    ['without a record', '{"v":3,"records":[]}', 400, 'wrong-number-of-records'],
    ['with an id that is no text', '{"v":3,"uploadId":{},"records":[{}]}', 400, 'bad-upload-id'],
    ['with a key twice', '{"v":3,"v":3,"records":[{}]}', 400, 'repeated-key'],
    ['with a key twice in a record', '{"v":3,"records":[{"count":1,"count":2}]}', 400, 'repeated-key'],
    ['nested a hundred thousand deep', nested, 400, ''],
    [
      'with ten thousand and one records',
      `{"v":3,"records":[${'{},'.repeat(10_000)}{}]}`,
      400,
      'wrong-number-of-records',
    ],
    ['of 10 MB', `{"v":3,"records":["${'x'.repeat(10_000_000)}"]}`, 413, 'body-too-large'],
  ];
  test.each(refused)('%s is refused in words, and counted', async (_what, body, status, code) => {
    const before = await counted('http', String(status));
    const answer = await post(body);
    expect(answer.status).toBe(status);
    expect(answer.type).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ status, ...(code === '' ? {} : { code }) });
    expect(answer.body.detail.length).toBeGreaterThan(10);
    expect(await counted('http', String(status))).toBe(before + 1);
    await expectUnharmed();
  });

  test('of another content type, or with a token nobody knows, is refused before it is read', async () => {
    const types = [
      'text/plain',
      'application/xml',
      'multipart/form-data; boundary=x',
      'application/octet-stream',
    ];
    for (const type of types) {
      const answer = await post('{"v":3,"records":[{}]}', { 'content-type': type });
      expect(answer).toMatchObject({ status: 415, body: { code: 'wrong-content-type' } });
    }
    const stranger = await post('{}', { authorization: 'Bearer mr_gw_nobody' });
    expect(stranger).toMatchObject({ status: 401, body: { code: 'bad-token' } });
    const halved = await post('{}', { authorization: 'Basic Zm9vOmJhcg==' });
    expect(halved.status).toBe(401);
    await expectUnharmed();
  });
});

describe('over HTTP, a record', () => {
  const bad: [what: string, change: object, code: string][] = [
    ['without a machine', { machine: undefined }, 'malformed'],
    ['whose machine is a number', { machine: 7 }, 'malformed'],
    ['whose count is text', { count: '5' }, 'malformed'],
    ['of a machine nobody knows', { machine: 'nobody' }, 'unknown-machine'],
    ['of a negative count', { count: -1 }, 'count-out-of-range'],
    ['of an absurd count', { count: 1e300 }, 'count-out-of-range'],
    ['of half a piece', { count: 0.5 }, 'count-out-of-range'],
    ['of 61 seconds', { runningS: 61 }, 'running-out-of-range'],
    ['of a minute off the boundary', { minute: RUNNING_START + 1 }, 'minute-off-boundary'],
    ['of the far future', { minute: RUNNING_START + 60 * MINUTE }, 'too-far-in-future'],
    ['of the end of time', { minute: 8_640_000_000_000_000 }, 'too-far-in-future'],
    ['of long ago', { minute: RUNNING_START - 40 * 1440 * MINUTE }, 'too-old'],
    ['of negative energy', { energyWh: -1 }, 'energy-out-of-range'],
    ['of a state nobody knows', { state: 'dancing' }, 'unknown-state'],
    ['with signals of words', { signals: { temp: 'hot' } }, 'malformed'],
    ['with a signal that no text can hold', { signals: { 'a\0b': 1 } }, 'malformed'],
    [
      'with a hundred signals',
      { signals: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`s${i}`, i])) },
      'too-many-signals',
    ],
  ];
  test.each(bad)(
    '%s is rejected by its index, and the good one beside it kept',
    async (_what, change, code) => {
      const before = await ledgerOf(own.machineId);
      const answer = await upload(goodRecord(), { ...goodRecord(), ...change });
      expect(answer).toMatchObject({ status: 200, body: { received: 2, accepted: 1, rejected: 1 } });
      expect(answer.body.rejections).toEqual([expect.objectContaining({ index: 1, code })]);
      expect(answer.body.rejections[0].message.length).toBeGreaterThan(10);
      const after = await ledgerOf(own.machineId);
      const named = 'machine' in change ? 0 : 1;
      expect(after).toMatchObject({
        accepted: before.accepted + 1,
        rejected: before.rejected + named,
        received: before.received + 1 + named,
      });
    },
  );

  test('of a foreign machine is rejected, whoever tries, and the owner sees nothing of it', async () => {
    const before = await ledgerOf(foreign.machineId);
    const byCode = await upload(
      goodRecord({ machine: foreign.machine }),
      goodRecord({ machine: foreign.machineId }),
    );
    // Nothing is told of other organisations: to this gateway the machine does not exist.
    expect(byCode.body.rejections.map(({ code }: { code: string }) => code)).toEqual([
      'unknown-machine',
      'unknown-machine',
    ]);
    // A machine of the same organisation that a device speaks for.
    const mapped = await upload(goodRecord({ machine: device.machineId }));
    expect(mapped.body.rejections).toMatchObject([{ code: 'foreign-machine' }]);
    expect(await ledgerOf(foreign.machineId)).toEqual(before);
    const peek = await running.ask('F2', 'GET', `/machines/${own.machineId}/loss-ledger`);
    expect(peek.status).toBe(404);
  });

  test('twice in an upload, or said otherwise later, leaves the first', async () => {
    const record = goodRecord({ count: 11 });
    const twice = await upload(record, { ...record, count: 12 });
    expect(twice.body.rejections).toMatchObject([{ index: 1, code: 'repeated-in-upload' }]);
    expect((await upload({ ...record, count: 13 })).body).toMatchObject({ accepted: 0, conflict: 1 });
    const minute = Number(record.minute);
    const raw = await running.ask(
      'F1',
      'GET',
      `/machines/${own.machineId}/records?from=${minute}&to=${minute + MINUTE}`,
    );
    expect(raw.body.rows).toMatchObject([{ count: 11 }]);
  });
});

async function connect(token: string, more: IClientOptions = {}): Promise<MqttClient> {
  const port = running.platform.modules.ingest.mqttPort();
  const options = { username: token, reconnectPeriod: 0, connectTimeout: 10_000, ...more };
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, options);
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}
/** Publishes, and tells whether it was acknowledged before the connection ended. */
async function publish(token: string, topic: string, payload: string | Buffer): Promise<boolean> {
  const client = await connect(token);
  const gone = new Promise<void>((resolve) => client.once('close', () => resolve()));
  const done = client.publishAsync(topic, payload, { qos: 1 }).then(
    () => true,
    () => false,
  );
  return Promise.race([done, gone.then(() => false)]);
}
const recordTopic = (): string => `millrace/v3/${own.code}/records`;
const TELEMETRY = 'v1/devices/me/telemetry';
const uploadText = (...records: unknown[]): string => JSON.stringify({ v: 3, records });

describe('over MQTT', () => {
  test('a client without a right is told so in its CONNACK, and counted', async () => {
    const before = await counted('mqtt', 'bad-credentials');
    for (const token of ['', 'mr_gw_nobody', 'mr_device_nobody', 'x'.repeat(5_000)])
      await expect(connect(token)).rejects.toThrow(/bad username or password/i);
    expect(await counted('mqtt', 'bad-credentials')).toBe(before + 4);
    const key = running.headers('F1').authorization?.replace('Bearer ', '') ?? '';
    await expect(connect(key)).rejects.toThrow(/not authorized/i);
    await expect(connect(own.token, { clientId: 'i'.repeat(129) })).rejects.toThrow(/identifier/i);
  });

  const wrong: [
    what: string,
    who: 'gateway' | 'device',
    topic: string,
    payload: string | Buffer,
    code: string,
  ][] = [
    ['a topic of another gateway', 'gateway', 'millrace/v3/GW-F2/records', '{}', 'wrong-topic'],
    ['a topic nobody has', 'gateway', 'millrace/v3', '{}', 'wrong-topic'],
    ['the topic of devices', 'gateway', TELEMETRY, '{"n":1}', 'wrong-topic'],
    ['a device on the topic of gateways', 'device', 'millrace/v3/GW-F1/records', '{}', 'wrong-topic'],
    ['system topics', 'device', '$SYS/x', '{}', 'wrong-topic'],
    ['a payload that is not JSON', 'gateway', '', '{"v":3', 'malformed-json'],
    ['a payload that is no upload', 'gateway', '', '[]', 'not-an-upload'],
    ['a payload with a key twice', 'gateway', '', '{"v":3,"v":3,"records":[{}]}', 'repeated-key'],
    ['telemetry that is not JSON', 'device', '', 'n=1', 'malformed-json'],
    ['telemetry that is not UTF-8', 'device', '', Buffer.of(0xff, 0xfe), 'malformed-json'],
    ['telemetry that is a number', 'device', '', '5', 'not-telemetry'],
    ['telemetry of no instant', 'device', '', '{"ts":"soon","values":{"n":1}}', 'not-telemetry'],
    ['telemetry with a key of a page', 'device', '', `{"${'k'.repeat(4_000)}":1}`, 'key-too-long'],
    ['telemetry with a text of a book', 'device', '', `{"t":"${'k'.repeat(4_000)}"}`, 'text-too-long'],
    [
      'telemetry of a thousand values',
      'device',
      '',
      JSON.stringify(Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`k${i}`, i]))),
      'too-many-values',
    ],
    ['a packet of 3 MB', 'gateway', '', Buffer.alloc(3_000_000), 'packet-too-large'],
  ];
  test.each(wrong)(
    '%s ends the connection without an acknowledgement, and is counted',
    async (_what, who, topic, payload, code) => {
      const before = await counted('mqtt', code);
      const to = topic || (who === 'gateway' ? recordTopic() : TELEMETRY);
      expect(await publish(who === 'gateway' ? own.token : device.token, to, payload)).toBe(false);
      expect(await counted('mqtt', code)).toBe(before + 1);
      await expectUnharmed();
    },
  );

  test('records are rejected one by one like over HTTP, and acknowledged', async () => {
    const before = await ledgerOf(own.machineId);
    const client = await connect(own.token);
    await client.subscribeAsync(`millrace/v3/${own.code}/answers`);
    const heard = new Promise<string>((resolve) =>
      client.once('message', (_topic, text) => resolve(String(text))),
    );
    const payload = uploadText(
      goodRecord(),
      goodRecord({ count: -1 }),
      goodRecord({ machine: foreign.machine }),
    );
    await client.publishAsync(recordTopic(), payload, { qos: 1 });
    expect(JSON.parse(await heard)).toMatchObject({ received: 3, accepted: 1, rejected: 2 });
    const after = await ledgerOf(own.machineId);
    expect([after.accepted - before.accepted, after.rejected - before.rejected]).toEqual([1, 1]);
  });

  test('nobody hears others, and a wildcard hears nothing', async () => {
    const client = await connect(device.token);
    for (const topic of ['#', '+/+/+/+', '$SYS/#', `millrace/v3/${own.code}/answers`])
      await expect(client.subscribeAsync(topic)).rejects.toThrow();
    expect(await counted('mqtt', 'wrong-subscription')).toBe(4);
    await client.publishAsync(TELEMETRY, '{"n":1}', { qos: 1 });
  });

  test('bytes that are no MQTT end their connection only', async () => {
    const port = running.platform.modules.ingest.mqttPort() ?? 0;
    const bystander = await connect(own.token);
    for (const bytes of [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.alloc(70_000, 0xff),
      Buffer.of(0x10, 0x00),
      Buffer.of(0x30, 0x02, 0x00, 0x00),
      Buffer.of(0x10, 0x04, 0x00, 0x04, 0x4d, 0x51),
    ]) {
      const socket = connectTcp(port, '127.0.0.1');
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.end(bytes);
      await new Promise((resolve) => socket.once('close', resolve));
    }
    await bystander.publishAsync(recordTopic(), uploadText(goodRecord()), { qos: 1 });
  });
});

/** Says a little, then keeps silent; resolves when the server has had enough. */
function dawdle(port: number, words: string): Promise<void> {
  const socket = connectTcp(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  socket.resume();
  socket.write(words);
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

test('who never finishes a sentence is cut off, and keeps nobody else waiting', async () => {
  const { server } = running.platform.app;
  // As configured it takes 20 s; the mechanism is the same.
  server.requestTimeout = 500;
  server.headersTimeout = 400;
  const httpPort = Number(new URL(running.http).port);
  const mqttPort = running.platform.modules.ingest.mqttPort() ?? 0;
  const head = 'POST /api/v3/machine-records HTTP/1.1\r\nhost: x\r\n';
  const dawdlers = [
    ...Array.from({ length: 100 }, () => dawdle(httpPort, head)),
    dawdle(httpPort, `${head}content-type: application/json\r\ncontent-length: 1000\r\n\r\n{"v":3,`),
    dawdle(mqttPort, '\u0010'),
  ];
  await expectUnharmed();
  const client = await connect(own.token);
  await client.publishAsync(recordTopic(), uploadText(goodRecord()), { qos: 1 });
  await Promise.all(dawdlers);
  await expectUnharmed();
}, 60_000);
