import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Seeded } from '../../../bench/seed.ts';
import { type IngestPlant, openIngestPlant } from '../../../test/setup/ingest-plant.ts';
import { systemActor } from '../access/index.ts';
import { type App, isRefusal, type Kernel } from '../kernel/index.ts';
import type { Ingest } from './ingest.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 2, 2, 3, 0);
let opened: IngestPlant;
let kernel: Kernel;
let app: App;
let ingest: Ingest;
let plant: Seeded;
let owner: pg.Client;

beforeAll(async () => {
  opened = await openIngestPlant({ gateways: 40, machinesPerGateway: 3 }, START);
  ({ kernel, app, ingest, plant, owner } = opened);
});
afterAll(() => opened?.close());

let nextGateway = 0;
const gateway = (): number => nextGateway++;
const record = (g: number, m: number, minute: number, count: number, more: object = {}) => ({
  machine: plant.machineCode(g, m),
  minute: START + minute * MINUTE,
  runningS: 60,
  count,
  ...more,
});
async function post(token: string, payload: unknown, headers: Record<string, string> = {}) {
  const response = await app.inject({
    method: 'POST',
    url: '/api/v3/machine-records',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  });
  return { status: response.statusCode, body: response.json() as Record<string, unknown> };
}
const upload = (g: number, records: unknown[]) => post(plant.gatewayToken(g), { v: 3, records });
const ledger = (g: number, m: number) =>
  kernel.db.transaction({ kind: 'platform' }, (tx) =>
    ingest.lossLedger(tx, plant.orgId, plant.machineId(g, m)),
  );
const raw = (g: number, m: number) =>
  kernel.db.transaction({ kind: 'platform' }, (tx) =>
    ingest.rawRecords(tx, plant.orgId, plant.machineId(g, m), START - 40 * 86_400_000, START + 86_400_000),
  );

describe('an upload', () => {
  test('is stored as one row and acknowledged with what became of each record', async () => {
    const g = gateway();
    const answer = await upload(g, [record(g, 0, 0, 5), record(g, 1, 0, 7), record(g, 2, 0, 9)]);
    expect(answer).toEqual({
      status: 200,
      body: { received: 3, accepted: 3, duplicate: 0, conflict: 0, rejected: 0, rejections: [] },
    });
    const rows = await owner.query('SELECT running_s, cumulative FROM record_batch WHERE gateway_id = $1', [
      plant.gatewayId(g),
    ]);
    expect(rows.rows).toEqual([{ running_s: [60, 60, 60], cumulative: [5, 7, 9] }]);
  });

  test('that comes again is a duplicate, one that says otherwise a conflict that keeps the first', async () => {
    const g = gateway();
    await upload(g, [record(g, 0, 0, 5), record(g, 1, 0, 7)]);
    const again = await upload(g, [record(g, 0, 0, 5), record(g, 1, 0, 8)]);
    expect(again.body).toMatchObject({ received: 2, accepted: 0, duplicate: 1, conflict: 1 });
    expect((await raw(g, 1)).map(({ count }) => count)).toEqual([7]);
    expect(await ledger(g, 1)).toMatchObject({ received: 2, accepted: 1, duplicate: 0, conflict: 1 });
  });

  test('fills in machines that were missing, and tells the late ones', async () => {
    const g = gateway();
    await upload(g, [record(g, 0, 0, 5)]);
    await upload(g, [record(g, 0, 1, 6), record(g, 1, 1, 1)]);
    const filled = await upload(g, [
      record(g, 1, 0, 1, { state: 'running', energyWh: 12, signals: { temp: 1.5 }, day: '2026-03-02' }),
    ]);
    expect(filled.body).toMatchObject({ accepted: 1 });
    expect(await raw(g, 1)).toEqual([
      {
        minute: START,
        runningS: 60,
        count: 1,
        dayStart: Date.UTC(2026, 2, 1, 16),
        increment: false,
        state: 'running',
        energyWh: 12,
      },
      {
        minute: START + MINUTE,
        runningS: 60,
        count: 1,
        dayStart: null,
        increment: false,
        state: null,
        energyWh: null,
      },
    ]);
    expect(await ledger(g, 1)).toMatchObject({ received: 2, accepted: 2, late: 1 });
  });

  test('of several minutes is a back-fill: one row a minute, gaps listed', async () => {
    const g = gateway();
    const records = [-1440 * 2, -1440 * 2 + 1, -10, 0].map((minute, i) => record(g, 0, minute, i));
    expect((await upload(g, records)).body).toMatchObject({ accepted: 4 });
    const book = await ledger(g, 0);
    expect(book.gapMinutes).toBe(1440 * 2 + 1 - 4);
    expect(book.gaps).toEqual([
      { from: START - 9 * MINUTE, to: START },
      { from: START + (-1440 * 2 + 2) * MINUTE, to: START - 10 * MINUTE },
    ]);
  });

  test('keeps the good records and rejects each bad one by its index', async () => {
    const g = gateway();
    const other = gateway();
    const answer = await upload(g, [
      record(g, 0, 0, 5),
      record(g, 1, 0, -1),
      { ...record(g, 1, 0, 1), minute: START + 1 },
      record(g, 1, 11, 1),
      record(g, 1, -60 * 24 * 32, 1),
      { ...record(g, 1, 0, 1), runningS: 61 },
      record(g, 1, 0, 1, { state: 'dancing' }),
      record(g, 1, 0, 1, { energyWh: -1 }),
      record(g, 0, 0, 6),
      { ...record(g, 1, 0, 1), machine: 'nobody' },
      record(other, 0, 0, 1),
      'nonsense',
      record(g, 2, 0, 4_294_967_295),
    ]);
    expect(answer.body).toMatchObject({ received: 13, accepted: 2, rejected: 11 });
    expect(
      (answer.body.rejections as { index: number; code: string }[]).map(({ index, code }) => [index, code]),
    ).toEqual([
      [1, 'count-out-of-range'],
      [2, 'minute-off-boundary'],
      [3, 'too-far-in-future'],
      [4, 'too-old'],
      [5, 'running-out-of-range'],
      [6, 'unknown-state'],
      [7, 'energy-out-of-range'],
      [8, 'repeated-in-upload'],
      [9, 'unknown-machine'],
      [10, 'foreign-machine'],
      [11, 'malformed'],
    ]);
    expect((await raw(g, 2)).map(({ count }) => count)).toEqual([4_294_967_295]);
    expect(await ledger(g, 1)).toMatchObject({ received: 7, accepted: 0, rejected: 7 });
  });

  test('by an API key lands in the row of each machine’s own gateway', async () => {
    const [a, b] = [gateway(), gateway()];
    const answer = await post(plant.keyToken, { v: 3, records: [record(a, 0, 0, 5), record(b, 1, 0, 7)] });
    expect(answer.body).toMatchObject({ received: 2, accepted: 2 });
    const again = await upload(b, [record(b, 1, 0, 7), record(b, 0, 0, 1)]);
    expect(again.body).toMatchObject({ accepted: 1, duplicate: 1 });
  });

  test('for a machine registered a moment ago is accepted', async () => {
    const g = gateway();
    await upload(g, [record(g, 0, 0, 1)]);
    const { networkId, workCenterId } = plant;
    const machine = await kernel.db.transaction({ kind: 'network', networkId }, (tx) =>
      opened.registry.createMachine(tx, systemActor(networkId), {
        workCenterId,
        gatewayId: plant.gatewayId(g),
        code: 'FRESH',
        name: 'Fresh',
      }),
    );
    if (isRefusal(machine)) throw new TypeError(machine.detail);
    const { id } = machine;
    const directory = await opened.registry.directory(networkId);
    await expect.poll(() => directory.machine(id)).toBeDefined();
    const answer = await upload(g, [{ ...record(g, 0, 1, 3), machine: 'FRESH' }, record(g, 0, 1, 2)]);
    expect(answer.body).toMatchObject({ accepted: 2 });
    const late = await upload(g, [{ ...record(g, 0, 0, 1), machine: id }]);
    expect(late.body).toMatchObject({ accepted: 1 });
    const rows = await owner.query(
      'SELECT layout_id, cumulative FROM record_batch WHERE gateway_id = $1 ORDER BY minute',
      [plant.gatewayId(g)],
    );
    expect(rows.rows).toEqual([
      { layout_id: 2, cumulative: [1, null, null, 1] },
      { layout_id: 2, cumulative: [2, null, null, 3] },
    ]);
  });

  test('sent many times at once is stored once', async () => {
    const g = gateway();
    const same = [record(g, 0, 0, 5), record(g, 1, 0, 6)];
    const answers = await Promise.all(Array.from({ length: 20 }, () => upload(g, same)));
    const sum = (key: string): number => answers.reduce((total, { body }) => total + Number(body[key]), 0);
    expect([sum('received'), sum('accepted'), sum('duplicate')]).toEqual([40, 2, 38]);
    expect(await ledger(g, 0)).toMatchObject({ received: 20, accepted: 1, duplicate: 19 });
  });

  test('without a valid token, or with a body that is no upload, is refused in words', async () => {
    const g = gateway();
    expect(await post('mr_gw_wrong', { v: 3, records: [] })).toMatchObject({ status: 401 });
    const codes = await Promise.all(
      ['{', '[]', '{"v":2,"records":[]}', '{"v":3,"records":[]}', '{"v":3,"v":3,"records":[1]}'].map(
        async (text) => (await post(plant.gatewayToken(g), text)).body.code,
      ),
    );
    expect(codes).toEqual([
      'malformed-json',
      'not-an-upload',
      'wrong-version',
      'wrong-number-of-records',
      'repeated-key',
    ]);
    expect(await post(plant.gatewayToken(g), 'x', { 'content-type': 'text/plain' })).toMatchObject({
      status: 415,
      body: { code: 'wrong-content-type' },
    });
  });
});
