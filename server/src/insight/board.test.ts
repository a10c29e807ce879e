import type { Board, CapacityBucket, LiveMachine, OrderRow, Shipment } from '@millrace/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRunningPlatform, type RunningPlatform } from '../../../test/setup/running-platform.ts';
import { oeeSheet } from '../state/oee.ts';
import { KPI_DEFINITIONS } from './kpi-definitions.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let house: RunningPlatform;
let board: Board;

const read = async <T>(path: string, member: 'OP' | 'F1' | 'B1' | 'B2' = 'OP'): Promise<T> => {
  const { status, body } = await house.ask(member, 'GET', path);
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
};
const order = async (reference: string, quantity: number, hours: number): Promise<void> => {
  const made = await house.ask('B1', 'POST', '/orders', {
    reference,
    destination: { name: 'Berlin', position: { lat: 52.5, lon: 13.4 } },
    lines: [{ itemId: house.itemId, quantity, requestedAt: house.clock.ms + hours * HOUR }],
  });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
};

/** The last minutes of a factory's machine, as its gateway would send them. */
const report = async (factory: 'F1' | 'F2', runningS: number, state: 'running' | 'down'): Promise<void> => {
  const gateway = await house.ask('OP', 'POST', '/gateways', {
    code: 'GW',
    name: 'Gateway',
    organisationId: house.organisations[factory],
  });
  const { machineId } = house.places[factory];
  await house.ask(factory, 'PATCH', `/machines/${machineId}`, { gatewayId: gateway.body.gateway.id });
  const records = [3, 2, 1].map((back) => ({
    machine: `M-${factory}`,
    minute: house.clock.ms - back * 60_000,
    runningS,
    count: 100 - back,
    state,
  }));
  const answered = await fetch(`${house.http}/api/v3/machine-records`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${gateway.body.token}` },
    body: JSON.stringify({ v: 3, records }),
  });
  expect(await answered.json()).toMatchObject({ accepted: 3, rejected: 0 });
};

/** One machine runs, one is down; of two orders one is impossible in time. */
beforeAll(async () => {
  house = await openRunningPlatform('api,ingest');
  const { kernel, modules } = house.platform;
  await report('F1', 60, 'running');
  await report('F2', 0, 'down');
  await order('PO-1', 400, 240);
  await order('PO-2', 2_000, 1);
  await kernel.bus.settle();
  await modules.matching.settle(house.networkId);
  await kernel.bus.settle();
  await modules.state.tick();
  board = await read('/board');
});
afterAll(() => house.close());

describe('the board', () => {
  test('counts the machines that the machine list shows', async () => {
    const { rows } = await read<{ rows: LiveMachine[] }>('/machine-states?limit=10000');
    expect(rows.map(({ state }) => state).sort()).toEqual(['down', 'running']);
    expect(board.kpis.machinesConnected).toBe(rows.length);
    expect(board.kpis.machinesTotal).toBe(rows.length);
    expect(board.kpis.machinesRunning).toBe(rows.filter(({ state }) => state === 'running').length);
    for (const site of board.sites) {
      const here = rows.filter(({ siteId }) => siteId === site.siteId);
      expect([site.machines, site.running, site.down]).toEqual([
        here.length,
        here.filter(({ state }) => state === 'running').length,
        here.filter(({ state }) => state === 'down').length,
      ]);
    }
    expect(board.sites.map(({ name }) => name).sort()).toEqual(['Site F1', 'Site F2']);
  });

  test('has the capacity that the capacity page has', async () => {
    const from = board.at;
    const summary = await read<{ buckets: CapacityBucket[]; idleHours24h: number; idleHours7d: number }>(
      `/capacity/summary?from=${from}&to=${from + 14 * DAY}`,
    );
    expect(board.capacity).toEqual(summary.buckets);
    expect(board.kpis.idleHours24h).toBe(summary.idleHours24h);
    expect(board.kpis.idleHours7d).toBe(summary.idleHours7d);
    expect(board.capacity.some(({ committedMin }) => committedMin > 0)).toBe(true);
    const sold = board.sites.map(({ soldShare }) => soldShare);
    expect(Math.max(...sold)).toBeGreaterThan(0);
    expect(Math.max(...sold)).toBeLessThanOrEqual(1);
  });

  test('has the orders that the order list has', async () => {
    const atRisk = await read<{ rows: OrderRow[] }>('/orders?atRisk=true&limit=500');
    expect(atRisk.rows.length).toBeGreaterThan(0);
    expect(board.kpis.ordersAtRisk).toBe(new Set(atRisk.rows.map(({ orderId }) => orderId)).size);
    expect(board.atRisk.map(({ lineId }) => lineId).sort()).toEqual(
      atRisk.rows.map(({ lineId }) => lineId).sort(),
    );
    const all = await read<{ rows: OrderRow[] }>('/orders?limit=500');
    const open = all.rows.filter(({ state }) => state !== 'received' && state !== 'cancelled');
    expect(board.kpis.ordersOpen).toBe(new Set(open.map(({ orderId }) => orderId)).size);
    expect(board.kpis.linesReceived30d).toBe(0);
    expect(board.kpis.keptPromises).toBeNull();
  });

  test('shows the shipments that the shipment list says are under way', async () => {
    const { rows } = await read<{ rows: Shipment[] }>('/shipments?state=in-transit&limit=500');
    expect(board.inTransit.map(({ shipmentId }) => shipmentId).sort()).toEqual(
      rows.map(({ id }) => id).sort(),
    );
  });

  test('shows a factory its own site, a buyer its own orders, a stranger nothing', async () => {
    const [factory, buyer, other] = [
      await read<Board>('/board', 'F1'),
      await read<Board>('/board', 'B1'),
      await read<Board>('/board', 'B2'),
    ];
    expect(factory.sites.map(({ name }) => name)).toEqual(['Site F1']);
    expect(factory.kpis).toMatchObject({ machinesTotal: 1, ordersOpen: 0 });
    expect(buyer.kpis).toMatchObject({ machinesTotal: 0, ordersOpen: 2, idleHours24h: 0 });
    expect(buyer.atRisk.map(({ lineId }) => lineId)).toEqual(board.atRisk.map(({ lineId }) => lineId));
    expect(other.kpis).toMatchObject({ machinesTotal: 0, ordersOpen: 0, ordersAtRisk: 0 });
    expect([other.sites, other.atRisk, other.inTransit]).toEqual([[], [], []]);
  });

  test('is the same board for everybody who looks in the same second', async () => {
    const [one, two] = await Promise.all([read<Board>('/board'), read<Board>('/board')]);
    expect(two).toEqual(one);
  });
});

describe('definitions of figures', () => {
  test('every figure of the board is defined', async () => {
    const { rows } = await read<{ rows: { name: string }[] }>('/kpis');
    const defined = rows.map(({ name }) => name);
    const shown = Object.keys(board.kpis).map((name) => (name === 'oee' ? 'networkOee' : name));
    expect(shown.filter((name) => !defined.includes(name))).toEqual([]);
    expect(new Set(defined).size).toBe(defined.length);
  });

  test('the formulas are those by which the sheets are computed', () => {
    const nothing = {
      pbtMin: 0,
      aptMin: 0,
      austMin: 0,
      standardMin: 0,
      assignedAptMin: 0,
      assignedPieces: 0,
      pieces: 0,
      scrap: 0,
    };
    for (const [name, { formula }] of Object.entries(oeeSheet(nothing))) {
      expect(KPI_DEFINITIONS.find((one) => one.name === name)?.formula).toBe(formula);
    }
  });

  test('every source is a route of this API', async () => {
    const routes = Object.keys(house.platform.app.swagger().paths ?? {});
    expect(routes.length).toBeGreaterThan(20);
    const wrong = KPI_DEFINITIONS.map(({ source }) => source.split('?')[0] ?? '')
      .map((path) => path.replaceAll(/\{\w+\}/g, '{}'))
      .filter((path) => !routes.some((route) => route.replaceAll(/\{\w+\}/g, '{}') === path));
    expect(wrong).toEqual([]);
  });
});
