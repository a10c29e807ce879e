import type { EdgeAlarm } from '@millrace/contract';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GatewayHouse, openGatewayHouse } from '../../../test/setup/gateway-house.ts';

let gw: GatewayHouse;
let token: string;
beforeAll(async () => {
  gw = await openGatewayHouse();
  token = await gw.enrol();
});
afterAll(() => gw?.close());

const NOON = Date.now() - 3_600_000;
const alarm = (id: string, more: Partial<EdgeAlarm> = {}): EdgeAlarm => ({
  id,
  machine: 'M-1',
  rule: 'hot',
  severity: 'warning',
  phase: 'raised',
  at: NOON,
  value: 81.5,
  limit: 80,
  ...more,
});
const upload = (alarms: readonly unknown[]) => gw.post(token, '/edge-alarms', { v: 1, alarms });
const list = async (query = '', who: 'viewer' | 'rival' | 'admin' = 'viewer') =>
  (await gw.ask(who, 'GET', `/alarms?${query}`)).body;
const news = async (): Promise<Record<string, unknown>[]> => {
  const rows = await gw.house.kernel.db.transaction({ kind: 'platform' }, (tx) =>
    tx.rows<{ payload: Record<string, unknown> }>(
      `SELECT payload FROM outbox_event WHERE kind = 'edge-alarm-raised' ORDER BY id`,
    ),
  );
  return rows.map(({ payload }) => payload);
};

describe('alarms of a gateway', () => {
  test('are stored once each, whatever is delivered again', async () => {
    const first = await upload([alarm('a1'), alarm('a2', { phase: 'cleared', at: NOON + 1_000 })]);
    expect(first).toEqual({ status: 200, body: { accepted: 2, duplicate: 0, rejected: 0 } });
    const again = await upload([alarm('a1'), alarm('a3', { at: NOON + 2_000 }), alarm('a3')]);
    expect(again.body).toEqual({ accepted: 1, duplicate: 2, rejected: 0 });
    const { rows } = await list();
    expect(rows.map(({ id }: EdgeAlarm) => id)).toEqual(['a3', 'a2', 'a1']);
    expect(rows[2]).toMatchObject({
      ...alarm('a1'),
      gatewayId: gw.gatewayId,
      machineId: gw.machineId,
      receivedAt: expect.any(Number),
    });
  });

  test('say what the rule looks at, where the agent tells it, and so does the news of them', async () => {
    const basis = { kind: 'threshold', tag: 'temp', unit: '°C' } as const;
    const odd = { ...basis, unit: 'k\0W' };
    await upload([
      alarm('d1', { rule: 'words', basis }),
      alarm('d2', { rule: 'odd', basis: odd }),
      alarm('d3'),
    ]);
    const { rows } = await list();
    const basisOf = (id: string) => rows.find((row: EdgeAlarm) => row.id === id).basis;
    expect([basisOf('d1'), basisOf('d2'), basisOf('d3')]).toEqual([
      basis,
      { ...basis, unit: 'k\ufffdW' },
      null,
    ]);
    expect((await news()).find(({ rule }) => rule === 'words')?.basis).toEqual(basis);
  });

  test('that come at the same time over two lines are stored once', async () => {
    const same = Array.from({ length: 50 }, (_, i) => alarm(`same-${i}`));
    const answers = await Promise.all(Array.from({ length: 4 }, () => upload(same)));
    const sum = (key: string): number => answers.reduce((total, { body }) => total + body[key], 0);
    expect([sum('accepted'), sum('duplicate')]).toEqual([50, 150]);
  });

  test('that are bad are named by their index, and the good ones beside them are kept', async () => {
    const answer = await upload([
      alarm('b1', { machine: 'M-9' }),
      'nonsense',
      { ...alarm('b2'), severity: 'loud' },
      alarm('b3', { at: Date.now() + 3_600_000 }),
      alarm('b\0'),
      alarm('b4'),
    ]);
    expect(answer.body).toEqual({
      accepted: 1,
      duplicate: 0,
      rejected: 5,
      rejections: [
        { index: 0, code: 'unknown-machine' },
        { index: 1, code: 'malformed' },
        { index: 2, code: 'malformed' },
        { index: 3, code: 'too-far-in-future' },
        { index: 4, code: 'malformed' },
      ],
    });
    for (const body of [{}, [], { v: 2, alarms: [alarm('x')] }, { v: 1, alarms: [] }, { v: 1, alarms: 1 }]) {
      expect((await gw.post(token, '/edge-alarms', body)).body.code).toBe('not-an-alarm-upload');
    }
    expect((await upload(Array.from({ length: 1_001 }, () => alarm('x')))).status).toBe(400);
    expect((await gw.ask('owner', 'POST', '/edge-alarms', { v: 1, alarms: [] })).status).toBe(403);
  });

  test('make one piece of news per machine and rule of an upload', async () => {
    const before = (await news()).length;
    await upload([
      alarm('n1', { rule: 'news', at: NOON }),
      alarm('n2', { rule: 'news', at: NOON + 5_000, value: 99 }),
      alarm('n3', { rule: 'news', phase: 'cleared', at: NOON + 6_000 }),
      alarm('n4', { rule: 'other', severity: 'critical', limit: null }),
    ]);
    expect((await news()).slice(before)).toMatchObject([
      {
        rule: 'news',
        at: NOON + 5_000,
        value: 99,
        count: 2,
        machineId: gw.machineId,
        gatewayId: gw.gatewayId,
      },
      { rule: 'other', severity: 'critical', limit: null, count: 1 },
    ]);
    await upload([alarm('n1', { rule: 'news' })]);
    expect((await news()).length).toBe(before + 2);
  });

  test('are found by machine, severity, time, and whether they still stand', async () => {
    await upload([
      alarm('f1', { rule: 'f', at: NOON + 10_000, severity: 'critical' }),
      alarm('f2', { rule: 'f', at: NOON + 11_000, severity: 'critical', phase: 'cleared' }),
      alarm('f3', { rule: 'f', at: NOON + 12_000, severity: 'critical' }),
    ]);
    const ids = async (query: string): Promise<string[]> =>
      (await list(query)).rows.map(({ id }: EdgeAlarm) => id);
    const span = `from=${NOON + 10_000}&to=${NOON + 20_000}`;
    expect(await ids(span)).toEqual(['f3', 'f2', 'f1']);
    expect(await ids(`${span}&active=true`)).toEqual(['f3']);
    expect(await ids(`severity=critical&machineId=${gw.machineId}&active=true`)).toEqual(['f3', 'n4']);
    expect(await ids(`gatewayId=${gw.factoryId}`)).toEqual([]);
    expect((await gw.ask('viewer', 'GET', '/alarms?severity=loud')).status).toBe(400);
  });

  test('are paged without gaps or repeats', async () => {
    const all = (await list('limit=500')).rows.map(({ id }: EdgeAlarm) => id);
    const paged: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: { rows: EdgeAlarm[]; nextCursor: string | null } = await list(
        `limit=7${cursor ? `&cursor=${cursor}` : ''}`,
      );
      paged.push(...page.rows.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(paged).toEqual(all);
    const odd = [[-1, gw.gatewayId, 'a'], [1, 'x', 'a'], [1, gw.gatewayId, 'a\0'], [1]];
    for (const values of odd) {
      const bad = Buffer.from(JSON.stringify(values)).toString('base64url');
      expect((await gw.ask('viewer', 'GET', `/alarms?cursor=${bad}`)).body.code).toBe('bad-cursor');
    }
  });

  test('are forgotten after more than a year', async () => {
    await upload([alarm('old', { rule: 'old', at: Date.now() - 399 * 86_400_000 })]);
    const owner = new pg.Client({ connectionString: gw.house.adminUrl });
    await owner.connect();
    await owner.query(`UPDATE edge_alarm SET at = at - interval '2 days' WHERE id = 'old'`);
    await owner.end();
    const span = `to=${Date.now() - 390 * 86_400_000}`;
    expect((await list(span)).rows).toHaveLength(1);
    await gw.gateways.tick();
    expect((await list(span)).rows).toEqual([]);
    expect((await list()).rows.length).toBeGreaterThan(5);
  });

  test('are seen by the factory and the operator, and by nobody else', async () => {
    expect((await list('limit=500', 'admin')).rows.length).toBeGreaterThan(50);
    expect((await list('limit=500', 'rival')).rows).toEqual([]);
  });
});
