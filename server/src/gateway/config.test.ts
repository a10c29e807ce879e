import type { EdgeConfig } from '@millrace/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CONFIG,
  type GatewayHouse,
  HEALTH,
  openGatewayHouse,
  ordersOf,
  running,
} from '../../../test/setup/gateway-house.ts';

let gw: GatewayHouse;
let token: string;
beforeAll(async () => {
  gw = await openGatewayHouse();
  token = await gw.enrol();
});
afterAll(() => gw?.close());

const path = (below = '') => `/gateways/${gw.gatewayId}/config${below}`;
const put = (config: EdgeConfig, basedOn: number | null, note?: string) =>
  gw.ask('planner', 'PUT', path(), { config, basedOn, ...(note ? { note } : {}) });
const newest = async (): Promise<number | null> => {
  const { status, body } = await gw.ask('owner', 'GET', path());
  return status === 404 ? null : body.version;
};
const withHost = (host: string): EdgeConfig => ({
  ...CONFIG,
  connections: [{ code: 'plc', driver: 'modbus', settings: { host } }],
});

describe('the configuration of a gateway', () => {
  test('is versioned, handed to the agent once it is newer, and acknowledged by it', async () => {
    expect(await gw.ask('owner', 'GET', path())).toMatchObject({ status: 404, body: { code: 'no-config' } });
    expect(ordersOf(await gw.exchange(token)).config).toBeNull();
    const first = await put(CONFIG, await newest(), 'first try');
    expect(first).toMatchObject({
      status: 200,
      body: { version: 1, note: 'first try', createdBy: 'planner@f1.example', appliedAt: null, faults: [] },
    });
    const { config } = ordersOf(await gw.exchange(token));
    expect(config).toEqual({ version: 1, config: CONFIG });
    expect(ordersOf(await gw.exchange(token, running(1))).config).toBeNull();
    const { body } = await gw.ask('owner', 'GET', path());
    expect(body).toMatchObject({ version: 1, appliedAt: expect.any(Number), config: CONFIG });
  });

  test('that the agent refuses keeps its faults, and the one before goes on', async () => {
    const based = (await newest()) ?? 0;
    const { body } = await put(withHost('198.51.100.1'), based);
    const faults = [{ path: '/machines/0/tags/0/address', code: 'bad-address', message: 'no such table' }];
    await gw.exchange(token, { ...running(based), seenVersion: body.version, faults });
    expect((await gw.ask('owner', 'GET', path())).body).toMatchObject({ appliedAt: null, faults });
    const { body: summaries } = await gw.ask('owner', 'GET', '/gateway-summaries');
    expect(summaries.rows).toEqual([
      expect.objectContaining({
        online: true,
        runningVersion: based,
        newestVersion: body.version,
        configRefused: true,
        machines: 1,
      }),
    ]);
    await gw.exchange(token, running(body.version));
    expect((await gw.ask('owner', 'GET', path())).body).toMatchObject({ faults: [] });
  });

  test('is never handed out twice in a row to an agent that does not listen', async () => {
    const version = await newest();
    gw.house.ahead += 6_000;
    expect(ordersOf(await gw.exchange(token)).config?.version).toBe(version);
    expect(ordersOf(await gw.exchange(token)).config).toBeNull();
    gw.house.ahead += 6_000;
    expect(ordersOf(await gw.exchange(token)).config?.version).toBe(version);
  });

  test('written by two people at once is written by one; the other is told who was faster', async () => {
    const based = await newest();
    const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((host) => put(withHost(host), based)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409]);
    const loser = answers.find(({ status }) => status === 409);
    expect(loser?.body).toMatchObject({
      code: 'config-changed',
      values: { version: (based ?? 0) + 1, by: 'planner@f1.example' },
      fields: [{ pointer: '/body/basedOn' }],
    });
    for (const basedOn of [null, 1, 999]) {
      expect((await put(CONFIG, basedOn)).body.code, String(basedOn)).toBe('config-changed');
    }
  });

  test('with faults is refused with a pointer to each, and nothing is stored', async () => {
    const based = await newest();
    const [machine] = CONFIG.machines;
    const wrong = {
      ...CONFIG,
      connections: [{ code: 'plc', driver: 'modbus', settings: { host: 'x', rack: 1 } }],
      machines: [{ ...machine, machine: 'M-9' }],
    } as EdgeConfig;
    const answer = await put(wrong, based);
    expect(answer).toMatchObject({ status: 422, body: { code: 'config-faults', values: { faults: 2 } } });
    expect(answer.body.fields.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      '/body/config/connections/0/settings/rack',
      '/body/config/machines/0/machine',
    ]);
    const noForm = await put({ ...CONFIG, v: 2 } as unknown as EdgeConfig, based);
    expect(noForm).toMatchObject({ status: 400, body: { fields: [{ pointer: '/body/config/v' }] } });
    const closed = await put({ ...CONFIG, plans: 1 } as unknown as EdgeConfig, based);
    expect(closed.status).toBe(400);
    expect(await newest()).toBe(based);
  });

  test('of an older version comes back as a new one', async () => {
    const based = await newest();
    const restored = await gw.ask('owner', 'POST', path('/versions/1/restore'), { basedOn: based });
    expect(restored).toMatchObject({ status: 200, body: { version: (based ?? 0) + 1, config: CONFIG } });
    const again = await gw.ask('owner', 'POST', path('/versions/1/restore'), { basedOn: based });
    expect(again.body.code).toBe('config-changed');
    expect((await gw.ask('owner', 'POST', path('/versions/777/restore'), { basedOn: based })).status).toBe(
      404,
    );
    const { body } = await gw.ask('owner', 'GET', path('/versions?limit=1'));
    expect(body.rows).toMatchObject([
      { version: (based ?? 0) + 1, restoredFrom: 1, connections: 1, machines: 1 },
    ]);
    const next = await gw.ask('owner', 'GET', path(`/versions?limit=1&cursor=${body.nextCursor}`));
    expect(next.body.rows).toMatchObject([{ version: based }]);
    expect((await gw.ask('owner', 'GET', path('/versions/1'))).body.config).toEqual(CONFIG);
    const odd = Buffer.from('[1e300]').toString('base64url');
    expect((await gw.ask('owner', 'GET', path(`/versions?cursor=${odd}`))).body.code).toBe('bad-cursor');
  });

  test('is nobody else’s: another factory neither reads nor writes it', async () => {
    expect((await gw.ask('rival', 'GET', path())).status).toBe(404);
    expect((await gw.ask('rival', 'PUT', path(), { config: CONFIG, basedOn: null })).status).toBe(404);
    expect((await gw.ask('rival', 'GET', path('/versions'))).status).toBe(404);
    expect((await gw.ask('rival', 'GET', '/gateway-summaries')).body.rows).toEqual([]);
    expect((await gw.ask('rival', 'GET', `/gateways/${gw.gatewayId}/health`)).status).toBe(404);
    expect((await gw.ask('viewer', 'PUT', path(), { config: CONFIG, basedOn: null })).status).toBe(403);
  });

  test('is numbered above what the agent runs, also when the database was taken back to yesterday', async () => {
    const id = await gw.addGateway('GW-restored');
    const of = await gw.enrol(id);
    await gw.exchange(of, running(41));
    const empty = { v: 1, connections: [], machines: [] };
    const write = (basedOn: number | null) =>
      gw.ask('owner', 'PUT', `/gateways/${id}/config`, { config: empty, basedOn });
    expect((await write(null)).body.version).toBe(42);
    expect((await write(null)).body.code).toBe('config-changed');
    // An agent that says rubbish does not use the numbers up.
    await gw.exchange(of, running(2 ** 53 - 1));
    expect((await write(42)).body.version).toBe(43);
    const { config } = ordersOf(await gw.exchange(of, { seenVersion: 2 ** 40 }));
    expect(config?.version).toBe(43);
  });

  test('keeps a hundred versions and what the agent runs', async () => {
    const id = await gw.addGateway('GW-many');
    const empty = { v: 1, connections: [], machines: [] } as const;
    for (let basedOn = 0; basedOn < 103; basedOn++) {
      const body = { config: empty, basedOn: basedOn || null };
      expect((await gw.ask('owner', 'PUT', `/gateways/${id}/config`, body)).status).toBe(200);
      if (basedOn === 1) await gw.exchange(await gw.enrol(id), running(2));
    }
    const { body } = await gw.ask('owner', 'GET', `/gateways/${id}/config/versions?limit=500`);
    const versions = body.rows.map(({ version }: { version: number }) => version);
    expect([versions[0], versions.at(-1)]).toEqual([103, 2]);
  });
});

test('what an agent says cannot break what is stored: texts of machines may hold anything', async () => {
  const tag = {
    machine: 'M-1',
    tag: 'label',
    value: 'A\0B \ud83d',
    quality: 'good',
    at: null,
    lastGoodAt: null,
    error: null,
  } as const;
  expect((await gw.exchange(token, { health: { ...HEALTH, tags: [tag] } })).status).toBe(200);
  await gw.gateways.tick();
  const { body } = await gw.ask('viewer', 'GET', `/gateways/${gw.gatewayId}/health`);
  expect(body.health.tags[0].value).toMatch(/^A.B/);
});
