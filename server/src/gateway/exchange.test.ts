import type { AgentHealth, EdgeAnswer } from '@millrace/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CONFIG,
  type GatewayHouse,
  HEALTH,
  openGatewayHouse,
  ordersOf,
  until,
} from '../../../test/setup/gateway-house.ts';
import { createWaitRoom } from './wait-room.ts';

let gw: GatewayHouse;
let token: string;
beforeAll(async () => {
  gw = await openGatewayHouse();
  token = await gw.enrol();
});
afterAll(() => gw?.close());

const healthOf = async () => (await gw.ask('viewer', 'GET', `/gateways/${gw.gatewayId}/health`)).body;
const waiting = async (): Promise<number> => {
  await gw.gateways.tick();
  const text = await gw.house.kernel.metrics.registry.getSingleMetric('millrace_gateways_waiting')?.get();
  return text?.values[0]?.value ?? 0;
};
const untilWaiting = (count: number) => until(async () => ((await waiting()) === count ? true : undefined));
const ask = (body: object) => gw.ask('planner', 'POST', `/gateways/${gw.gatewayId}/requests`, body);
const READ = {
  kind: 'read',
  driver: 'modbus',
  settings: { host: '192.0.2.1' },
  addresses: [{ address: '1/holding/100', type: 'uint32' }],
};
const ANSWER: EdgeAnswer = {
  error: null,
  latencyMs: 4,
  values: [{ address: '1/holding/100', value: 7, quality: 'good', at: 1_700_000_000_000, error: null }],
};

describe('the open line of an agent', () => {
  test('is woken at once by a configuration that a person writes', async () => {
    const line = gw.exchange(token, { waitS: 25 });
    await untilWaiting(1);
    const body = { config: CONFIG, basedOn: null };
    expect((await gw.ask('owner', 'PUT', `/gateways/${gw.gatewayId}/config`, body)).status).toBe(200);
    expect(ordersOf(await line).config?.version).toBe(1);
  });

  test('ends with nothing when its time is over, and tells the platform’s clock', async () => {
    const orders = ordersOf(await gw.exchange(token, { waitS: 1, seenVersion: 1 }));
    expect(orders).toMatchObject({ config: null, requests: [], commands: [], settled: [] });
    expect(orders.now).toBeGreaterThan(0);
  });

  test('ends by itself when nobody listens any more', async () => {
    const gone = new AbortController();
    const line = gw.exchange(token, { waitS: 25, seenVersion: 1 }, gone.signal);
    await untilWaiting(1);
    gone.abort();
    await expect(line).rejects.toThrow();
    await untilWaiting(0);
  });

  test('is cut when the gateway is revoked, and nothing more is told', async () => {
    const id = await gw.addGateway('GW-cut');
    const line = gw.exchange(await gw.enrol(id), { waitS: 25 });
    await untilWaiting(1);
    await gw.ask('owner', 'DELETE', `/gateways/${id}`);
    expect(await line).toMatchObject({ status: 401, body: { code: 'bad-token' } });
  });

  test('of one gateway is held a few times at most, whatever reconnects, and one of them is told', async () => {
    const gone = new AbortController();
    const told: string[] = [];
    const lines = Array.from({ length: 8 }, async () => {
      const orders = ordersOf(await gw.exchange(token, { waitS: 25, seenVersion: 1 }, gone.signal));
      told.push(...orders.requests.map(({ id }) => id));
      return orders;
    });
    await untilWaiting(4);
    const { id } = (await ask(READ)).body;
    await until(() => told.length > 0 || undefined);
    await gw.exchange(token, { seenVersion: 1, answers: [{ id, answer: ANSWER }] });
    gone.abort();
    const ended = await Promise.allSettled(lines);
    expect(ended.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(5);
    expect(new Set(told)).toEqual(new Set([id]));
  });

  test('is refused to people and keys, and to whoever says nonsense', async () => {
    expect((await gw.post('mr_gw_nobody', '/edge/exchange', {})).status).toBe(401);
    expect((await gw.ask('owner', 'POST', '/edge/exchange', {})).status).toBe(403);
    expect((await gw.post(token, '/edge/exchange', { waitS: 26 })).status).toBe(400);
    expect((await gw.exchange(token, { waitS: 26 })).status).toBe(400);
  });
});

describe('a question to the agent', () => {
  test('travels over the open line and comes back with the answer', async () => {
    await gw.exchange(token, { seenVersion: 1 });
    const asked = await ask(READ);
    expect(asked).toMatchObject({ status: 202, body: { state: 'pending', answer: null } });
    const { id } = asked.body;
    const orders = ordersOf(await gw.exchange(token, { seenVersion: 1, waitS: 5 }));
    expect(orders.requests.find((one) => one.id === id)).toMatchObject({ id, request: READ });
    await gw.exchange(token, { seenVersion: 1, answers: [{ id, answer: ANSWER }] });
    const path = `/gateways/${gw.gatewayId}/requests/${id}`;
    const { body } = await gw.ask('planner', 'GET', path);
    expect(body).toMatchObject({ state: 'answered', answer: ANSWER });
    await gw.exchange(token, { seenVersion: 1, answers: [{ id, answer: { ...ANSWER, error: 'later' } }] });
    expect((await gw.ask('planner', 'GET', path)).body.answer.error).toBeNull();
    expect((await gw.ask('rival', 'GET', path)).status).toBe(404);
    const { body: audit } = await gw.ask('owner', 'GET', '/audit?action=gateway.ask');
    expect(audit.rows).toHaveLength(1);
    expect(audit.rows[0]).toMatchObject({
      actor: 'planner@f1.example',
      detail: { kind: 'read', driver: 'modbus', settings: READ.settings },
    });
  });

  test('to send again what was refused is audited every time, and says which machine it means', async () => {
    await gw.exchange(token, { seenVersion: 1 });
    const selection = { machine: 'PRES-1', code: 'unknown-machine', as: 'M-1' };
    const { id } = (await ask({ kind: 'resend', selection })).body;
    const orders = ordersOf(await gw.exchange(token, { seenVersion: 1, waitS: 5 }));
    expect(orders.requests.find((one) => one.id === id)?.request).toEqual({ kind: 'resend', selection });
    const resent = { items: 3, left: 0, until: 1_700_000_000_000 };
    const answer: EdgeAnswer = { error: null, latencyMs: null, resent };
    await gw.exchange(token, { seenVersion: 1, answers: [{ id, answer }] });
    const { body } = await gw.ask('planner', 'GET', `/gateways/${gw.gatewayId}/requests/${id}`);
    expect(body).toMatchObject({ state: 'answered', answer: { resent } });
    await ask({ kind: 'resend', selection });
    const { body: audit } = await gw.ask('owner', 'GET', '/audit?action=gateway.resend');
    expect(audit.rows).toMatchObject([{ detail: selection }, { detail: selection }]);
    expect(await ask({ kind: 'resend', selection: { as: 'M-1' } })).toMatchObject({
      status: 422,
      body: { code: 'resend-without-machine' },
    });
    const path = `/gateways/${gw.gatewayId}/requests`;
    expect((await gw.ask('viewer', 'POST', path, { kind: 'resend', selection: {} })).status).toBe(403);
    expect((await gw.ask('rival', 'POST', path, { kind: 'resend', selection: {} })).status).toBe(404);
  });

  test('is told again when the agent may not have heard it, and runs out after half a minute', async () => {
    gw.house.ahead += 60_000;
    await gw.exchange(token, { seenVersion: 1 });
    const { id } = (await ask(READ)).body;
    const told = async (): Promise<boolean> =>
      ordersOf(await gw.exchange(token, { seenVersion: 1 })).requests.some((one) => one.id === id);
    expect([await told(), await told()]).toEqual([true, false]);
    gw.house.ahead += 3_100;
    expect(await told()).toBe(true);
    gw.house.ahead += 30_000;
    expect(await told()).toBe(false);
    const path = `/gateways/${gw.gatewayId}/requests/${id}`;
    expect((await gw.ask('planner', 'GET', path)).body.state).toBe('expired');
    await gw.exchange(token, { seenVersion: 1, answers: [{ id, answer: ANSWER }] });
    expect((await gw.ask('planner', 'GET', path)).body).toMatchObject({ state: 'expired', answer: null });
    gw.house.ahead += 600_000;
    await gw.gateways.tick();
    expect((await gw.ask('planner', 'GET', path)).status).toBe(404);
  });

  test('is refused in words: wrong settings, too many, nobody there', async () => {
    await gw.exchange(token, { seenVersion: 1 });
    const wrong = await ask({ ...READ, settings: { port: 502 } });
    expect(wrong).toMatchObject({ status: 422, body: { fields: [{ pointer: '/body/settings/host' }] } });
    expect((await ask({ ...READ, driver: 'telepathy' })).body.fields[0].pointer).toBe('/body/driver');
    const many = [];
    for (let one = 0; one < 9; one++) many.push((await ask(READ)).status);
    expect(many).toEqual([...Array(8).fill(202), 429]);
    const silent = await gw.addGateway('GW-silent');
    const never = await gw.ask('owner', 'POST', `/gateways/${silent}/requests`, READ);
    expect(never).toMatchObject({ status: 409, body: { code: 'gateway-never-heard' } });
    gw.house.ahead += 90_000;
    const { code, values } = (await ask(READ)).body;
    expect(code).toBe('gateway-offline');
    expect(values.silentS).toBeGreaterThanOrEqual(90);
    expect((await gw.ask('viewer', 'POST', `/gateways/${gw.gatewayId}/requests`, READ)).status).toBe(403);
  });
});

describe('the health of a gateway', () => {
  const connection = { code: 'plc', driver: 'modbus', since: 1, error: null, reconnects: 0, restarts: 0 };
  const said: AgentHealth = {
    ...HEALTH,
    connections: [
      { ...connection, state: 'connected', latencyMs: 3, tags: 10, tagsBad: 2, samplesPerMin: 600 },
      { ...connection, code: 'b', state: 'failed', latencyMs: null, tags: 5, tagsBad: 5, samplesPerMin: 0 },
    ],
    buffer: { ...HEALTH.buffer, waiting: 42, oldestAt: 1_700_000_000_000, dropped: 1 },
  };

  test('is online while it talks, and offline after two waits without a word', async () => {
    await gw.exchange(token, { seenVersion: 1, waitS: 1 });
    // A short word beside a line that waits does not shorten the patience with it.
    await gw.exchange(token, { seenVersion: 1, waitS: 0, health: said });
    expect(await healthOf()).toMatchObject({ online: true, health: said });
    gw.house.ahead += 13_000;
    expect((await healthOf()).online).toBe(true);
    gw.house.ahead += 4_000;
    const silent = await healthOf();
    expect(silent.online).toBe(false);
    expect(silent.ageMs).toBeGreaterThanOrEqual(17_000);
    const gone = new AbortController();
    const line = gw.exchange(token, { seenVersion: 1, waitS: 25 }, gone.signal);
    await untilWaiting(1);
    await gw.exchange(token, { seenVersion: 1, waitS: 0 });
    gw.house.ahead += 45_000;
    expect((await healthOf()).online).toBe(true);
    gw.house.ahead += 15_000;
    expect((await healthOf()).online).toBe(false);
    gone.abort();
    await expect(line).rejects.toThrow();
  });

  test('stands in one line of the list', async () => {
    await gw.exchange(token, { seenVersion: 1, health: { ...said, at: 1_700_000_090_000 } });
    const { body } = await gw.ask('viewer', 'GET', '/gateway-summaries?limit=500');
    const mine = body.rows.find((row: { gateway: { id: string } }) => row.gateway.id === gw.gatewayId);
    expect(mine).toMatchObject({
      online: true,
      connections: 2,
      connectionsConnected: 1,
      tags: 15,
      tagsBad: 7,
      waiting: 42,
      // By the box's own clock, however wrong that is.
      oldestWaitMs: 90_000,
      dropped: 1,
      newestVersion: 1,
    });
    const first = await gw.ask('viewer', 'GET', '/gateway-summaries?limit=1');
    const second = await gw.ask(
      'viewer',
      'GET',
      `/gateway-summaries?limit=1&cursor=${first.body.nextCursor}`,
    );
    expect(second.body.rows[0].gateway.id).not.toBe(first.body.rows[0].gateway.id);
  });

  test('is written to the database now and then, not at every word', async () => {
    const written = async (): Promise<number> => {
      const row = await gw.house.kernel.db.transaction({ kind: 'platform' }, (tx) =>
        tx.one<{ at: number }>('SELECT heard_at AS at FROM gateway_health WHERE gateway_id = $1', [
          gw.gatewayId,
        ]),
      );
      return row.at;
    };
    await gw.exchange(token, { seenVersion: 1 });
    await gw.gateways.tick();
    const before = await written();
    for (let word = 0; word < 20; word++) await gw.exchange(token, { seenVersion: 1 });
    expect(await written()).toBe(before);
    gw.house.ahead += 15_001;
    await until(async () => ((await written()) > before ? true : undefined));
  });
});

describe('the wait room', () => {
  const who = (gatewayId: string) => ({ networkId: 'n', gatewayId, seenVersion: 0 });
  test('sends the oldest home when one gateway brings too many, and everybody when it closes', async () => {
    const room = createWaitRoom();
    const waits = Array.from({ length: 6 }, () => room.wait(who('a'), 600_000));
    const other = room.wait(who('b'), 600_000);
    expect(room.size).toBe(5);
    await Promise.all(waits.slice(0, 2).map(({ over }) => over));
    room.wake('b');
    await other.over;
    room.close();
    await Promise.all(waits.map(({ over }) => over));
    expect(room.size).toBe(0);
    await room.wait(who('a'), 600_000).over;
  });
});

test('a platform that stops answers those who wait first', async () => {
  const other = await openGatewayHouse();
  const line = other.exchange(await other.enrol(), { waitS: 25 });
  await until(async () => {
    const { body } = await other.ask('viewer', 'GET', `/gateways/${other.gatewayId}/health`);
    return body.online || undefined;
  });
  await other.close();
  expect(ordersOf(await line)).toMatchObject({ config: null });
});
