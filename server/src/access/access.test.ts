import { beforeEach, describe, expect, test } from 'vitest';
import { freshDatabase } from '../../../test/setup/database.ts';
import { closeHouse, type House, openHouse, peopleOf } from '../../../test/setup/house.ts';
import { type App, createApp, openKernel, readConfig } from '../kernel/index.ts';
import { openAccess } from './index.ts';

let house: House;
const { ask, invite, member, organisation, setUp, signIn } = peopleOf(() => house);

describe('with an operator', () => {
  let admin: string;
  beforeEach(async () => {
    house = await openHouse();
    admin = await setUp();
    return () => closeHouse(house);
  });

  test('a network has one operator, and codes of organisations are unique', async () => {
    await organisation(admin, 'factory', 'F1');
    const make = (kind: string) =>
      ask('POST', '/organisations', { cookie: admin, body: { kind, code: 'F1', name: 'x' } });
    expect((await make('operator')).body.code).toBe('one-operator');
    expect((await make('factory')).body.code).toBe('code-taken');
  });

  test('a factory owner manages the own people only and cannot get into a stranger’s account', async () => {
    const [f1, f2] = [await organisation(admin, 'factory', 'F1'), await organisation(admin, 'factory', 'F2')];
    const owner = await member(admin, 'owner@f1.example', 'owner', f1);
    const rival = await member(admin, 'owner@f2.example', 'owner', f2);
    await member(owner.cookie, 'worker@f1.example', 'worker');
    const seen = await ask('GET', '/users', { cookie: owner.cookie });
    expect(seen.body.rows.map((row: { email: string }) => row.email)).toEqual([
      'owner@f1.example',
      'worker@f1.example',
    ]);
    expect((await invite(owner.cookie, 'x@f2.example', 'worker', f2)).status).toBe(404);
    expect((await invite(owner.cookie, 'x@f1.example', 'admin')).body.code).toBe('role-not-of-kind');
    expect((await invite(owner.cookie, 'ada@operator.example', 'viewer')).body.code).toBe(
      'user-known-elsewhere',
    );
    expect((await invite(owner.cookie, 'owner@f2.example', 'viewer')).body.code).toBe('user-known-elsewhere');
    expect((await ask('POST', `/users/${rival.id}/link`, { cookie: owner.cookie })).status).toBe(404);
    const disable = { cookie: owner.cookie, body: { disabled: true } };
    expect((await ask('PATCH', `/users/${rival.id}`, disable)).status).toBe(404);
    expect((await ask('PATCH', `/users/${owner.id}`, disable)).body.code).toBe('not-yourself');
  });

  test('who is disabled or loses a role feels it at once', async () => {
    const factory = await organisation(admin, 'factory', 'F1');
    const planner = await member(admin, 'p@f1.example', 'planner', factory);
    expect((await ask('GET', '/gateways', { cookie: planner.cookie })).status).toBe(200);
    await ask('PATCH', `/users/${planner.id}`, { cookie: admin, body: { role: 'worker' } });
    expect((await ask('GET', '/gateways', { cookie: planner.cookie })).body.code).toBe('forbidden');
    await ask('PATCH', `/users/${planner.id}`, { cookie: admin, body: { disabled: true } });
    expect((await ask('GET', '/me', { cookie: planner.cookie })).status).toBe(401);
    expect((await signIn('p@f1.example')).body.code).toBe('no-membership');
    await ask('PATCH', `/users/${planner.id}`, { cookie: admin, body: { disabled: false } });
    expect((await signIn('p@f1.example')).status).toBe(200);
  });

  test('a member of two organisations acts for one at a time', async () => {
    const [f1, f2] = [await organisation(admin, 'factory', 'F1'), await organisation(admin, 'factory', 'F2')];
    const person = await member(admin, 'both@f.example', 'owner', f1);
    expect((await invite(admin, 'both@f.example', 'viewer', f2)).status).toBe(201);
    const switched = await ask('POST', '/me/organisation', {
      cookie: person.cookie,
      body: { organisationId: f2 },
    });
    expect(switched.body.acting).toMatchObject({ organisationId: f2, role: 'viewer' });
    expect((await ask('GET', '/users', { cookie: person.cookie })).body.code).toBe('forbidden');
    const foreign = { cookie: person.cookie, body: { organisationId: house.kernel.ids() } };
    expect((await ask('POST', '/me/organisation', foreign)).body.code).toBe('not-a-member');
  });

  test('an API key does what its scopes say until it expires or is revoked', async () => {
    const expiresAt = Date.now() + 3_600_000;
    const made = await ask('POST', '/api-keys', {
      cookie: admin,
      body: { name: 'erp', scopes: ['read'], expiresAt },
    });
    const { secret, apiKey } = made.body;
    expect(secret.startsWith(apiKey.prefix)).toBe(true);
    expect((await ask('GET', '/organisations', { bearer: secret })).status).toBe(200);
    const denied = await ask('POST', '/organisations', {
      bearer: secret,
      body: { kind: 'factory', code: 'X', name: 'X' },
    });
    expect(denied.body.code).toBe('forbidden');
    expect((await ask('GET', '/me', { bearer: secret })).body.code).toBe('forbidden');
    await ask('DELETE', `/api-keys/${apiKey.id}`, { cookie: admin });
    expect((await ask('GET', '/organisations', { bearer: secret })).body.code).toBe('bad-token');
    const second = await ask('POST', '/api-keys', {
      cookie: admin,
      body: { name: 'b', scopes: ['read'], expiresAt },
    });
    expect((await ask('GET', '/clock', { bearer: second.body.secret })).status).toBe(200);
    house.ahead = 3_700_000;
    expect((await ask('GET', '/clock', { bearer: second.body.secret })).status).toBe(401);
  });

  test('a key never makes a stronger key', async () => {
    const made = await ask('POST', '/api-keys', { cookie: admin, body: { name: 'a', scopes: ['admin'] } });
    const body = { name: 'b', scopes: ['ingest'] };
    expect((await ask('POST', '/api-keys', { bearer: made.body.secret, body })).body.code).toBe(
      'scope-exceeded',
    );
  });

  test('a rotated or revoked gateway token stops working, in other processes within seconds', async () => {
    const factory = await organisation(admin, 'factory', 'F1');
    const body = { code: 'GW1', name: 'Hall 1', organisationId: factory };
    const made = await ask('POST', '/gateways', { cookie: admin, body });
    const { gateway, token } = made.body;
    const elsewhere = openAccess(house.kernel);
    expect(await house.access.authenticateBearer(token)).toMatchObject({
      kind: 'gateway',
      id: gateway.id,
      organisationId: factory,
      scopes: ['ingest'],
    });
    expect(await elsewhere.authenticateBearer(token)).toMatchObject({ kind: 'gateway' });
    const rotated = await ask('POST', `/gateways/${gateway.id}/token`, { cookie: admin });
    expect(await house.access.authenticateBearer(token)).toMatchObject({ code: 'bad-token' });
    house.ahead = 5_100;
    expect(await elsewhere.authenticateBearer(token)).toMatchObject({ code: 'bad-token' });
    expect(await house.access.authenticateBearer(rotated.body.token)).toMatchObject({ kind: 'gateway' });
    await ask('DELETE', `/gateways/${gateway.id}`, { cookie: admin });
    expect(await house.access.authenticateBearer(rotated.body.token)).toMatchObject({ code: 'bad-token' });
    expect((await ask('POST', '/gateways', { cookie: admin, body })).body.code).toBe('code-taken');
  });

  test('a token of a known gateway costs no query', async () => {
    const factory = await organisation(admin, 'factory', 'F1');
    const body = { code: 'GW1', name: 'Hall 1', organisationId: factory };
    const { token } = (await ask('POST', '/gateways', { cookie: admin, body })).body;
    await house.access.authenticateBearer(token);
    let queries = 0;
    house.kernel.db.pool.on('acquire', () => queries++);
    for (let upload = 0; upload < 100; upload++) await house.access.authenticateBearer(token);
    expect(queries).toBe(0);
  });

  test('guessing tokens is bounded per address, and does not lock out a gateway in use at that address', async () => {
    const factory = await organisation(admin, 'factory', 'F1');
    const body = { code: 'GW1', name: 'Hall 1', organisationId: factory };
    const { token } = (await ask('POST', '/gateways', { cookie: admin, body })).body;
    await house.access.authenticateBearer(token, '10.0.0.1');
    const codes = [];
    for (let guess = 0; guess < 301; guess++) {
      const refused = await house.access.authenticateBearer(`mr_gw_${guess}`, '10.0.0.1');
      codes.push('code' in refused ? refused.code : 'in');
    }
    expect(codes.slice(0, 300).every((code) => code === 'bad-token')).toBe(true);
    expect(codes[300]).toBe('too-many-attempts');
    expect(await house.access.authenticateBearer(token, '10.0.0.1')).toMatchObject({ kind: 'gateway' });
    expect(await house.access.authenticateBearer('mr_gw_x', '10.0.0.2')).toMatchObject({ code: 'bad-token' });
  });

  test('grants are given for own data, seen by both sides, revoked by the giver only', async () => {
    const factory = await organisation(admin, 'factory', 'F1');
    const buyer = await organisation(admin, 'buyer', 'B1');
    const owner = await member(admin, 'o@f1.example', 'owner', factory);
    const purchaser = await member(admin, 'p@b1.example', 'purchaser', buyer);
    const codes = async () =>
      (await ask('GET', '/organisations', { cookie: owner.cookie })).body.rows.map(
        (row: { code: string }) => row.code,
      );
    expect(await codes()).toEqual(['F1', 'operator']);
    const body = {
      granteeOrganisationId: buyer,
      resource: 'production-progress',
      fields: ['goodQuantity', 'projectedFinish'],
      purpose: 'order 17',
      expiresAt: Date.now() + 3_600_000,
    };
    const given = await ask('POST', '/grants', { cookie: owner.cookie, body });
    expect(given.status, JSON.stringify(given.body)).toBe(201);
    expect(await codes()).toEqual(['B1', 'F1', 'operator']);
    const received = await ask('GET', '/grants', { cookie: purchaser.cookie });
    expect(received.body.rows).toEqual([given.body]);
    expect((await ask('DELETE', `/grants/${given.body.id}`, { cookie: purchaser.cookie })).status).toBe(404);
    const scope = {
      kind: 'organisation',
      networkId: given.body && (await ask('GET', '/me', { cookie: admin })).body.acting.networkId,
      organisationId: buyer,
    } as const;
    const fields = () =>
      house.kernel.db.transaction(scope, (tx) =>
        tx.one(
          `SELECT granted('production-progress', $1) AS granted, granted_fields('production-progress', $1) AS fields,
                  granted('capacity', $1) AS other`,
          [factory],
        ),
      );
    expect(await fields()).toEqual({ granted: true, fields: body.fields, other: false });
    expect((await ask('DELETE', `/grants/${given.body.id}`, { cookie: owner.cookie })).status).toBe(200);
    expect(await fields()).toEqual({ granted: false, fields: null, other: false });
  });

  test('an auditor sees the audit and the own account, nothing else', async () => {
    const factory = await organisation(admin, 'factory', 'F1');
    const auditor = await member(admin, 'a@operator.example', 'auditor');
    const factoryAuditor = await member(admin, 'a@f1.example', 'auditor', factory);
    const { can } = (await ask('GET', '/me', { cookie: auditor.cookie })).body;
    expect(can.sort()).toEqual(['audit.read', 'clock.read', 'me.read', 'me.write']);
    const page1 = await ask('GET', '/audit?limit=3', { cookie: auditor.cookie });
    const page2 = await ask('GET', `/audit?limit=3&cursor=${page1.body.nextCursor}`, {
      cookie: auditor.cookie,
    });
    const seqs = [...page1.body.rows, ...page2.body.rows].map(({ seq }: { seq: number }) => seq);
    expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) - index));
    const own = await ask('GET', '/audit', { cookie: factoryAuditor.cookie });
    expect(own.body.rows.map((row: { action: string }) => row.action)).toEqual(['session.sign-in-by-link']);
    for (const cookie of [auditor.cookie, factoryAuditor.cookie]) {
      expect((await ask('GET', '/organisations', { cookie })).body.code).toBe('forbidden');
      const verified = await ask('GET', '/audit/verification', { cookie });
      expect(verified.body).toMatchObject({ intact: true, entries: seqs[0] });
    }
  });

  test('a list refuses a cursor it did not give out', async () => {
    const cursor = Buffer.from(JSON.stringify(["' OR 1=1"])).toString('base64url');
    for (const list of ['api-keys', 'gateways', 'grants', 'audit']) {
      expect((await ask('GET', `/${list}?cursor=${cursor}`, { cookie: admin })).body.code, list).toBe(
        'bad-cursor',
      );
    }
  });
});

test('a route without an action of the policy table does not start', async () => {
  const opened = await openHouse();
  expect(() => opened.app.get('/api/v3/late', async () => ({}))).toThrow();
  await closeHouse(opened);
  const fresh = await openHouseWith((app) => app.get('/api/v3/unknown', async () => ({})));
  expect(fresh).toMatch(/no action of the policy table/);
});

async function openHouseWith(add: (app: App) => void): Promise<string> {
  const { adminUrl } = await freshDatabase();
  const kernel = await openKernel({ ...readConfig({}), databaseUrl: adminUrl, logLevel: 'silent' });
  const app = await createApp(kernel);
  openAccess(kernel).routes(app);
  try {
    add(app);
    return 'started';
  } catch (error) {
    return String(error);
  } finally {
    await app.close();
    await kernel.stop();
  }
}
