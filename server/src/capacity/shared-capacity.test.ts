import type { WorkCenterCapacity } from '@millrace/contract';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openRunningPlatform, type RunningPlatform } from '../../../test/setup/running-platform.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let house: RunningPlatform;
let owner: pg.Client;
/** The factory's own program that may give grants. */
let admin: Record<string, string>;
let from = 0;

beforeAll(async () => {
  house = await openRunningPlatform();
  owner = new pg.Client({ connectionString: house.adminUrl });
  await owner.connect();
  const key = await house.ask('OP', 'POST', '/api-keys', {
    name: 'F1 admin',
    scopes: ['admin'],
    organisationId: house.organisations.F1,
  });
  admin = { authorization: `Bearer ${key.body.secret}`, 'content-type': 'application/json' };
  from = house.clock.ms - (house.clock.ms % DAY) + DAY;
  await fill();
});
afterAll(async () => {
  await owner?.end();
  await house?.close();
});
beforeEach(async () => {
  await owner.query('DELETE FROM sharing_grant');
});

/** F1's machine: two hours reserved, one closed, and a measured rate, all on the day that begins at `from`. */
async function fill(): Promise<void> {
  const { platform, networkId, places, itemId } = house;
  const { machineId } = places.F1;
  const { ids } = platform.kernel;
  await platform.kernel.db.transaction({ kind: 'network', networkId }, async (tx) => {
    const row = { id: ids(), machineId, allocationId: ids(), from, to: from + 2 * HOUR, quantity: 7 };
    await platform.modules.capacity.reserve(tx, networkId, [row]);
    await platform.modules.registry.putBlock(tx, {
      id: ids(),
      machineId,
      from: from + 5 * HOUR,
      to: from + 6 * HOUR,
      kind: 'closed',
      reason: 'the owner only',
    });
    await platform.modules.capacity.recordRate(tx, {
      networkId,
      machineId,
      itemId,
      pieces: 900,
      runningMin: 900,
      at: house.clock.ms - HOUR,
    });
  });
}

async function give(
  fields: readonly string[],
): Promise<{ status: number; id: string; body: Record<string, unknown> }> {
  const response = await fetch(`${house.http}/api/v3/grants`, {
    method: 'POST',
    headers: admin,
    body: JSON.stringify({
      granteeOrganisationId: house.organisations.B1,
      resource: 'capacity',
      fields,
      purpose: 'delivery dates',
      expiresAt: Date.now() + DAY,
    }),
  });
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, id: String(body.id), body };
}

async function capacity(member: Parameters<RunningPlatform['ask']>[0]): Promise<WorkCenterCapacity[]> {
  const { status, body } = await house.ask(member, 'GET', `/capacity?from=${from}&to=${from + DAY}`);
  expect(status).toBe(200);
  return body.rows;
}

describe('capacity under a grant', () => {
  test('without one nobody sees the work centers of another organisation', async () => {
    expect(await capacity('B1')).toEqual([]);
    expect((await capacity('F2')).map(({ organisationId }) => organisationId)).toEqual([
      house.organisations.F2,
    ]);
  });

  test('shows the granted fields as the owner sees them, and blanks that say so', async () => {
    await give(['availableMin', 'committedMin', 'confidence']);
    const [own] = await capacity('F1');
    const rows = await capacity('B1');
    expect(rows).toHaveLength(1);
    expect(own).not.toHaveProperty('sharedFields');
    expect(own?.buckets[0]).toMatchObject({
      totalMin: 1_440,
      committedMin: 120,
      unattainableMin: 60,
      availableMin: 1_260,
    });
    expect(rows[0]).toEqual({
      ...own,
      source: 'declared',
      ageMs: null,
      rates: [],
      buckets: own?.buckets.map((bucket) => ({ ...bucket, totalMin: 0, usedMin: 0, unattainableMin: 0 })),
      sharedFields: ['committedMin', 'availableMin', 'confidence'],
    });
    expect(own?.confidence).toBeGreaterThan(0.5);
  });

  test('shows everything when everything is granted, and no minutes when only rates are', async () => {
    const all = [
      'totalMin',
      'usedMin',
      'committedMin',
      'unattainableMin',
      'availableMin',
      'source',
      'confidence',
      'ageMs',
      'rates',
    ];
    const { id } = await give(all);
    const [own] = await capacity('F1');
    expect(await capacity('B1')).toEqual([{ ...own, sharedFields: all }]);
    await fetch(`${house.http}/api/v3/grants/${id}`, {
      method: 'DELETE',
      headers: { authorization: admin.authorization ?? '' },
    });
    await give(['rates']);
    const [row] = await capacity('B1');
    expect(row).toMatchObject({ buckets: [], rates: own?.rates, confidence: 0, ageMs: null });
  });

  test('ends when it is revoked, when it expires, and concerns nobody else', async () => {
    const { id } = await give(['availableMin']);
    expect(await capacity('B1')).toHaveLength(1);
    expect(await capacity('B2')).toEqual([]);
    const revoked = await fetch(`${house.http}/api/v3/grants/${id}`, {
      method: 'DELETE',
      headers: { authorization: admin.authorization ?? '' },
    });
    expect(revoked.status).toBe(200);
    expect(await capacity('B1')).toEqual([]);
    await give(['availableMin']);
    expect(await capacity('B1')).toHaveLength(1);
    await owner.query(`UPDATE sharing_grant SET expires_at = now() - interval '1 second'`);
    expect(await capacity('B1')).toEqual([]);
  });

  test('of another resource opens nothing here', async () => {
    await owner.query(
      `INSERT INTO sharing_grant (network_id, id, grantor_org_id, grantee_org_id, resource, fields, purpose, created_at, expires_at)
       VALUES ($1, $2, $3, $4, 'machine-state', '{state,availableMin}', 'test', now(), now() + interval '1 hour')`,
      [house.networkId, house.platform.kernel.ids(), house.organisations.F1, house.organisations.B1],
    );
    expect(await capacity('B1')).toEqual([]);
  });

  test('a field that the resource does not have is refused by its place', async () => {
    expect(await give(['availableMin', 'availableMinutes'])).toMatchObject({
      status: 400,
      body: { code: 'unknown-grant-field', fields: [{ pointer: '/body/fields/1' }] },
    });
  });
});

describe('what a grant opens in the database', () => {
  const asBuyer = <T extends object>(sql: string, values: readonly unknown[] = []): Promise<T[]> =>
    house.platform.kernel.db.transaction(
      { kind: 'organisation', networkId: house.networkId, organisationId: house.organisations.B1 },
      (tx) => tx.rows<T>(sql, values),
    );
  const taken = (): Promise<object[]> =>
    asBuyer('SELECT * FROM shared_taken_time($1, $2)', [new Date(from), new Date(from + DAY)]);

  test('the tables themselves stay shut, and the door shows what the granted fields need only', async () => {
    expect(await taken()).toEqual([]);
    await give(['totalMin', 'ageMs']);
    expect(await taken()).toEqual([]);
    expect(await asBuyer('SELECT pieces, running_min FROM shared_capacity_rate')).toEqual([
      { pieces: null, running_min: null },
    ]);
    await give(['availableMin', 'confidence']);
    const { machineId } = house.places.F1;
    expect(await taken()).toEqual([
      { machine_id: machineId, blocked: false, starts: from, ends: from + 2 * HOUR },
      { machine_id: machineId, blocked: true, starts: from + 5 * HOUR, ends: from + 6 * HOUR },
    ]);
    expect(await asBuyer('SELECT pieces, running_min FROM shared_capacity_rate')).toEqual([
      { pieces: null, running_min: 900 },
    ]);
    for (const table of ['reservation', 'machine_block', 'capacity_rate']) {
      expect(await asBuyer(`SELECT 1 FROM ${table}`), table).toEqual([]);
    }
  });

  test('whoever acts for the network or for nobody gets nothing through the door', async () => {
    await give(['availableMin', 'rates']);
    const { networkId, platform } = house;
    const inNetwork = await platform.kernel.db.transaction({ kind: 'network', networkId }, (tx) =>
      tx.rows('SELECT * FROM shared_taken_time($1, $2)', [new Date(from), new Date(from + DAY)]),
    );
    expect(inNetwork).toEqual([]);
    const outside = await platform.kernel.db.pool.query('SELECT * FROM shared_capacity_rate');
    expect(outside.rows).toEqual([]);
  });
});
