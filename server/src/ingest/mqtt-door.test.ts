import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type IngestPlant, openIngestPlant } from '../../../test/setup/ingest-plant.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 2, 2, 3, 0);
let opened: IngestPlant;
const clients: MqttClient[] = [];

beforeAll(async () => {
  opened = await openIngestPlant({ gateways: 10, machinesPerGateway: 2, devices: 6 }, START);
});
afterAll(() => opened?.close());
afterEach(async () => {
  for (const client of clients.splice(0)) await client.endAsync(true);
});

async function connect(token: string, more: IClientOptions = {}): Promise<MqttClient> {
  const port = opened.ingest.mqttPort();
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, {
    username: token,
    reconnectPeriod: 0,
    connectTimeout: 5_000,
    ...more,
  });
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}
const closed = (client: MqttClient): Promise<void> =>
  new Promise((resolve) => {
    if (client.disconnected) resolve();
    else client.once('close', () => resolve());
  });
const upload = (g: number, minute: number, count: number): string =>
  JSON.stringify({
    v: 3,
    records: [
      { machine: opened.plant.machineCode(g, 0), minute: START + minute * MINUTE, runningS: 60, count },
    ],
  });
const stored = async (g: number): Promise<number> =>
  (await opened.owner.query('SELECT FROM record_batch WHERE gateway_id = $1', [opened.plant.gatewayId(g)]))
    .rowCount ?? 0;
const topic = (g: number): string => `millrace/v3/G${g}/records`;
const refusals = async (code: string): Promise<number> => {
  const metrics = await opened.kernel.metrics.registry.metrics();
  return Number(
    new RegExp(`ingest_refused_total{door="mqtt",code="${code}"} (\\d+)`).exec(metrics)?.[1] ?? 0,
  );
};

describe('a gateway over MQTT', () => {
  test('has its records stored when the acknowledgement arrives, at QoS 1 and 2', async () => {
    const client = await connect(opened.plant.gatewayToken(0));
    await client.publishAsync(topic(0), upload(0, 0, 1), { qos: 1 });
    expect(await stored(0)).toBe(1);
    await client.publishAsync(topic(0), upload(0, 1, 2), { qos: 2 });
    expect(await stored(0)).toBe(2);
  });

  test('may give its token as password, and hears what became of its records', async () => {
    const client = await connect('anything', { password: opened.plant.gatewayToken(1) });
    await client.subscribeAsync('millrace/v3/G1/answers');
    const heard = new Promise<string>((resolve) =>
      client.on('message', (_topic, payload) => resolve(payload.toString())),
    );
    await client.publishAsync(topic(1), upload(1, 0, 1), { qos: 1 });
    expect(JSON.parse(await heard)).toMatchObject({ received: 1, accepted: 1 });
  });

  test('is not let in with a wrong token', async () => {
    await expect(connect('mr_gw_wrong')).rejects.toThrow(/Bad username or password/i);
    expect(await refusals('bad-credentials')).toBeGreaterThan(0);
  });

  test('is cut off when it publishes on the topic of another, and nothing is stored', async () => {
    const client = await connect(opened.plant.gatewayToken(2));
    const gone = closed(client);
    client.publish(topic(3), upload(3, 0, 1), { qos: 1 });
    await gone;
    expect(await stored(3)).toBe(0);
    expect(await refusals('wrong-topic')).toBe(1);
  });

  test('may not listen to others', async () => {
    const client = await connect(opened.plant.gatewayToken(2));
    for (const foreign of ['#', 'millrace/v3/G3/answers', 'millrace/v3/+/answers']) {
      await expect(client.subscribeAsync(foreign)).rejects.toThrow();
    }
  });

  test('that sends nonsense hears so and is cut off without an acknowledgement', async () => {
    const client = await connect(opened.plant.gatewayToken(4));
    await client.subscribeAsync('millrace/v3/G4/answers');
    const heard = new Promise<string>((resolve) =>
      client.once('message', (_topic, payload) => resolve(payload.toString())),
    );
    const gone = closed(client);
    const acknowledged = client.publishAsync(topic(4), '{"v":3,', { qos: 1 }).then(
      () => true,
      () => false,
    );
    expect(JSON.parse(await heard)).toMatchObject({ code: 'malformed-json' });
    await gone;
    await client.endAsync(true);
    expect(await acknowledged).toBe(false);
    expect(await refusals('malformed-json')).toBe(1);
  });

  test('may name itself by its id, and cannot push another off by taking its client id', async () => {
    const first = await connect(opened.plant.gatewayToken(7), { clientId: 'same' });
    const second = await connect(opened.plant.gatewayToken(8), { clientId: 'same' });
    await second.publishAsync(topic(8), upload(8, 0, 1), { qos: 1 });
    const byId = `millrace/v3/${opened.plant.gatewayId(7)}/records`;
    await first.publishAsync(byId, upload(7, 0, 1), { qos: 1 });
    expect(await stored(7)).toBe(1);
  });

  test('that is not one, or whose client id is a novel, is told so at the door', async () => {
    await expect(connect(opened.plant.keyToken)).rejects.toThrow(/not authorized/i);
    const novel = { clientId: 'x'.repeat(200) };
    await expect(connect(opened.plant.gatewayToken(0), novel)).rejects.toThrow(/identifier/i);
    expect([await refusals('not-a-gateway'), await refusals('client-id-too-long')]).toEqual([1, 1]);
  });

  test('that announces a packet too large is cut off', async () => {
    const client = await connect(opened.plant.gatewayToken(5));
    const gone = closed(client);
    client.publish(topic(5), Buffer.alloc(3 * 1024 * 1024), { qos: 0 });
    await gone;
    expect(await refusals('packet-too-large')).toBe(1);
  });

  test('whose token was revoked is cut off at its next message', async () => {
    const client = await connect(opened.plant.gatewayToken(6));
    await opened.owner.query('UPDATE gateway SET revoked_at = now() WHERE id = $1', [
      opened.plant.gatewayId(6),
    ]);
    await opened.owner.query('UPDATE token_revision SET revision = revision + 1');
    const gone = closed(client);
    const nagging = setInterval(() => client.publish(topic(6), upload(6, 0, 1), { qos: 0 }), 200);
    await gone;
    clearInterval(nagging);
  }, 15_000);
});

describe('a device in ThingsBoard’s form', () => {
  const send = async (device: number, ...payloads: unknown[]): Promise<void> => {
    const client = await connect(opened.plant.deviceToken(device));
    for (const payload of payloads)
      await client.publishAsync('v1/devices/me/telemetry', JSON.stringify(payload), { qos: 1 });
  };
  const minutes = async (device: number) => {
    opened.setNow(START + 5 * MINUTE);
    await opened.ingest.foldTelemetry();
    opened.setNow(START);
    return opened.kernel.db.transaction({ kind: 'platform' }, (tx) =>
      opened.ingest.rawRecords(
        tx,
        opened.plant.orgId,
        opened.plant.deviceMachineId(device),
        START - 600 * MINUTE,
        START + 60 * MINUTE,
      ),
    );
  };

  test('is understood in all payload forms, and folded into minute records of pieces', async () => {
    await send(
      0,
      { count: 10, running: true },
      { ts: START + 30_000, values: { count: 14, running: false, energy: 3 } },
      [
        { ts: START + MINUTE, values: { count: 15, running: true } },
        { ts: START + 90_000, values: { count: 17 } },
      ],
    );
    expect(await minutes(0)).toEqual([
      { minute: START, runningS: 30, count: 4, dayStart: null, increment: true, state: null, energyWh: 3 },
      {
        minute: START + MINUTE,
        runningS: 60,
        count: 3,
        dayStart: null,
        increment: true,
        state: null,
        energyWh: null,
      },
    ]);
  });

  test('that is late or repeats itself changes its own minute and is counted once', async () => {
    await send(1, { ts: START, values: { count: 5 } }, { ts: START, values: { count: 5 } });
    expect((await minutes(1)).map(({ count }) => count)).toEqual([0]);
    await send(
      1,
      { ts: START + 59_000, values: { count: 9, running: 1 } },
      { ts: START - 5 * MINUTE, values: { count: 1, running: 1 } },
    );
    const folded = [
      [-5, 0, 60],
      [0, 4, 1],
    ];
    const seen = async () =>
      (await minutes(1)).map(({ minute, count, runningS }) => [(minute - START) / MINUTE, count, runningS]);
    expect(await seen()).toEqual(folded);
    await send(1, { ts: START + 59_000, values: { count: 9, running: 1 } });
    expect(await seen()).toEqual(folded);
  });

  test('whose clock is wrong has that in its loss ledger, and goes on', async () => {
    const days = (number: number): number => START + number * 86_400_000;
    await send(4, { ts: days(1), values: { count: 1 } }, [
      { ts: days(-40), values: { count: 1 } },
      { ts: START, values: { count: 2 } },
    ]);
    expect((await minutes(4)).length).toBe(1);
    const ledger = await opened.kernel.db.transaction({ kind: 'platform' }, (tx) =>
      opened.ingest.lossLedger(tx, opened.plant.orgId, opened.plant.deviceMachineId(4)),
    );
    expect(ledger).toMatchObject({ received: 3, accepted: 1, rejected: 2 });
  });

  test('that sends what cannot be read is cut off without an acknowledgement, and stores nothing', async () => {
    const before = await refusals('not-telemetry');
    for (const payload of [5, { ts: 'soon', values: {} }, [[]]]) {
      const client = await connect(opened.plant.deviceToken(2));
      const gone = closed(client);
      client.publish('v1/devices/me/telemetry', JSON.stringify(payload), { qos: 1 });
      await gone;
    }
    expect(await refusals('not-telemetry')).toBe(before + 3);
    expect(await minutes(2)).toEqual([]);
  });

  test('may describe itself without being cut off, and not publish elsewhere', async () => {
    const client = await connect(opened.plant.deviceToken(3));
    await client.publishAsync('v1/devices/me/attributes', '{"firmware":"1"}', { qos: 1 });
    const gone = closed(client);
    client.publish(topic(0), upload(0, 5, 1), { qos: 1 });
    await gone;
  });
});
