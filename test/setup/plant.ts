import type { CountRow, LiveMachine, MachineDay } from '@millrace/contract';
import pg from 'pg';
import { afterAll, beforeAll, expect } from 'vitest';
import { type Seeded, type SeedPlan, seed } from '../../bench/seed.ts';
import { openAccess } from '../../server/src/access/index.ts';
import { openIngest } from '../../server/src/ingest/index.ts';
import { createApp, openKernel, readConfig, type Tx } from '../../server/src/kernel/index.ts';
import { openRegistry } from '../../server/src/registry/index.ts';
import { openState } from '../../server/src/state/index.ts';
import { type FreshDatabase, freshDatabase } from './database.ts';

export const MINUTE = 60_000;
export const HOUR = 3_600_000;
/** Monday 2 March 2026, 08:00 in Shanghai: the default shift begins. */
export const SHIFT = Date.UTC(2026, 2, 2, 0, 0);
export const DAY = '2026-03-02';
export const at = (minute: number): number => SHIFT + minute * MINUTE;

type Platform = Awaited<ReturnType<typeof openPlatform>>;
interface Clock {
  now: number;
  wallAheadMs: number;
}
type UploadRecord = { m?: number; minute: number; count: number; [more: string]: unknown };

/** Minutes [from, to) with `rate` pieces each; the count stands at `count` before. */
export const run = (from: number, to: number, rate: number, count = 0) =>
  Array.from({ length: to - from }, (_, i) => ({ minute: from + i, count: count + (i + 1) * rate }));

async function openPlatform(database: FreshDatabase, clock: Clock) {
  const config = { ...readConfig({}), databaseUrl: database.adminUrl, logLevel: 'silent', mqttPort: 0 };
  const kernel = await openKernel(config, {
    clock: { now: () => clock.now, wallNow: () => Date.now() + clock.wallAheadMs, speed: 1 },
  });
  const app = await createApp(kernel);
  const access = openAccess(kernel);
  const registry = openRegistry(kernel, access);
  const ingest = openIngest(kernel, access, registry);
  const state = openState(kernel, access, registry, ingest);
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

/** A factory with gateways of three machines and the platform up to state, on a database of its own; one per test file. */
export class TestPlant {
  readonly clock: Clock = { now: SHIFT, wallAheadMs: 0 };
  #database: FreshDatabase | undefined;
  #platform: Platform | undefined;
  #owner: pg.Client | undefined;
  #seeded: Seeded[] = [];
  #nextGateway = 0;

  constructor(plans: readonly SeedPlan[]) {
    beforeAll(async () => {
      this.#database = await freshDatabase();
      for (const plan of plans) this.#seeded.push(await seed(this.#database.adminUrl, plan));
      this.#owner = new pg.Client({ connectionString: this.#database.adminUrl });
      await this.#owner.connect();
      this.#platform = await openPlatform(this.#database, this.clock);
    });
    afterAll(async () => {
      await this.#platform?.stop();
      await this.#owner?.end();
      await this.#database?.drop();
    });
  }

  get platform(): Platform {
    return this.#platform as Platform;
  }
  /** The schema's owner, who sees and may everything. */
  get owner(): pg.Client {
    return this.#owner as pg.Client;
  }
  get names(): Seeded {
    return this.factory(0);
  }
  factory(index: number): Seeded {
    return this.#seeded[index] as Seeded;
  }
  /** Each test takes its own. */
  gateway(): number {
    return this.#nextGateway++;
  }
  async restart(): Promise<void> {
    await this.#platform?.stop();
    this.#platform = await openPlatform(this.#database as FreshDatabase, this.clock);
  }
  tick(): Promise<void> {
    return this.platform.state.tick();
  }

  async upload(g: number, records: readonly UploadRecord[], names = this.names): Promise<void> {
    const response = await this.platform.app.inject({
      method: 'POST',
      url: '/api/v3/machine-records',
      headers: { authorization: `Bearer ${names.gatewayToken(g)}` },
      payload: {
        v: 3,
        records: records.map(({ m = 0, minute, ...more }) => ({
          machine: names.machineCode(g, m),
          minute: at(minute),
          runningS: 60,
          ...more,
        })),
      },
    });
    expect(response.json()).toMatchObject({ received: records.length, rejected: 0, conflict: 0 });
  }
  async get<T>(url: string, token = this.names.keyToken): Promise<{ status: number; body: T }> {
    const response = await this.platform.app.inject({ url, headers: { authorization: `Bearer ${token}` } });
    return { status: response.statusCode, body: response.json() as T };
  }
  async live(g: number, m = 0): Promise<LiveMachine> {
    return (await this.get<LiveMachine>(`/api/v3/machines/${this.names.machineId(g, m)}/live`)).body;
  }
  async day(g: number, day = DAY, names = this.names): Promise<MachineDay> {
    return (
      await this.get<MachineDay>(`/api/v3/machines/${names.machineId(g, 0)}/days/${day}`, names.keyToken)
    ).body;
  }
  async counts(g: number, grain: string, from: number, to: number, names = this.names): Promise<CountRow[]> {
    const url = `/api/v3/machines/${names.machineId(g, 0)}/counts?grain=${grain}&from=${from}&to=${to}`;
    return (await this.get<{ rows: CountRow[] }>(url, names.keyToken)).body.rows;
  }
  inNetwork<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.platform.kernel.db.transaction({ kind: 'network', networkId: this.names.networkId }, work);
  }
  between(g: number, from: number, to: number) {
    const { orgId } = this.names;
    return this.inNetwork((tx) =>
      this.platform.state.countBetween(tx, orgId, this.names.machineId(g, 0), from, to),
    );
  }
  assign(g: number, ratePerHour: number, minute: number): Promise<void> {
    return this.inNetwork((tx) =>
      this.platform.state.startAssignment(tx, {
        orgId: this.names.orgId,
        machineId: this.names.machineId(g, 0),
        operationId: this.names.machineId(g, 1),
        itemId: this.names.siteId,
        itemCode: 'ITEM-1',
        ratePerHour,
        quantity: 10_000,
        at: at(minute),
      }),
    );
  }
  /** News of the gateway's first machine. */
  async events(g: number) {
    const found = await this.owner.query<{ kind: string; payload: Record<string, unknown> }>(
      `SELECT kind, payload FROM outbox_event WHERE payload->>'machineId' = $1 ORDER BY id`,
      [this.names.machineId(g, 0)],
    );
    return found.rows;
  }
  /** Pieces of the gateway's first machine, by rolled-up hour. */
  async rolledPieces(g: number): Promise<number[]> {
    const found = await this.owner.query<{ pieces: number }>(
      `SELECT h.pieces[array_position(l.machine_ids, $2)] AS pieces
         FROM hour_roll_up h JOIN gateway_layout l USING (org_id, gateway_id)
        WHERE h.gateway_id = $1 AND l.layout_id = 1 ORDER BY h.hour`,
      [this.names.gatewayId(g), this.names.machineId(g, 0)],
    );
    return found.rows.map(({ pieces }) => pieces);
  }
  async rolled(g: number): Promise<object[]> {
    const found = await this.owner.query(
      `SELECT hour, pieces, running_s, energy_wh, records, restarts, state_minutes, end_minute, end_count, end_midnight
         FROM hour_roll_up WHERE gateway_id = $1 ORDER BY hour`,
      [this.names.gatewayId(g)],
    );
    return found.rows;
  }
  /** Every hour that has records is to be rolled up again. */
  async markAll(g: number): Promise<void> {
    await this.owner.query(
      `INSERT INTO record_hour_dirty (org_id, gateway_id, hour, network_id)
       SELECT DISTINCT org_id, gateway_id, date_trunc('hour', minute), network_id FROM record_batch WHERE gateway_id = $1
       ON CONFLICT DO NOTHING`,
      [this.names.gatewayId(g)],
    );
  }
}
