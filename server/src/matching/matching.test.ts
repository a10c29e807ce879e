import type { NewOrder, Order } from '@millrace/contract';
import pg from 'pg';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/setup/database.ts';
import {
  type SmallNetwork,
  type SmallNetworkOptions,
  seedSmallNetwork,
} from '../../../test/setup/small-network.ts';
import { type Actor, openAccess } from '../access/index.ts';
import { type Capacity, openCapacity } from '../capacity/index.ts';
import {
  type Config,
  isRefusal,
  type Kernel,
  openKernel,
  type Refusal,
  readConfig,
  type Tx,
} from '../kernel/index.ts';
import { type Orders, openOrders } from '../orders/index.ts';
import { openRegistry, type Registry } from '../registry/index.ts';
import { createEngineThread, type EngineThread } from './engine-thread.ts';
import type { Matching, StoredAllocation } from './matching.ts';
import { type OverrideSources, previewOverride, recordOverride } from './override-service.ts';
import { createPlanner, type Planner } from './planner.ts';
import { createPromiseBases, type PromiseBases } from './promise-basis.ts';
import { promiseLine } from './promise-line.ts';
import { replayRun } from './replay.ts';
import { openMatching } from './service.ts';
import { listOfLines } from './store-allocation.ts';
import { findExplanation, findRun, pageRuns } from './store-run.ts';
import { toView } from './view.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 2, 2, 6);

/** A network with all modules up to matching, on a clock that the test moves. */
interface House {
  readonly database: FreshDatabase;
  readonly kernel: Kernel;
  readonly network: SmallNetwork;
  readonly registry: Registry;
  readonly capacity: Capacity;
  readonly orders: Orders;
  readonly matching: Matching;
  readonly planner: Planner;
  readonly otherKernel: Kernel;
  readonly engine: EngineThread;
  readonly bases: PromiseBases;
  readonly clock: { ms: number };
}
const houses: House[] = [];

async function openHouse(options: SmallNetworkOptions = {}): Promise<House> {
  const database = await freshDatabase();
  const network = await seedSmallNetwork(database.adminUrl, options);
  const clock = { ms: START };
  const config = {
    ...readConfig({ MILLRACE_ROLES: 'api', MILLRACE_LOG_LEVEL: 'silent' }),
    databaseUrl: database.adminUrl,
  };
  const kernel = await openKernel(config, {
    clock: { now: () => clock.ms, wallNow: () => Date.now(), speed: 1 },
  });
  const access = openAccess(kernel);
  const registry = openRegistry(kernel, access);
  const capacity = openCapacity(kernel, access, registry);
  const orders = openOrders(kernel, access, registry);
  const matching = openMatching(kernel, access, registry, capacity, orders);
  const engine = createEngineThread();
  const bases = createPromiseBases(kernel, { registry, capacity, orders });
  await kernel.start();
  const other = await openOther(config, clock, engine);
  const house = {
    database,
    kernel,
    network,
    registry,
    capacity,
    orders,
    matching,
    engine,
    bases,
    clock,
    ...other,
  };
  houses.push(house);
  return house;
}

/** A second process on the same database: only the lease and the tables lie between its planner and the first. */
async function openOther(
  config: Config,
  clock: House['clock'],
  engine: EngineThread,
): Promise<Pick<House, 'planner' | 'otherKernel'>> {
  const kernel = await openKernel(config, {
    clock: { now: () => clock.ms, wallNow: () => Date.now(), speed: 1 },
  });
  const access = openAccess(kernel);
  const registry = openRegistry(kernel, access);
  const capacity = openCapacity(kernel, access, registry);
  const orders = openOrders(kernel, access, registry);
  const planner = createPlanner({ kernel, registry, capacity, orders, engine });
  return { planner, otherKernel: kernel };
}

let house: House;
afterAll(async () => {
  for (const one of houses) {
    await one.matching.stop();
    await one.engine.stop();
    await one.otherKernel.stop();
    await one.kernel.stop();
    await one.database.drop();
  }
});

const actorOf = (kind: Actor['organisationKind'], organisationId: string): Actor => ({
  kind: 'user',
  id: organisationId,
  label: `${kind}@example.org`,
  networkId: house.network.networkId,
  organisationId,
  organisationKind: kind,
  role: null,
  scopes: [],
});
const operator = (): Actor => actorOf('operator', house.network.operatorId);
const buyer = (): Actor => actorOf('buyer', house.network.buyerId);
const factory = (n: number): Actor => actorOf('factory', house.network.factories[n]?.organisationId ?? '');
const factoryOf = ({ factoryOrganisationId }: StoredAllocation): Actor =>
  actorOf('factory', factoryOrganisationId);

function must<T>(value: T | Refusal | undefined): T {
  if (value === undefined || isRefusal(value)) throw new TypeError(`refused: ${JSON.stringify(value)}`);
  return value;
}
const inNetwork = <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
  house.kernel.db.transaction({ kind: 'network', networkId: house.network.networkId }, work);

let references = 0;
async function submit(line: Partial<NewOrder['lines'][number]> = {}): Promise<Order> {
  const { order } = must(
    await house.orders.submit(buyer(), {
      reference: `PO-${++references}`,
      destination: { name: 'Store', position: { lat: 10, lon: 0 } },
      lines: [
        { itemId: house.network.itemId, quantity: 1_000, requestedAt: house.clock.ms + 96 * HOUR, ...line },
      ],
    }),
  );
  return order;
}
/** Until every event is digested and everything that waits is planned. */
async function settle(): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await house.kernel.bus.settle();
    await house.matching.settle(house.network.networkId);
  }
}
const lineIdOf = (order: Order): string => order.lines[0]?.id ?? '';
const allocations = (lineId: string): Promise<StoredAllocation[]> =>
  inNetwork((tx) => listOfLines(tx, house.network.networkId, [lineId]));
const active = async (lineId: string): Promise<StoredAllocation[]> =>
  (await allocations(lineId)).filter(({ state }) => ['offered', 'accepted', 'in-production'].includes(state));
const lineOf = async (lineId: string) => must(await inNetwork((tx) => house.orders.line(tx, lineId)));
const siteNo = ({ siteId }: StoredAllocation): number =>
  house.network.factories.findIndex((one) => one.siteId === siteId);

/** What the tables say about each other: reservations are the active sub-lots, lines know what is allocated, nothing overlaps. */
async function expectConsistent(): Promise<void> {
  const client = new pg.Client({ connectionString: house.database.adminUrl });
  await client.connect();
  const { rows: overlaps } = await client.query(
    `SELECT a.id FROM reservation a JOIN reservation b ON a.machine_id = b.machine_id AND a.id < b.id AND a.period && b.period`,
  );
  const { rows: unreserved } = await client.query(
    `SELECT s.allocation_id FROM allocation_sub_lot s JOIN allocation a ON a.id = s.allocation_id
      WHERE a.state IN ('offered', 'accepted') AND NOT EXISTS (SELECT FROM reservation r
        WHERE r.allocation_id = s.allocation_id AND r.machine_id = s.machine_id
          AND r.period = tstzrange(s.start_at, s.end_at))`,
  );
  const { rows: orphans } = await client.query(
    `SELECT r.id FROM reservation r LEFT JOIN allocation a ON a.id = r.allocation_id
      WHERE a.id IS NULL OR a.state IN ('declined', 'expired', 'withdrawn')`,
  );
  const { rows: wrongLines } = await client.query(
    `SELECT l.id FROM order_line l WHERE l.state <> 'cancelled' AND l.allocated_quantity <> coalesce((
       SELECT sum(a.quantity) FROM allocation a WHERE a.line_id = l.id
          AND a.state IN ('offered', 'accepted', 'in-production', 'produced')), 0)`,
  );
  await client.end();
  expect({ overlaps, unreserved, orphans, wrongLines }).toEqual({
    overlaps: [],
    unreserved: [],
    orphans: [],
    wrongLines: [],
  });
}

describe('an order', () => {
  beforeEach(async () => {
    house = houses[0] ?? (await openHouse());
  });

  test('is offered to the cheapest site, with its machines reserved, a promise and a reason for every other site', async () => {
    const order = await submit();
    await settle();
    const lineId = lineIdOf(order);
    const [offer, ...others] = await active(lineId);
    expect(others).toEqual([]);
    expect(offer).toMatchObject({ state: 'offered', quantity: 1_000, origin: 'auto', lock: 'none' });
    expect(offer && siteNo(offer)).toBe(0);
    expect(offer?.subLots.reduce((sum, lot) => sum + lot.quantity, 0)).toBe(1_000);
    const line = await lineOf(lineId);
    expect(line.state).toBe('allocated');
    expect(line.promisedAt).toBe(offer?.arriveAt);
    expect(line.projectedAt).toBe(offer?.arriveAt);
    const why = must(await inNetwork((tx) => findExplanation(tx, house.network.networkId, lineId)));
    expect(why.chosen).toHaveLength(1);
    expect(why.refused.map((one) => (one as { reason: string }).reason)).toEqual(['score', 'score']);
    await expectConsistent();
  });

  test('goes on to the next site when the factory declines, and never comes back to it', async () => {
    const order = await submit();
    await settle();
    const [first] = await active(lineIdOf(order));
    const answered = must(
      await house.matching.declineAllocation(factoryOf(must(first)), first?.id ?? '', 'no-people'),
    );
    expect(answered.state).toBe('declined');
    await settle();
    const [second] = await active(lineIdOf(order));
    expect(second?.siteId).not.toBe(first?.siteId);
    must(await house.matching.declineAllocation(factoryOf(must(second)), second?.id ?? '', 'price'));
    await settle();
    const [third] = await active(lineIdOf(order));
    must(await house.matching.declineAllocation(factoryOf(must(third)), third?.id ?? '', 'other'));
    await settle();
    expect(await active(lineIdOf(order))).toEqual([]);
    expect((await lineOf(lineIdOf(order))).state).toBe('unplaceable');
    const why = must(await inNetwork((tx) => findExplanation(tx, house.network.networkId, lineIdOf(order))));
    expect(why.refused.map((one) => (one as { reason: string }).reason)).toEqual([
      'declined',
      'declined',
      'declined',
    ]);
    await expectConsistent();
  });

  test('is answered only by the factory that was asked, and only once', async () => {
    const order = await submit();
    await settle();
    const [offer] = await active(lineIdOf(order));
    const stranger = factory(((offer ? siteNo(offer) : 0) + 1) % 3);
    expect(await house.matching.acceptAllocation(stranger, offer?.id ?? '')).toMatchObject({
      code: 'not-found',
    });
    expect(await house.matching.acceptAllocation(buyer(), offer?.id ?? '')).toMatchObject({
      code: 'not-your-offer',
    });
    const accepted = must(await house.matching.acceptAllocation(factoryOf(must(offer)), offer?.id ?? ''));
    expect(accepted.state).toBe('accepted');
    expect(await house.matching.declineAllocation(factoryOf(accepted), accepted.id, 'price')).toMatchObject({
      code: 'allocation-not-open',
    });
    await expectConsistent();
  });

  test('expires on the domain clock when nobody answers, and is offered elsewhere', async () => {
    const order = await submit({ requestedAt: house.clock.ms + 200 * HOUR });
    await settle();
    const [offer] = await active(lineIdOf(order));
    house.clock.ms = (offer?.offerExpiresAt ?? 0) + 1;
    await vi.waitFor(async () => {
      const states = (await allocations(lineIdOf(order))).map(({ state }) => state);
      expect(states).toContain('expired');
    }, 10_000);
    await settle();
    const [next] = await active(lineIdOf(order));
    expect(next?.siteId).not.toBe(offer?.siteId);
    await expectConsistent();
  });

  test('frees its machines when the buyer calls it off', async () => {
    const order = await submit();
    await settle();
    must(await house.orders.cancel(buyer(), order.id, 'no longer needed'));
    await settle();
    expect((await allocations(lineIdOf(order))).map(({ state }) => state)).toEqual(['cancelled']);
    const held = await inNetwork((tx) =>
      house.capacity.reservations(tx, house.network.networkId, START, START + 1_000 * HOUR),
    );
    const [gone] = await allocations(lineIdOf(order));
    expect(held.filter(({ allocationId }) => allocationId === gone?.id)).toEqual([]);
    await expectConsistent();
  });

  test('shows the buyer where it is made, without the price of the factory', async () => {
    const order = await submit();
    await settle();
    const [offer] = await active(lineIdOf(order));
    const directory = await house.registry.directory(house.network.networkId);
    expect(toView(buyer(), directory, must(offer)).costMinor).toBe(0);
    expect(toView(factoryOf(must(offer)), directory, must(offer)).costMinor).toBeGreaterThan(0);
    const scope = { kind: 'organisation', networkId: house.network.networkId } as const;
    const seenBy = (organisationId: string) =>
      house.kernel.db.transaction({ ...scope, organisationId }, (tx) =>
        listOfLines(tx, house.network.networkId, [lineIdOf(order)]),
      );
    expect(await seenBy(house.network.buyerId)).toHaveLength(1);
    const other = house.network.factories.find(({ siteId }) => siteId !== offer?.siteId);
    expect(await seenBy(other?.organisationId ?? '')).toEqual([]);
  });
});

describe('production', () => {
  beforeEach(async () => {
    house = await openHouse({ autoAccept: true });
  });

  test('starts without an answer where the policy accepts', async () => {
    const order = await submit();
    await settle();
    const [accepted] = await active(lineIdOf(order));
    expect(accepted).toMatchObject({ state: 'accepted', offerExpiresAt: null });
  });

  test('that is recalled keeps what is produced and makes the rest elsewhere', async () => {
    const order = await submit({ requestedAt: house.clock.ms + 60 * HOUR });
    await settle();
    const [first] = await active(lineIdOf(order));
    const allocationId = first?.id ?? '';
    const { networkId } = house.network;
    house.clock.ms = (first?.startAt ?? 0) + HOUR;
    expect(await inNetwork((tx) => house.matching.startProduction(tx, allocationId))).toBeUndefined();
    expect(await inNetwork((tx) => house.matching.startProduction(tx, allocationId))).toBeUndefined();
    expect(
      await inNetwork((tx) => house.matching.recall(tx, networkId, allocationId, 300, 'machine-down')),
    ).toBeUndefined();
    await settle();
    const parts = await active(lineIdOf(order));
    expect(parts.map(({ quantity }) => quantity).sort((a, b) => a - b)).toEqual([300, 700]);
    expect(parts.find(({ id }) => id === allocationId)).toMatchObject({
      quantity: 300,
      state: 'in-production',
    });
    expect(await inNetwork((tx) => house.matching.completeAllocation(tx, allocationId, 300))).toBeUndefined();
    await expectConsistent();
    const runs = await inNetwork((tx) => pageRuns(tx, networkId, undefined, 1));
    expect(runs[0]?.trigger).toBe('breakdown');
  });

  test('that ends short gives the missing pieces back to the line, and they are made', async () => {
    const order = await submit();
    await settle();
    const [first] = await active(lineIdOf(order));
    const allocationId = first?.id ?? '';
    house.clock.ms = first?.finishAt ?? 0;
    expect(await inNetwork((tx) => house.matching.startProduction(tx, allocationId))).toBeUndefined();
    expect(await inNetwork((tx) => house.matching.completeAllocation(tx, allocationId, 990))).toBeUndefined();
    await settle();
    const rest = await active(lineIdOf(order));
    expect(rest.map(({ quantity }) => quantity)).toEqual([10]);
    await expectConsistent();
  });
});

describe('the operator', () => {
  beforeEach(async () => {
    house = await openHouse();
  });
  const sources = (): OverrideSources => house;

  test('sees the price of a decision before it is taken, and the decision survives every re-plan', async () => {
    const order = await submit();
    await settle();
    const lineId = lineIdOf(order);
    const target = house.network.factories[2]?.siteId ?? '';
    const asked = { lineId, lock: 'site', siteId: target, reason: 'customer audit' } as const;
    const price = must(await previewOverride(sources(), operator(), asked));
    expect(price).toMatchObject({ feasible: true, reason: null, lateBefore: 0, lateAfter: 0 });
    expect(price.costDifferenceMinor).toBeGreaterThan(0);
    expect(price.objectiveAfter).toBeGreaterThan(price.objectiveBefore);
    expect(price.changes.map(({ kind, to }) => [kind, to?.siteName])).toEqual([['moved-site', 'Site 2']]);
    expect((await active(lineId)).map(siteNo)).toEqual([0]);
    const after = must(await recordOverride(sources(), operator(), asked));
    expect(after.map((one) => [siteNo(one), one.lock, one.origin])).toEqual([[2, 'site', 'operator']]);
    must(await house.planner.plan(house.network.networkId, { trigger: 'manual' }));
    must(await house.planner.plan(house.network.networkId, { trigger: 'nightly' }));
    expect((await active(lineId)).map(({ id }) => id)).toEqual(after.map(({ id }) => id));
    // Declining does not lift the lock: the line waits for the operator instead of going elsewhere.
    must(await house.matching.declineAllocation(factory(2), after[0]?.id ?? '', 'price'));
    await settle();
    expect((await active(lineId)).map(siteNo)).toEqual([2]);
    const freed = must(
      await recordOverride(sources(), operator(), { lineId, lock: 'none', reason: 'audit is over' }),
    );
    expect(freed.map(({ lock }) => lock)).toEqual(['none']);
    await expectConsistent();
  });

  test('is told at once what cannot be decided', async () => {
    const order = await submit();
    await settle();
    const lineId = lineIdOf(order);
    const siteId = house.network.factories[1]?.siteId ?? '';
    const ask = (more: object) =>
      recordOverride(sources(), operator(), { lineId, reason: 'because', ...more } as never);
    expect(await ask({ lock: 'quantity', siteId, quantity: 5_000 })).toMatchObject({
      code: 'more-than-ordered',
    });
    expect(await ask({ lock: 'quantity', siteId })).toMatchObject({ code: 'invalid-request' });
    expect(await ask({ lock: 'site', siteId: house.network.networkId })).toMatchObject({ code: 'not-found' });
    expect(
      await previewOverride(sources(), operator(), {
        lineId: siteId,
        lock: 'none',
        reason: 'because',
      }),
    ).toMatchObject({ code: 'not-found' });
  });

  test('deals out quantities; a date that cannot be held is said so', async () => {
    const order = await submit({ requestedAt: house.clock.ms + 300 * HOUR });
    await settle();
    const lineId = lineIdOf(order);
    const siteId = house.network.factories[1]?.siteId ?? '';
    const parts = must(
      await recordOverride(sources(), operator(), {
        lineId,
        lock: 'quantity',
        siteId,
        quantity: 400,
        reason: 'second source',
      }),
    );
    expect(parts.filter((one) => siteNo(one) === 1).reduce((sum, { quantity }) => sum + quantity, 0)).toBe(
      400,
    );
    expect(parts.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(1_000);
    const impossible = must(
      await previewOverride(sources(), operator(), {
        lineId,
        lock: 'date',
        finishAt: house.clock.ms + HOUR,
        reason: 'wishful',
      }),
    );
    expect(impossible.feasible).toBe(false);
    expect(impossible.lateAfter).toBe(1);
    await expectConsistent();
  });

  test('can have every run decided again, byte for byte', async () => {
    for (let n = 0; n < 12; n++) await submit({ quantity: 200 + n * 150, priority: n % 5 });
    await settle();
    must(await house.planner.plan(house.network.networkId, { trigger: 'manual' }));
    const runs = await inNetwork((tx) => pageRuns(tx, house.network.networkId, undefined, 50));
    expect(runs.length).toBeGreaterThan(1);
    for (const run of runs) {
      expect(run.violations).toBe(0);
      expect(await replayRun(house, operator(), run.id)).toEqual({ sameSnapshot: true, samePlan: true });
      expect(must(await inNetwork((tx) => findRun(tx, run.id))).run).toEqual(run);
    }
  });
});

describe('many at once', () => {
  test('orders, answers, cancellations and two planners leave a plan without a contradiction', async () => {
    house = await openHouse({ factories: 4, machinesEach: 3 });
    const { networkId } = house.network;
    const orders = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        submit({
          quantity: 100 + ((n * 271) % 900),
          requestedAt: house.clock.ms + (24 + ((n * 17) % 120)) * HOUR,
        }),
      ),
    );
    const act = async (order: Order, n: number): Promise<unknown> => {
      if (n % 7 === 0) return house.orders.cancel(buyer(), order.id, 'changed my mind');
      const [offer] = await active(lineIdOf(order));
      if (!offer) return undefined;
      return n % 3 === 0
        ? house.matching.declineAllocation(factoryOf(offer), offer.id, 'other')
        : house.matching.acceptAllocation(factoryOf(offer), offer.id);
    };
    await settle();
    for (let round = 0; round < 3; round++) {
      await Promise.all([
        ...orders.map((order, n) => act(order, n + round)),
        house.planner.plan(networkId, { trigger: 'manual' }),
        house.matching.settle(networkId),
        submit({ quantity: 500 }),
      ]);
      await settle();
      await expectConsistent();
    }
  });
});

describe('a promise', () => {
  test('follows every reservation in memory and is the same as one from a fresh look', async () => {
    house = await openHouse();
    const { itemId, networkId } = house.network;
    const ask = (bases: PromiseBases) =>
      promiseLine({ kernel: house.kernel, registry: house.registry, bases }, buyer(), {
        itemId,
        quantity: 3_000,
        requestedAt: house.clock.ms + 60 * HOUR,
        destination: { lat: 10, lon: 0 },
      });
    const empty = must(await ask(house.bases));
    expect(empty.options.map(({ kind }) => kind)).toContain('earliest-whole');
    for (let n = 0; n < 6; n++) await submit({ quantity: 1_500, requestedAt: house.clock.ms + 30 * HOUR });
    await settle();
    const followed = must(await ask(house.bases));
    expect(followed.basisHash).not.toBe(empty.basisHash);
    expect(followed.options[0]?.arriveAt).toBeGreaterThan(empty.options[0]?.arriveAt ?? Infinity);
    const fresh = createPromiseBases(house.kernel, house);
    expect(must(await ask(fresh)).options).toEqual(followed.options);
    const nobody = await ask(house.bases);
    expect(isRefusal(nobody)).toBe(false);
    expect(networkId).toBe(house.network.networkId);
    const unknown = await promiseLine(
      { kernel: house.kernel, registry: house.registry, bases: fresh },
      buyer(),
      {
        itemId: networkId,
        quantity: 1,
        requestedAt: house.clock.ms,
        destination: { lat: 0, lon: 0 },
      },
    );
    expect(unknown).toMatchObject({ code: 'not-found' });
  });
});
