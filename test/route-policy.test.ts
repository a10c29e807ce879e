import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { POLICY } from '../server/src/access/index.ts';
import { readConfig } from '../server/src/kernel/index.ts';
import { openPlatform, type Platform } from '../server/src/platform.ts';
import { type FreshDatabase, freshDatabase } from './setup/database.ts';
import { unshed } from './setup/house.ts';

/** Routes anybody may call, and why. */
const PUBLIC: Readonly<Record<string, string>> = {
  'GET /api/v3/setup/status': 'nobody exists yet',
  'HEAD /api/v3/setup/status': 'as GET',
  'POST /api/v3/setup': 'guarded by the first-start token',
  'POST /api/v3/sign-in': 'the way in',
  'POST /api/v3/sign-in/link': 'guarded by the one-time token',
  'POST /api/v3/edge/enrolment': 'guarded by the one-time code',
  'POST /api/v3/sign-out': 'an ended session may be ended again',
};

/** Actions asked inside a service, because the same route serves more than one of them. */
const ASKED_INSIDE: Readonly<Record<string, string>> = {
  'registry.qualify': 'a factory writes its capability, the operator qualifies it',
};

let database: FreshDatabase;
let platform: Platform;
beforeAll(async () => {
  database = await freshDatabase();
  const config = readConfig({ MILLRACE_MQTT_PORT: '0' });
  platform = await openPlatform({ ...config, databaseUrl: database.adminUrl, logLevel: 'silent' });
});
afterAll(async () => {
  await platform.stop();
  await database.drop();
});

describe('every route', () => {
  test('has a row of the policy table, and the table has no row without a route', () => {
    const routes = platform.modules.access.guardedRoutes();
    expect(routes.length, 'a check that saw no routes proves nothing').toBeGreaterThan(50);
    const open = routes
      .filter(({ action }) => action === 'public')
      .map(({ method, url }) => `${method} ${url}`);
    expect(open.sort()).toEqual(Object.keys(PUBLIC).sort());
    const used = new Set<string>(routes.map(({ action }) => action));
    expect(Object.keys(POLICY).filter((action) => !used.has(action) && !(action in ASKED_INSIDE))).toEqual(
      [],
    );
  });

  test('refuses who is not signed in', async () => {
    const answered: string[] = [];
    for (const { method, url, action } of platform.modules.access.guardedRoutes()) {
      if (action === 'public') continue;
      const address = url.replaceAll(/:\w+/g, '00000000-0000-0000-0000-000000000000');
      const ask = () => platform.app.inject({ method: method as 'GET', url: address });
      const { statusCode } = await unshed(ask, (answer) => answer.statusCode);
      if (statusCode !== 401) answered.push(`${method} ${url}: ${statusCode}`);
    }
    expect(answered).toEqual([]);
  });
});
