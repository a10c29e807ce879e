import { openAccess } from '../../server/src/access/index.ts';
import { type App, createApp, type Kernel, openKernel, readConfig } from '../../server/src/kernel/index.ts';
import { openOrders } from '../../server/src/orders/index.ts';
import { openRegistry, type Registry } from '../../server/src/registry/index.ts';
import { freshDatabase } from './database.ts';

/** An installation up to orders, with an operator, two factories and two buyers that speak by API key. */
export interface TestNetwork {
  readonly kernel: Kernel;
  readonly app: App;
  readonly registry: Registry;
  readonly orders: ReturnType<typeof openOrders>;
  readonly adminUrl: string;
  readonly networkId: string;
  /** Organisation ids by code. */
  readonly organisations: Readonly<Record<Member, string>>;
  /** Moves the domain clock. */
  setNow(at: number): void;
  ask(member: Member | 'OP', method: Method, path: string, body?: object | string): Promise<Answered>;
  close(): Promise<void>;
}
export type Member = 'F1' | 'F2' | 'B1' | 'B2';
export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
export interface Answered {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

export const TEST_START = Date.UTC(2026, 2, 2, 3, 0);
const KINDS = { F1: 'factory', F2: 'factory', B1: 'buyer', B2: 'buyer' } as const;
const SETUP_TOKEN = 'an-installer-knows-me';

export async function openTestNetwork(): Promise<TestNetwork> {
  const database = await freshDatabase();
  const clock = { at: TEST_START };
  const env = { MILLRACE_SETUP_TOKEN: SETUP_TOKEN };
  const config = { ...readConfig(env), databaseUrl: database.adminUrl, logLevel: 'silent' };
  const kernel = await openKernel(config, {
    clock: { now: () => clock.at, wallNow: () => Date.now(), speed: 1 },
  });
  const app = await createApp(kernel);
  const access = openAccess(kernel);
  const registry = openRegistry(kernel, access);
  const orders = openOrders(kernel, access, registry);
  for (const module of [access, registry, orders]) module.routes(app);
  await app.ready();
  await registry.start();

  await access.setupLink('http://localhost:1');
  const cookie = await setUp(app);
  const operator = { 'x-millrace-csrf': '1', cookie: `millrace_session=${cookie}` };
  const headers: Record<string, Record<string, string>> = { OP: operator };
  const ids: Record<string, string> = {};
  for (const [code, kind] of Object.entries(KINDS)) {
    const made = await send(app, operator, 'POST', '/organisations', { code, kind, name: `${kind} ${code}` });
    ids[code] = made.body.id;
    const key = await send(app, operator, 'POST', '/api-keys', {
      name: code,
      scopes: ['read', 'registry', 'orders', 'production'],
      organisationId: made.body.id,
    });
    headers[code] = { authorization: `Bearer ${key.body.secret}` };
  }
  const me = await send(app, operator, 'GET', '/me');
  return {
    kernel,
    app,
    registry,
    orders,
    adminUrl: database.adminUrl,
    networkId: me.body.acting.networkId,
    organisations: ids as Record<Member, string>,
    setNow: (at) => {
      clock.at = at;
    },
    ask: (member, method, path, body) => send(app, headers[member] ?? {}, method, path, body),
    close: async () => {
      await app.close();
      await kernel.stop();
      await database.drop();
    },
  };
}

async function setUp(app: App): Promise<string> {
  const response = await app.inject({
    method: 'POST',
    url: '/api/v3/setup',
    payload: {
      token: SETUP_TOKEN,
      email: 'ada@operator.example',
      name: 'Ada',
      password: 'correct horse battery',
      networkName: 'Delta',
      organisationName: 'Delta Operations',
    },
  });
  return response.cookies.find(({ name }) => name === 'millrace_session')?.value ?? '';
}

/** A text body is sent as CSV, an object as JSON. */
async function send(
  app: App,
  headers: Record<string, string>,
  method: Method,
  path: string,
  body?: object | string,
): Promise<Answered> {
  const csv = typeof body === 'string' ? { 'content-type': 'text/csv' } : {};
  const response = await app.inject({
    method,
    url: `/api/v3${path}`,
    headers: { ...headers, ...csv },
    ...(body === undefined ? {} : { payload: body }),
  });
  const isJson = String(response.headers['content-type'] ?? '').includes('json');
  return { status: response.statusCode, body: isJson ? response.json() : response.body };
}
