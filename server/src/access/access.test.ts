import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { freshDatabase } from '../../../test/setup/database.ts';
import { type App, createApp, type Kernel, openKernel, readConfig } from '../kernel/index.ts';
import { type Access, openAccess } from './index.ts';
import { totpAt } from './totp.ts';

/** One installation with an operator, opened anew for each group so that limits and links start fresh. */
interface House {
  readonly kernel: Kernel;
  readonly access: Access;
  readonly app: App;
  readonly adminUrl: string;
  /** Wall milliseconds by which the clock runs ahead. */
  ahead: number;
}

const PASSWORD = 'correct horse battery';
const browser = { 'x-millrace-csrf': '1' };
let house: House;

async function openHouse(setupToken?: string): Promise<House> {
  const { adminUrl } = await freshDatabase();
  const env = setupToken ? { MILLRACE_SETUP_TOKEN: setupToken } : {};
  const opened = { ahead: 0 };
  const wallNow = (): number => Date.now() + opened.ahead;
  const clock = { now: wallNow, wallNow, speed: 1 };
  const config = { ...readConfig(env), databaseUrl: adminUrl, logLevel: 'silent' };
  const kernel = await openKernel(config, { clock });
  const app = await createApp(kernel);
  const access = openAccess(kernel);
  access.routes(app);
  app.get('/api/v3/nothing', { config: { action: 'match.run' } }, async () => ({}));
  await app.ready();
  return Object.assign(opened, { kernel, access, app, adminUrl });
}
async function closeHouse({ app, kernel }: House): Promise<void> {
  await app.close();
  await kernel.stop();
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
interface Ask {
  readonly body?: object;
  readonly cookie?: string;
  readonly bearer?: string;
  readonly headers?: Record<string, string>;
}
async function ask(method: Method, path: string, { body, cookie, bearer, headers }: Ask = {}) {
  const response = await house.app.inject({
    method,
    url: `/api/v3${path}`,
    ...(body ? { payload: body } : {}),
    headers: {
      ...(cookie ? { ...browser, cookie: `millrace_session=${cookie}` } : {}),
      ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
      ...headers,
    },
  });
  return {
    status: response.statusCode,
    body: response.body === '' ? undefined : response.json(),
    cookie: response.cookies.find(({ name }) => name === 'millrace_session')?.value ?? '',
    response,
  };
}

const setUpBody = {
  email: 'Ada@Operator.example',
  name: 'Ada',
  password: PASSWORD,
  networkName: 'Delta',
  organisationName: 'Delta Operations',
};
async function setUp(): Promise<string> {
  const link = await house.access.setupLink('http://localhost:1');
  const token = new URL(link ?? '').searchParams.get('token') ?? '';
  const done = await ask('POST', '/setup', { body: { ...setUpBody, token } });
  expect(done.status, JSON.stringify(done.body)).toBe(200);
  return done.cookie;
}
const signIn = (email: string, password = PASSWORD, totp?: string) =>
  ask('POST', '/sign-in', { body: { email, password, ...(totp ? { totp } : {}) } });

async function organisation(cookie: string, kind: string, code: string): Promise<string> {
  const made = await ask('POST', '/organisations', { cookie, body: { kind, code, name: code } });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return made.body.id;
}
const tokenOf = (link: { url: string }): string => new URL(link.url).searchParams.get('token') ?? '';
async function invite(cookie: string, email: string, role: string, organisationId?: string) {
  const body = { email, name: email, role, ...(organisationId ? { organisationId } : {}) };
  return ask('POST', '/users', { cookie, body });
}
/** Invites, opens the link, chooses the password. */
async function member(cookie: string, email: string, role: string, organisationId?: string) {
  const invited = await invite(cookie, email, role, organisationId);
  expect(invited.status, JSON.stringify(invited.body)).toBe(201);
  const token = tokenOf(invited.body.link);
  const entered = await ask('POST', '/sign-in/link', { body: { token, password: PASSWORD } });
  expect(entered.status, JSON.stringify(entered.body)).toBe(200);
  return { cookie: entered.cookie, id: invited.body.user.id as string };
}

describe('first start', () => {
  beforeAll(async () => {
    house = await openHouse('an-installer-knows-me');
  });
  afterAll(() => closeHouse(house));

  test('a one-time link creates the operator, works once, and is then not made again', async () => {
    expect((await ask('GET', '/setup/status')).body).toEqual({ needed: true });
    const link = await house.access.setupLink('http://localhost:1');
    expect(link).toBe('http://localhost:1/setup?token=an-installer-knows-me');
    const wrong = await ask('POST', '/setup', { body: { ...setUpBody, token: 'guessed' } });
    expect(wrong.body.code).toBe('link-invalid');
    const cookie = await setUp();
    const me = await ask('GET', '/me', { cookie });
    expect(me.body).toMatchObject({
      email: 'ada@operator.example',
      language: 'en',
      acting: { organisationKind: 'operator', role: 'admin', networkName: 'Delta' },
    });
    expect(me.body.can).toContain('user.write');
    const again = await ask('POST', '/setup', {
      body: { ...setUpBody, email: 'b@x.example', token: 'an-installer-knows-me' },
    });
    expect(again.body.code).toBe('setup-done');
    expect(await house.access.setupLink('http://localhost:1')).toBeNull();
    expect((await ask('GET', '/setup/status')).body).toEqual({ needed: false });
  });
});

describe('a link that has expired', () => {
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => closeHouse(house));

  test('creates no operator', async () => {
    const link = await house.access.setupLink('http://localhost:1');
    house.ahead = 25 * 3_600_000;
    const token = new URL(link ?? '').searchParams.get('token');
    expect((await ask('POST', '/setup', { body: { ...setUpBody, token } })).body.code).toBe('link-invalid');
  });
});

describe('with an operator', () => {
  let admin: string;
  beforeEach(async () => {
    house = await openHouse();
    admin = await setUp();
    return () => closeHouse(house);
  });

  test('the session cookie is closed to scripts and foreign sites, and its token is not in the database', async () => {
    const { response, cookie } = await signIn('ada@operator.example');
    expect(response.headers['set-cookie']).toMatch(/HttpOnly.*SameSite=Lax/);
    const owner = new pg.Client({ connectionString: house.adminUrl });
    await owner.connect();
    const { rows } = await owner.query('SELECT token FROM auth_session');
    await owner.end();
    expect(rows.length).toBe(2);
    expect(rows.map(({ token }) => token)).not.toContain(cookie);
    expect((await ask('GET', '/me', { cookie })).status).toBe(200);
    expect((await ask('POST', '/sign-out', { cookie })).status).toBe(204);
    expect((await ask('GET', '/me', { cookie })).body.code).toBe('not-signed-in');
    expect((await ask('GET', '/me', { cookie: admin })).status).toBe(200);
  });

  test('a session ends after a week without use', async () => {
    house.ahead = 6 * 24 * 3_600_000;
    expect((await ask('GET', '/me', { cookie: admin })).status).toBe(200);
    house.ahead = 12 * 24 * 3_600_000;
    expect((await ask('GET', '/me', { cookie: admin })).status).toBe(200);
    house.ahead = 20 * 24 * 3_600_000;
    expect((await ask('GET', '/me', { cookie: admin })).status).toBe(401);
  });

  test('an unknown e-mail and a wrong password get the same answer, and the account locks after ten', async () => {
    const unknown = await signIn('nobody@operator.example', 'wrong');
    const wrong = await signIn('ada@operator.example', 'wrong');
    expect([wrong.status, wrong.body]).toEqual([unknown.status, unknown.body]);
    for (let failures = 1; failures < 10; failures++) await signIn('ADA@operator.example', 'wrong');
    const locked = await signIn('ada@operator.example');
    expect(locked.body).toMatchObject({ code: 'too-many-attempts', status: 429 });
    expect(locked.body.values.retryAfterS).toBeGreaterThan(0);
    expect(locked.response.headers['retry-after']).toBe(String(locked.body.values.retryAfterS));
    const entries = await ask('GET', '/audit?action=session.locked', { cookie: admin });
    expect(entries.body.rows).toHaveLength(1);
    house.ahead = 5 * 60_000 + 1_000;
    expect((await signIn('ada@operator.example')).status).toBe(200);
  });

  test('a browser request that changes something needs the header and the right origin', async () => {
    const cookie = `millrace_session=${admin}`;
    const bare = await ask('PATCH', '/me', { body: { name: 'Eve' }, headers: { cookie } });
    expect(bare.body.code).toBe('csrf-header-missing');
    for (const origin of ['https://evil.example', 'null']) {
      const foreign = await ask('PATCH', '/me', {
        body: { name: 'Eve' },
        cookie: admin,
        headers: { origin },
      });
      expect(foreign.body.code).toBe('cross-origin');
      const login = await ask('POST', '/sign-in', {
        body: { email: 'a@b.example', password: 'x' },
        headers: { origin },
      });
      expect(login.body.code).toBe('cross-origin');
    }
    const own = { origin: 'http://localhost:80', host: 'localhost:80' };
    const change = await ask('PATCH', '/me', {
      body: { name: 'Ada L.', language: 'zh-CN' },
      cookie: admin,
      headers: { ...own, origin: 'http://localhost', host: 'localhost' },
    });
    expect(change.body).toMatchObject({ name: 'Ada L.', language: 'zh-CN' });
  });

  test('the second factor is asked for, works once a code, and is bounded', async () => {
    const begun = await ask('POST', '/me/totp', { cookie: admin });
    const { secret, uri } = begun.body;
    expect(uri).toContain(`secret=${secret}`);
    const step = (offset = 0): number => Math.floor((Date.now() + house.ahead) / 30_000) + offset;
    expect((await ask('POST', '/me/totp/confirm', { cookie: admin, body: { code: '000000' } })).status).toBe(
      403,
    );
    const code = totpAt(secret, step());
    expect((await ask('POST', '/me/totp/confirm', { cookie: admin, body: { code } })).status).toBe(204);
    expect((await ask('GET', '/me', { cookie: admin })).body.totpEnabled).toBe(true);
    expect((await signIn('ada@operator.example')).body.code).toBe('totp-required');
    expect((await signIn('ada@operator.example', PASSWORD, code)).body.code).toBe('wrong-totp');
    house.ahead += 60_000;
    expect((await signIn('ada@operator.example', PASSWORD, totpAt(secret, step()))).status).toBe(200);
    house.ahead += 60_000;
    const gone = await ask('DELETE', '/me/totp', { cookie: admin, body: { code: totpAt(secret, step()) } });
    expect(gone.status).toBe(204);
    expect((await signIn('ada@operator.example')).status).toBe(200);
    await ask('POST', '/me/totp', { cookie: admin });
    const guesses = [];
    for (let guess = 0; guess < 12; guess++) {
      const body = { code: String(100_000 + guess) };
      guesses.push((await ask('POST', '/me/totp/confirm', { cookie: admin, body })).status);
    }
    expect(guesses.at(-1)).toBe(429);
  });

  test('an invited person chooses a password; the link works once; a later link signs in directly', async () => {
    const factory = await organisation(admin, 'factory', 'F1');
    const invited = await invite(admin, 'Bo@factory.example', 'owner', factory);
    expect(invited.body.user).toMatchObject({ email: 'bo@factory.example', role: 'owner', disabled: false });
    const token = tokenOf(invited.body.link);
    const first = await ask('POST', '/sign-in/link', { body: { token } });
    expect([first.status, first.body.code]).toEqual([409, 'password-needed']);
    const chosen = await ask('POST', '/sign-in/link', {
      body: { token, password: PASSWORD },
      headers: { 'accept-language': 'zh-CN,zh;q=0.9' },
    });
    expect(chosen.body).toMatchObject({ language: 'zh-CN', acting: { organisationId: factory } });
    expect((await ask('POST', '/sign-in/link', { body: { token } })).body.code).toBe('link-invalid');
    const id = invited.body.user.id;
    const older = await ask('POST', `/users/${id}/link`, { cookie: admin });
    const newer = await ask('POST', `/users/${id}/link`, { cookie: admin });
    const replaced = await ask('POST', '/sign-in/link', { body: { token: tokenOf(older.body) } });
    expect(replaced.body.code).toBe('link-invalid');
    expect((await ask('POST', '/sign-in/link', { body: { token: tokenOf(newer.body) } })).status).toBe(200);
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

  test('a new password ends every other session', async () => {
    const other = (await signIn('ada@operator.example')).cookie;
    const wrong = { current: 'not it', next: 'a longer pass phrase' };
    expect((await ask('POST', '/me/password', { cookie: admin, body: wrong })).body.code).toBe(
      'wrong-password',
    );
    const right = { current: PASSWORD, next: 'a longer pass phrase' };
    const changed = await ask('POST', '/me/password', { cookie: admin, body: right });
    expect(changed.status).toBe(200);
    expect((await ask('GET', '/me', { cookie: other })).status).toBe(401);
    expect((await ask('GET', '/me', { cookie: admin })).status).toBe(401);
    expect((await ask('GET', '/me', { cookie: changed.cookie })).status).toBe(200);
    expect((await signIn('ada@operator.example', 'a longer pass phrase')).status).toBe(200);
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

  test('nobody gets in without a session or token, or with a broken one', async () => {
    expect((await ask('GET', '/nothing')).body.code).toBe('not-signed-in');
    expect((await ask('GET', '/nothing', { cookie: 'x' })).body.code).toBe('not-signed-in');
    expect((await ask('GET', '/nothing', { bearer: 'x' })).body.code).toBe('bad-token');
    expect((await ask('GET', '/nothing', { headers: { authorization: 'Basic eA==' } })).body.code).toBe(
      'bad-token',
    );
    expect((await ask('GET', '/nothing', { cookie: admin })).status).toBe(200);
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
