import type {
  Allocation,
  MachineWork,
  MatchRun,
  Order,
  OrderRow,
  OrderStep,
  OutputReport,
  ProductionOrder,
  Shipment,
} from '@millrace/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorld, type TestFactory, type World } from './spine/world.ts';

const HOUR_MS = 3_600_000;
const TEST_MS = 180_000;

interface Rows<T> {
  readonly rows: readonly T[];
}

let world: World;
beforeAll(async () => {
  world = await openWorld();
}, 120_000);
afterAll(() => world?.close());

const order = (id: string): Promise<Order> => world.buyer.get(`/orders/${id}`);
const allocations = async (orderId: string): Promise<readonly Allocation[]> =>
  (await world.operator.get<Rows<Allocation>>(`/allocations?orderId=${orderId}`)).rows;
const productionOf = async (orderId: string): Promise<readonly ProductionOrder[]> =>
  (await world.operator.get<Rows<ProductionOrder>>(`/production-orders?orderId=${orderId}`)).rows;

async function submit(reference: string, quantity: number, hours: number): Promise<Order> {
  const made = await world.buyer.post<Order>('/orders', {
    reference,
    destination: { name: 'Canteen kitchen', position: { lat: 52.5, lon: 17.2 } },
    lines: [{ itemId: world.itemId, quantity, requestedAt: world.clock.now() + hours * HOUR_MS }],
  });
  await world.settle();
  return made;
}

async function acceptAt(factory: TestFactory, orderId: string): Promise<void> {
  for (const { id, state, siteId } of await allocations(orderId)) {
    if (state === 'offered' && siteId === factory.siteId)
      await factory.key.post(`/allocations/${id}/accept`, {});
  }
  await world.settle();
}

/** Factories send away what is ready, trucks arrive, the buyer counts: until nothing is on the road. */
async function deliver(orderId: string): Promise<void> {
  const list = async (): Promise<readonly Shipment[]> =>
    (await world.operator.get<Rows<Shipment>>(`/shipments?orderId=${orderId}`)).rows;
  for (const shipment of await list()) {
    const factory = shipment.siteId === world.near.siteId ? world.near : world.far;
    if (shipment.state === 'ready') {
      await factory.key.post(`/shipments/${shipment.id}/milestones`, { kind: 'departure' });
    }
  }
  await world.pass(60);
  for (const shipment of await list()) {
    const factory = shipment.siteId === world.near.siteId ? world.near : world.far;
    if (shipment.state === 'in-transit') {
      await factory.key.post(`/shipments/${shipment.id}/milestones`, { kind: 'arrival' });
    }
    if (shipment.state !== 'received') {
      await world.buyer.post(`/shipments/${shipment.id}/receipt`, { quantity: shipment.quantity });
    }
  }
  await world.settle();
}

const produced = async (orderId: string): Promise<boolean> => {
  const [line] = (await order(orderId)).lines;
  return line !== undefined && line.producedQuantity >= line.quantity;
};

describe('the spine', () => {
  let first: Order;

  test(
    'an order is matched, accepted, made, shipped, received and closed, with evidence at every step',
    async () => {
      first = await submit('CANTEEN-1', 120, 30);
      const [allocation] = await allocations(first.id);
      expect(allocation).toMatchObject({ state: 'accepted', siteId: world.near.siteId });

      await world.until(
        'the machines begin',
        40,
        async () => (await productionOf(first.id))[0]?.state === 'running',
      );
      await reportScrapOnce(first.id);
      await world.until('all pieces are made', 40, () => produced(first.id));
      const [production] = await productionOf(first.id);
      expect(production).toMatchObject({ state: 'completed', goodQuantity: 120, scrapQuantity: 2 });

      await deliver(first.id);
      const closed = await order(first.id);
      expect(closed.state).toBe('closed');
      expect(closed.lines[0]).toMatchObject({ state: 'received', receivedQuantity: 120 });
      await expectStory(first.id, [
        'submitted',
        'promised',
        'allocated',
        'accepted',
        'in-production',
        'completed',
        'shipped',
        'milestone',
        'received',
        'closed',
      ]);
    },
    TEST_MS,
  );

  test(
    "an operator's hand survives every re-plan, and a factory that wants to be asked is asked",
    async () => {
      const second = await submit('CANTEEN-2', 60, 40);
      const line = second.lines[0];
      await world.operator.post('/overrides', {
        lineId: line?.id,
        lock: 'site',
        siteId: world.far.siteId,
        reason: 'the buyer knows this factory',
      });
      await world.settle();
      for (let again = 0; again < 3; again++) {
        await world.operator.post<MatchRun>('/match-runs', {});
        await world.settle();
        const standing = (await allocations(second.id)).filter(({ state }) => state !== 'withdrawn');
        expect(standing).toMatchObject([{ siteId: world.far.siteId, lock: 'site', state: 'offered' }]);
      }
      await acceptAt(world.far, second.id);
      await world.until('the MQTT machines have made it', 60, () => produced(second.id));
      await deliver(second.id);
      expect((await order(second.id)).state).toBe('closed');
      await expectStory(second.id, ['override', 'accepted', 'in-production', 'received']);
    },
    TEST_MS,
  );

  test(
    'a machine that stops for hours loses the unproduced part to another site',
    async () => {
      const third = await submit('CANTEEN-3', 600, 26);
      await world.until('the first pieces are made', 40, async () =>
        (await productionOf(third.id)).some(
          ({ goodQuantity, siteId }) => siteId === world.near.siteId && goodQuantity > 30,
        ),
      );
      for (const machine of world.near.machines) machine.stopped = true;
      await world.until(
        'the rest is taken back',
        40,
        async () =>
          (await order(third.id)).lines.some(({ id }) => id !== '') &&
          (await allocations(third.id)).some(({ siteId }) => siteId === world.far.siteId),
      );
      await acceptAt(world.far, third.id);
      await world.until('the other site has made the rest', 60, async () => {
        await acceptAt(world.far, third.id);
        return produced(third.id);
      });
      for (const machine of world.near.machines) machine.stopped = false;

      const parts = (await allocations(third.id)).filter(({ state }) => state === 'produced');
      expect(parts.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(600);
      expect(new Set(parts.map(({ siteId }) => siteId))).toEqual(
        new Set([world.near.siteId, world.far.siteId]),
      );
      await expectStory(third.id, ['slipped', 'recalled', 'completed']);
      await deliver(third.id);
      expect(await order(third.id)).toMatchObject({
        state: 'closed',
        lines: [{ receivedQuantity: 600 }],
      });
    },
    TEST_MS,
  );

  test(
    'an order that is called off is no longer made, and what was made of it is still delivered',
    async () => {
      const fourth = await submit('CANTEEN-4', 400, 24);
      await world.until('a good part is made and told', 40, async () =>
        (await order(fourth.id)).lines.some(({ producedQuantity }) => producedQuantity >= 60),
      );
      const made = (await order(fourth.id)).lines[0]?.producedQuantity ?? 0;
      await world.buyer.post(`/orders/${fourth.id}/cancel`, { reason: 'the event was moved' });
      await world.settle();
      const productions = await productionOf(fourth.id);
      expect(productions.every(({ state }) => state === 'completed' || state === 'cancelled')).toBe(true);
      expect((await world.near.key.get<Rows<MachineWork>>('/machine-work')).rows).toEqual([]);
      await deliver(fourth.id);
      expect(await order(fourth.id)).toMatchObject({ state: 'closed', lines: [{ receivedQuantity: made }] });
    },
    TEST_MS,
  );

  test('everyone sees their own part only', async () => {
    const strange = world.stranger;
    expect((await strange.get<Rows<OrderRow>>('/orders')).rows).toEqual([]);
    expect((await strange.get<Rows<Allocation>>('/allocations')).rows).toEqual([]);
    expect((await strange.get<Rows<ProductionOrder>>('/production-orders')).rows).toEqual([]);
    expect((await strange.get<Rows<Shipment>>('/shipments')).rows).toEqual([]);
    expect((await strange.get<Rows<MachineWork>>('/machine-work')).rows).toEqual([]);
    expect(await strange.refusal('GET', `/orders/${first.id}`)).toMatchObject({ status: 404 });
    const [shipment] = (await world.buyer.get<Rows<Shipment>>('/shipments')).rows;
    expect(await strange.refusal('GET', `/shipments/${shipment?.id}`)).toMatchObject({ status: 404 });
    expect(
      await strange.refusal('POST', `/shipments/${shipment?.id}/receipt`, { quantity: 1 }),
    ).toMatchObject({ status: 404 });

    // The buyer follows the progress, not the machines; a factory follows its own orders only.
    const forBuyer = (await world.buyer.get<Rows<ProductionOrder>>('/production-orders')).rows;
    expect(forBuyer.length).toBeGreaterThan(0);
    expect(forBuyer.flatMap(({ operations }) => operations)).toEqual([]);
    const forFar = (await world.far.key.get<Rows<ProductionOrder>>('/production-orders')).rows;
    expect(new Set(forFar.map(({ siteId }) => siteId))).toEqual(new Set([world.far.siteId]));
  });
});

/** The same report twice is one report, and its scrap is made again. */
async function reportScrapOnce(orderId: string): Promise<void> {
  await world.until('some pieces are counted', 10, async () =>
    (await productionOf(orderId)).some(({ operations }) => operations.some((one) => one.goodQuantity >= 10)),
  );
  const [production] = await productionOf(orderId);
  const operation = production?.operations.find(({ goodQuantity }) => goodQuantity >= 10);
  const report = {
    operationId: operation?.id,
    good: 0,
    scrap: 2,
    scrapReason: 'chipped',
    reportKey: 'terminal-1-0001',
  };
  const [once, twice] = [
    await world.near.key.post<OutputReport>('/output-reports', report),
    await world.near.key.post<OutputReport>('/output-reports', report),
  ];
  expect(twice.id).toBe(once.id);
  const [after] = await productionOf(orderId);
  const moved = after?.operations.find(({ id }) => id === operation?.id);
  expect(moved).toMatchObject({ scrapQuantity: 2, goodQuantity: (operation?.goodQuantity ?? 0) - 2 });
}

/** Every step says who, and where the evidence is; the evidence is there. */
async function expectStory(orderId: string, kinds: readonly OrderStep['kind'][]): Promise<void> {
  const { rows } = await world.buyer.get<Rows<OrderStep>>(`/orders/${orderId}/steps`);
  expect(rows.map(({ kind }) => kind)).toEqual(expect.arrayContaining([...kinds]));
  for (const step of rows) {
    expect(step.actor, step.kind).not.toBe('');
    if (step.evidence !== null) await world.operator.get(step.evidence);
  }
  const proven = rows.filter(({ evidence }) => evidence !== null).map(({ kind }) => kind);
  expect(proven).toEqual(
    expect.arrayContaining(kinds.filter((kind) => kind !== 'submitted' && kind !== 'closed')),
  );
}
