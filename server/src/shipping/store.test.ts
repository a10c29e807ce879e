import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/setup/database.ts';
import { type Database, openDatabase, type Scope, type Tx } from '../kernel/index.ts';
import {
  insertMilestone,
  insertShipment,
  listShipments,
  milestonesOf,
  overdueShipments,
  setShipmentState,
  shipmentById,
  shipmentsInTransit,
  updateMilestone,
} from './store.ts';
import type { ShipmentRow } from './view.ts';

const networkId = randomUUID();
const factoryId = randomUUID();
const buyerId = randomUUID();
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

const shipmentRow = (): ShipmentRow => ({
  network_id: networkId,
  id: randomUUID(),
  shipment_no: `SH-${randomUUID()}`,
  production_order_id: randomUUID(),
  allocation_id: randomUUID(),
  line_id: randomUUID(),
  order_id: randomUUID(),
  order_no: 'SO-2026-000001',
  factory_org_id: factoryId,
  buyer_org_id: buyerId,
  site_id: randomUUID(),
  site_name: 'Works',
  item_name: 'Cup',
  quantity: 100,
  received_quantity: null,
  state: 'ready',
  from_lat: 52.4,
  from_lon: 16.9,
  to_lat: 52.5,
  to_lon: 17.2,
  destination_name: 'Kitchen',
  distance_km: 23,
  travel_ms: 7_200_000,
  created_at: 1_000,
});

async function ready(tx: Tx): Promise<ShipmentRow> {
  const row = shipmentRow();
  await insertShipment(tx, row);
  const none = { planned_at: null, estimated_at: null, actual_at: null, note: null, recorded_by: null };
  await insertMilestone(tx, row, { ...none, kind: 'ready', actual_at: 1_000 });
  await insertMilestone(tx, row, { ...none, kind: 'departure', planned_at: 2_000, estimated_at: 2_000 });
  await insertMilestone(tx, row, { ...none, kind: 'arrival', planned_at: 9_000, estimated_at: 9_000 });
  return row;
}

describe('a shipment in the database', () => {
  test('is made once for a production order, however often its completion is told', async () => {
    await db.transaction(network, async (tx) => {
      const row = shipmentRow();
      expect(await insertShipment(tx, row)).toBe(true);
      expect(await insertShipment(tx, { ...row, id: randomUUID() })).toBe(false);
      expect(await shipmentById(tx, row.id)).toEqual(row);
    });
  });

  test('is seen with its milestones by both parties and by nobody else', async () => {
    const row = await db.transaction(network, ready);
    const seen = (scope: Scope) =>
      db.transaction(scope, async (tx) => [
        (await listShipments(tx, { orderId: row.order_id }, undefined, 10)).length,
        (await milestonesOf(tx, networkId, [row.id])).length,
      ]);
    expect(await seen(as(factoryId))).toEqual([1, 3]);
    expect(await seen(as(buyerId))).toEqual([1, 3]);
    expect(await seen(as(randomUUID()))).toEqual([0, 0]);
    expect(await seen({ kind: 'network', networkId: randomUUID() })).toEqual([0, 0]);
  });

  test('leaves once: the plan stays beside what really happened', async () => {
    const row = await db.transaction(network, ready);
    await db.transaction(network, async (tx) => {
      await updateMilestone(tx, row, 'departure', { actual_at: 3_000, recorded_by: 'driver' });
      const [, departure] = await milestonesOf(tx, networkId, [row.id]);
      expect(departure).toMatchObject({ planned_at: 2_000, actual_at: 3_000, recorded_by: 'driver' });
    });
    const again = { kind: 'departure', planned_at: null, estimated_at: null, actual_at: 4_000 } as const;
    await expect(
      db.transaction(network, (tx) => insertMilestone(tx, row, { ...again, note: null, recorded_by: null })),
    ).rejects.toThrow('shipment_milestone_once');
  });

  test('is overdue when its next milestone was expected earlier, and on the map while it travels', async () => {
    await db.transaction(network, async (tx) => {
      const row = await ready(tx);
      const overdue = async (now: number) =>
        (await overdueShipments(tx, now, 100)).some(({ shipment_id }) => shipment_id === row.id);
      expect(await overdue(1_999)).toBe(false);
      expect(await overdue(2_000)).toBe(true);
      await updateMilestone(tx, row, 'departure', { actual_at: 2_500 });
      await setShipmentState(tx, row, 'in-transit');
      expect(await overdue(8_999)).toBe(false);
      expect(await overdue(9_000)).toBe(true);
      const [travelling] = (await shipmentsInTransit(tx, networkId, 10)).filter(({ id }) => id === row.id);
      expect(travelling).toMatchObject({ departed_at: 2_500, estimated_arrival: 9_000 });
      await setShipmentState(tx, row, 'received', 98);
      expect(await overdue(9_000)).toBe(false);
      expect(await shipmentById(tx, row.id)).toMatchObject({ state: 'received', received_quantity: 98 });
    });
  });
});
