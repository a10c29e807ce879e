import type { SharedProgress } from '@millrace/contract';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openRunningPlatform, type RunningPlatform } from '../../../test/setup/running-platform.ts';
import { type Row, RowMaker, readTables } from '../../../test/setup/tenant-rows.ts';

const DAY = 24 * 3_600_000;
const PLANNED = Date.UTC(2026, 2, 5, 12);

let house: RunningPlatform;
let owner: pg.Client;
let orders: Row[];

/** Three production orders of F1 and one of F2, as their factories' services would leave them. */
beforeAll(async () => {
  house = await openRunningPlatform();
  owner = new pg.Client({ connectionString: house.adminUrl });
  await owner.connect();
  const { networkId, organisations } = house;
  const maker = new RowMaker(await readTables(owner), {});
  const made = (organisationId: string, variation: number): Row => ({
    ...maker.row('production_order', { networkId, organisationId }, variation),
    allocation_id: house.platform.kernel.ids(),
    quantity: 500,
    good_quantity: 120,
    scrap_quantity: 3,
    planned_finish: new Date(PLANNED),
    projected_finish: new Date(PLANNED + DAY),
  });
  orders = [0, 1, 2].map((variation) => made(organisations.F1, variation));
  for (const row of [...orders, made(organisations.F2, 0)]) {
    const columns = Object.keys(row);
    await owner.query(
      `INSERT INTO production_order (${columns.join(', ')}) VALUES (${columns.map((_, i) => `$${i + 1}`).join(', ')})`,
      Object.values(row),
    );
  }
});
afterAll(async () => {
  await owner?.end();
  await house?.close();
});
beforeEach(async () => {
  await owner.query('DELETE FROM sharing_grant');
});

async function give(fields: readonly string[], resource = 'production-progress'): Promise<void> {
  await owner.query(
    `INSERT INTO sharing_grant (network_id, id, grantor_org_id, grantee_org_id, resource, fields, purpose, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, 'test', now() - interval '1 hour', now() + interval '1 hour')`,
    [
      house.networkId,
      house.platform.kernel.ids(),
      house.organisations.F1,
      house.organisations.B2,
      resource,
      fields,
    ],
  );
}

async function progress(member: 'B1' | 'B2' = 'B2', query = ''): Promise<SharedProgress[]> {
  const { status, body } = await house.ask(member, 'GET', `/shared/production-progress${query}`);
  expect(status).toBe(200);
  return body.rows;
}

test('production of others is not seen without a grant', async () => {
  expect(await progress()).toEqual([]);
  await give(['state'], 'machine-state');
  expect(await progress()).toEqual([]);
});

test('a grant shows the granted fields of every production order of who gave it, and nothing else', async () => {
  await give(['goodQuantity', 'projectedFinish']);
  const rows = await progress();
  expect(rows.map(({ productionOrderId }) => productionOrderId).sort()).toEqual(
    orders.map(({ id }) => id).sort(),
  );
  for (const row of rows) {
    expect(row).toEqual({
      factoryOrganisationId: house.organisations.F1,
      productionOrderId: row.productionOrderId,
      productionNo: null,
      itemName: null,
      state: null,
      quantity: null,
      goodQuantity: 120,
      scrapQuantity: null,
      plannedFinish: null,
      projectedFinish: PLANNED + DAY,
    });
  }
  expect(await progress('B1')).toEqual([]);
  // The order itself is still nobody's business but its parties'.
  expect((await house.ask('B2', 'GET', `/production-orders/${orders[0]?.id}`)).status).toBe(404);
});

test('it is paged', async () => {
  await give(['quantity']);
  const first = await house.ask('B2', 'GET', '/shared/production-progress?limit=2');
  const next = await progress('B2', `?limit=2&cursor=${first.body.nextCursor}`);
  expect([...first.body.rows, ...next]).toEqual(await progress());
  const wrong = await house.ask('B2', 'GET', '/shared/production-progress?cursor=WyJ4Il0');
  expect(wrong.body.code).toBe('bad-cursor');
});

test('what is revoked or has expired shows nothing more', async () => {
  await give(['state', 'quantity']);
  expect(await progress()).toHaveLength(3);
  await owner.query('UPDATE sharing_grant SET revoked_at = now()');
  expect(await progress()).toEqual([]);
  await give(['state', 'quantity']);
  expect(await progress()).toHaveLength(3);
  await owner.query(`UPDATE sharing_grant SET expires_at = now() - interval '1 second'`);
  expect(await progress()).toEqual([]);
});
