import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connectAsync, type MqttClient } from 'mqtt';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type IngestPlant, openIngestPlant } from '../../../test/setup/ingest-plant.ts';
import { openAccess } from '../access/index.ts';
import { openKernel } from '../kernel/index.ts';
import { openRegistry } from '../registry/index.ts';
import { type Ingest, openIngest } from './ingest.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 2, 2, 3, 0);
const TELEMETRY = 'v1/devices/me/telemetry';
/** The writer itself tries for 8 s; a busy machine takes longer. */
const PATIENCE = { timeout: 30_000, interval: 20 };
let opened: IngestPlant;
const clients: MqttClient[] = [];

beforeAll(async () => {
  opened = await openIngestPlant({ gateways: 4, machinesPerGateway: 1, devices: 8 }, START);
});
afterAll(() => opened?.close());
afterEach(async () => {
  for (const client of clients.splice(0)) await client.endAsync(true);
});

async function connect(token: string): Promise<MqttClient> {
  const url = `mqtt://127.0.0.1:${opened.ingest.mqttPort()}`;
  const client = await connectAsync(url, { username: token, reconnectPeriod: 0 });
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}
const messagesOf = async (device: number): Promise<number> => {
  const { rows } = await opened.owner.query(
    'SELECT count(*)::int AS messages FROM telemetry_group g, unnest(message_machine) AS m WHERE machines[m + 1] = $1',
    [opened.plant.deviceMachineId(device)],
  );
  return rows[0].messages;
};
/** The server's transactions that wait for a lock: proof that they have come as far as writing. */
const blocked = async (): Promise<number[]> => {
  const { rows } = await opened.owner.query<{ pid: number }>(
    `SELECT DISTINCT a.pid FROM pg_locks l JOIN pg_stat_activity a USING (pid)
      WHERE NOT l.granted AND a.datname = current_database()`,
  );
  return rows.map(({ pid }) => pid);
};
/** Publishes without waiting, and remembers whether the acknowledgement has come. */
function publishing(client: MqttClient, topic: string, payload: object, qos: 1 | 2 = 1) {
  const state = { acknowledged: false, done: Promise.resolve() };
  state.done = client.publishAsync(topic, JSON.stringify(payload), { qos }).then(() => {
    state.acknowledged = true;
  });
  return state;
}
async function asOther<T>(work: (client: pg.Client) => Promise<T>, database?: string): Promise<T> {
  const url = new URL(opened.kernel.config.databaseUrl ?? '');
  if (database) url.pathname = `/${database}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  return work(client).finally(() => client.end());
}

describe('an acknowledgement', () => {
  test.each([1, 2] as const)(
    'at QoS %i waits for COMMIT, and a transaction that is killed gives none',
    async (qos) => {
      const device = qos;
      const client = await connect(opened.plant.deviceToken(device));
      const sent = await asOther(async (other) => {
        await other.query('BEGIN; LOCK TABLE telemetry_group IN ACCESS EXCLUSIVE MODE');
        const message = publishing(client, TELEMETRY, { ts: START, values: { count: 1 } }, qos);
        const [first] = await vi.waitUntil(async () => {
          const pids = await blocked();
          return pids.length > 0 ? pids : undefined;
        }, PATIENCE);
        expect(message.acknowledged).toBe(false);
        await other.query('SELECT pg_terminate_backend($1)', [first]);
        await vi.waitUntil(async () => (await blocked()).some((pid) => pid !== first), PATIENCE);
        expect(message.acknowledged).toBe(false);
        await other.query('ROLLBACK');
        return message;
      });
      await sent.done;
      expect(await messagesOf(device)).toBe(1);
    },
    60_000,
  );

  test('waits while the database is away, and comes when it is back', async () => {
    const gateway = await connect(opened.plant.gatewayToken(0));
    const device = await connect(opened.plant.deviceToken(3));
    const name = opened.kernel.config.databaseUrl?.match(/\/([^/?]+)(\?|$)/)?.[1] ?? '';
    const record = { machine: opened.plant.machineCode(0, 0), minute: START, runningS: 1, count: 1 };
    await gateway.publishAsync('millrace/v3/G0/records', JSON.stringify({ v: 3, records: [record] }), {
      qos: 1,
    });
    const waiting = await asOther(async (other) => {
      await other.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
      await other.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> $2`,
        [name, (await opened.owner.query('SELECT pg_backend_pid() AS pid')).rows[0].pid],
      );
      const later = { ...record, minute: START + MINUTE, count: 2 };
      const messages = [
        publishing(gateway, 'millrace/v3/G0/records', { v: 3, records: [later] }),
        publishing(device, TELEMETRY, { ts: START, values: { count: 1 } }),
      ];
      const held = async (): Promise<number> => {
        const name = 'millrace_mqtt_messages_under_way';
        const text = await opened.kernel.metrics.registry.getSingleMetricAsString(name);
        return Number(/way (\d+)/.exec(text)?.[1]);
      };
      await vi.waitUntil(async () => (await held()) === 2, PATIENCE);
      expect(messages.map(({ acknowledged }) => acknowledged)).toEqual([false, false]);
      await other.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
      return messages;
    }, 'postgres');
    await Promise.all(waiting.map(({ done }) => done));
    expect(await messagesOf(3)).toBe(1);
  }, 60_000);
});

test('a message of QoS 2 that is sent again before its PUBREL is stored once', async () => {
  const socket = connectTcp(opened.ingest.mqttPort() ?? 0, '127.0.0.1');
  const text = (words: string): Buffer => Buffer.concat([Buffer.of(0, words.length), Buffer.from(words)]);
  const packet = (head: number, ...parts: Buffer[]): Buffer => {
    const body = Buffer.concat(parts);
    return Buffer.concat([Buffer.of(head, body.length), body]);
  };
  const answer = async (bytes: Buffer): Promise<number> => {
    socket.write(bytes);
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    return (chunk[0] ?? 0) >> 4;
  };
  const hello = packet(
    0x10,
    text('MQTT'),
    Buffer.of(4, 0x82, 0, 60),
    text('twice'),
    text(opened.plant.deviceToken(4)),
  );
  const publish = (dup: number): Buffer =>
    packet(0x34 | dup, text(TELEMETRY), Buffer.of(0, 7), Buffer.from('{"count":1}'));
  expect(await answer(hello)).toBe(2);
  expect([await answer(publish(0)), await answer(publish(8)), await answer(publish(8))]).toEqual([5, 5, 5]);
  expect(await answer(packet(0x62, Buffer.of(0, 7)))).toBe(7);
  expect(await messagesOf(4)).toBe(1);
  // The number is free again: what comes under it now is another message.
  expect(await answer(publish(0))).toBe(5);
  expect(await messagesOf(4)).toBe(2);
  socket.destroy();
});

describe('what was acknowledged', () => {
  const pieces = async (ingest: Ingest, device: number): Promise<number[]> => {
    await ingest.foldTelemetry();
    const records = await opened.kernel.db.transaction({ kind: 'platform' }, (tx) =>
      ingest.rawRecords(
        tx,
        opened.plant.orgId,
        opened.plant.deviceMachineId(device),
        START - 60 * MINUTE,
        START + 60 * MINUTE,
      ),
    );
    return records.map(({ count }) => count);
  };
  /** The same database under another process, as after a crash: nothing is handed over. */
  async function restarted<T>(work: (ingest: Ingest) => Promise<T>): Promise<T> {
    const clock = { now: () => START + 10 * MINUTE, wallNow: () => Date.now(), speed: 1 };
    const kernel = await openKernel(opened.kernel.config, { clock });
    const access = openAccess(kernel);
    const ingest = openIngest(kernel, access, openRegistry(kernel, access));
    await ingest.start();
    return work(ingest).finally(async () => {
      await ingest.stop();
      await kernel.stop();
    });
  }

  test('becomes pieces exactly once, whatever is interrupted and done again', async () => {
    const device = 5;
    const client = await connect(opened.plant.deviceToken(device));
    const say = (second: number, count: number) =>
      client.publishAsync(TELEMETRY, JSON.stringify({ ts: START + second * 1000, values: { count } }), {
        qos: 1,
      });
    for (const [second, count] of [
      [0, 1_000],
      [30, 1_010],
      [70, 1_025],
      [130, 1_030],
    ] as const)
      await say(second, count);
    const machine = opened.plant.deviceMachineId(device);
    expect(await restarted((ingest) => pieces(ingest, device))).toEqual([10, 15, 5]);

    const markAll = `INSERT INTO telemetry_minute_dirty (org_id, minute, network_id)
      SELECT $1, to_timestamp($2) + n * interval '1 minute', $3 FROM generate_series(0, 2) AS n`;
    const marks = [opened.plant.orgId, START / 1000, opened.plant.networkId];
    await opened.owner.query(markAll, marks);
    expect(await restarted((ingest) => pieces(ingest, device))).toEqual([10, 15, 5]);

    // As if it had ended after the records of the last minute were written, and before it was noted how far they reach.
    await opened.owner.query(
      `UPDATE device_head SET minute = minute - interval '1 minute', count_after = 1025, count_before = 1010 WHERE machine_id = $1`,
      [machine],
    );
    await opened.owner.query(markAll, marks);
    expect(await restarted((ingest) => pieces(ingest, device))).toEqual([10, 15, 5]);

    await say(150, 1_040);
    await say(190, 5);
    expect(await restarted((ingest) => pieces(ingest, device))).toEqual([10, 15, 15, 5]);
  }, 60_000);

  test('of a machine on a gateway that a device takes over is counted from one side at a time', async () => {
    const wired = opened.plant.machineId(1, 0);
    await opened.owner.query('UPDATE device_mapping SET machine_id = $1 WHERE machine_id = $2', [
      wired,
      opened.plant.deviceMachineId(6),
    ]);
    const gone = await opened.owner.query('UPDATE device_mapping_version SET version = version + 1');
    expect(gone.rowCount).toBe(1);
    await restarted(async (ingest) => {
      const gateway = await connectAsync(`mqtt://127.0.0.1:${ingest.mqttPort()}`, {
        username: opened.plant.gatewayToken(1),
      });
      clients.push(gateway);
      await gateway.subscribeAsync('millrace/v3/G1/answers');
      const heard = new Promise<string>((resolve) =>
        gateway.once('message', (_topic, words) => resolve(String(words))),
      );
      const record = { machine: opened.plant.machineCode(1, 0), minute: START, runningS: 1, count: 1 };
      await gateway.publishAsync('millrace/v3/G1/records', JSON.stringify({ v: 3, records: [record] }), {
        qos: 1,
      });
      expect(JSON.parse(await heard)).toMatchObject({
        rejections: [{ code: 'foreign-machine' }],
      });
    });
  });
});

test('a port that is taken is a refusal to start, in one sentence', async () => {
  const config = { ...opened.kernel.config, mqttPort: opened.ingest.mqttPort() ?? 0 };
  const kernel = await openKernel(config);
  const access = openAccess(kernel);
  const ingest = openIngest(kernel, access, openRegistry(kernel, access));
  await expect(ingest.start()).rejects.toThrow(
    `Port ${config.mqttPort} is already in use; choose another with MILLRACE_MQTT_PORT.`,
  );
  await ingest.stop();
  await kernel.stop();
});
