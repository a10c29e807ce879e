import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  closeHouse,
  type House,
  openHouse,
  PASSWORD,
  peopleOf,
  SET_UP,
  tokenOf,
} from '../../../test/setup/house.ts';
import { totpAt } from './totp.ts';

let house: House;
const { ask, invite, organisation, setUp, signIn } = peopleOf(() => house);

describe('first start', () => {
  beforeAll(async () => {
    house = await openHouse('an-installer-knows-me');
  });
  afterAll(() => closeHouse(house));

  test('a one-time link creates the operator, works once, and is then not made again', async () => {
    expect((await ask('GET', '/setup/status')).body).toEqual({ needed: true });
    const link = await house.access.setupLink('http://localhost:1');
    expect(link).toBe('http://localhost:1/setup?token=an-installer-knows-me');
    const wrong = await ask('POST', '/setup', { body: { ...SET_UP, token: 'guessed' } });
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
      body: { ...SET_UP, email: 'b@x.example', token: 'an-installer-knows-me' },
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
    expect((await ask('POST', '/setup', { body: { ...SET_UP, token } })).body.code).toBe('link-invalid');
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
