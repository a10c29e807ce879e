import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/setup/database.ts';
import { type SmallNetwork, seedSmallNetwork } from '../../../test/setup/small-network.ts';
import { openAccess } from '../access/index.ts';
import { mintToken } from '../access/secret-token.ts';
import { openCapacity } from '../capacity/index.ts';
import { type App, createApp, type Kernel, openKernel, readConfig } from '../kernel/index.ts';
import { openOrders } from '../orders/index.ts';
import { openRegistry } from '../registry/index.ts';
import type { Matching } from './matching.ts';
import { openMatching } from './service.ts';

const HOUR = 3_600_000;
const SCOPES = ['read', 'orders', 'production'];
let database: FreshDatabase;
let kernel: Kernel;
let app: App;
let matching: Matching;
let network: SmallNetwork;
const tokens: Record<'operator' | 'buyer' | 'factory' | 'rival', string> = {
  operator: '',
  buyer: '',
  factory: '',
  rival: '',
};
type Who = keyof typeof tokens;

beforeAll(async () => {
  database = await freshDatabase();
  network = await seedSmallNetwork(database.adminUrl);
  const [first, second] = network.factories;
  tokens.operator = await addKey(network.operatorId);
  tokens.buyer = await addKey(network.buyerId);
  tokens.factory = await addKey(first?.organisationId ?? '');
  tokens.rival = await addKey(second?.organisationId ?? '');
  const config = readConfig({ MILLRACE_ROLES: 'api', MILLRACE_LOG_LEVEL: 'silent' });
  kernel = await openKernel({ ...config, databaseUrl: database.adminUrl });
  app = await createApp(kernel);
  const access = openAccess(kernel);
  const registry = openRegistry(kernel, access);
  const capacity = openCapacity(kernel, access, registry);
  const orders = openOrders(kernel, access, registry);
  matching = openMatching(kernel, access, registry, capacity, orders);
  for (const module of [access, registry, capacity, orders, matching]) module.routes(app);
  await app.ready();
  await kernel.start();
});
afterAll(async () => {
  await app?.close();
  await matching?.stop();
  await kernel?.stop();
  await database?.drop();
});

async function addKey(organisationId: string): Promise<string> {
  const { token, prefix, hash } = mintToken('key');
  const client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  await client.query(
    `INSERT INTO api_key (network_id, id, organisation_id, name, scopes, prefix, token_hash, created_at)
     VALUES ($1, $2, $3, 'test', $4, $5, $6, now())`,
    [network.networkId, randomUUID(), organisationId, SCOPES, prefix, hash],
  );
  await client.end();
  return token;
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown> & { rows?: Record<string, unknown>[] };
}
/** A machine that is busy with other tests sheds load before a route is reached; like any client, come again. */
const ask = (who: Who, method: 'GET' | 'POST', url: string, payload?: object): Promise<Answer> =>
  vi.waitFor(
    async () => {
      const answered = await askOnce(who, method, url, payload);
      if (answered.status === 503) throw new RangeError('overloaded');
      return answered;
    },
    { timeout: 20_000, interval: 200 },
  );

async function askOnce(
  who: Who,
  method: 'GET' | 'POST',
  url: string,
  payload: object | undefined,
): Promise<Answer> {
  const answered = await app.inject({
    method,
    url: `/api/v3${url}`,
    headers: { authorization: `Bearer ${tokens[who]}` },
    ...(payload === undefined ? {} : { payload }),
  });
  return { status: answered.statusCode, body: answered.json() };
}
async function settle(): Promise<void> {
  for (let round = 0; round < 2; round++) {
    await kernel.bus.settle();
    await matching.settle(network.networkId);
  }
}
const destination = { lat: 10, lon: 0 };
const due = (): number => Date.now() + 96 * HOUR;
async function order(): Promise<{ id: string; lineId: string }> {
  const { status, body } = await ask('buyer', 'POST', '/orders', {
    reference: `PO-${randomUUID()}`,
    destination: { name: 'Store', position: destination },
    lines: [{ itemId: network.itemId, quantity: 500, requestedAt: due() }],
  });
  expect(status).toBe(201);
  await settle();
  const [line] = body.lines as { id: string }[];
  return { id: String(body.id), lineId: line?.id ?? '' };
}

describe('the API of capacity and matching', () => {
  test('promises without an order, to a buyer and not to a factory', async () => {
    const asked = { itemId: network.itemId, quantity: 500, requestedAt: due(), destination };
    const { status, body } = await ask('buyer', 'POST', '/promises', asked);
    expect(status).toBe(200);
    expect((body.options as { kind: string; onTime: boolean }[])[0]).toMatchObject({
      kind: 'earliest-whole',
      onTime: true,
    });
    expect(body.basisHash).toMatch(/^[0-9a-f]{64}$/);
    expect((await ask('factory', 'POST', '/promises', asked)).status).toBe(403);
    const wrong = await ask('buyer', 'POST', '/promises', { ...asked, quantity: 0 });
    expect(wrong).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
  });

  test('shows an allocation to its parties only, and the run behind it to the operator', async () => {
    const { lineId } = await order();
    const url = `/allocations?lineId=${lineId}`;
    const seen = (await ask('operator', 'GET', url)).body.rows ?? [];
    expect(seen).toHaveLength(1);
    expect((await ask('buyer', 'GET', url)).body.rows).toMatchObject([{ id: seen[0]?.id, costMinor: 0 }]);
    const mine = seen[0]?.siteId === network.factories[0]?.siteId ? 'factory' : 'rival';
    const other = mine === 'factory' ? 'rival' : 'factory';
    expect((await ask(mine, 'GET', url)).body.rows).toHaveLength(1);
    expect((await ask(other, 'GET', url)).body.rows).toEqual([]);
    const runs = await ask('operator', 'GET', '/match-runs?limit=1');
    expect(runs.body.rows).toHaveLength(1);
    const detail = await ask('operator', 'GET', `/match-runs/${seen[0]?.runId}`);
    expect((detail.body.changes as { kind: string }[]).map(({ kind }) => kind)).toContain('placed');
    expect((await ask('operator', 'POST', `/match-runs/${seen[0]?.runId}/replay`)).body).toEqual({
      sameSnapshot: true,
      samePlan: true,
    });
    expect((await ask('buyer', 'GET', '/match-runs')).status).toBe(403);
    expect((await ask('operator', 'GET', `/lines/${lineId}/explanation`)).status).toBe(200);
    expect((await ask('operator', 'GET', `/lines/${randomUUID()}/explanation`)).status).toBe(404);
  });

  test('pages through allocations and runs by cursor', async () => {
    await order();
    await order();
    const all = (await ask('operator', 'GET', '/allocations?limit=100')).body.rows ?? [];
    const ids: unknown[] = [];
    let cursor = '';
    for (let page = 0; page < 20; page++) {
      const { body } = await ask('operator', 'GET', `/allocations?limit=1${cursor}`);
      ids.push(...(body.rows ?? []).map(({ id }) => id));
      if (body.nextCursor === null) break;
      cursor = `&cursor=${body.nextCursor}`;
    }
    expect(ids).toEqual(all.map(({ id }) => id));
    expect((await ask('operator', 'GET', '/allocations?cursor=nonsense')).body.code).toBe('bad-cursor');
    expect((await ask('operator', 'GET', '/match-runs?cursor=WzEsMl0')).body.code).toBe('bad-cursor');
  });

  test('takes an answer from the factory and a decision from the operator', async () => {
    const { lineId } = await order();
    const siteId = network.factories[0]?.siteId ?? '';
    const decision = { lineId, lock: 'site', siteId, reason: 'nearest' };
    const price = await ask('operator', 'POST', '/overrides/preview', decision);
    expect(price).toMatchObject({ status: 200, body: { feasible: true } });
    const done = await ask('operator', 'POST', '/overrides', decision);
    const [locked] = done.body.allocations as { id: string; lock: string; siteId: string }[];
    expect(locked).toMatchObject({ lock: 'site', siteId });
    expect((await ask('buyer', 'POST', '/overrides', decision)).status).toBe(403);
    const recorded = await ask('operator', 'GET', `/overrides?lineId=${lineId}`);
    expect(recorded.body.rows).toMatchObject([{ lock: 'site', reason: 'nearest', releasedAt: null }]);
    const accept = `/allocations/${locked?.id}/accept`;
    expect((await ask('rival', 'POST', accept)).status).toBe(404);
    expect((await ask('factory', 'POST', accept)).body).toMatchObject({ state: 'accepted' });
    expect((await ask('factory', 'POST', accept)).body).toMatchObject({ code: 'allocation-not-open' });
    const decline = await ask('factory', 'POST', `/allocations/${locked?.id}/decline`, { reason: 'price' });
    expect(decline).toMatchObject({ status: 409, body: { values: { state: 'accepted' } } });
    expect((await ask('operator', 'POST', '/match-runs', {})).body).toMatchObject({ trigger: 'manual' });
  });

  test('tells capacity by the day and by the hour, each adding up, to each its own', async () => {
    const [from, to] = [Date.now(), Date.now() + 47 * HOUR];
    const span = `from=${from}&to=${to}`;
    const days = await ask('operator', 'GET', `/capacity?${span}`);
    expect(days.body.rows).toHaveLength(3);
    const hours = await ask('factory', 'GET', `/capacity?${span}&grain=hour`);
    expect(hours.body.rows?.map(({ siteId }) => siteId)).toEqual([network.factories[0]?.siteId]);
    for (const { body } of [days, hours]) {
      for (const row of body.rows ?? []) {
        for (const bucket of row.buckets as Record<string, number>[]) {
          const { totalMin, usedMin = 0, committedMin = 0, unattainableMin = 0, availableMin = 0 } = bucket;
          expect(usedMin + committedMin + unattainableMin + availableMin).toBe(totalMin);
        }
      }
    }
    expect((await ask('operator', 'GET', `/capacity/summary?${span}`)).body.idleHours24h).toBeGreaterThan(0);
    const wrong = await ask('operator', 'GET', `/capacity?from=${to}&to=${from}`);
    expect(wrong).toMatchObject({ status: 400, body: { code: 'span-out-of-bounds' } });
  });

  test('tells the operator what one more hour would be worth, and nobody else', async () => {
    const { status, body } = await ask('operator', 'GET', '/hour-values?days=7');
    expect(status).toBe(200);
    const rows = body.rows as { days: { freeHours: number; takenHours: number; valuePerHour: number }[] }[];
    for (const { days } of rows) {
      expect(days.length).toBe(7);
      for (const day of days) {
        expect(day.takenHours).toBeLessThanOrEqual(day.freeHours);
        expect(day.valuePerHour).toBeGreaterThanOrEqual(0);
      }
    }
    expect((await ask('factory', 'GET', '/hour-values')).status).toBe(403);
    expect((await ask('operator', 'GET', '/hour-values?days=0')).status).toBe(400);
  });
});
