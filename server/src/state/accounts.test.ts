import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { at, DAY, HOUR, run, SHIFT, TestPlant } from '../../../test/setup/plant.ts';

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const plant = new TestPlant([
  { gateways: 20, machinesPerGateway: 3 },
  { gateways: 1, machinesPerGateway: 1, factory: 1, zone: 'Asia/Kolkata' },
  { gateways: 1, machinesPerGateway: 1, factory: 2, zone: 'Europe/Berlin' },
]);

describe('the accounts of a day', () => {
  test('put every planned minute into one class and agree with the live figure', async () => {
    const g = plant.gateway();
    await plant.assign(g, 120, 0);
    const idle = { runningS: 0, state: 'idle' };
    plant.clock.now = at(240);
    await plant.upload(g, [
      ...run(0, 120, 2),
      ...run(120, 150, 0, 240).map((record) => ({ ...record, runningS: 0, state: 'setup' })),
      ...run(150, 180, 0, 240).map((record) => ({ ...record, runningS: 0, state: 'down' })),
      ...run(180, 200, 0, 240).map((record) => ({ ...record, ...idle })),
      ...run(210, 240, 1, 240),
    ]);
    await plant.inNetwork((tx) =>
      plant.platform.state.recordScrap(tx, {
        orgId: plant.names.orgId,
        machineId: plant.names.machineId(g, 0),
        at: at(230),
        quantity: 27,
      }),
    );
    await plant.tick();
    const sheet = await plant.day(g);
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
    const told = await plant.live(g);
    expect(told.oeeToday).toBeCloseTo(sheet.oee.oee.value ?? -1, 12);
    expect(told).toMatchObject({ itemCode: 'ITEM-1', planToday: 960, countToday: 270 });
    expect(sheet.timeline.find(({ state }) => state === 'unknown')).toBeDefined();
    expect(sheet.timeline.at(-1)).toEqual({ state: 'running', from: at(210), to: at(240) });
  });

  test('leave planned maintenance out of busy time', async () => {
    const g = plant.gateway();
    plant.clock.now = at(120);
    await plant.upload(g, run(0, 120, 1));
    await plant.inNetwork((tx) =>
      plant.platform.registry.putBlock(tx, {
        id: plant.platform.kernel.ids(),
        machineId: plant.names.machineId(g, 0),
        from: at(30),
        to: at(60),
        kind: 'maintenance',
        reason: 'Oil',
      }),
    );
    await plant.tick();
    expect((await plant.day(g)).time).toMatchObject({
      potMin: 120,
      apmtMin: 30,
      pbtMin: 90,
      aptMin: 90,
      outsidePotMin: 30,
    });
  });

  test('refuse a day that the calendar does not have', async () => {
    const url = `/api/v3/machines/${plant.names.machineId(0, 0)}/days/2026-02-30`;
    expect(await plant.get<object>(url)).toMatchObject({ status: 422, body: { code: 'no-such-day' } });
  });
});

describe('counts', () => {
  test('begin with the day that the gateway names, live, rolled up and from the raw records', async () => {
    const g = plant.gateway();
    const midnight = 16 * 60;
    const records = [
      { minute: midnight - 2, count: 30 },
      { minute: midnight + 5, count: 400 },
    ];
    const days = [DAY, '2026-03-03'];
    plant.clock.now = at(midnight + 6);
    await plant.upload(g, [
      ...records.map((record, i) => ({ ...record, day: days[i] })),
      // Nothing is said of this one's day, and it may be a counter that begins anew late.
      ...records.map((record) => ({ ...record, m: 1 })),
    ]);
    const today = async () => [(await plant.live(g)).countToday, (await plant.live(g, 1)).countToday];
    expect(await today()).toEqual([400, 370]);
    expect((await plant.between(g, at(0), at(midnight + 6))).count).toBe(430);
    plant.clock.now = at(midnight + 130);
    await plant.tick();
    const hours = await plant.counts(g, 'hour', SHIFT, at(midnight + 120));
    expect(hours.filter(({ count }) => count > 0).map(({ count }) => count)).toEqual([30, 400]);
    expect((await plant.between(g, at(midnight), at(midnight + 120))).count).toBe(400);
    await plant.restart();
    await plant.tick();
    expect(await today()).toEqual([400, 370]);
  });

  test('are the same from memory, from the roll-up and from the raw records', async () => {
    const g = plant.gateway();
    await plant.assign(g, 60, 0);
    plant.clock.now = at(1);
    await plant.tick();
    for (const start of [0, 60, 120]) {
      plant.clock.now = at(start + 60);
      await plant.upload(g, run(start, start + 60, 3, start * 3));
    }
    plant.clock.now = at(185);
    const spans = [
      [0, 180],
      [90, 150],
      [125, 180],
      [61, 62],
      [59, 121],
    ] as const;
    const answers = () => Promise.all(spans.map(([from, to]) => plant.between(g, at(from), at(to))));
    const fresh = await answers();
    expect(fresh.map(({ count }) => count)).toEqual(spans.map(([from, to]) => (to - from) * 3));
    await plant.tick();
    plant.clock.now = at(185);
    expect(await answers()).toEqual(fresh);
    expect(await plant.rolled(g)).toHaveLength(3);
    await plant.restart();
    expect(await answers()).toEqual(fresh);
    const hours = await plant.counts(g, 'hour', SHIFT, SHIFT + 4 * HOUR);
    expect(hours.map(({ count, records, runningS }) => [count, records, runningS])).toEqual([
      [180, 60, 3600],
      [180, 60, 3600],
      [180, 60, 3600],
    ]);
    expect(
      (await plant.counts(g, 'shift', SHIFT - HOUR, SHIFT + 12 * HOUR)).map(({ count }) => count),
    ).toEqual([540]);
    expect(
      (await plant.counts(g, 'day', SHIFT - 12 * HOUR, SHIFT + 24 * HOUR)).map(({ count }) => count),
    ).toEqual([540, 0]);
    expect(await plant.counts(g, 'minute', at(5), at(7))).toMatchObject([
      { from: at(5), count: 3 },
      { from: at(6), count: 3 },
    ]);
  });

  test('a late hour is rolled up again, and the next one with it when it starts elsewhere', async () => {
    const g = plant.gateway();
    plant.clock.now = at(200);
    await plant.upload(g, [...run(0, 60, 2), ...run(120, 180, 2, 240)]);
    await plant.tick();
    expect(await plant.rolledPieces(g)).toEqual([120, 240]);
    await plant.upload(g, run(60, 120, 2, 120));
    await plant.tick();
    expect(await plant.rolledPieces(g)).toEqual([120, 120, 120]);
  });

  test('a recomputed day is what it was', async () => {
    const g = plant.gateway();
    plant.clock.now = at(300);
    const records = run(0, 290, 7)
      .filter(({ minute }) => minute % 11 !== 0)
      .map((record) => ({ ...record, energyWh: record.minute, runningS: record.minute % 61 }));
    await plant.upload(g, records);
    // The controller restarts: its count begins anew.
    await plant.upload(g, [{ minute: 291, count: 4 }]);
    await plant.tick();
    const [before, sheet] = [await plant.rolled(g), await plant.day(g)];
    expect(sheet.restarts).toBe(1);
    expect(sheet.count).toBe(sum(await plant.rolledPieces(g)) + lastHour(records));
    await plant.owner.query(
      'UPDATE hour_roll_up SET pieces = array_fill(0, ARRAY[3]), running_s = array_fill(1, ARRAY[3]) WHERE gateway_id = $1',
      [plant.names.gatewayId(g)],
    );
    await plant.owner.query(
      `INSERT INTO record_hour_dirty (org_id, gateway_id, hour, network_id) SELECT org_id, gateway_id, hour, network_id FROM hour_roll_up WHERE gateway_id = $1 ON CONFLICT DO NOTHING`,
      [plant.names.gatewayId(g)],
    );
    await plant.tick();
    expect(await plant.rolled(g)).toEqual(before);
    expect(await plant.day(g)).toEqual(sheet);
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
        const g = plant.gateway();
        const draw = (below: number): number => (chance.next().value ?? 0) % below;
        // Two days with local midnight, a restart, losses and repetitions.
        const records: { minute: number; count: number; energyWh: number; runningS: number }[] = [];
        let count = 0;
        for (let minute = 13 * 60; minute < 20 * 60; minute++) {
          if (minute === 16 * 60 || draw(150) === 0) count = 0;
          count += draw(9);
          if (draw(10) > 0) records.push({ minute, count, energyWh: draw(50), runningS: draw(61) });
        }
        plant.clock.now = at(25 * 60);
        const shuffled = records.map((record) => ({ record, at: draw(9_999) })).sort((a, b) => a.at - b.at);
        for (let from = 0; from < shuffled.length; from += 120) {
          await plant.upload(
            g,
            shuffled.slice(from, from + 120).map(({ record }) => record),
          );
          if (draw(2) === 0) await plant.tick();
        }
        await plant.tick();
        const piecemeal = await plant.rolled(g);
        await plant.owner.query('DELETE FROM hour_roll_up WHERE gateway_id = $1', [plant.names.gatewayId(g)]);
        await plant.markAll(g);
        await plant.tick();
        expect(await plant.rolled(g)).toEqual(piecemeal);
        const fromRaw = await plant.counts(g, 'minute', at(0), at(25 * 60));
        expect(fromRaw).toHaveLength(records.length);
        expect(sum(await plant.rolledPieces(g))).toBe(fromRaw.reduce((sum, row) => sum + row.count, 0));
      }),
      { numRuns: 3, seed: seedOfRun },
    );
  });

  test('of a day are made anew when the operator asks, which is audited', async () => {
    const g = plant.gateway();
    plant.clock.now = at(100);
    await plant.upload(g, run(0, 60, 2));
    await plant.tick();
    const before = await plant.rolled(g);
    await plant.owner.query(
      'UPDATE hour_roll_up SET pieces = array_fill(9, ARRAY[3]) WHERE gateway_id = $1',
      [plant.names.gatewayId(g)],
    );
    const recompute = (token: string) =>
      plant.platform.app.inject({
        method: 'POST',
        url: `/api/v3/machines/${plant.names.machineId(g, 0)}/recompute`,
        headers: { authorization: `Bearer ${token}` },
        payload: { day: DAY },
      });
    expect((await recompute(plant.names.keyToken)).statusCode).toBe(403);
    const answer = await recompute(await operatorKey());
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ count: 120, day: DAY });
    expect(await plant.rolled(g)).toEqual(before);
    const entries = await plant.owner.query(
      `SELECT subject FROM audit_entry WHERE action = 'state.recompute'`,
    );
    expect(entries.rows).toEqual([{ subject: plant.names.machineId(g, 0) }]);
  });
});

/** A key of an operator, who sees the whole network. */
async function operatorKey(): Promise<string> {
  const [organisation, key] = [plant.platform.kernel.ids(), 'mr_key_operator'];
  await plant.owner.query(
    `INSERT INTO organisation (network_id, id, kind, code, name, created_at) VALUES ($1, $2, 'operator', 'OP', 'Operator', now())`,
    [plant.names.networkId, organisation],
  );
  await plant.owner.query(
    `INSERT INTO api_key (network_id, id, organisation_id, name, scopes, prefix, token_hash, created_at)
     VALUES ($1, $2, $3, 'op', '{read,admin}', 'mr_key', sha256(convert_to($4, 'UTF8')), now())`,
    [plant.names.networkId, plant.platform.kernel.ids(), organisation, key],
  );
  return key;
}

describe('local days', () => {
  test('that begin in the middle of an hour of the roll-up are exact', async () => {
    const kolkata = plant.factory(1);
    // Midnight in Kolkata is 18:30 UTC, ten and a half hours after the shift began in Shanghai.
    const midnight = 18.5 * 60;
    plant.clock.now = at(midnight + 150);
    await plant.upload(0, run(midnight - 120, midnight, 5, 1000), kolkata);
    await plant.upload(0, run(midnight, midnight + 120, 3), kolkata);
    await plant.tick();
    const days = await plant.counts(0, 'day', at(midnight) - 24 * HOUR, at(midnight) + 24 * HOUR, kolkata);
    // The first record says what was counted since midnight before.
    expect(days.map(({ from, count }) => [from, count])).toEqual([
      [at(midnight) - 24 * HOUR, 1600],
      [at(midnight), 360],
    ]);
    expect((await plant.day(0, '2026-03-03', kolkata)).count).toBe(360);
  });

  test('of a clock change have as many hours as they last', async () => {
    const berlin = plant.factory(2);
    const sheet = await plant.day(0, '2026-03-29', berlin);
    expect(sheet.hours).toHaveLength(23);
    expect(sheet.to - sheet.from).toBe(23 * HOUR);
    expect((await plant.day(0, '2025-10-26', berlin)).hours).toHaveLength(25);
  });
});

describe('a machine', () => {
  test('that comes later to its gateway is counted from its first record', async () => {
    const g = plant.gateway();
    plant.clock.now = at(10);
    await plant.upload(g, run(0, 10, 1));
    const fresh = plant.platform.kernel.ids();
    await plant.owner.query(
      `INSERT INTO machine (network_id, id, factory_org_id, site_id, work_center_id, gateway_id, code, name, version)
       SELECT network_id, $2, factory_org_id, site_id, work_center_id, gateway_id, 'Z-LATE', 'Late', version + 1
         FROM machine WHERE id = $1`,
      [plant.names.machineId(g, 0), fresh],
    );
    await plant.owner.query('UPDATE registry_version SET version = version + 1');
    await plant.restart();
    await plant.tick();
    plant.clock.now = at(12);
    await plant.upload(g, [{ machine: 'Z-LATE', minute: 11, count: 9 }]);
    await plant.tick();
    const live = await plant.get(`/api/v3/machines/${fresh}/live`);
    expect(live.body).toMatchObject({ countToday: 9, lastMinute: at(11) });
  });

  test('that moves to another gateway goes on counting where it stood', async () => {
    const [from, to] = [plant.gateway(), plant.gateway()];
    const id = plant.names.machineId(from, 0);
    const machine = plant.names.machineCode(from, 0);
    plant.clock.now = at(70);
    await plant.upload(from, run(0, 60, 2));
    await plant.owner.query('UPDATE machine SET gateway_id = $2, version = version + 1 WHERE id = $1', [
      id,
      plant.names.gatewayId(to),
    ]);
    await plant.owner.query('UPDATE registry_version SET version = version + 1');
    await plant.restart();
    await plant.tick();
    plant.clock.now = at(190);
    await plant.upload(
      to,
      run(60, 180, 2, 120).map((record) => ({ ...record, machine })),
    );
    await plant.tick();
    expect(await plant.live(from)).toMatchObject({ countToday: 360, lastMinute: at(179) });
    const hours = await plant.counts(from, 'hour', SHIFT, SHIFT + 4 * HOUR);
    expect(hours.map(({ count }) => count)).toEqual([120, 120, 120]);
    expect(await plant.between(from, at(30), at(150))).toMatchObject({ count: 240 });
  });
});
