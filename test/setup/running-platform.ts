import { readConfig } from '../../server/src/kernel/index.ts';
import { openPlatform, type Platform } from '../../server/src/platform.ts';
import { freshDatabase } from './database.ts';
import { fetchUnshed } from './fetch-unshed.ts';

export type Member = 'F1' | 'F2' | 'B1' | 'B2';
export interface Answered {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

/** The whole platform behind a real port: an operator, two factories that can make the item, two buyers. */
export interface RunningPlatform {
  readonly platform: Platform;
  readonly adminUrl: string;
  readonly http: string;
  readonly networkId: string;
  /** Organisation ids by code; OP is the operator. */
  readonly organisations: Readonly<Record<Member | 'OP', string>>;
  /** Site, work center and machine of each factory. */
  readonly places: Readonly<
    Record<
      'F1' | 'F2',
      { readonly siteId: string; readonly workCenterId: string; readonly machineId: string }
    >
  >;
  readonly itemId: string;
  /** The domain clock; tests move it. */
  readonly clock: { ms: number };
  /** Headers that make a request the member's. */
  headers(member: Member | 'OP'): Record<string, string>;
  ask(
    member: Member | 'OP',
    method: 'GET' | 'POST' | 'PATCH',
    path: string,
    body?: object,
  ): Promise<Answered>;
  close(): Promise<void>;
}

export const RUNNING_START = Date.UTC(2026, 2, 2, 3, 0);
const SETUP_TOKEN = 'an-installer-knows-me';
const MEMBERS = { F1: 'factory', F2: 'factory', B1: 'buyer', B2: 'buyer' } as const;
const ROUND_THE_CLOCK = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({
  name: 'all day',
  weekday,
  from: '00:00',
  to: '00:00',
}));

/** `roles` without `worker` leaves the turns of clocks and planners to the test. */
export async function openRunningPlatform(roles = 'api'): Promise<RunningPlatform> {
  const database = await freshDatabase();
  const clock = { ms: RUNNING_START };
  const env = { MILLRACE_SETUP_TOKEN: SETUP_TOKEN, MILLRACE_ROLES: roles, MILLRACE_MQTT_PORT: '0' };
  const config = { ...readConfig(env), databaseUrl: database.adminUrl, logLevel: 'silent' };
  const platform = await openPlatform(config, {
    clock: { now: () => clock.ms, wallNow: () => Date.now(), speed: 1 },
  });
  const http = await platform.app.listen({ host: '127.0.0.1', port: 0 });
  await platform.modules.access.setupLink(http);
  const headers: Record<string, Record<string, string>> = { OP: await setUp(http) };
  const ask: RunningPlatform['ask'] = (member, method, path, body) =>
    send(http, headers[member] ?? {}, method, path, body);
  const made = async (member: Member | 'OP', path: string, body: object): Promise<Answered['body']> => {
    const answered = await ask(member, 'POST', path, body);
    if (answered.status >= 300) throw new TypeError(`${path}: ${JSON.stringify(answered.body)}`);
    return answered.body;
  };
  const { acting } = (await ask('OP', 'GET', '/me')).body;
  const organisations: Record<string, string> = { OP: acting.organisationId };
  for (const [code, kind] of Object.entries(MEMBERS)) {
    const { id } = await made('OP', '/organisations', { code, kind, name: `${kind} ${code}` });
    organisations[code] = id;
    const scopes = ['read', 'registry', 'orders', 'production'];
    const key = await made('OP', '/api-keys', { name: code, scopes, organisationId: id });
    headers[code] = { authorization: `Bearer ${key.secret}` };
  }
  const { id: itemId } = await made('OP', '/items', { code: 'MASK', name: 'Mask' });
  return {
    platform,
    adminUrl: database.adminUrl,
    http,
    networkId: acting.networkId,
    organisations: organisations as RunningPlatform['organisations'],
    places: { F1: await addPlace(made, 'F1', itemId), F2: await addPlace(made, 'F2', itemId) },
    itemId,
    clock,
    headers: (member) => headers[member] ?? {},
    ask,
    close: async () => {
      await platform.stop();
      await database.drop();
    },
  };
}

/** A site with one machine that works round the clock, and may make the item. */
async function addPlace(
  made: (member: Member | 'OP', path: string, body: object) => Promise<Answered['body']>,
  factory: 'F1' | 'F2',
  itemId: string,
): Promise<RunningPlatform['places']['F1']> {
  const calendar = await made(factory, '/calendars', {
    code: 'ALL',
    name: 'Round the clock',
    shifts: ROUND_THE_CLOCK,
  });
  const position = { lat: 48, lon: factory === 'F1' ? 11 : 12 };
  const site = await made(factory, '/sites', {
    code: `S-${factory}`,
    name: `Site ${factory}`,
    position,
    zone: 'UTC',
    calendarId: calendar.id,
  });
  const center = await made(factory, '/work-centers', {
    siteId: site.id,
    code: 'WC',
    name: 'Line',
    processCode: 'SEW',
  });
  const machine = await made(factory, '/machines', {
    workCenterId: center.id,
    code: `M-${factory}`,
    name: `Loom ${factory}`,
  });
  await made('OP', '/capabilities', {
    workCenterId: center.id,
    itemId,
    state: 'qualified',
    ratePerHour: 100,
    setUpMinutes: 10,
    unitCostMinor: factory === 'F1' ? 100 : 120,
  });
  return { siteId: site.id, workCenterId: center.id, machineId: machine.id };
}

async function setUp(http: string): Promise<Record<string, string>> {
  const response = await fetchUnshed(`${http}/api/v3/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      token: SETUP_TOKEN,
      email: 'ada@operator.example',
      name: 'Ada',
      password: 'correct horse battery',
      networkName: 'Delta',
      organisationName: 'Delta Operations',
    }),
  });
  const cookie = response.headers.getSetCookie().map((one) => one.split(';')[0]);
  return { 'x-millrace-csrf': '1', cookie: cookie.join('; ') };
}

async function send(
  http: string,
  headers: Record<string, string>,
  method: string,
  path: string,
  body?: object,
): Promise<Answered> {
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetchUnshed(`${http}/api/v3${path}`, {
    method,
    headers: { ...headers, ...json },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}
