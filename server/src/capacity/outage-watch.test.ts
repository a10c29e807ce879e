import type { LiveMachine } from '@millrace/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/setup/database.ts';
import { type SmallNetwork, seedSmallNetwork } from '../../../test/setup/small-network.ts';
import { openAccess } from '../access/index.ts';
import { type Kernel, openKernel, readConfig, type Tx } from '../kernel/index.ts';
import { openRegistry, type Registry } from '../registry/index.ts';
import type { Capacity } from './capacity.ts';
import { openCapacity } from './service.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 2, 2, 6);
const clock = { ms: START };
/** What the machines do now, where anybody knows. */
const states = new Map<string, LiveMachine['state']>();
let database: FreshDatabase;
let kernel: Kernel;
let registry: Registry;
let capacity: Capacity;
let network: SmallNetwork;

beforeAll(async () => {
  database = await freshDatabase();
  network = await seedSmallNetwork(database.adminUrl, { factories: 1 });
  const config = {
    ...readConfig({ MILLRACE_ROLES: 'api', MILLRACE_LOG_LEVEL: 'silent' }),
    databaseUrl: database.adminUrl,
  };
  kernel = await openKernel(config, {
    clock: { now: () => clock.ms, wallNow: () => Date.now(), speed: 1 },
  });
  const access = openAccess(kernel);
  registry = openRegistry(kernel, access);
  capacity = openCapacity(kernel, access, registry, {
    live: (machineId) =>
      states.has(machineId) ? ({ state: states.get(machineId) } as LiveMachine) : undefined,
  });
  await kernel.start();
});
afterAll(async () => {
  await kernel?.stop();
  await database?.drop();
});

const inNetwork = <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
  kernel.db.transaction({ kind: 'network', networkId: network.networkId }, work);
const blocks = () =>
  inNetwork((tx) => registry.listBlocks(tx, network.networkId, START - 100 * HOUR, START + 100 * HOUR));
const idleHours = async (): Promise<number> =>
  (
    await inNetwork((tx) =>
      capacity.summary(tx, network.networkId, START, START + 24 * HOUR, network.factories[0]?.siteId),
    )
  ).idleHours24h;

test('a machine that stands still is not for sale until it runs again', async () => {
  const [factory] = network.factories;
  const siteId = factory?.siteId ?? '';
  const machineId = factory?.machineIds[0] ?? '';
  const before = await inNetwork((tx) => capacity.version(tx, network.networkId));
  const stop = { machineId, siteId, state: 'down', since: START - HOUR } as const;
  await inNetwork((tx) => kernel.bus.publish(tx, network.networkId, 'machine-stopped-long', stop));
  // Told twice, blocked once.
  await inNetwork((tx) => kernel.bus.publish(tx, network.networkId, 'machine-stopped-long', stop));
  await kernel.bus.settle();
  expect((await blocks()).map(({ kind, from, to }) => [kind, from - START, to - START])).toEqual([
    ['down', -HOUR, 3 * HOUR],
  ]);
  expect(await inNetwork((tx) => capacity.version(tx, network.networkId))).toBeGreaterThan(before);
  expect(await idleHours()).toBe(48 - 3);
  const resources = await inNetwork((tx) =>
    capacity.planningResources(tx, network.networkId, START, START + 24 * HOUR),
  );
  expect(resources.machines.find(({ id }) => id === machineId)?.blocked).toEqual([
    { startMs: START - HOUR, endMs: START + 3 * HOUR, kind: 'breakdown' },
  ]);

  clock.ms = START + HOUR;
  await inNetwork((tx) =>
    kernel.bus.publish(tx, network.networkId, 'machine-recovered', { machineId, siteId, at: clock.ms }),
  );
  await kernel.bus.settle();
  expect((await blocks()).map(({ from, to }) => [from - START, to - START])).toEqual([[-HOUR, HOUR]]);
});

test('a stop that is over before it is heard of takes nothing out of the plan', async () => {
  const [factory] = network.factories;
  const machineId = factory?.machineIds[1] ?? '';
  states.set(machineId, 'running');
  await inNetwork((tx) =>
    kernel.bus.publish(tx, network.networkId, 'machine-stopped-long', {
      machineId,
      siteId: factory?.siteId ?? '',
      state: 'unknown',
      since: START - HOUR,
    }),
  );
  await kernel.bus.settle();
  expect((await blocks()).filter((block) => block.machineId === machineId)).toEqual([]);
});
