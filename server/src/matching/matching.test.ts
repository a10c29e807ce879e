import type { Order } from '@millrace/contract';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type MatchingHouse, must, openMatchingHouse, START } from '../../../test/setup/matching-house.ts';
import type { SmallNetworkOptions } from '../../../test/setup/small-network.ts';
import { isRefusal } from '../kernel/index.ts';
import { type OverrideSources, previewOverride, recordOverride } from './override-service.ts';
import { createPromiseBases, type PromiseBases } from './promise-basis.ts';
import { promiseLine } from './promise-line.ts';
import { replayRun } from './replay.ts';
import { listOfLines } from './store-allocation.ts';
import { findExplanation, findRun, pageRuns } from './store-run.ts';
import { toView } from './view.ts';

const HOUR = 3_600_000;

const opened: MatchingHouse[] = [];
let shared: MatchingHouse | undefined;
let house: MatchingHouse;
afterAll(async () => {
  for (const one of opened) await one.close();
});

async function open(options: SmallNetworkOptions = {}): Promise<MatchingHouse> {
  const fresh = await openMatchingHouse(options);
  opened.push(fresh);
  return fresh;
}
const lineIdOf = (order: Order): string => order.lines[0]?.id ?? '';

describe('an order', () => {
  beforeEach(async () => {
    shared ??= await open();
    house = shared;
  });

  test('is offered to the cheapest site, with its machines reserved, a promise and a reason for every other site', async () => {
    const order = await house.submit();
    await house.settle();
    const lineId = lineIdOf(order);
    const [offer, ...others] = await house.active(lineId);
    expect(others).toEqual([]);
    expect(offer).toMatchObject({ state: 'offered', quantity: 1_000, origin: 'auto', lock: 'none' });
    expect(offer && house.siteNo(offer)).toBe(0);
    expect(offer?.subLots.reduce((sum, lot) => sum + lot.quantity, 0)).toBe(1_000);
    const line = await house.lineOf(lineId);
    expect(line.state).toBe('allocated');
    expect(line.promisedAt).toBe(offer?.arriveAt);
    expect(line.projectedAt).toBe(offer?.arriveAt);
    const why = must(await house.inNetwork((tx) => findExplanation(tx, house.network.networkId, lineId)));
    expect(why.chosen).toHaveLength(1);
    expect(why.refused.map((one) => (one as { reason: string }).reason)).toEqual(['score', 'score']);
    await house.expectConsistent();
  });

  test('goes on to the next site when the factory declines, and never comes back to it', async () => {
    const order = await house.submit();
    await house.settle();
    const [first] = await house.active(lineIdOf(order));
    const answered = must(
      await house.matching.declineAllocation(house.factoryOf(must(first)), first?.id ?? '', 'no-people'),
    );
    expect(answered.state).toBe('declined');
    await house.settle();
    const [second] = await house.active(lineIdOf(order));
    expect(second?.siteId).not.toBe(first?.siteId);
    must(await house.matching.declineAllocation(house.factoryOf(must(second)), second?.id ?? '', 'price'));
    await house.settle();
    const [third] = await house.active(lineIdOf(order));
    must(await house.matching.declineAllocation(house.factoryOf(must(third)), third?.id ?? '', 'other'));
    await house.settle();
    expect(await house.active(lineIdOf(order))).toEqual([]);
    expect((await house.lineOf(lineIdOf(order))).state).toBe('unplaceable');
    const why = must(
      await house.inNetwork((tx) => findExplanation(tx, house.network.networkId, lineIdOf(order))),
    );
    expect(why.refused.map((one) => (one as { reason: string }).reason)).toEqual([
      'declined',
      'declined',
      'declined',
    ]);
    await house.expectConsistent();
  });

  test('is answered only by the factory that was asked, and only once', async () => {
    const order = await house.submit();
    await house.settle();
    const [offer] = await house.active(lineIdOf(order));
    const stranger = house.factory(((offer ? house.siteNo(offer) : 0) + 1) % 3);
    expect(await house.matching.acceptAllocation(stranger, offer?.id ?? '')).toMatchObject({
      code: 'not-found',
    });
    expect(await house.matching.acceptAllocation(house.buyer(), offer?.id ?? '')).toMatchObject({
      code: 'not-your-offer',
    });
    const accepted = must(
      await house.matching.acceptAllocation(house.factoryOf(must(offer)), offer?.id ?? ''),
    );
    expect(accepted.state).toBe('accepted');
    expect(
      await house.matching.declineAllocation(house.factoryOf(accepted), accepted.id, 'price'),
    ).toMatchObject({
      code: 'allocation-not-open',
    });
    await house.expectConsistent();
  });

  test('expires on the domain clock when nobody answers, and is offered elsewhere', async () => {
    const order = await house.submit({ requestedAt: house.clock.ms + 200 * HOUR });
    await house.settle();
    const [offer] = await house.active(lineIdOf(order));
    house.clock.ms = (offer?.offerExpiresAt ?? 0) + 1;
    await vi.waitFor(async () => {
      const states = (await house.allocations(lineIdOf(order))).map(({ state }) => state);
      expect(states).toContain('expired');
    }, 10_000);
    await house.settle();
    const [next] = await house.active(lineIdOf(order));
    expect(next?.siteId).not.toBe(offer?.siteId);
    await house.expectConsistent();
  });

  test('frees its machines when the buyer calls it off', async () => {
    const order = await house.submit();
    await house.settle();
    must(await house.orders.cancel(house.buyer(), order.id, 'no longer needed'));
    await house.settle();
    expect((await house.allocations(lineIdOf(order))).map(({ state }) => state)).toEqual(['cancelled']);
    const held = await house.inNetwork((tx) =>
      house.capacity.reservations(tx, house.network.networkId, START, START + 1_000 * HOUR),
    );
    const [gone] = await house.allocations(lineIdOf(order));
    expect(held.filter(({ allocationId }) => allocationId === gone?.id)).toEqual([]);
    await house.expectConsistent();
  });

  test('shows the buyer where it is made, without the price of the factory', async () => {
    const order = await house.submit();
    await house.settle();
    const [offer] = await house.active(lineIdOf(order));
    const directory = await house.registry.directory(house.network.networkId);
    expect(toView(house.buyer(), directory, must(offer)).costMinor).toBe(0);
    expect(toView(house.factoryOf(must(offer)), directory, must(offer)).costMinor).toBeGreaterThan(0);
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
    house = await open({ autoAccept: true });
  });

  test('starts without an answer where the policy accepts', async () => {
    const order = await house.submit();
    await house.settle();
    const [accepted] = await house.active(lineIdOf(order));
    expect(accepted).toMatchObject({ state: 'accepted', offerExpiresAt: null });
  });

  test('that is recalled keeps what is produced and makes the rest elsewhere', async () => {
    const order = await house.submit({ requestedAt: house.clock.ms + 60 * HOUR });
    await house.settle();
    const [first] = await house.active(lineIdOf(order));
    const allocationId = first?.id ?? '';
    const { networkId } = house.network;
    house.clock.ms = (first?.startAt ?? 0) + HOUR;
    expect(await house.inNetwork((tx) => house.matching.startProduction(tx, allocationId))).toBeUndefined();
    expect(await house.inNetwork((tx) => house.matching.startProduction(tx, allocationId))).toBeUndefined();
    expect(
      await house.inNetwork((tx) => house.matching.recall(tx, networkId, allocationId, 300, 'machine-down')),
    ).toBeUndefined();
    await house.settle();
    const parts = await house.active(lineIdOf(order));
    expect(parts.map(({ quantity }) => quantity).sort((a, b) => a - b)).toEqual([300, 700]);
    expect(parts.find(({ id }) => id === allocationId)).toMatchObject({
      quantity: 300,
      state: 'in-production',
    });
    expect(
      await house.inNetwork((tx) => house.matching.completeAllocation(tx, allocationId, 300)),
    ).toBeUndefined();
    await house.expectConsistent();
    const runs = await house.inNetwork((tx) => pageRuns(tx, networkId, undefined, 1));
    expect(runs[0]?.trigger).toBe('breakdown');
  });

  test('that ends short gives the missing pieces back to the line, and they are made', async () => {
    const order = await house.submit();
    await house.settle();
    const [first] = await house.active(lineIdOf(order));
    const allocationId = first?.id ?? '';
    house.clock.ms = first?.finishAt ?? 0;
    expect(await house.inNetwork((tx) => house.matching.startProduction(tx, allocationId))).toBeUndefined();
    expect(
      await house.inNetwork((tx) => house.matching.completeAllocation(tx, allocationId, 990)),
    ).toBeUndefined();
    await house.settle();
    const rest = await house.active(lineIdOf(order));
    expect(rest.map(({ quantity }) => quantity)).toEqual([10]);
    await house.expectConsistent();
  });
});

describe('the operator', () => {
  beforeEach(async () => {
    house = await open();
  });
  const sources = (): OverrideSources => house;

  test('sees the price of a decision before it is taken, and the decision survives every re-plan', async () => {
    const order = await house.submit();
    await house.settle();
    const lineId = lineIdOf(order);
    const target = house.network.factories[2]?.siteId ?? '';
    const asked = { lineId, lock: 'site', siteId: target, reason: 'customer audit' } as const;
    const price = must(await previewOverride(sources(), house.operator(), asked));
    expect(price).toMatchObject({ feasible: true, reason: null, lateBefore: 0, lateAfter: 0 });
    expect(price.costDifferenceMinor).toBeGreaterThan(0);
    expect(price.objectiveAfter).toBeGreaterThan(price.objectiveBefore);
    expect(price.changes.map(({ kind, to }) => [kind, to?.siteName])).toEqual([['moved-site', 'Site 2']]);
    expect((await house.active(lineId)).map(house.siteNo)).toEqual([0]);
    const after = must(await recordOverride(sources(), house.operator(), asked));
    expect(after.map((one) => [house.siteNo(one), one.lock, one.origin])).toEqual([[2, 'site', 'operator']]);
    must(await house.planner.plan(house.network.networkId, { trigger: 'manual' }));
    must(await house.planner.plan(house.network.networkId, { trigger: 'nightly' }));
    expect((await house.active(lineId)).map(({ id }) => id)).toEqual(after.map(({ id }) => id));
    // Declining does not lift the lock: the line waits for the operator instead of going elsewhere.
    must(await house.matching.declineAllocation(house.factory(2), after[0]?.id ?? '', 'price'));
    await house.settle();
    expect((await house.active(lineId)).map(house.siteNo)).toEqual([2]);
    const freed = must(
      await recordOverride(sources(), house.operator(), { lineId, lock: 'none', reason: 'audit is over' }),
    );
    expect(freed.map(({ lock }) => lock)).toEqual(['none']);
    await house.expectConsistent();
  });

  test('is told at once what cannot be decided', async () => {
    const order = await house.submit();
    await house.settle();
    const lineId = lineIdOf(order);
    const siteId = house.network.factories[1]?.siteId ?? '';
    const ask = (more: object) =>
      recordOverride(sources(), house.operator(), { lineId, reason: 'because', ...more } as never);
    expect(await ask({ lock: 'quantity', siteId, quantity: 5_000 })).toMatchObject({
      code: 'more-than-ordered',
    });
    expect(await ask({ lock: 'quantity', siteId })).toMatchObject({ code: 'invalid-request' });
    expect(await ask({ lock: 'site', siteId: house.network.networkId })).toMatchObject({ code: 'not-found' });
    expect(
      await previewOverride(sources(), house.operator(), {
        lineId: siteId,
        lock: 'none',
        reason: 'because',
      }),
    ).toMatchObject({ code: 'not-found' });
  });

  test('deals out quantities; a date that cannot be held is said so', async () => {
    const order = await house.submit({ requestedAt: house.clock.ms + 300 * HOUR });
    await house.settle();
    const lineId = lineIdOf(order);
    const siteId = house.network.factories[1]?.siteId ?? '';
    const parts = must(
      await recordOverride(sources(), house.operator(), {
        lineId,
        lock: 'quantity',
        siteId,
        quantity: 400,
        reason: 'second source',
      }),
    );
    expect(
      parts.filter((one) => house.siteNo(one) === 1).reduce((sum, { quantity }) => sum + quantity, 0),
    ).toBe(400);
    expect(parts.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(1_000);
    const impossible = must(
      await previewOverride(sources(), house.operator(), {
        lineId,
        lock: 'date',
        finishAt: house.clock.ms + HOUR,
        reason: 'wishful',
      }),
    );
    expect(impossible.feasible).toBe(false);
    expect(impossible.lateAfter).toBe(1);
    await house.expectConsistent();
  });

  test('can have every run decided again, byte for byte', async () => {
    for (let n = 0; n < 12; n++) await house.submit({ quantity: 200 + n * 150, priority: n % 5 });
    await house.settle();
    must(await house.planner.plan(house.network.networkId, { trigger: 'manual' }));
    const runs = await house.inNetwork((tx) => pageRuns(tx, house.network.networkId, undefined, 50));
    expect(runs.length).toBeGreaterThan(1);
    for (const run of runs) {
      expect(run.violations).toBe(0);
      expect(await replayRun(house, house.operator(), run.id)).toEqual({
        sameSnapshot: true,
        samePlan: true,
      });
      expect(must(await house.inNetwork((tx) => findRun(tx, run.id))).run).toEqual(run);
    }
  });
});

describe('many at once', () => {
  test('orders, answers, cancellations and two planners leave a plan without a contradiction', async () => {
    house = await open({ factories: 4, machinesEach: 3 });
    const { networkId } = house.network;
    const orders = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        house.submit({
          quantity: 100 + ((n * 271) % 900),
          requestedAt: house.clock.ms + (24 + ((n * 17) % 120)) * HOUR,
        }),
      ),
    );
    const act = async (order: Order, n: number): Promise<unknown> => {
      if (n % 7 === 0) return house.orders.cancel(house.buyer(), order.id, 'changed my mind');
      const [offer] = await house.active(lineIdOf(order));
      if (!offer) return undefined;
      return n % 3 === 0
        ? house.matching.declineAllocation(house.factoryOf(offer), offer.id, 'other')
        : house.matching.acceptAllocation(house.factoryOf(offer), offer.id);
    };
    await house.settle();
    for (let round = 0; round < 3; round++) {
      await Promise.all([
        ...orders.map((order, n) => act(order, n + round)),
        house.planner.plan(networkId, { trigger: 'manual' }),
        house.matching.settle(networkId),
        house.submit({ quantity: 500 }),
      ]);
      await house.settle();
      await house.expectConsistent();
    }
  });
});

describe('a promise', () => {
  test('follows every reservation in memory and is the same as one from a fresh look', async () => {
    house = await open();
    const { itemId, networkId } = house.network;
    const ask = (bases: PromiseBases) =>
      promiseLine({ kernel: house.kernel, registry: house.registry, bases }, house.buyer(), {
        itemId,
        quantity: 3_000,
        requestedAt: house.clock.ms + 60 * HOUR,
        destination: { lat: 10, lon: 0 },
      });
    const empty = must(await ask(house.bases));
    expect(empty.options.map(({ kind }) => kind)).toContain('earliest-whole');
    for (let n = 0; n < 6; n++)
      await house.submit({ quantity: 1_500, requestedAt: house.clock.ms + 30 * HOUR });
    await house.settle();
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
      house.buyer(),
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
