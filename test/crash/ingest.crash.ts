import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readyLine, startServer } from '../../bench/rig.ts';
import { type Seeded, seed } from '../../bench/seed.ts';
import { createDayFinder } from '../../server/src/ingest/index.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../server/src/kernel/embedded-postgres.ts';
import { migrate } from '../../server/src/kernel/index.ts';
import { piecesPerMinute, startKillLoad } from './kill-load.ts';

const KILLS = 20;
const GATEWAYS = 10;
const MQTT_GATEWAYS = 3;
const MACHINES = 20;
const ZONE = 'Asia/Shanghai';
const MINUTE_MS = 60_000;
/** Between two kills, so that now and then records flow and now and then a restart is hit. */
const PAUSE_MIN_MS = 800;
const PAUSE_SPAN_MS = 2_500;

const seedNumber = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000);
let state = seedNumber;
function random(): number {
  // Lehmer's generator: the moments of the kills can be had again with CRASH_SEED.
  state = (state * 48_271) % 2_147_483_647;
  return (state % 100_000) / 100_000;
}

let dataDir: string;
let postgres: EmbeddedPostgres;
let plant: Seeded;
let owner: pg.Client;
let server: ChildProcess;
let ports: { http: number; mqtt: number };

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'millrace-crash-'));
  chmodSync(dataDir, 0o755);
  postgres = await startEmbeddedPostgres({ dataDir, log: () => undefined });
  await migrate(postgres.adminUrl());
  plant = await seed(postgres.adminUrl(), { gateways: GATEWAYS, machinesPerGateway: MACHINES, zone: ZONE });
  ports = { http: await freePort(), mqtt: await freePort() };
  server = await start();
});
afterAll(async () => {
  server?.kill('SIGKILL');
  await owner?.end();
  await postgres?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function start(): Promise<ChildProcess> {
  const child = startServer(postgres.adminUrl(), {
    MILLRACE_HTTP_PORT: String(ports.http),
    MILLRACE_MQTT_PORT: String(ports.mqtt),
    MILLRACE_LOG_LEVEL: 'fatal',
  });
  await readyLine(child);
  return child;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function killServer(): Promise<void> {
  const gone = once(server, 'exit');
  server.kill('SIGKILL');
  await gone;
  // A start may itself find the database on its knees; an operator's service manager tries again as well.
  for (;;) {
    try {
      server = await start();
      return;
    } catch {
      await sleep(200);
    }
  }
}

test(`no acknowledged record is lost or doubled through ${KILLS} kills (CRASH_SEED=${seedNumber})`, async () => {
  const findDay = createDayFinder();
  const fromMinute = Math.floor(Date.now() / MINUTE_MS) - 20 * 1440;
  const load = startKillLoad({
    plant,
    gateways: GATEWAYS,
    mqttGateways: MQTT_GATEWAYS,
    machines: MACHINES,
    httpPort: ports.http,
    mqttPort: ports.mqtt,
    fromMinute,
    dayStart: (minute) => findDay(ZONE, minute).start,
    random,
  });
  for (let kill = 0; kill < KILLS; kill++) {
    await sleep(PAUSE_MIN_MS + random() * PAUSE_SPAN_MS);
    if (kill % 2 === 0) await killServer();
    else process.kill(postgres.pid, 'SIGKILL');
    expect(server.exitCode, 'the server outlives its database').toBeNull();
  }
  await sleep(PAUSE_MIN_MS);
  await load.stop();

  owner = new pg.Client({ connectionString: await connectable() });
  await owner.connect();
  let checked = 0;
  for (let gateway = 0; gateway < GATEWAYS; gateway++) {
    const stored = await storedCounts(gateway);
    const order = layoutOrder(gateway);
    const lost = [...(load.acknowledged[gateway] ?? [])].filter((minute) => !stored.has(minute));
    expect(lost, `minutes of gateway ${gateway} acknowledged and not stored`).toEqual([]);
    for (const [minute, counts] of stored) {
      const since = minute - findDay(ZONE, minute).start + 1;
      expect(counts).toEqual(order.map((machine) => since * piecesPerMinute(gateway, machine)));
    }
    checked += load.acknowledged[gateway]?.size ?? 0;
  }
  expect(checked, 'a test that saw nothing proves nothing').toBeGreaterThan(GATEWAYS * 50);
  expect(load.failures()).toBeGreaterThan(0);
  await expectDayCounts(fromMinute);
});

/** A layout lists the machines by code: M10 stands before M2. */
function layoutOrder(gateway: number): number[] {
  const codes = Array.from({ length: MACHINES }, (_, machine) => ({
    machine,
    code: plant.machineCode(gateway, machine),
  }));
  return codes.sort((a, b) => (a.code < b.code ? -1 : 1)).map(({ machine }) => machine);
}

/** PostgreSQL may just be recovering from the last kill. */
async function connectable(): Promise<string> {
  for (;;) {
    const probe = new pg.Client({ connectionString: postgres.adminUrl() });
    probe.on('error', () => undefined);
    try {
      await probe.connect();
      await probe.end();
      return postgres.adminUrl();
    } catch {
      await sleep(100);
    }
  }
}

async function storedCounts(gateway: number): Promise<Map<number, number[]>> {
  const { rows } = await owner.query<{ minute: string; cumulative: number[] }>(
    'SELECT (extract(epoch FROM minute) / 60)::int AS minute, cumulative FROM record_batch WHERE gateway_id = $1',
    [plant.gatewayId(gateway)],
  );
  return new Map(rows.map(({ minute, cumulative }) => [Number(minute), cumulative]));
}

/** What the API answers for each local day is what the machine made up to its last stored minute of that day. */
async function expectDayCounts(fromMinute: number): Promise<void> {
  const findDay = createDayFinder();
  for (const gateway of [0, GATEWAYS - 1]) {
    const minutes = [...(await storedCounts(gateway)).keys()];
    const lastOfDay = new Map<number, number>();
    for (const minute of minutes) {
      const { start } = findDay(ZONE, minute);
      lastOfDay.set(start, Math.max(lastOfDay.get(start) ?? 0, minute));
    }
    const first = findDay(ZONE, fromMinute);
    const last = findDay(ZONE, Math.max(...minutes));
    const machine = 3;
    const query = `grain=day&from=${first.start * MINUTE_MS}&to=${last.end * MINUTE_MS}`;
    const response = await fetch(
      `http://127.0.0.1:${ports.http}/api/v3/machines/${plant.machineId(gateway, machine)}/counts?${query}`,
      { headers: { authorization: `Bearer ${plant.keyToken}` } },
    );
    expect(response.status).toBe(200);
    const { rows } = (await response.json()) as { rows: { from: number; count: number }[] };
    const counted = new Map(
      rows.filter(({ count }) => count > 0).map(({ from, count }) => [from / MINUTE_MS, count]),
    );
    const truth = [...lastOfDay].map(
      // The counter counts from midnight, also on the day the load began in the middle of.
      ([start, minute]) => [start, (minute - start + 1) * piecesPerMinute(gateway, machine)] as const,
    );
    expect(counted).toEqual(new Map(truth));
  }
}
