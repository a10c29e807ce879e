import type { Allocation, ProductionOrder, SchedulePreview, SiteSchedule } from '@millrace/contract';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type Answered,
  openRunningPlatform,
  RUNNING_START,
  type RunningPlatform,
} from '../../../test/setup/running-platform.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let running: RunningPlatform;
let siteId: string;
/** The machines of F1: the first one gets the work, because plans fill machines one after the other. */
let machines: string[];
beforeAll(async () => {
  running = await openRunningPlatform();
});
afterAll(async () => {
  await running?.close();
});

const ask = async (
  member: 'F1' | 'F2' | 'B1' | 'OP',
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<Answered['body']> => {
  const answered = await running.ask(member, method, path, body);
  if (answered.status >= 300) throw new TypeError(`${path}: ${JSON.stringify(answered.body)}`);
  return answered.body;
};
const settle = async (): Promise<void> => {
  const { kernel, modules } = running.platform;
  for (let round = 0; round < 3; round++) {
    await kernel.bus.settle();
    await modules.matching.settle(running.networkId);
  }
  await kernel.bus.settle();
};

let references = 0;
/** Ordered, offered to F1, accepted, released to its shop floor. */
async function release(quantity: number, dueMs: number, priority = 2): Promise<void> {
  await ask('B1', 'POST', '/orders', {
    reference: `PO-${++references}`,
    destination: { name: 'Store', position: { lat: 48, lon: 11 } },
    lines: [{ itemId: running.itemId, quantity, requestedAt: dueMs, priority, splitAllowed: false }],
  });
  await settle();
  const { rows } = await ask('F1', 'GET', '/allocations?state=offered');
  for (const offer of rows as Allocation[]) await ask('F1', 'POST', `/allocations/${offer.id}/accept`);
  await settle();
}
const orders = async (): Promise<ProductionOrder[]> =>
  (await ask('F1', 'GET', `/production-orders?siteId=${siteId}`)).rows;
const schedule = (): Promise<SiteSchedule> => ask('F1', 'GET', `/sites/${siteId}/schedule`);
const preview = (pins: object[] = []): Promise<SchedulePreview> =>
  ask('F1', 'POST', `/sites/${siteId}/schedule/preview`, { pins });
const apply = (body: object): Promise<Answered> =>
  running.ask('F1', 'POST', `/sites/${siteId}/schedule`, body);
const standStill = (machineId: string, hours: number): Promise<unknown> =>
  ask('F1', 'POST', '/capacity-blocks', {
    machineId,
    from: running.clock.ms,
    to: running.clock.ms + hours * HOUR,
    kind: 'maintenance',
    reason: 'new bearings',
  });

/** Reservations of open work are its operations from now on, and no machine is taken twice. */
async function expectBooked(): Promise<void> {
  const client = new pg.Client({ connectionString: running.adminUrl });
  await client.connect();
  const { rows: overlaps } = await client.query(
    `SELECT a.id FROM reservation a JOIN reservation b ON a.machine_id = b.machine_id AND a.id < b.id AND a.period && b.period`,
  );
  const { rows: unreserved } = await client.query(
    `SELECT o.id FROM operation o JOIN production_order p ON p.id = o.production_order_id
      WHERE o.state = 'queued' AND NOT EXISTS (SELECT FROM reservation r WHERE r.allocation_id = p.allocation_id
        AND r.machine_id = o.machine_id AND r.period = tstzrange(o.planned_start, o.planned_end))`,
  );
  const { rows: unlike } = await client.query(
    `SELECT o.id FROM operation o JOIN production_order p ON p.id = o.production_order_id
      WHERE o.state <> 'withdrawn' AND NOT EXISTS (SELECT FROM allocation_sub_lot s
        WHERE s.allocation_id = p.allocation_id AND s.machine_id = o.machine_id AND s.start_at = o.planned_start
          AND s.end_at = o.planned_end)`,
  );
  const { rows: apart } = await client.query(
    `SELECT p.id FROM production_order p JOIN allocation a ON a.id = p.allocation_id
      WHERE p.planned_start <> a.start_at OR p.planned_finish <> a.finish_at OR a.arrive_at < a.finish_at`,
  );
  await client.end();
  expect({ overlaps, unreserved, unlike, apart }).toEqual({
    overlaps: [],
    unreserved: [],
    unlike: [],
    apart: [],
  });
}

describe('the order of work of a site', () => {
  beforeAll(async () => {
    const place = running.places.F1;
    siteId = place.siteId;
    const second = await ask('F1', 'POST', '/machines', {
      workCenterId: place.workCenterId,
      code: 'M-F1-2',
      name: 'Second loom',
    });
    machines = [place.machineId, second.id];
    await release(1_000, RUNNING_START + 60 * HOUR);
    await release(800, RUNNING_START + 60 * HOUR, 0);
    await release(600, RUNNING_START + 70 * HOUR, 4);
  });

  test('shows what is left to make, on which machine and when, to the factory and the operator', async () => {
    const shown = await schedule();
    expect(shown.machines.map(({ id }) => id).sort()).toEqual([...machines].sort());
    expect(shown.orders).toHaveLength(3);
    expect(shown.work.map(({ remaining }) => remaining).sort()).toEqual([1_000, 600, 800].sort());
    expect(shown.today.figures).toMatchObject({ lateOrders: 0, weightedTardiness: 0 });
    for (const one of shown.work) expect([...one.machineIds].sort()).toEqual([...machines].sort());
    expect((await running.ask('OP', 'GET', `/sites/${siteId}/schedule`)).status).toBe(200);
  });

  test("of another factory is not there, and the network's operator does not plan it", async () => {
    const path = `/sites/${siteId}/schedule`;
    const answers = await Promise.all([
      running.ask('F2', 'GET', path),
      running.ask('F2', 'POST', `${path}/preview`, {}),
      running.ask('F2', 'POST', path, { snapshotHash: '0'.repeat(64) }),
      running.ask('F2', 'GET', `${path}/current`),
      running.ask('F2', 'POST', `${path}/current/stop`, { keep: true }),
    ]);
    for (const { status, body } of answers) expect([status, body.code]).toEqual([404, 'not-found']);
    expect((await running.ask('OP', 'POST', `${path}/preview`, {})).status).toBe(403);
    expect((await running.ask('B1', 'GET', path)).status).toBe(403);
  });

  test('is proposed around a machine that stands still, moves nothing, and then becomes the plan', async () => {
    const before = await orders();
    const [machineId = ''] = machines;
    await standStill(machineId, 80);
    await settle();
    const found = await preview();
    expect(found.today.figures.lateOrders).toBeGreaterThan(0);
    expect(found.proposed.figures.weightedTardiness).toBeLessThan(found.today.figures.weightedTardiness);
    expect(found.proposed.operations.every((one) => one.from >= found.fenceAt)).toBe(true);
    expect(await orders()).toEqual(before);

    const applied = await apply({ snapshotHash: found.snapshotHash, acceptLater: true });
    expect([applied.status, applied.body.code]).toEqual([200, undefined]);
    expect(applied.body.today.figures.weightedTardiness).toBeCloseTo(
      found.proposed.figures.weightedTardiness,
      6,
    );
    await expectBooked();
    const now = new Map((await orders()).map((order) => [order.id, order]));
    for (const { productionOrderId, finish } of found.proposed.orders) {
      expect(now.get(productionOrderId)?.plannedFinish).toBe(finish);
    }
    const again = await apply({ snapshotHash: found.snapshotHash, acceptLater: true });
    expect([again.status, again.body.code]).toEqual([404, 'not-found']);
    const audit = await ask('OP', 'GET', '/audit?limit=50');
    expect(audit.rows.map(({ action }: { action: string }) => action)).toContain('schedule.apply');
    const moved = applied.body.orders.find(({ productionOrderId }: { productionOrderId: string }) =>
      before.some(
        (one) =>
          one.id === productionOrderId &&
          Math.abs(one.plannedFinish - (now.get(one.id)?.plannedFinish ?? 0)) > HOUR,
      ),
    );
    const { rows } = await ask('B1', 'GET', '/orders?limit=50');
    const row = rows.find(({ orderNo }: { orderNo: string }) => orderNo === moved.orderNo);
    const { rows: steps } = await ask('B1', 'GET', `/orders/${row.orderId}/steps`);
    expect(steps.map(({ kind }: { kind: string }) => kind)).toContain('rescheduled');
  });

  test('is not applied when the site has changed since, and the refusal says so', async () => {
    const found = await preview();
    await release(500, running.clock.ms + 300 * HOUR);
    const answered = await apply({ snapshotHash: found.snapshotHash, acceptLater: true });
    expect([answered.status, answered.body.code]).toEqual([409, 'world-moved']);
    const fresh = await preview();
    await standStill(machines[1] ?? '', 7);
    await settle();
    const after = await apply({ snapshotHash: fresh.snapshotHash, acceptLater: true });
    expect([after.status, after.body.code, after.body.values?.what]).toEqual([409, 'world-moved', 'machine']);
    await expectBooked();
  });

  test('is applied while machines run and the clock goes on', async () => {
    const [next] = [...(await schedule()).today.operations].sort((a, b) => a.from - b.from);
    running.clock.ms = (next?.from ?? 0) + 10 * MINUTE;
    await running.platform.modules.execution.tick();
    await settle();
    const found = await preview();
    expect(found.work.map(({ state }) => state)).toContain('running');
    const { clock } = running;
    const start = clock.ms;
    let asked = 0;
    Object.defineProperty(clock, 'ms', { configurable: true, get: () => start + 10 * asked++ });
    const answered = await apply({ snapshotHash: found.snapshotHash, acceptLater: true });
    Object.defineProperty(clock, 'ms', { configurable: true, writable: true, value: start });
    expect([answered.status, answered.body.code]).toEqual([200, undefined]);
    await expectBooked();
  });

  test('is not applied any more when its first work should have begun', async () => {
    const found = await preview();
    const before = running.clock.ms;
    running.clock.ms = found.fenceAt;
    const answered = await apply({ snapshotHash: found.snapshotHash });
    expect([answered.status, answered.body.code]).toEqual([409, 'proposal-too-old']);
    running.clock.ms = before;
  });
});

describe('a pin', () => {
  let work: SiteSchedule;
  beforeEach(async () => {
    const shown = await schedule();
    work = { ...shown, work: shown.work.filter(({ state }) => state === 'queued') };
  });
  const first = () => work.work[0]?.operationId ?? '';
  const second = () => work.work[1]?.operationId ?? '';
  /** Long after everything else. */
  const later = () => running.clock.ms + 400 * HOUR;

  test('is kept to the minute, and everything else is arranged around it', async () => {
    const pin = { operationId: first(), machineId: machines[1] ?? '', runFrom: later() };
    const found = await preview([pin]);
    const placed = found.proposed.operations.find(({ operationId }) => operationId === pin.operationId);
    expect(placed).toMatchObject({ machineId: pin.machineId, runFrom: pin.runFrom });
    expect(found.pins).toEqual([pin]);
  });

  test('that makes an order finish later than promised needs a second yes, which names the order', async () => {
    const found = await preview([{ operationId: first(), machineId: machines[1] ?? '', runFrom: later() }]);
    const order = work.orders.find(
      ({ productionOrderId }) => productionOrderId === work.work[0]?.productionOrderId,
    );
    const refused = await apply({ snapshotHash: found.snapshotHash });
    expect([refused.status, refused.body.code]).toEqual([409, 'schedule-finishes-later']);
    expect(refused.body.values.orders).toContain(order?.productionNo);
    await expectBooked();
  });

  test('over another pin, in the past, on a foreign machine or in a block is refused by name', async () => {
    const refusal = async (...pins: object[]): Promise<[number, string]> => {
      const { status, body } = await running.ask('F1', 'POST', `/sites/${siteId}/schedule/preview`, { pins });
      return [status, body.code];
    };
    const [machineId = ''] = machines;
    const at = later();
    const pin = { operationId: first(), machineId, runFrom: at };
    expect(await refusal(pin, { operationId: second(), machineId, runFrom: at + HOUR })).toEqual([
      409,
      'pins-overlap',
    ]);
    expect(await refusal(pin, pin)).toEqual([409, 'pin-twice']);
    expect(await refusal({ ...pin, runFrom: running.clock.ms })).toEqual([409, 'pin-too-early']);
    expect(await refusal({ ...pin, machineId: running.places.F2.machineId })).toEqual([409, 'pin-machine']);
    expect(await refusal({ ...pin, operationId: running.itemId })).toEqual([409, 'pin-unknown']);
    expect(await refusal({ ...pin, runFrom: running.clock.ms + 40 * HOUR })).toEqual([409, 'pin-closed']);
  });
});
