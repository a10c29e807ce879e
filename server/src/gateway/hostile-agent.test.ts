import type { AgentHealth } from '@millrace/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CONFIG,
  type Exchanged,
  type GatewayHouse,
  HEALTH,
  openGatewayHouse,
  running,
} from '../../../test/setup/gateway-house.ts';

let gw: GatewayHouse;
let token: string;
beforeAll(async () => {
  gw = await openGatewayHouse();
  token = await gw.enrol();
});
afterAll(() => gw?.close());

const CONNECTION: AgentHealth['connections'][number] = {
  code: 'plc',
  driver: 'modbus',
  state: 'connected',
  since: 0,
  error: null,
  reconnects: 0,
  restarts: 0,
  latencyMs: null,
  tags: 1,
  tagsBad: 0,
  samplesPerMin: 0,
};
const statuses = (all: readonly { readonly status: number }[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(all, ({ status }) => status)].map(([key, some]) => [key, some.length]));

describe('an agent that tells rubbish', () => {
  test('spoils no sum of the list in which it stands', async () => {
    const connections = Array.from({ length: 256 }, (_, i) => ({ ...CONNECTION, code: `c${i}` }));
    const tell = (tags: number): Promise<Exchanged> =>
      gw.exchange(token, {
        health: { ...HEALTH, connections: connections.map((one) => ({ ...one, tags })) },
      });
    for (const tags of [1e308, -1e308]) {
      expect((await tell(tags)).body).toMatchObject({ status: 400, code: 'invalid-request' });
    }
    expect((await tell(Number.MAX_SAFE_INTEGER)).status).toBe(200);
    const { body } = await gw.ask('admin', 'GET', '/gateway-summaries');
    expect(body.rows[0].tags).toBe(256 * Number.MAX_SAFE_INTEGER);
  });

  test('fills no memory with the values of its tags', async () => {
    const tag = { machine: 'M-1', quality: 'bad' as const, at: null, lastGoodAt: null, error: null };
    const values = ['x'.repeat(30_000), 'short', 7, null];
    const tags = values.map((value, i) => ({ ...tag, tag: `t${i}`, value }));
    expect((await gw.exchange(token, { health: { ...HEALTH, tags } })).status).toBe(200);
    const { body } = await gw.ask('viewer', 'GET', `/gateways/${gw.gatewayId}/health`);
    const told = body.health.tags.map(({ value }: { value: unknown }) => value);
    expect(told).toEqual([`${'x'.repeat(200)}…`, 'short', 7, null]);
  });

  test('moves the versions of its configuration only as far as a database can have been taken back', async () => {
    const gatewayId = await gw.addGateway('GW-liar');
    const other = await gw.enrol(gatewayId);
    const put = (basedOn: number | null) => {
      const config = { ...CONFIG, machines: [] };
      return gw.ask('owner', 'PUT', `/gateways/${gatewayId}/config`, { config, basedOn });
    };
    await gw.exchange(other, running(1_000_000_000));
    expect((await put(null)).body.version).toBe(1);
    await gw.exchange(other, running(41));
    expect((await put(1)).body.version).toBe(42);
    expect((await put(42)).body.version).toBe(43);
  });

  test('gets alarms back that would be forgotten before anybody saw them, and those no row can hold', async () => {
    const alarm = {
      ...{ id: 'a1', machine: 'M-1', rule: 'R', severity: 'warning', phase: 'raised' },
      ...{ at: Date.now(), value: 1, limit: 2 },
    };
    const alarms = [
      alarm,
      { ...alarm, id: 'a2', at: 0 },
      { ...alarm, id: 'a\ud800' },
      { ...alarm, id: 'a\0' },
    ];
    expect((await gw.post(token, '/edge-alarms', { v: 1, alarms })).body).toEqual({
      accepted: 1,
      duplicate: 0,
      rejected: 3,
      rejections: [
        { index: 1, code: 'too-old' },
        { index: 2, code: 'malformed' },
        { index: 3, code: 'malformed' },
      ],
    });
  });
});

describe('at the same time', () => {
  test('an agent has few words to say, however often it asks; the others are told so', async () => {
    const all = await Promise.all(Array.from({ length: 200 }, () => gw.exchange(token)));
    const refused = all.find(({ status }) => status === 429)?.body;
    expect(refused).toMatchObject({ code: 'too-many-lines', values: { retryAfterS: 5 } });
    expect(Object.keys(statuses(all))).toEqual(['200', '429']);
    expect((await gw.exchange(token)).status).toBe(200);
  });

  test('no more questions are put to an agent than it may have open', async () => {
    await gw.exchange(token);
    const request = { kind: 'test', driver: 'modbus', settings: { host: '192.0.2.1' } };
    const ask = () => gw.ask('planner', 'POST', `/gateways/${gw.gatewayId}/requests`, request);
    const all = await Promise.all(Array.from({ length: 40 }, ask));
    expect(statuses(all)).toEqual({ 202: 8, 429: 32 });
  });

  test('no more commands are given to a machine than it may have open', async () => {
    const config = await gw.ask('owner', 'PUT', `/gateways/${gw.gatewayId}/config`, {
      config: CONFIG,
      basedOn: null,
    });
    await gw.exchange(token, running(config.body.version));
    await gw.ask('owner', 'PUT', `/machines/${gw.machineId}/command-switch`, { enabled: true });
    const command = {
      machineId: gw.machineId,
      command: 'set-speed',
      value: 120,
      reason: 'x',
      expiresInS: 60,
    };
    const all = await Promise.all(
      Array.from({ length: 40 }, () => gw.ask('planner', 'POST', '/machine-commands', command)),
    );
    expect(statuses(all)).toEqual({ 201: 16, 409: 24 });
  });
});

describe('a box gone mad', () => {
  const alarm = { machine: 'M-1', rule: 'flaps', severity: 'info', phase: 'raised', value: 1, limit: 2 };
  const say = (who: string, upload: number) => {
    const alarms = Array.from({ length: 1_000 }, (_, i) => ({
      ...{ ...alarm, id: `mad-${upload}-${i}` },
      at: Date.now(),
    }));
    return gw.post(who, '/edge-alarms', { v: 1, alarms });
  };

  test('waits with its alarms for those it had, and nobody else does', async () => {
    const other = await gw.enrol(await gw.addGateway('GW-sane'));
    let refused: Exchanged | undefined;
    let taken = 0;
    for (let upload = 0; refused === undefined; upload++) {
      const answer = await say(token, upload);
      if (answer.status === 200) taken += answer.body.accepted;
      else refused = answer;
    }
    expect(refused).toMatchObject({ status: 429, body: { code: 'too-many-alarms' } });
    expect(refused.body.values.retryAfterS).toBeGreaterThan(0);
    expect(taken).toBeGreaterThanOrEqual(20_000);
    expect(taken).toBeLessThan(23_000);
    // Its alarms are refused one by one, as those of a machine of somebody else.
    expect((await say(other, 0)).status).toBe(200);
  }, 60_000);
});
