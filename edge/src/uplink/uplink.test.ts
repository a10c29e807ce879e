import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type DeliveryPlant, MACHINES, MINUTE, openDeliveryPlant, PATIENT, START } from './delivery-plant.ts';

let house: DeliveryPlant;
beforeAll(async () => {
  house = await openDeliveryPlant();
});
afterAll(() => house?.close());
afterEach(() => house?.tidy());

describe('delivery to a platform', () => {
  test('happens as soon as a record is on the disk, and lets go of it only then', async () => {
    const site = await house.openSite();
    const uplink = house.start(site, house.port);
    for (let minute = -3; minute < 1; minute++) site.minute(minute);
    await expect.poll(site.waiting, PATIENT).toBe(0);
    await house.expectWhole(site, 4);
    const accepted = uplink.health().reduce((sum, lane) => sum + lane.accepted, 0);
    expect(accepted).toBe(4 * MACHINES);
  });
  test('after an outage shows the newest minute first, and live data does not wait for the backlog', async () => {
    const site = await house.openSite();
    const proxy = await house.openProxy(0);
    proxy.setDown(true);
    for (let minute = -600; minute < -1; minute++) site.minute(minute);
    await site.store.flush();
    // Its pace: 40 of 600 minutes a second.
    const uplink = house.start(site, proxy.port, { replayPerS: 800 });
    await expect
      .poll(() => uplink.health().map(({ state }) => state), PATIENT)
      .toEqual(['waiting', 'waiting', 'idle']);
    proxy.setDown(false);
    const newest = async (): Promise<number> => {
      const rows = await house.plant.owner.query(
        'SELECT max(minute) AS newest FROM record_batch WHERE gateway_id = $1',
        [house.plant.plant.gatewayId(site.gateway)],
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
    await expect.poll(site.waiting, PATIENT).toBe(0);
    await house.expectWhole(site, 601);
  });
  test('puts aside what the platform rejects for good, however much of it, and delivers the rest', async () => {
    const site = await house.openSite();
    const strangers = Array.from({ length: 250 }, (_, i) => ({
      machine: `NOBODY-${i}`,
      minute: START,
      runningS: 0,
      count: 0,
    }));
    site.store.append({ kind: 'records', records: [...strangers, ...house.recordsOf(site.gateway, 0)] });
    const old = { machine: house.plant.plant.machineCode(site.gateway, 0), minute: START - 40 * 86_400_000 };
    site.store.append({ kind: 'records', records: [{ ...old, runningS: 0, count: 0 }] });
    const uplink = house.start(site, house.port);
    await expect.poll(site.waiting, PATIENT).toBe(0);
    expect(site.store.health()).toMatchObject({ quarantined: 251, dropped: 0 });
    for (let machine = 1; machine < MACHINES; machine++)
      expect(await house.ledgerOf(site.gateway, machine)).toMatchObject({ accepted: 1, conflict: 0 });
    const kept = readFileSync(join(site.folder, 'quarantine.jsonl'), 'utf8').trim().split('\n');
    const codes = kept.map((line) => (JSON.parse(line) as { code: string }).code);
    expect(codes.filter((code) => code === 'unknown-machine')).toHaveLength(250);
    expect(codes.filter((code) => code === 'too-old')).toHaveLength(1);
    expect(uplink.health().reduce((sum, { quarantined }) => sum + quarantined, 0)).toBe(251);
  });
  test('delivers what is sent again out of the quarantine once, and puts aside what is refused again', async () => {
    const site = await house.openSite();
    const code = house.plant.plant.machineCode(site.gateway, 0);
    const minutes = Array.from({ length: 30 }, (_, i) => START - i * MINUTE);
    const strangers = ['MISTYPED', 'NOBODY'].flatMap((machine) =>
      minutes.map((minute) => ({ machine, minute, runningS: 60, count: 1 })),
    );
    site.store.append({ kind: 'records', records: strangers });
    house.start(site, house.port);
    await expect.poll(site.waiting, PATIENT).toBe(0);
    expect(site.store.health()).toMatchObject({ quarantined: 60, dropped: 0 });
    const kept = readFileSync(join(site.folder, 'quarantine.jsonl'));
    expect(await site.store.resend({ machine: 'MISTYPED', as: code })).toMatchObject({ items: 30, left: 0 });
    expect(await site.store.resend({ machine: 'NOBODY' })).toMatchObject({ items: 30, left: 0 });
    await expect.poll(site.waiting, PATIENT).toBe(0);
    expect(site.store.health().quarantine).toMatchObject([{ machine: 'NOBODY', items: 30 }]);
    expect(await house.ledgerOf(site.gateway, 0)).toMatchObject({ accepted: 30, duplicate: 0, conflict: 0 });
    // As a kill right after they were durable in the log leaves it.
    writeFileSync(join(site.folder, 'quarantine.jsonl'), kept);
    expect(await site.store.resend({ machine: 'MISTYPED', as: code })).toMatchObject({ items: 30 });
    await expect.poll(site.waiting, PATIENT).toBe(0);
    expect(await house.ledgerOf(site.gateway, 0)).toMatchObject({ accepted: 30, duplicate: 30, conflict: 0 });
  });
  test('waits with everything while the token is not taken, and goes on with the next token', async () => {
    const site = await house.openSite();
    let token = 'mr_gw_revoked';
    const faults: (string | undefined)[] = [];
    const uplink = house.start(site, house.port, {
      token: () => token,
      onFault: (_lane, words) => faults.push(words),
    });
    site.minute(0);
    await expect.poll(() => uplink.health()[0]?.state, PATIENT).toBe('refused');
    expect(site.store.health()).toMatchObject({ waiting: MACHINES, quarantined: 0 });
    token = house.plant.plant.gatewayToken(site.gateway);
    uplink.tryNow();
    await expect.poll(site.waiting, PATIENT).toBe(0);
    expect(faults).toEqual([expect.stringContaining('401'), undefined]);
    await house.expectWhole(site, 1);
  });

  test('goes through the proxy of the factory', async () => {
    const asked: (string | undefined)[] = [];
    const proxy = createServer((inward, response) => {
      asked.push(inward.url);
      const { method, headers } = inward;
      const { pathname } = new URL(inward.url ?? '');
      const outward = request(
        { host: '127.0.0.1', port: house.port, path: pathname, method, headers },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        },
      );
      outward.on('error', () => inward.destroy());
      inward.pipe(outward);
    });
    await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
    const { port } = proxy.address() as AddressInfo;
    const site = await house.openSite();
    house.start(site, 1, {
      server: 'http://platform.invalid',
      proxyEnv: { http_proxy: `http://127.0.0.1:${port}` },
    });
    site.minute(0);
    await expect.poll(site.waiting, PATIENT).toBe(0);
    await house.expectWhole(site, 1);
    expect(asked).toEqual(['http://platform.invalid/api/v3/machine-records']);
    proxy.closeAllConnections();
    proxy.close();
  });
});
