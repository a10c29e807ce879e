import type { NewOrder, Order, OrderRow } from '@millrace/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestNetwork, TEST_START, type TestNetwork } from '../../../test/setup/network.ts';
import type { Tx } from '../kernel/index.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
let net: TestNetwork;
let itemId: string;

beforeAll(async () => {
  net = await openTestNetwork();
  itemId = (await net.ask('OP', 'POST', '/items', { code: 'BOLT', name: 'Bolt' })).body.id;
});
afterAll(() => net?.close());

let number = 0;
const fresh = (more: Partial<NewOrder> = {}): NewOrder => ({
  reference: `PO-${++number}`,
  destination: { name: 'Depot', position: { lat: 31, lon: 121 } },
  lines: [{ itemId, quantity: 100, requestedAt: TEST_START + 10 * DAY }],
  ...more,
});
async function submitted(more: Partial<NewOrder> = {}, who: 'B1' | 'B2' = 'B1'): Promise<Order> {
  const { status, body } = await net.ask(who, 'POST', '/orders', fresh(more));
  expect(status, JSON.stringify(body)).toBe(201);
  return body;
}
const inNetwork = <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
  net.kernel.db.transaction({ kind: 'network', networkId: net.networkId }, work);
const tell = (lineId: string, deltas: Parameters<TestNetwork['orders']['addLineQuantities']>[3]) =>
  inNetwork((tx) => net.orders.addLineQuantities(tx, net.networkId, lineId, deltas));
const lineOf = (order: Order, index = 0): string => order.lines[index]?.id ?? '';
const read = async (order: Order): Promise<Order> => (await net.ask('B1', 'GET', `/orders/${order.id}`)).body;
const kindsOf = async (order: Order): Promise<string[]> =>
  (await net.ask('B1', 'GET', `/orders/${order.id}/steps`)).body.rows.map(
    (step: { kind: string }) => step.kind,
  );
const events = (kind: string, orderId: string) =>
  net.kernel.db.transaction({ kind: 'platform' }, (tx) =>
    tx.rows(`SELECT payload FROM outbox_event WHERE kind = $1 AND payload->>'orderId' = $2`, [kind, orderId]),
  );

describe('submitting', () => {
  test('a buyer orders for itself and gets a number, a first step and defaults', async () => {
    const order = await submitted();
    expect(order).toMatchObject({ state: 'submitted', channel: 'api', buyerName: 'buyer B1' });
    expect(order.orderNo).toMatch(/^SO-2026-\d{6}$/);
    expect(order.lines[0]).toMatchObject({
      priority: 2,
      splitAllowed: true,
      minimumShipment: 1,
      state: 'submitted',
    });
    expect(await kindsOf(order)).toEqual(['submitted']);
    expect(await events('order-submitted', order.id)).toHaveLength(1);
  });

  test('many orders at once have numbers of their own, and a refused order leaves its number to the next', async () => {
    const placed = await Promise.all(Array.from({ length: 45 }, () => submitted()));
    expect(new Set(placed.map(({ orderNo }) => orderNo)).size).toBe(45);
    const last =
      placed
        .map(({ orderNo }) => orderNo)
        .sort()
        .at(-1) ?? '';
    const refused = await net.ask('B1', 'POST', '/orders', fresh({ lines: [] }));
    expect(refused.status).toBeGreaterThanOrEqual(400);
    const late = fresh();
    const past = { ...late, lines: [{ itemId, quantity: 1, requestedAt: TEST_START - DAY }] };
    expect((await net.ask('B1', 'POST', '/orders', past)).body.code).toBe('requested-in-past');
    const { orderNo } = (await net.ask('B1', 'POST', '/orders', late)).body;
    expect(Number(orderNo.slice(-6))).toBe(Number(last.slice(-6)) + 1);
  });

  test('the same reference again is the same order, also after the requested date', async () => {
    const body = fresh();
    const first = await net.ask('B1', 'POST', '/orders', body);
    net.setNow(TEST_START + 20 * DAY);
    const again = await net.ask('B1', 'POST', '/orders', body);
    net.setNow(TEST_START);
    expect(again.status).toBe(200);
    expect(again.body.id).toBe(first.body.id);
    expect(await events('order-submitted', first.body.id)).toHaveLength(1);
    const other = { ...body, destination: { ...body.destination, name: 'Elsewhere' } };
    expect((await net.ask('B1', 'POST', '/orders', other)).body).toMatchObject({
      status: 409,
      code: 'reference-reused',
    });
    expect((await net.ask('B2', 'POST', '/orders', body)).status).toBe(201);
  });

  test('twenty at once with one reference become one order', async () => {
    const body = fresh();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => net.ask('B1', 'POST', '/orders', body)),
    );
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
  });

  test('what cannot be is refused with its field', async () => {
    const line = { itemId, quantity: 10, requestedAt: TEST_START + DAY };
    const post = async (more: Partial<NewOrder>) =>
      (await net.ask('B1', 'POST', '/orders', fresh(more))).body;
    expect(await post({ lines: [{ ...line, requestedAt: TEST_START }] })).toMatchObject({
      code: 'requested-in-past',
      fields: [{ pointer: '/body/lines/0/requestedAt' }],
    });
    expect(await post({ lines: [line, { ...line, itemId: net.networkId }] })).toMatchObject({
      code: 'unknown-item',
      fields: [{ pointer: '/body/lines/1/itemId' }],
    });
    expect((await post({ lines: [{ ...line, minimumShipment: 11 }] })).code).toBe('minimum-above-quantity');
    expect((await post({ buyerOrganisationId: net.organisations.B2 })).code).toBe('foreign-organisation');
    const byOperator = (more: Partial<NewOrder>) => net.ask('OP', 'POST', '/orders', fresh(more));
    expect((await byOperator({})).body.code).toBe('buyer-required');
    expect((await byOperator({ buyerOrganisationId: net.organisations.F1 })).body.code).toBe('not-a-buyer');
    expect((await byOperator({ buyerOrganisationId: net.organisations.B1 })).body.channel).toBe('console');
  });
});

describe('who sees an order', () => {
  test('its buyer and the operator, no other buyer and no factory', async () => {
    const order = await submitted();
    for (const who of ['B1', 'OP'] as const) {
      expect((await net.ask(who, 'GET', `/orders/${order.id}`)).status).toBe(200);
    }
    for (const path of [`/orders/${order.id}`, `/orders/${order.id}/steps`]) {
      expect((await net.ask('B2', 'GET', path)).status).toBe(404);
      expect((await net.ask('F1', 'GET', path)).status).toBe(404);
    }
    expect((await net.ask('B2', 'POST', `/orders/${order.id}/cancel`, { reason: 'spite' })).status).toBe(404);
    const seen = (await net.ask('B2', 'GET', '/orders?limit=500')).body.rows as OrderRow[];
    expect(seen.map((row) => row.orderId)).not.toContain(order.id);
    expect((await net.ask('F1', 'GET', '/orders')).body.rows).toEqual([]);
  });
});

describe('the life of an order', () => {
  test('from allocation to receipt, states follow quantities and the order closes itself', async () => {
    const order = await submitted();
    const id = lineOf(order);
    const stories = [
      [{ allocated: 60 }, 'partly-allocated'],
      [{ allocated: 40 }, 'allocated'],
      [{ started: true }, 'in-production'],
      [{ produced: 100 }, 'produced'],
      [{ shipped: 100 }, 'shipped'],
      [{ received: 97, short: 3 }, 'received'],
    ] as const;
    for (const [deltas, state] of stories) {
      expect(await tell(id, deltas)).toBeUndefined();
      expect((await read(order)).lines[0]?.state).toBe(state);
    }
    expect((await read(order)).state).toBe('closed');
    expect((await kindsOf(order)).at(-1)).toBe('closed');
    expect(await events('order-closed', order.id)).toHaveLength(1);
    expect(await tell(id, { allocated: 1 })).toMatchObject({ code: 'line-closed' });
  });

  test('quantities out of bounds are refused and change nothing', async () => {
    const order = await submitted();
    for (const deltas of [
      { allocated: 101 },
      { allocated: -1 },
      { shipped: 1 },
      { received: 1 },
      { produced: -1 },
    ]) {
      expect(await tell(lineOf(order), deltas)).toMatchObject({ code: 'quantity-out-of-bounds' });
    }
    expect(await read(order)).toEqual(order);
  });

  test('what many tell at once adds up', async () => {
    const order = await submitted();
    await Promise.all(Array.from({ length: 20 }, () => tell(lineOf(order), { allocated: 5, produced: 1 })));
    expect((await read(order)).lines[0]).toMatchObject({ allocatedQuantity: 100, producedQuantity: 20 });
  });

  test('the first promise stays, the forecast moves', async () => {
    const order = await submitted();
    const [first, later] = [TEST_START + 5 * DAY, TEST_START + 12 * DAY];
    await inNetwork(async (tx) => {
      await net.orders.setPromises(tx, [
        { lineId: lineOf(order), at: first, evidence: '/api/v3/match-runs/x' },
      ]);
      await net.orders.setPromises(tx, [{ lineId: lineOf(order), at: later }]);
      await net.orders.setProjected(tx, lineOf(order), later);
    });
    expect((await read(order)).lines[0]).toMatchObject({ promisedAt: first, projectedAt: later });
    expect((await kindsOf(order)).filter((kind) => kind === 'promised')).toHaveLength(1);
    const { body } = await net.ask('B1', 'GET', '/orders?atRisk=true&sort=hoursLate');
    expect(body.rows[0]).toMatchObject({ orderId: order.id, hoursLate: 48 });
  });
});

describe('calling off', () => {
  test('an order nobody has begun is cancelled whole', async () => {
    const order = await submitted();
    await inNetwork((tx) => net.orders.setProjected(tx, lineOf(order), TEST_START + DAY));
    const { body } = await net.ask('B1', 'POST', `/orders/${order.id}/cancel`, { reason: 'No money' });
    expect(body.lines[0].projectedAt).toBeNull();
    expect(body).toMatchObject({
      state: 'cancelled',
      lines: [{ state: 'cancelled', cancelledQuantity: 100 }],
    });
    expect(await events('order-cancelled', order.id)).toHaveLength(1);
    const again = await net.ask('B1', 'POST', `/orders/${order.id}/cancel`, { reason: 'No money' });
    expect(again.body.code).toBe('nothing-to-cancel');
  });

  test('what is made already is still delivered, the rest is not', async () => {
    const order = await submitted();
    await tell(lineOf(order), { allocated: 100, started: true, produced: 40 });
    const { body } = await net.ask('B1', 'POST', `/orders/${order.id}/cancel`, { reason: 'Too much' });
    expect(body.lines[0]).toMatchObject({ state: 'produced', cancelledQuantity: 60 });
    await tell(lineOf(order), { allocated: -60 });
    await tell(lineOf(order), { shipped: 40 });
    await tell(lineOf(order), { received: 40 });
    expect((await read(order)).state).toBe('closed');
  });
});

describe('the list', () => {
  test.each(['submittedAt', 'requestedAt', 'hoursLate'])(
    'sorted by %s, its pages join without a gap',
    async (sort) => {
      const ids: string[] = [];
      let cursor = '';
      do {
        const path = `/orders?limit=3&sort=${sort}${cursor && `&cursor=${cursor}`}`;
        const { body } = await net.ask('OP', 'GET', path);
        ids.push(...body.rows.map((row: OrderRow) => row.lineId));
        cursor = body.nextCursor ?? '';
      } while (cursor !== '');
      const whole = await net.ask('OP', 'GET', `/orders?limit=500&sort=${sort}`);
      expect(ids.length).toBeGreaterThan(6);
      expect(ids).toEqual(whole.body.rows.map((row: OrderRow) => row.lineId));
      expect(whole.body.total).toBe(ids.length);
    },
  );

  test('filters by state and by text', async () => {
    const order = await submitted({ reference: 'FIND_100' });
    const find = async (q: string) =>
      (await net.ask('B1', 'GET', `/orders?q=${encodeURIComponent(q)}`)).body.rows;
    expect(await find('find_100')).toMatchObject([{ orderId: order.id }]);
    expect(await find('find_1__')).toEqual([]);
    const cancelled = await net.ask('B1', 'GET', '/orders?state=cancelled');
    expect(cancelled.body.rows.every((row: OrderRow) => row.state === 'cancelled')).toBe(true);
  });

  test('kept promises count received lines, by the date that was asked for', async () => {
    const { ordersOpen, keptPromises, linesReceived } = await inNetwork((tx) =>
      net.orders.figures(tx, net.networkId, TEST_START + HOUR),
    );
    expect(ordersOpen).toBeGreaterThan(0);
    expect(linesReceived).toBe(2);
    expect(keptPromises).toBe(1);
    expect((await net.ask('OP', 'GET', '/orders?limit=500')).body.rows.length).toBeGreaterThanOrEqual(
      ordersOpen,
    );
  });
});

describe('several lines at once', () => {
  test('lines of several orders move together, each by its own rules', async () => {
    const line = { itemId, quantity: 100, requestedAt: TEST_START + 10 * DAY };
    const [one, two] = [await submitted({ lines: [line, line] }), await submitted({}, 'B2')];
    const made = { allocated: 100, started: true, produced: 100 };
    const received = [lineOf(one), lineOf(one, 1), lineOf(two)].flatMap((lineId) => [
      { lineId, deltas: made },
      { lineId, deltas: { shipped: 100 } },
      { lineId, deltas: { received: lineId === lineOf(one, 1) ? 40 : 100 } },
    ]);
    expect(await inNetwork((tx) => net.orders.addQuantities(tx, net.networkId, received))).toBeUndefined();
    const after = await read(one);
    expect(after.state).toBe('in-progress');
    expect(after.lines.map(({ state }) => state)).toEqual(['received', 'shipped']);
    expect((await net.ask('B2', 'GET', `/orders/${two.id}`)).body.state).toBe('closed');
    expect(await events('order-closed', two.id)).toHaveLength(1);
    expect(await events('order-closed', one.id)).toHaveLength(0);
  });

  test('when one of several lines cannot move, none does', async () => {
    const [one, two] = [await submitted(), await submitted()];
    const moves = [
      { lineId: lineOf(one), deltas: { allocated: 50 } },
      { lineId: lineOf(two), deltas: { allocated: 101 } },
    ];
    expect(await inNetwork((tx) => net.orders.addQuantities(tx, net.networkId, moves))).toMatchObject({
      code: 'quantity-out-of-bounds',
    });
    expect(await read(one)).toEqual(one);
  });

  test('many steps are read in the order in which they were told', async () => {
    const order = await submitted();
    const told = { networkId: net.networkId, orderId: order.id, lineId: null, actor: 'x', at: TEST_START };
    const quantities = Array.from({ length: 30 }, (_, no) => no);
    await inNetwork((tx) =>
      net.orders.recordSteps(
        tx,
        quantities.map((quantity) => ({ ...told, kind: 'allocated', quantity })),
      ),
    );
    const { rows } = (await net.ask('B1', 'GET', `/orders/${order.id}/steps`)).body;
    expect(rows.slice(1).map((step: { quantity: number }) => step.quantity)).toEqual(quantities);
  });
});
