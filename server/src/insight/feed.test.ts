import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRunningPlatform, type RunningPlatform } from '../../../test/setup/running-platform.ts';

const HOUR = 3_600_000;
let house: RunningPlatform;
/** An order of B1 that went through matching. */
let order: {
  readonly id: string;
  readonly orderNo: string;
  readonly lines: readonly { readonly id: string }[];
};

const kindsOf = async (member: 'OP' | 'F1' | 'F2' | 'B1' | 'B2', query = ''): Promise<string[]> => {
  const { status, body } = await house.ask(member, 'GET', `/events?limit=500${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body.rows.map(({ kind }: { kind: string }) => kind);
};

type Short = 'running' | 'idle' | 'down';
/** As state would tell it. */
const stateChanged = async (from: Short, to: Short): Promise<void> => {
  const { bus, db } = house.platform.kernel;
  const { machineId, siteId } = house.places.F1;
  const payload = { machineId, siteId, from, to, at: house.clock.ms };
  await db.transaction({ kind: 'network', networkId: house.networkId }, (tx) =>
    bus.publish(tx, house.networkId, 'machine-state-changed', payload),
  );
  await bus.settle();
};

beforeAll(async () => {
  house = await openRunningPlatform();
  const made = await house.ask('B1', 'POST', '/orders', {
    reference: 'PO-1',
    destination: { name: 'Berlin', position: { lat: 52.5, lon: 13.4 } },
    lines: [{ itemId: house.itemId, quantity: 200, requestedAt: house.clock.ms + 240 * HOUR }],
  });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  order = made.body;
  await house.platform.kernel.bus.settle();
  await house.platform.modules.matching.settle(house.networkId);
  await stateChanged('running', 'down');
});
afterAll(() => house.close());

describe('the event feed', () => {
  test('the operator reads everything worth telling, newest first', async () => {
    const { rows } = (await house.ask('OP', 'GET', '/events')).body;
    const kinds = rows.map(({ kind }: { kind: string }) => kind);
    expect(kinds).toEqual(
      expect.arrayContaining([
        'order-submitted',
        'match-run-finished',
        'order-allocated',
        'machine-state-changed',
        'capability-changed',
      ]),
    );
    const numbers = rows.map(({ id }: { id: string }) => Number(id));
    expect(numbers).toEqual([...numbers].sort((a, b) => b - a));
  });

  test('an entry carries the names of what it is about', async () => {
    const { rows } = (await house.ask('OP', 'GET', '/events?kind=order-allocated')).body;
    const { siteId } = rows[0].payload;
    const [site] = Object.values(house.places).filter((place) => place.siteId === siteId);
    expect(site).toBeDefined();
    expect(rows[0].names).toEqual({
      [siteId]: expect.stringMatching(/^Site F[12]$/),
      [order.id]: order.orderNo,
      [order.lines[0]?.id ?? '']: `${order.orderNo}/1`,
    });
    const [stopped] = (await house.ask('F1', 'GET', '/events?kind=machine-state-changed')).body.rows;
    expect(stopped.names[house.places.F1.machineId]).toBe('Loom F1');
  });

  test('each organisation reads only what concerns it', async () => {
    expect(await kindsOf('B1')).toEqual(expect.arrayContaining(['order-allocated', 'order-submitted']));
    expect(await kindsOf('B1')).not.toContain('match-run-finished');
    expect(await kindsOf('B1')).not.toContain('machine-state-changed');
    expect(await kindsOf('B2')).toEqual([]);
    expect(await kindsOf('F1')).toContain('machine-state-changed');
    expect(await kindsOf('F1')).not.toContain('order-submitted');
    expect(await kindsOf('F2')).not.toContain('machine-state-changed');
    const [{ payload }] = (await house.ask('OP', 'GET', '/events?kind=order-allocated')).body.rows;
    const chosen = payload.siteId === house.places.F1.siteId ? 'F1' : 'F2';
    expect(await kindsOf(chosen)).toContain('order-allocated');
    expect(await kindsOf(chosen === 'F1' ? 'F2' : 'F1')).not.toContain('order-allocated');
  });

  test('a machine that only changes its pace is no news', async () => {
    const before = await kindsOf('OP', '&kind=machine-state-changed');
    await stateChanged('idle', 'running');
    expect(await kindsOf('OP', '&kind=machine-state-changed')).toEqual(before);
    await stateChanged('down', 'running');
    expect(await kindsOf('OP', '&kind=machine-state-changed')).toHaveLength(before.length + 1);
  });

  test('a command to a machine is read by its factory and the operator, by name', async () => {
    const { bus, db } = house.platform.kernel;
    const { machineId } = house.places.F1;
    const payload = {
      commandId: house.itemId,
      machineId,
      gatewayId: house.itemId,
      command: 'set-speed',
      value: 120,
      requestedBy: 'paul@f1.example',
    };
    await db.transaction({ kind: 'network', networkId: house.networkId }, (tx) =>
      bus.publishAll(tx, house.networkId, [
        { kind: 'machine-command-requested', payload: { ...payload, class: 'normal', reason: 'warm up' } },
        { kind: 'machine-command-executed', payload: { ...payload, readBack: 120 } },
      ]),
    );
    await bus.settle();
    for (const member of ['OP', 'F1'] as const) {
      const { rows } = (await house.ask(member, 'GET', '/events?limit=2')).body;
      expect(rows).toMatchObject([
        { kind: 'machine-command-executed', payload, names: { [machineId]: 'Loom F1' } },
        { kind: 'machine-command-requested' },
      ]);
    }
    for (const member of ['F2', 'B1', 'B2'] as const) {
      expect(await kindsOf(member)).not.toContain('machine-command-requested');
    }
  });

  test('pages fit together without gap or repetition, for the operator and for a party', async () => {
    for (const member of ['OP', 'F1', 'B1'] as const) {
      const whole = (await house.ask(member, 'GET', '/events?limit=500')).body.rows;
      const seen: unknown[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const page = await house.ask(member, 'GET', `/events?limit=1${cursor && `&cursor=${cursor}`}`);
        seen.push(...page.body.rows);
        cursor = page.body.nextCursor;
      }
      expect(whole.length).toBeGreaterThan(0);
      expect(seen).toEqual(whole);
    }
  });

  test('a cursor or a kind that was never given out is refused', async () => {
    expect((await house.ask('OP', 'GET', '/events?cursor=abc')).body.code).toBe('bad-cursor');
    const text = Buffer.from('["one"]').toString('base64url');
    expect((await house.ask('OP', 'GET', `/events?cursor=${text}`)).body.code).toBe('bad-cursor');
    expect((await house.ask('OP', 'GET', '/events?kind=gossip')).status).toBe(400);
  });

  test('what is a month old, or beyond what a feed holds, is forgotten', async () => {
    const before = await kindsOf('OP');
    expect(before.length).toBeGreaterThan(1);
    house.clock.ms += 31 * 24 * HOUR;
    await stateChanged('running', 'down');
    await house.platform.modules.insight.tick();
    expect(await kindsOf('OP')).toEqual(['machine-state-changed']);
  });
});
