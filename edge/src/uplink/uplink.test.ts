import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EdgeBuffer, MachineRecord } from '@millrace/contract';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { LINK_FAULTS, type LossyProxy, openLossyProxy } from '../../../test/far-side/lossy-proxy.ts';
import { type IngestPlant, openIngestPlant } from '../../../test/setup/ingest-plant.ts';
import { openStore, type Store } from '../store/index.ts';
import { startUplink, type Uplink, type UplinkOptions } from './index.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 2, 2, 3, 0);
const MACHINES = 20;
const SEED = Number(process.env.TEST_SEED ?? 20_260_302);
/** A tenth of what the agent has, so that a minute of trouble takes seconds here. */
const QUICK = {
  timeouts: { connectMs: 400, answerMs: 600, wholeMs: 1_200 },
  pauses: { firstMs: 5, longestMs: 60 },
} as const;
const PATIENT = { timeout: 20_000, interval: 20 };

let plant: IngestPlant;
let port: number;
let nextGateway = 0;
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  plant = await openIngestPlant({ gateways: 12, machinesPerGateway: MACHINES }, START);
  await plant.app.listen({ host: '127.0.0.1', port: 0 });
  port = (plant.app.server.address() as AddressInfo).port;
});
afterAll(() => plant?.close());
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Site {
  readonly gateway: number;
  readonly store: Store;
  /** Appends the records of all machines for a minute after START. */
  minute(minute: number): void;
}

async function openSite(buffer: EdgeBuffer = {}): Promise<Site> {
  const gateway = nextGateway++;
  const folder = mkdtempSync(join(tmpdir(), 'millrace-uplink-'));
  const store = await openStore({ folder, buffer: { fsyncMs: 10, ...buffer }, now: () => START });
  ends.push(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    gateway,
    store,
    minute: (minute) => store.append({ kind: 'records', records: recordsOf(gateway, minute) }),
  };
}
const recordsOf = (gateway: number, minute: number): MachineRecord[] =>
  Array.from({ length: MACHINES }, (_, machine) => ({
    machine: plant.plant.machineCode(gateway, machine),
    minute: START + minute * MINUTE,
    runningS: 60,
    count: minute + 2_000,
  }));

function start(site: Site, serverPort: number, more: Partial<UplinkOptions> = {}): Uplink {
  const uplink = startUplink({
    store: site.store,
    server: `http://127.0.0.1:${serverPort}`,
    token: () => plant.plant.gatewayToken(site.gateway),
    now: () => Date.now(),
    ...QUICK,
    ...more,
  });
  ends.push(() => uplink.close());
  return uplink;
}
async function openProxy(faulty: number, seed = SEED): Promise<LossyProxy> {
  const proxy = await openLossyProxy({ targetPort: port, seed, faulty, delayMs: 200 });
  ends.push(() => proxy.close());
  return proxy;
}
const ledgerOf = (gateway: number, machine: number) =>
  plant.kernel.db.transaction({ kind: 'platform' }, (tx) =>
    plant.ingest.lossLedger(tx, plant.plant.orgId, plant.plant.machineId(gateway, machine)),
  );
/** Every record exactly once, nothing else. */
async function expectWhole(site: Site, minutes: number): Promise<void> {
  for (let machine = 0; machine < MACHINES; machine++) {
    const book = await ledgerOf(site.gateway, machine);
    expect(book).toMatchObject({ accepted: minutes, conflict: 0, rejected: 0, gapMinutes: 0 });
    expect(book.received).toBe(book.accepted + book.duplicate);
  }
}
const waiting = (site: Site) => (): number => site.store.health().waiting;

describe('delivery to a platform', () => {
  test('happens as soon as a record is on the disk, and lets go of it only then', async () => {
    const site = await openSite();
    const uplink = start(site, port);
    for (let minute = -3; minute < 1; minute++) site.minute(minute);
    await expect.poll(waiting(site), PATIENT).toBe(0);
    await expectWhole(site, 4);
    expect(uplink.health()).toMatchObject([
      { name: 'live' },
      { name: 'replay', answers: 0 },
      { name: 'alarms' },
    ]);
  });

  test('over a link that drops, cuts, loses answers, hangs and delays: every record arrives exactly once', async () => {
    const site = await openSite();
    for (let minute = -400; minute < -50; minute++) site.minute(minute);
    await site.store.flush();
    const proxy = await openProxy(0.6);
    start(site, proxy.port, { replayPerS: 2_000 });
    for (let minute = -50; minute < 1; minute++) {
      site.minute(minute);
      await site.store.flush();
    }
    await expect.poll(waiting(site), { ...PATIENT, message: `seed ${SEED}` }).toBe(0);
    await expectWhole(site, 401);
    const seen = LINK_FAULTS.filter((fault) => proxy.happened[fault] > 0);
    expect(seen.length, JSON.stringify(proxy.happened)).toBeGreaterThan(3);
  });

  test('after an outage shows the newest minute first, and live data does not wait for the backlog', async () => {
    const site = await openSite();
    const proxy = await openProxy(0);
    proxy.setDown(true);
    for (let minute = -600; minute < -1; minute++) site.minute(minute);
    await site.store.flush();
    // Its pace: 40 of 600 minutes a second.
    const uplink = start(site, proxy.port, { replayPerS: 800 });
    await expect
      .poll(() => uplink.health().map(({ state }) => state), PATIENT)
      .toEqual(['waiting', 'waiting', 'idle']);
    proxy.setDown(false);
    const newest = async (): Promise<number> => {
      const rows = await plant.owner.query(
        'SELECT max(minute) AS newest FROM record_batch WHERE gateway_id = $1',
        [plant.plant.gatewayId(site.gateway)],
      );
      return Number(rows.rows[0]?.newest);
    };
    await expect.poll(newest, PATIENT).toBe(START - 2 * MINUTE);
    expect(site.store.health().waiting).toBeGreaterThan(200 * MACHINES);
    site.minute(-1);
    await expect.poll(newest, PATIENT).toBe(START - MINUTE);
    site.minute(0);
    await expect.poll(newest, PATIENT).toBe(START);
    expect(site.store.health().waiting).toBeGreaterThan(100 * MACHINES);
    uplink.setReplayPerS(50_000);
    await expect.poll(waiting(site), PATIENT).toBe(0);
    await expectWhole(site, 601);
  });
});
