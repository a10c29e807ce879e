import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRunningPlatform, type RunningPlatform } from '../../../test/setup/running-platform.ts';

let running: RunningPlatform;
beforeAll(async () => {
  running = await openRunningPlatform('api,ingest');
}, 60_000);
afterAll(() => running?.close());

const revoke = async (member: 'F1' | 'F2', id: string) => {
  const url = `${running.http}/api/v3/device-mappings/${id}`;
  return (await fetch(url, { method: 'DELETE', headers: running.headers(member) })).status;
};
const list = async (member: 'F1' | 'F2' | 'OP', query = '') =>
  (await running.ask(member, 'GET', `/device-mappings${query}`)).body;
const connect = async (username: string): Promise<void> => {
  const port = running.platform.modules.ingest.mqttPort();
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { username, reconnectPeriod: 0 });
  await client.endAsync(true);
};

test('a machine gets one device, whose token is shown once, and is void with the mapping', async () => {
  const { machineId } = running.places.F1;
  const wanted = { machineId, form: 'thingsboard', countKey: 'n', countKind: 'increment' };
  const made = await running.ask('F1', 'POST', '/device-mappings', wanted);
  expect(made).toMatchObject({
    status: 201,
    body: { mapping: { machineId, countKey: 'n', countKind: 'increment', runningKey: null } },
  });
  await connect(made.body.token);
  expect(await running.ask('F1', 'POST', '/device-mappings', wanted)).toMatchObject({
    status: 409,
    body: { code: 'already-mapped' },
  });
  expect(await list('F1')).toEqual({ rows: [made.body.mapping], nextCursor: null });
  expect((await list('OP')).rows).toEqual([made.body.mapping]);
  expect((await list('F2')).rows).toEqual([]);
  expect(JSON.stringify(await list('F1'))).not.toContain(made.body.token);

  expect(await revoke('F2', made.body.mapping.id)).toBe(404);
  expect(await revoke('F1', made.body.mapping.id)).toBe(200);
  expect(await revoke('F1', made.body.mapping.id)).toBe(404);
  await expect(connect(made.body.token)).rejects.toThrow(/bad username/i);
  const audit = (await running.ask('OP', 'GET', '/audit?action=mapping')).body;
  expect(audit.rows.map(({ action }: { action: string }) => action)).toEqual([
    'mapping.revoke',
    'mapping.create',
  ]);

  const again = await running.ask('F1', 'POST', '/device-mappings', wanted);
  expect(again.status).toBe(201);
  expect(again.body.token).not.toBe(made.body.token);
});

test('a machine of others, or of nobody, gets none; nor does a form that is not spoken', async () => {
  const foreign = { machineId: running.places.F1.machineId, form: 'thingsboard' };
  expect((await running.ask('F2', 'POST', '/device-mappings', foreign)).status).toBe(404);
  const nobody = { machineId: running.itemId, form: 'thingsboard' };
  expect((await running.ask('F2', 'POST', '/device-mappings', nobody)).status).toBe(404);
  const sparkplug = { machineId: running.places.F2.machineId, form: 'sparkplug' };
  expect(await running.ask('F2', 'POST', '/device-mappings', sparkplug)).toMatchObject({
    status: 400,
    body: { code: 'invalid-request' },
  });
  expect((await running.ask('B1', 'POST', '/device-mappings', foreign)).status).toBe(403);
});

test('the list has pages, and a cursor of one’s own invention is refused', async () => {
  const { machineId } = running.places.F2;
  expect(
    (await running.ask('F2', 'POST', '/device-mappings', { machineId, form: 'thingsboard' })).status,
  ).toBe(201);
  const first = await list('OP', '?limit=1');
  expect([first.rows.length, typeof first.nextCursor]).toEqual([1, 'string']);
  const second = await list('OP', `?limit=1&cursor=${first.nextCursor}`);
  expect([second.rows.length, second.nextCursor]).toEqual([1, null]);
  expect(second.rows[0].id).not.toBe(first.rows[0].id);
  const invented = Buffer.from('["x"]').toString('base64url');
  expect((await running.ask('OP', 'GET', `/device-mappings?cursor=${invented}`)).status).toBe(400);
});

test('a mapped machine is known, counted and accounted for like any other', async () => {
  const { workCenterId } = running.places.F1;
  const machine = await running.ask('F1', 'POST', '/machines', {
    workCenterId,
    code: 'BOX',
    name: 'Retrofit box',
  });
  const machineId = machine.body.id;
  const mapping = { machineId, form: 'thingsboard', countKey: 'n', runningKey: 'on', energyKey: 'wh' };
  const { token } = (await running.ask('F1', 'POST', '/device-mappings', mapping)).body;
  const port = running.platform.modules.ingest.mqttPort();
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { username: token, reconnectPeriod: 0 });
  const from = running.clock.ms;
  const messages = [0, 1, 2, 3].map((half) => ({
    ts: from + half * 30_000,
    values: { n: 1_000_000 + half * 7, on: half < 3, wh: 2 },
  }));
  for (const message of messages)
    await client.publishAsync('v1/devices/me/telemetry', JSON.stringify(message), { qos: 1 });
  await client.endAsync(true);
  running.clock.ms += 180_000;
  await running.platform.modules.ingest.foldTelemetry();
  await running.platform.modules.ingest.settle();
  const live = await running.ask('F1', 'GET', `/machines/${machineId}/live`);
  expect(live.body).toMatchObject({ state: 'running', countToday: 21, lastMinute: from + 60_000 });
  const counts = await running.ask(
    'F1',
    'GET',
    `/machines/${machineId}/counts?grain=minute&from=${from}&to=${from + 120_000}`,
  );
  expect(counts.body.rows).toMatchObject([
    { count: 7, runningS: 60, energyWh: 4 },
    { count: 14, runningS: 30, energyWh: 4 },
  ]);
});
