import type { CountRow, LiveMachine, MachineDay } from '@millrace/contract';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Seeded, seed } from '../../../bench/seed.ts';
import { type FreshDatabase, freshDatabase } from '../../../test/setup/database.ts';
import { openAccess } from '../access/index.ts';
import { openIngest } from '../ingest/index.ts';
import { type App, createApp, type Kernel, openKernel, readConfig } from '../kernel/index.ts';
import { openRegistry } from '../registry/index.ts';
import { openState, type State } from './index.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
/** Monday 2 March 2026, 08:00 in Shanghai: the default shift begins. */
const SHIFT = Date.UTC(2026, 2, 2, 0, 0);
const DAY = '2026-03-02';
let database: FreshDatabase;
let plant: Seeded;
let owner: pg.Client;
let platform: Awaited<ReturnType<typeof open>>;
let now = SHIFT;
let wallAhead = 0;

async function open() {
  const config = { ...readConfig({}), databaseUrl: database.adminUrl, logLevel: 'silent' };
  const clock = { now: () => now, wallNow: () => Date.now() + wallAhead, speed: 1 };
  const kernel: Kernel = await openKernel(config, { clock });
  const app: App = await createApp(kernel);
  const access = openAccess(kernel);
  const registry = openRegistry(kernel, access);
  const ingest = openIngest(kernel, access, registry);
  const state: State = openState(kernel, access, registry, ingest);
  for (const module of [access, registry, ingest, state]) module.routes(app);
  await app.ready();
  await registry.start();
  await ingest.start();
  await state.start();
  const stop = async () => {
    await app.close();
    await state.stop();
    await ingest.stop();
    await kernel.stop();
  };
  return { kernel, app, ingest, state, registry, stop };
}

beforeAll(async () => {
  database = await freshDatabase();
  plant = await seed(database.adminUrl, { gateways: 20, machinesPerGateway: 3 });
  await seed(database.adminUrl, { gateways: 1, machinesPerGateway: 1, factory: 1 });
  owner = new pg.Client({ connectionString: database.adminUrl });
  await owner.connect();
  platform = await open();
});
afterAll(async () => {
  await platform?.stop();
  await owner?.end();
  await database?.drop();
});

let nextGateway = 0;
const gateway = (): number => nextGateway++;
const at = (minute: number): number => SHIFT + minute * MINUTE;

async function upload(
  g: number,
  records: { m?: number; minute: number; count: number; [more: string]: unknown }[],
) {
  const response = await platform.app.inject({
    method: 'POST',
    url: '/api/v3/machine-records',
    headers: { authorization: `Bearer ${plant.gatewayToken(g)}` },
    payload: {
      v: 3,
      records: records.map(({ m = 0, minute, ...more }) => ({
        machine: plant.machineCode(g, m),
        minute: at(minute),
        runningS: 60,
        ...more,
      })),
    },
  });
  expect(response.json()).toMatchObject({ received: records.length, rejected: 0, conflict: 0 });
}
/** Minutes [from, to) with `rate` pieces each; the count stands at `count` before. */
const run = (from: number, to: number, rate: number, count = 0) =>
  Array.from({ length: to - from }, (_, i) => ({ minute: from + i, count: count + (i + 1) * rate }));
async function get<T>(url: string, token = plant.keyToken): Promise<{ status: number; body: T }> {
  const response = await platform.app.inject({ url, headers: { authorization: `Bearer ${token}` } });
  return { status: response.statusCode, body: response.json() as T };
}
const live = async (g: number, m = 0) =>
  (await get<LiveMachine>(`/api/v3/machines/${plant.machineId(g, m)}/live`)).body;
const day = async (g: number, m = 0) =>
  (await get<MachineDay>(`/api/v3/machines/${plant.machineId(g, m)}/days/${DAY}`)).body;
const counts = async (g: number, grain: string, from: number, to: number) =>
  (
    await get<{ rows: CountRow[] }>(
      `/api/v3/machines/${plant.machineId(g, 0)}/counts?grain=${grain}&from=${from}&to=${to}`,
    )
  ).body.rows;
const between = (g: number, from: number, to: number) =>
  platform.kernel.db.transaction({ kind: 'network', networkId: plant.networkId }, (tx) =>
    platform.state.countBetween(tx, plant.orgId, plant.machineId(g, 0), from, to),
  );
const inNetwork = <T>(work: Parameters<typeof platform.kernel.db.transaction<T>>[1]) =>
  platform.kernel.db.transaction({ kind: 'network', networkId: plant.networkId }, work);
const assign = (g: number, ratePerHour: number, minute: number) =>
  inNetwork((tx) =>
    platform.state.startAssignment(tx, {
      orgId: plant.orgId,
      machineId: plant.machineId(g, 0),
      operationId: plant.machineId(g, 1),
      itemId: plant.siteId,
      itemCode: 'ITEM-1',
      ratePerHour,
      quantity: 10_000,
      at: at(minute),
    }),
  );
const events = async (g: number) =>
  (
    await owner.query<{ kind: string; payload: Record<string, unknown> }>(
      `SELECT kind, payload FROM outbox_event WHERE payload->>'machineId' = $1 ORDER BY id`,
      [plant.machineId(g, 0)],
    )
  ).rows;
const rolled = async (g: number) =>
  (
    await owner.query(
      `SELECT hour, pieces, running_s, energy_wh, records, restarts, state_minutes, end_minute, end_count, end_midnight
         FROM hour_roll_up WHERE gateway_id = $1 ORDER BY hour`,
      [plant.gatewayId(g)],
    )
  ).rows;

describe('the live state', () => {
  test('follows the records as soon as they are stored', async () => {
    const g = gateway();
    now = at(3);
    await upload(g, run(0, 3, 5));
    expect(await live(g)).toMatchObject({
      state: 'running',
      since: at(0),
      lastMinute: at(2),
      countToday: 15,
      itemCode: null,
      planToday: null,
    });
    expect((await live(g)).lastHour.slice(-4)).toEqual([null, 5, 5, 5]);
    expect(await live(g, 1)).toMatchObject({ state: 'unknown', lastMinute: null, countToday: 0 });
  });

  test('says unknown when nothing comes any more', async () => {
    const g = gateway();
    now = at(10);
    await upload(g, run(0, 10, 1));
    now = at(20);
    expect(await live(g)).toMatchObject({ state: 'unknown', since: at(10), lastMinute: at(9) });
  });

  test('takes late records in, and is the same after a restart', async () => {
    const g = gateway();
    now = at(40);
    await upload(g, [...run(0, 10, 2), ...run(20, 40, 2, 40)]);
    await upload(g, run(10, 20, 2, 20));
    await platform.state.tick();
    const before = await live(g);
    expect(before).toMatchObject({ countToday: 80, lastMinute: at(39) });
    expect(before.lastHour.filter((pieces) => pieces === 2)).toHaveLength(40);
    await platform.stop();
    platform = await open();
    await platform.state.tick();
    expect(await live(g)).toEqual(before);
  });

  test('is told to its own organisation only', async () => {
    const g = gateway();
    const foreign = await get(`/api/v3/machines/${plant.machineId(g, 0)}/live`, 'mr_key_seed-1');
    expect(foreign.status).toBe(404);
    const list = await get<{ rows: LiveMachine[]; total: number }>(
      '/api/v3/machine-states?limit=10000',
      'mr_key_seed-1',
    );
    expect(list.body.total).toBe(1);
    expect(list.body.rows[0]?.organisationId).not.toBe(plant.orgId);
  });

  test('can be paged, filtered and sorted', async () => {
    const all = await get<{ rows: LiveMachine[]; nextCursor: string; total: number }>(
      '/api/v3/machine-states?limit=7',
    );
    expect(all.body).toMatchObject({ total: 60 });
    const next = await get<{ rows: LiveMachine[] }>(
      `/api/v3/machine-states?limit=7&cursor=${all.body.nextCursor}`,
    );
    const codes = [...all.body.rows, ...next.body.rows].map(({ machineCode }) => machineCode);
    expect(codes).toEqual([...new Set(codes)].sort());
    const running = await get<{ rows: LiveMachine[] }>('/api/v3/machine-states?state=running&sort=oee&q=m');
    expect(running.body.rows.every(({ state }) => state === 'running')).toBe(true);
  });
});

describe('the accounts of a day', () => {
  test('put every planned minute into one class and agree with the live figure', async () => {
    const g = gateway();
    await assign(g, 120, 0);
    const idle = { runningS: 0, state: 'idle' };
    now = at(240);
    await upload(g, [
      ...run(0, 120, 2),
      ...run(120, 150, 0, 240).map((record) => ({ ...record, runningS: 0, state: 'setup' })),
      ...run(150, 180, 0, 240).map((record) => ({ ...record, runningS: 0, state: 'down' })),
      ...run(180, 200, 0, 240).map((record) => ({ ...record, ...idle })),
      ...run(210, 240, 1, 240),
    ]);
    await inNetwork((tx) =>
      platform.state.recordScrap(tx, {
        orgId: plant.orgId,
        machineId: plant.machineId(g, 0),
        at: at(230),
        quantity: 27,
      }),
    );
    await platform.state.tick();
    const sheet = await day(g);
    expect(sheet.time).toEqual({
      potMin: 240,
      pbtMin: 240,
      aptMin: 150,
      austMin: 30,
      adetMin: 20,
      adotMin: 30,
      apmtMin: 0,
      unrecordedMin: 10,
      outsidePotMin: 0,
    });
    expect(sheet).toMatchObject({ count: 270, scrap: 27, restarts: 0, source: { records: 230 } });
    expect(sheet.oee.availability.value).toBe(150 / 240);
    expect(sheet.oee.effectiveness.value).toBe(135 / 150);
    expect(sheet.oee.quality.value).toBe(0.9);
    const told = await live(g);
    expect(told.oeeToday).toBeCloseTo(sheet.oee.oee.value ?? -1, 12);
    expect(told).toMatchObject({ itemCode: 'ITEM-1', planToday: 960, countToday: 270 });
    expect(sheet.timeline.find(({ state }) => state === 'unknown')).toBeDefined();
    expect(sheet.timeline.at(-1)).toEqual({ state: 'running', from: at(210), to: at(240) });
  });

  test('leave planned maintenance out of busy time', async () => {
    const g = gateway();
    now = at(120);
    await upload(g, run(0, 120, 1));
    await inNetwork((tx) =>
      platform.registry.putBlock(tx, {
        id: platform.kernel.ids(),
        machineId: plant.machineId(g, 0),
        from: at(30),
        to: at(60),
        kind: 'maintenance',
        reason: 'Oil',
      }),
    );
    await platform.state.tick();
    expect((await day(g)).time).toMatchObject({
      potMin: 120,
      apmtMin: 30,
      pbtMin: 90,
      aptMin: 90,
      outsidePotMin: 30,
    });
  });

  test('refuse a day that the calendar does not have', async () => {
    const url = `/api/v3/machines/${plant.machineId(0, 0)}/days/2026-02-30`;
    expect(await get<object>(url)).toMatchObject({ status: 422, body: { code: 'no-such-day' } });
  });
});

describe('counts', () => {
  test('are the same from memory, from the roll-up and from the raw records', async () => {
    const g = gateway();
    await assign(g, 60, 0);
    now = at(1);
    await platform.state.tick();
    for (const start of [0, 60, 120]) {
      now = at(start + 60);
      await upload(g, run(start, start + 60, 3, start * 3));
    }
    now = at(185);
    const spans = [
      [0, 180],
      [90, 150],
      [125, 180],
      [61, 62],
      [59, 121],
    ] as const;
    const answers = () => Promise.all(spans.map(([from, to]) => between(g, at(from), at(to))));
    const fresh = await answers();
    expect(fresh.map(({ count }) => count)).toEqual(spans.map(([from, to]) => (to - from) * 3));
    await platform.state.tick();
    now = at(185);
    expect(await answers()).toEqual(fresh);
    expect(await rolled(g)).toHaveLength(3);
    await platform.stop();
    platform = await open();
    expect(await answers()).toEqual(fresh);
    const hours = await counts(g, 'hour', SHIFT, SHIFT + 4 * HOUR);
    expect(hours.map(({ count, records, runningS }) => [count, records, runningS])).toEqual([
      [180, 60, 3600],
      [180, 60, 3600],
      [180, 60, 3600],
    ]);
    expect((await counts(g, 'shift', SHIFT - HOUR, SHIFT + 12 * HOUR)).map(({ count }) => count)).toEqual([
      540,
    ]);
    expect((await counts(g, 'day', SHIFT - 12 * HOUR, SHIFT + 24 * HOUR)).map(({ count }) => count)).toEqual([
      540, 0,
    ]);
    expect(await counts(g, 'minute', at(5), at(7))).toMatchObject([
      { from: at(5), count: 3 },
      { from: at(6), count: 3 },
    ]);
  });

  test('a late hour is rolled up again, and the next one with it when it starts elsewhere', async () => {
    const g = gateway();
    now = at(200);
    await upload(g, [...run(0, 60, 2), ...run(120, 180, 2, 240)]);
    await platform.state.tick();
    expect((await rolled(g)).map(({ pieces }) => Number(pieces[0]))).toEqual([120, 240]);
    await upload(g, run(60, 120, 2, 120));
    await platform.state.tick();
    expect((await rolled(g)).map(({ pieces }) => Number(pieces[0]))).toEqual([120, 120, 120]);
  });

  test('a recomputed day is what it was', async () => {
    const g = gateway();
    now = at(300);
    const records = run(0, 290, 7)
      .filter(({ minute }) => minute % 11 !== 0)
      .map((record) => ({ ...record, energyWh: record.minute, runningS: record.minute % 61 }));
    await upload(g, records);
    // The controller restarts: its count begins anew.
    await upload(g, [{ minute: 291, count: 4 }]);
    await platform.state.tick();
    const [before, sheet] = [await rolled(g), await day(g)];
    expect(sheet.restarts).toBe(1);
    expect(sheet.count).toBe(
      before.reduce((sum, { pieces }) => sum + Number(pieces[0]), 0) + lastHour(records),
    );
    await owner.query(
      'UPDATE hour_roll_up SET pieces = array_fill(0, ARRAY[3]), running_s = array_fill(1, ARRAY[3]) WHERE gateway_id = $1',
      [plant.gatewayId(g)],
    );
    await owner.query(
      `INSERT INTO record_hour_dirty (org_id, gateway_id, hour, network_id) SELECT org_id, gateway_id, hour, network_id FROM hour_roll_up WHERE gateway_id = $1 ON CONFLICT DO NOTHING`,
      [plant.gatewayId(g)],
    );
    await platform.state.tick();
    expect(await rolled(g)).toEqual(before);
    expect(await day(g)).toEqual(sheet);
  });
});
/** Pieces of the hour that has not ended, which has no roll-up yet. */
const lastHour = (records: { minute: number; count: number }[]): number => {
  const before = records.filter(({ minute }) => minute < 240).at(-1)?.count ?? 0;
  return (records.at(-1)?.count ?? 0) - before + 4;
};

describe('roll-ups', () => {
  test('do not depend on the order in which records came', async () => {
    const seedOfRun = 20260302;
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat(9_999)), async (chance) => {
        const g = gateway();
        const draw = (below: number): number => (chance.next().value ?? 0) % below;
        // Two days with local midnight, a restart, losses and repetitions.
        const records: { minute: number; count: number; energyWh: number; runningS: number }[] = [];
        let count = 0;
        for (let minute = 13 * 60; minute < 20 * 60; minute++) {
          if (minute === 16 * 60 || draw(150) === 0) count = 0;
          count += draw(9);
          if (draw(10) > 0) records.push({ minute, count, energyWh: draw(50), runningS: draw(61) });
        }
        now = at(25 * 60);
        const shuffled = records.map((record) => ({ record, at: draw(9_999) })).sort((a, b) => a.at - b.at);
        for (let from = 0; from < shuffled.length; from += 120) {
          await upload(
            g,
            shuffled.slice(from, from + 120).map(({ record }) => record),
          );
          if (draw(2) === 0) await platform.state.tick();
        }
        await platform.state.tick();
        const piecemeal = await rolled(g);
        await owner.query('DELETE FROM hour_roll_up WHERE gateway_id = $1', [plant.gatewayId(g)]);
        await dirty(g);
        await platform.state.tick();
        expect(await rolled(g)).toEqual(piecemeal);
        const fromRaw = await counts(g, 'minute', at(0), at(25 * 60));
        expect(fromRaw).toHaveLength(records.length);
        expect(piecemeal.reduce((sum, { pieces }) => sum + Number(pieces[0]), 0)).toBe(
          fromRaw.reduce((sum, row) => sum + row.count, 0),
        );
      }),
      { numRuns: 3, seed: seedOfRun },
    );
  });

  test('of a day are made anew when the operator asks, which is audited', async () => {
    const g = gateway();
    now = at(100);
    await upload(g, run(0, 60, 2));
    await platform.state.tick();
    const before = await rolled(g);
    await owner.query('UPDATE hour_roll_up SET pieces = array_fill(9, ARRAY[3]) WHERE gateway_id = $1', [
      plant.gatewayId(g),
    ]);
    const recompute = (token: string) =>
      platform.app.inject({
        method: 'POST',
        url: `/api/v3/machines/${plant.machineId(g, 0)}/recompute`,
        headers: { authorization: `Bearer ${token}` },
        payload: { day: DAY },
      });
    expect((await recompute(plant.keyToken)).statusCode).toBe(403);
    const answer = await recompute(await operatorKey());
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ count: 120, day: DAY });
    expect(await rolled(g)).toEqual(before);
    const entries = await owner.query(`SELECT subject FROM audit_entry WHERE action = 'state.recompute'`);
    expect(entries.rows).toEqual([{ subject: plant.machineId(g, 0) }]);
  });
});

/** A key of an operator, who sees the whole network. */
async function operatorKey(): Promise<string> {
  const [organisation, key] = [platform.kernel.ids(), 'mr_key_operator'];
  await owner.query(
    `INSERT INTO organisation (network_id, id, kind, code, name, created_at) VALUES ($1, $2, 'operator', 'OP', 'Operator', now())`,
    [plant.networkId, organisation],
  );
  await owner.query(
    `INSERT INTO api_key (network_id, id, organisation_id, name, scopes, prefix, token_hash, created_at)
     VALUES ($1, $2, $3, 'op', '{read,admin}', 'mr_key', sha256(convert_to($4, 'UTF8')), now())`,
    [plant.networkId, platform.kernel.ids(), organisation, key],
  );
  return key;
}
const dirty = (g: number) =>
  owner.query(
    `INSERT INTO record_hour_dirty (org_id, gateway_id, hour, network_id)
     SELECT DISTINCT org_id, gateway_id, date_trunc('hour', minute), network_id FROM record_batch WHERE gateway_id = $1
     ON CONFLICT DO NOTHING`,
    [plant.gatewayId(g)],
  );

describe('the live stream', () => {
  test('tells each reader what changed, as far as it may see it', async () => {
    const g = gateway();
    const address = await platform.app.listen({ host: '127.0.0.1', port: 0 });
    const abort = new AbortController();
    const open = async (token: string) => {
      const response = await fetch(`${address}/api/v3/machine-states/stream`, {
        headers: { authorization: `Bearer ${token}` },
        signal: abort.signal,
      });
      expect(response.headers.get('content-type')).toContain('text/event-stream');
      return eventsOf(response);
    };
    const own = await open(plant.keyToken);
    const foreign = await open('mr_key_seed-1');
    now = at(2);
    await upload(g, run(0, 2, 4));
    await platform.state.tick();
    const seen = await own((machines) =>
      machines.some(({ machineId }) => machineId === plant.machineId(g, 0)),
    );
    expect(seen.find(({ machineId }) => machineId === plant.machineId(g, 0))).toMatchObject({
      countToday: 8,
      state: 'running',
    });
    await owner.query(
      `INSERT INTO sharing_grant (network_id, id, grantor_org_id, grantee_org_id, resource, fields, purpose, created_at, expires_at)
       SELECT $1, $2, $3, id, 'machine-state', '{state}', 'test', now(), now() + interval '1 hour'
         FROM organisation WHERE code = 'F1'`,
      [plant.networkId, platform.kernel.ids(), plant.orgId],
    );
    const granted = await open('mr_key_seed-1');
    now = at(3);
    await upload(g, run(2, 3, 4, 8));
    await platform.state.tick();
    const shared = await granted((machines) => machines.length > 0);
    expect(shared.find(({ machineId }) => machineId === plant.machineId(g, 0))).toMatchObject({
      state: 'running',
      countToday: 0,
      lastMinute: null,
      lastHour: [],
    });
    abort.abort();
    // The reader without a grant was told nothing: its stream ends with the first event still to come.
    await expect(foreign(() => true)).rejects.toThrow();
    await owner.query('DELETE FROM sharing_grant');
  });
});

/** Waits for an event that fits; the test's own time limit ends a wait in vain. */
function eventsOf(response: Response) {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = '';
  return async (fits: (machines: LiveMachine[]) => boolean): Promise<LiveMachine[]> => {
    for (;;) {
      const match = /event: machines\ndata: (.*)\n\n/.exec(text);
      if (match) {
        text = text.slice(match.index + match[0].length);
        const machines = JSON.parse(match[1] ?? '[]') as LiveMachine[];
        if (fits(machines)) return machines;
        continue;
      }
      const { done, value } = await reader.read();
      if (done) throw new TypeError('the stream has ended');
      text += decoder.decode(value, { stream: true });
    }
  };
}

describe('news', () => {
  test('of a machine that stands still in its shift is told once, over a restart, and taken back when it works', async () => {
    const g = gateway();
    now = at(1);
    await upload(g, run(0, 1, 1));
    await platform.state.tick();
    now = at(60);
    await upload(
      g,
      run(1, 60, 0, 1).map((record) => ({ ...record, runningS: 0, state: 'down' })),
    );
    await platform.state.tick();
    await platform.state.tick();
    const kinds = async () => (await events(g)).map(({ kind }) => kind);
    expect(await kinds()).toEqual(['machine-state-changed', 'machine-stopped-long']);
    expect((await events(g))[1]?.payload).toMatchObject({ state: 'down', since: at(1) });
    await platform.stop();
    platform = await open();
    await platform.state.tick();
    expect(await kinds()).toHaveLength(2);
    now = at(64);
    await upload(g, run(60, 64, 1, 1));
    await platform.state.tick();
    expect(await kinds()).toEqual([
      'machine-state-changed',
      'machine-stopped-long',
      'machine-state-changed',
      'machine-recovered',
    ]);
  });

  test('of a silent machine waits until the gateways had time to come back', async () => {
    const g = gateway();
    now = at(10);
    await upload(g, run(0, 10, 1));
    await platform.state.tick();
    now = at(60);
    await platform.state.tick();
    expect(await events(g)).toEqual([]);
    wallAhead += 31_000;
    now = at(61);
    await platform.state.tick();
    expect((await events(g)).map(({ kind }) => kind)).toEqual([
      'machine-state-changed',
      'machine-stopped-long',
    ]);
  });
});

test('the summary adds up over the sites', async () => {
  const summary = await inNetwork((tx) => platform.state.summary(tx, plant.networkId));
  expect(summary.machinesTotal).toBe(61);
  expect(summary.sites.reduce((sum, { machines }) => sum + machines, 0)).toBe(61);
  expect(summary.machinesRunning).toBeLessThanOrEqual(summary.machinesConnected);
});
