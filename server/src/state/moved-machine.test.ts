import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { at, HOUR, run, SHIFT, TestPlant } from '../../../test/setup/plant.ts';

const plant = new TestPlant([
  { gateways: 60, machinesPerGateway: 2 },
  { gateways: 1, machinesPerGateway: 1, factory: 1, zone: 'Asia/Shanghai' },
]);

/** The first machine of gateway `home` reports through gateway `to` from now on. */
async function move(home: number, to: number): Promise<void> {
  await plant.inNetwork(async (tx) => {
    await tx.run(
      'UPDATE machine SET gateway_id = $3, version = next_registry_version($1) WHERE network_id = $1 AND id = $2',
      [plant.names.networkId, plant.names.machineId(home, 0), plant.names.gatewayId(to)],
    );
  });
  // Whoever looks in the network's scope looks at what is committed.
  await plant.inNetwork((tx) => plant.platform.registry.machine(tx, plant.names.machineId(home, 0)));
}

/** Records of that machine, uploaded by gateway `by`. */
function upload(
  home: number,
  by: number,
  records: readonly { minute: number; count: number }[],
): Promise<void> {
  const machine = plant.names.machineCode(home, 0);
  return plant.upload(
    by,
    records.map((record) => ({ ...record, machine })),
  );
}

const hours = async (home: number): Promise<number[]> =>
  (await plant.counts(home, 'hour', SHIFT, SHIFT + 8 * HOUR)).map(({ count }) => count);
const minutes = async (home: number): Promise<number> =>
  (await plant.counts(home, 'minute', SHIFT, SHIFT + 8 * HOUR)).reduce((sum, { count }) => sum + count, 0);

describe('a machine that moves between gateways', () => {
  test('within an hour is counted once', async () => {
    const [home, next] = [plant.gateway(), plant.gateway()];
    plant.clock.now = at(31);
    await upload(home, home, run(0, 30, 2));
    await move(home, next);
    plant.clock.now = at(130);
    await upload(home, next, run(30, 120, 2, 60));
    expect((await plant.live(home)).countToday).toBe(240);
    await plant.tick();
    expect(await hours(home)).toEqual([120, 120]);
    expect(await minutes(home)).toBe(240);
    expect((await plant.live(home)).countToday).toBe(240);
  });

  test('and back is not counted by both', async () => {
    const [home, next] = [plant.gateway(), plant.gateway()];
    plant.clock.now = at(61);
    await upload(home, home, run(0, 60, 2));
    await plant.tick();
    await move(home, next);
    plant.clock.now = at(150);
    await upload(home, next, run(60, 140, 2, 120));
    await plant.tick();
    await move(home, home);
    plant.clock.now = at(250);
    await upload(home, home, run(140, 240, 2, 280));
    await plant.tick();
    expect(await hours(home)).toEqual([120, 120, 120, 120]);
    expect(await minutes(home)).toBe(480);
  });

  test('to one whose counter begins anew keeps what it made today', async () => {
    const [home, next] = [plant.gateway(), plant.gateway()];
    plant.clock.now = at(31);
    await upload(home, home, run(0, 30, 2));
    await move(home, next);
    plant.clock.now = at(70);
    await upload(home, next, run(30, 60, 1));
    await plant.tick();
    expect(await hours(home)).toEqual([90]);
    expect((await plant.live(home)).countToday).toBe(90);
    await plant.restart();
    await plant.tick();
    expect((await plant.live(home)).countToday).toBe(90);
  });

  test('from a device that tells increments has neither taken for the other', async () => {
    const home = plant.gateway();
    plant.clock.now = at(0);
    await upload(home, home, [{ minute: 0, count: 0 }]);
    // As ingest stores a mapped device: under its organisation's pseudo-gateway.
    const { orgId, networkId } = plant.names;
    const device = [orgId, `${orgId.slice(0, 14)}8${orgId.slice(15)}`, networkId];
    await plant.owner.query(
      `INSERT INTO gateway_layout (org_id, gateway_id, network_id, layout_id, machine_ids, signals, increments)
       VALUES ($1, $2, $3, 1, ARRAY[$4::uuid], '{}', '{true}')`,
      [...device, plant.names.machineId(home, 0)],
    );
    await plant.owner.query(
      `INSERT INTO record_batch (org_id, gateway_id, network_id, layout_id, minute, late, running_s, cumulative)
       SELECT $1, $2, $3, 1, to_timestamp($4::float8 / 1000) + m * interval '1 minute', false, '{60}', '{5}'
         FROM generate_series(1, 29) m`,
      [...device, at(0)],
    );
    await plant.restart();
    plant.clock.now = at(70);
    await upload(home, home, run(30, 60, 2));
    expect(await minutes(home)).toBe(29 * 5 + 60);
    await plant.tick();
    expect(await hours(home)).toEqual([60]);
    await plant.owner.query(
      `INSERT INTO record_hour_dirty (org_id, gateway_id, network_id, hour) VALUES ($1, $2, $3, to_timestamp($4::float8 / 1000))`,
      [...device, at(0)],
    );
    await plant.tick();
    expect(await hours(home)).toEqual([29 * 5 + 60]);
  });

  test('is counted the same live, rolled up and from the raw records, whenever which part of it came', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ at: fc.integer({ min: 1, max: 239 }), restarts: fc.boolean() }), {
          minLength: 1,
          maxLength: 3,
        }),
        fc.boolean(),
        async (moves, early) => {
          const [home, next] = [plant.gateway(), plant.gateway()];
          let [owner, other, count, made, from] = [home, next, 0, 0, 0];
          const turns = [...new Map(moves.map((one) => [one.at, one])).values()].sort((a, b) => a.at - b.at);
          for (const { at: to, restarts } of [...turns, { at: 240, restarts: false }]) {
            const records = run(from, to, 3, count).filter(
              ({ minute }) => minute % 7 !== 3 || minute === to - 1,
            );
            plant.clock.now = at(early ? to : 260);
            // What was late comes last, as long as the gateway may speak for the machine.
            const late = records.length > 4 ? records.splice(2, 2) : [];
            await upload(home, owner, records);
            if (early) await plant.tick();
            if (late.length > 0) await upload(home, owner, late);
            made += (to - from) * 3;
            // Less than this is reached again before the first record, and cannot be told from going on.
            count = restarts && count > 12 ? 0 : count + (to - from) * 3;
            if (to < 240) {
              [owner, other] = [other, owner];
              await move(home, owner);
            }
            from = to;
          }
          plant.clock.now = at(260);
          await plant.tick();
          expect((await hours(home)).reduce((a, b) => a + b, 0)).toBe(made);
          expect(await minutes(home)).toBe(made);
          expect((await plant.live(home)).countToday).toBe(made);
        },
      ),
      { numRuns: 6 },
    );
  });
});

describe('a site that moves to another zone', () => {
  test('does not count anew at its new midnight what was counted by the old one', async () => {
    const names = plant.factory(1);
    const records = run(840, 1_020, 2, 1_000).map(({ minute, count }) =>
      minute < 960
        ? { minute, count, day: '2026-03-02' }
        : { minute, count: count - 1_240, day: '2026-03-03' },
    );
    plant.clock.now = at(1_200);
    await plant.upload(0, records, names);
    await plant.tick();
    const told = async (): Promise<number[]> => {
      const rows = await plant.counts(0, 'hour', at(840), at(1_020), names);
      const raw = await plant.counts(0, 'minute', at(840), at(1_020), names);
      expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(
        raw.reduce((sum, { count }) => sum + count, 0),
      );
      return rows.map(({ count }) => count);
    };
    expect(await told()).toEqual([1_120, 120, 120]);
    await plant.inNetwork(async (tx) => {
      await tx.run(
        `UPDATE site SET zone = 'Asia/Tokyo', version = next_registry_version($1) WHERE network_id = $1 AND id = $2`,
        [names.networkId, names.siteId],
      );
    });
    await plant.restart();
    await plant.owner.query(
      `INSERT INTO record_hour_dirty (org_id, gateway_id, hour, network_id)
       SELECT org_id, gateway_id, hour, network_id FROM hour_roll_up WHERE gateway_id = $1`,
      [names.gatewayId(0)],
    );
    await plant.tick();
    expect(await told()).toEqual([1_120, 120, 120]);
  });
});
