import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/setup/database.ts';
import { type Database, openDatabase, type Scope, type Tx } from '../kernel/index.ts';
import {
  bookedUntil,
  bookOperations,
  insertOperations,
  insertProductionOrder,
  openOperations,
  operationsOf,
  productionOrder,
  setBookedUntil,
  takeBookingTurn,
  updateOperation,
} from './store.ts';
import { addMachineOutput, insertReport, reportsOf } from './store-report.ts';
import type { OperationRow, ProductionOrderRow } from './view.ts';

const networkId = randomUUID();
const factoryId = randomUUID();
const buyerId = randomUUID();
const machineId = randomUUID();
const network: Scope = { kind: 'network', networkId };
const as = (organisationId: string): Scope => ({ kind: 'organisation', networkId, organisationId });

let fresh: FreshDatabase;
let db: Database;
beforeAll(async () => {
  fresh = await freshDatabase();
  db = openDatabase(fresh.adminUrl, () => undefined);
});
afterAll(async () => {
  await db?.close();
  await fresh?.drop();
});

const orderRow = (): ProductionOrderRow => ({
  network_id: networkId,
  id: randomUUID(),
  production_no: `MO-${randomUUID()}`,
  allocation_id: randomUUID(),
  line_id: randomUUID(),
  order_id: randomUUID(),
  order_no: 'SO-2026-000001',
  item_id: randomUUID(),
  item_code: 'CUP',
  item_name: 'Cup',
  site_id: randomUUID(),
  site_name: 'Works',
  work_center_id: randomUUID(),
  factory_org_id: factoryId,
  buyer_org_id: buyerId,
  priority: 2,
  state: 'released',
  quantity: 100,
  good_quantity: 0,
  scrap_quantity: 0,
  told_quantity: 0,
  minimum_shipment: 1,
  planned_start: 1_000,
  planned_finish: 2_000,
  projected_finish: 2_000,
  promised_finish: 2_000,
  slip_told: null,
  line_told_finish: 2_000,
  transit_ms: 500,
  requested_at: 5_000,
  released_at: 0,
  started_at: null,
  completed_at: null,
});
const operationRow = (order: ProductionOrderRow): OperationRow => ({
  network_id: networkId,
  id: randomUUID(),
  production_order_id: order.id,
  machine_id: machineId,
  machine_code: 'M-1',
  factory_org_id: factoryId,
  buyer_org_id: buyerId,
  site_id: order.site_id,
  item_id: order.item_id,
  item_code: order.item_code,
  step_index: 0,
  state: 'queued',
  quantity: 100,
  counted: 0,
  manual_good: 0,
  scrap_quantity: 0,
  good_quantity: 0,
  running_s: 0,
  rated_pieces: 0,
  rated_running_s: 0,
  planned_start: 1_000,
  planned_end: 2_000,
  started_at: null,
  finished_at: null,
  set_up_minutes: 5,
  rate_per_hour: 60,
});
async function release(tx: Tx): Promise<{ order: ProductionOrderRow; operation: OperationRow }> {
  const order = orderRow();
  const operation = operationRow(order);
  await insertProductionOrder(tx, order);
  await insertOperations(tx, [operation]);
  return { order, operation };
}

describe('a production order in the database', () => {
  test('comes back as it was written', async () => {
    await db.transaction(network, async (tx) => {
      const { order, operation } = await release(tx);
      expect(await productionOrder(tx, order.id)).toEqual(order);
      expect(await operationsOf(tx, networkId, [order.id])).toEqual([operation]);
    });
  });

  test('is released once, however often the acceptance is told', async () => {
    await db.transaction(network, async (tx) => {
      const order = orderRow();
      expect(await insertProductionOrder(tx, order)).toBe(true);
      expect(await insertProductionOrder(tx, { ...order, id: randomUUID() })).toBe(false);
    });
  });

  test('is seen by both parties, its machines by the factory alone, and by nobody else at all', async () => {
    const { order } = await db.transaction(network, release);
    const seen = (scope: Scope) =>
      db.transaction(scope, async (tx) => [
        (await productionOrder(tx, order.id)) !== undefined,
        (await operationsOf(tx, networkId, [order.id])).length > 0,
      ]);
    expect(await seen(as(factoryId))).toEqual([true, true]);
    expect(await seen(as(buyerId))).toEqual([true, false]);
    expect(await seen(as(randomUUID()))).toEqual([false, false]);
    expect(await seen({ kind: 'network', networkId: randomUUID() })).toEqual([false, false]);
  });
});

describe('a machine', () => {
  test('runs one operation at a time, whatever a program believes', async () => {
    const { operation: first } = await db.transaction(network, release);
    const { operation: second } = await db.transaction(network, release);
    await db.transaction(network, (tx) =>
      updateOperation(tx, first, { state: 'running', started_at: 1_000 }),
    );
    await expect(
      db.transaction(network, (tx) => updateOperation(tx, second, { state: 'running', started_at: 1_000 })),
    ).rejects.toThrow('operation_running');
    // One ends and the next begins in the same booking.
    const booking = { counted: 1, goodQuantity: 1, runningS: 60, startedAt: 1_000 };
    await db.transaction(network, (tx) =>
      bookOperations(tx, networkId, [
        { ...booking, id: second.id, state: 'running', finishedAt: null },
        { ...booking, id: first.id, state: 'done', finishedAt: 2_000 },
      ]),
    );
    const open = await db.transaction(network, (tx) => openOperations(tx, networkId));
    expect(open.find(({ id }) => id === second.id)).toMatchObject({ state: 'running', counted: 1 });
    expect(open.some(({ id }) => id === first.id)).toBe(false);
    await db.transaction(network, (tx) => updateOperation(tx, second, { state: 'withdrawn' }));
  });

  test('is booked by one process at a time, and never twice for a minute', async () => {
    await db.transaction(network, async (one) => {
      expect(await takeBookingTurn(one, networkId)).toBe(true);
      await db.transaction(network, async (other) => {
        expect(await takeBookingTurn(other, networkId)).toBe(false);
        expect(await takeBookingTurn(other, randomUUID())).toBe(true);
      });
      await setBookedUntil(one, networkId, [{ machineId, factoryOrgId: factoryId, bookedUntil: 60_000 }]);
      await setBookedUntil(one, networkId, [{ machineId, factoryOrgId: factoryId, bookedUntil: 120_000 }]);
      expect(await bookedUntil(one, networkId, [machineId])).toEqual(new Map([[machineId, 120_000]]));
    });
  });
});

describe('output reports', () => {
  test('of machines add up by the hour, those of people count once per key', async () => {
    await db.transaction(network, async (tx) => {
      const { order, operation } = await release(tx);
      const output = {
        operationId: operation.id,
        productionOrderId: order.id,
        factoryOrgId: factoryId,
        buyerOrgId: buyerId,
        hour: 3_600_000,
      };
      await addMachineOutput(tx, networkId, [{ ...output, id: randomUUID(), pieces: 7 }]);
      await addMachineOutput(tx, networkId, [{ ...output, id: randomUUID(), pieces: 5 }]);
      const manual = {
        id: randomUUID(),
        networkId,
        operation_id: operation.id,
        productionOrderId: order.id,
        factoryOrgId: factoryId,
        buyerOrgId: buyerId,
        source: 'manual' as const,
        good: 0,
        scrap: 2,
        scrap_reason: 'chipped',
        note: null,
        reportKey: 'terminal-0001',
        at: 4_000_000,
        reported_by: 'worker',
      };
      expect(await insertReport(tx, manual)).toMatchObject({ scrap: 2 });
      expect(await insertReport(tx, { ...manual, id: randomUUID() })).toBeUndefined();
      expect(await reportsOf(tx, order.id)).toMatchObject([
        { source: 'manual', scrap: 2, reported_by: 'worker' },
        { source: 'machine', good: 12 },
      ]);
    });
  });
});
