import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/setup/database.ts';
import { type SmallNetwork, seedSmallNetwork } from '../../../test/setup/small-network.ts';
import { openAccess } from '../access/index.ts';
import { isRefusal, type Kernel, openKernel, readConfig } from '../kernel/index.ts';
import { openRegistry, type Registry } from '../registry/index.ts';
import type { Capacity, CapacityChange, NewReservation } from './capacity.ts';
import { openCapacity } from './service.ts';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 2, 2, 6);
let database: FreshDatabase;
let kernel: Kernel;
let registry: Registry;
let capacity: Capacity;
let network: SmallNetwork;
const changes: CapacityChange[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  network = await seedSmallNetwork(database.adminUrl);
  const config = { ...readConfig({}), databaseUrl: database.adminUrl, logLevel: 'silent' };
  kernel = await openKernel(config, { clock: { now: () => NOW, wallNow: () => Date.now(), speed: 1 } });
  const access = openAccess(kernel);
  registry = openRegistry(kernel, access);
  capacity = openCapacity(kernel, access, registry);
  capacity.onChange((change) => changes.push(change));
});
afterAll(async () => {
  await kernel?.stop();
  await database?.drop();
});

const networkScope = () => ({ kind: 'network', networkId: network.networkId }) as const;
const machines = (): string[] => network.factories.flatMap(({ machineIds }) => [...machineIds]);
const row = (
  machineId: string,
  fromHour: number,
  hours: number,
  allocationId = randomUUID(),
): NewReservation => ({
  id: randomUUID(),
  machineId,
  allocationId,
  from: NOW + fromHour * HOUR,
  to: NOW + (fromHour + hours) * HOUR,
  quantity: 10,
});
const reserve = (rows: readonly NewReservation[]) =>
  kernel.db.transaction(networkScope(), (tx) => capacity.reserve(tx, network.networkId, rows));
const release = (allocationId: string, from?: number) =>
  kernel.db.transaction(networkScope(), (tx) =>
    capacity.release(tx, network.networkId, [allocationId], from),
  );
const clear = async (): Promise<void> => {
  const client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  await client.query('DELETE FROM reservation');
  await client.end();
};

async function overlapsInTable(): Promise<number> {
  const client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  const { rows } = await client.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM reservation a JOIN reservation b
       ON a.network_id = b.network_id AND a.machine_id = b.machine_id AND a.id < b.id AND a.period && b.period`,
  );
  await client.end();
  return rows[0]?.n ?? -1;
}

describe('reservations', () => {
  test('concurrent writers never overbook a machine, and each gets all it asked for or nothing', async () => {
    const span = fc.record({
      machine: fc.nat(5),
      from: fc.nat(40),
      hours: fc.integer({ min: 1, max: 12 }),
    });
    const wishes = fc.array(fc.array(span, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(wishes, async (writers) => {
        await clear();
        const asked = writers.map((spans) => {
          const allocationId = randomUUID();
          return spans.map(({ machine, from, hours }) =>
            row(machines()[machine] ?? '', from, hours, allocationId),
          );
        });
        const answers = await Promise.all(asked.map(reserve));
        expect(await overlapsInTable()).toBe(0);
        const stored = await kernel.db.transaction(networkScope(), (tx) =>
          capacity.reservations(tx, network.networkId, NOW, NOW + 100 * HOUR),
        );
        answers.forEach((answer, i) => {
          const rows = asked[i] ?? [];
          const mine = stored.filter(({ allocationId }) => allocationId === rows[0]?.allocationId);
          expect(mine.length).toBe(answer === undefined ? rows.length : 0);
          if (answer) expect(answer.code).toBe('overbooked');
        });
        // Somebody is always first; only who asks for the same machine twice at once can fail alone.
        expect(answers.some((answer) => answer === undefined) || asked.every(hasOwnOverlap)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  test('the database says no even to a program that does not ask', async () => {
    await clear();
    const [machineId = ''] = machines();
    expect(await reserve([row(machineId, 0, 2)])).toBeUndefined();
    const client = new pg.Client({ connectionString: database.adminUrl });
    await client.connect();
    const blind = client.query(
      `INSERT INTO reservation SELECT network_id, gen_random_uuid(), machine_id, site_id, factory_org_id, allocation_id, period,
         quantity FROM reservation LIMIT 1`,
    );
    await expect(blind).rejects.toMatchObject({ code: '23P01' });
    await client.end();
  });

  test('a release from an instant keeps what has been worked and frees the rest', async () => {
    await clear();
    const [machineId = ''] = machines();
    const allocationId = randomUUID();
    await reserve([row(machineId, 0, 4, allocationId), row(machineId, 6, 4, allocationId)]);
    changes.length = 0;
    await release(allocationId, NOW + HOUR);
    const left = await kernel.db.transaction(networkScope(), (tx) =>
      capacity.reservations(tx, network.networkId, NOW, NOW + 100 * HOUR),
    );
    expect(left.map(({ from, to }) => [from - NOW, to - NOW])).toEqual([[0, HOUR]]);
    expect(changes).toHaveLength(1);
    expect(
      changes[0]?.released.map(({ startMs, endMs }) => [(startMs - NOW) / HOUR, (endMs - NOW) / HOUR]).sort(),
    ).toEqual([
      [1, 4],
      [6, 10],
    ]);
    expect(await reserve([row(machineId, 1, 9)])).toBeUndefined();
  });

  test('a member sees the reservations of its own machines only, and moves no plan', async () => {
    await clear();
    const [first, second] = network.factories;
    await reserve([row(first?.machineIds[0] ?? '', 0, 2), row(second?.machineIds[0] ?? '', 0, 2)]);
    const scope = {
      kind: 'organisation',
      networkId: network.networkId,
      organisationId: first?.organisationId ?? '',
    } as const;
    const seen = await kernel.db.transaction(scope, (tx) =>
      capacity.reservations(tx, network.networkId, NOW, NOW + 10 * HOUR),
    );
    expect(seen.map(({ machineId }) => machineId)).toEqual([first?.machineIds[0]]);
    await expect(
      kernel.db.transaction(scope, (tx) => capacity.lockPlan(tx, network.networkId)),
    ).rejects.toThrow();
  });
});

function hasOwnOverlap(rows: readonly NewReservation[]): boolean {
  return rows.some((a, i) =>
    rows.some((b, j) => i < j && a.machineId === b.machineId && a.from < b.to && b.from < a.to),
  );
}

describe('capacity', () => {
  test('of a site adds up in every hour, and what is sold is no longer for sale', async () => {
    await clear();
    const [factory] = network.factories;
    await reserve([row(factory?.machineIds[0] ?? '', 2, 3)]);
    const summary = await kernel.db.transaction(networkScope(), (tx) =>
      capacity.summary(tx, network.networkId, NOW, NOW + 24 * HOUR, factory?.siteId),
    );
    for (const bucket of summary.buckets) {
      expect(bucket.usedMin + bucket.committedMin + bucket.unattainableMin + bucket.availableMin).toBe(
        bucket.totalMin,
      );
    }
    expect(summary.buckets.reduce((sum, { committedMin }) => sum + committedMin, 0)).toBe(180);
    expect(summary.idleHours24h).toBe(2 * 24 - 3);
    expect(summary.idleHours7d).toBe(2 * 24 * 7 - 3);
    const shares = await kernel.db.transaction(networkScope(), (tx) =>
      capacity.soldShares(tx, network.networkId, NOW, NOW + 6 * HOUR),
    );
    expect(shares.get(factory?.siteId ?? '')).toBeCloseTo(3 / 12);
  });

  test('a measured rate pulls the planned one towards what was really made', async () => {
    const [factory] = network.factories;
    const machineId = factory?.machineIds[0] ?? '';
    const about = { networkId: network.networkId, machineId, itemId: network.itemId };
    await kernel.db.transaction(networkScope(), (tx) =>
      capacity.recordRate(tx, { ...about, pieces: 400, runningMin: 480, at: NOW }),
    );
    const rates = await kernel.db.transaction(networkScope(), (tx) =>
      capacity.ratesPerHour(tx, network.networkId, [machineId], network.itemId, 100),
    );
    expect(rates.get(machineId)).toBeCloseTo(75);
    const resources = await kernel.db.transaction(networkScope(), (tx) =>
      capacity.planningResources(tx, network.networkId, NOW, NOW + 100 * HOUR),
    );
    expect(resources.rates).toEqual([
      { machineId, itemId: network.itemId, pieces: 400, runningMin: 480, at: NOW },
    ]);
    expect(resources.machines).toHaveLength(6);
    expect(isRefusal(resources)).toBe(false);
  });
});
