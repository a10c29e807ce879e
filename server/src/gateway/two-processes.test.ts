import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  CONFIG,
  type GatewayHouse,
  openGatewayHouse,
  ordersOf,
  running,
  until,
} from '../../../test/setup/gateway-house.ts';
import { openAccess } from '../access/index.ts';
import { type App, createApp, type Kernel, openKernel, readConfig } from '../kernel/index.ts';
import { openRegistry } from '../registry/index.ts';
import { type Gateways, openGateway } from './index.ts';

// Agents speak with one process, people with another: what passes between them is the database and a wake-up.

let gw: GatewayHouse;
let token: string;
let owner: pg.Client;
let other: { readonly kernel: Kernel; readonly app: App; readonly gateways: Gateways };
beforeAll(async () => {
  gw = await openGatewayHouse();
  token = await gw.enrol();
  owner = new pg.Client({ connectionString: gw.house.adminUrl });
  await owner.connect();
  const config = { ...readConfig({}), databaseUrl: gw.house.adminUrl, logLevel: 'silent' };
  const kernel = await openKernel(config);
  const app = await createApp(kernel);
  const access = openAccess(kernel);
  const registry = openRegistry(kernel, access);
  const gateways = openGateway(kernel, access, registry);
  for (const module of [access, registry, gateways]) module.routes(app);
  await app.ready();
  await gateways.start();
  other = { kernel, app, gateways };
});
afterAll(async () => {
  await other?.app.close();
  await other?.gateways.stop();
  await other?.kernel.stop();
  await owner?.end();
  await gw?.close();
});

/** As the owner, at the other process. */
async function there(method: 'GET' | 'PUT' | 'POST', path: string, payload?: object) {
  const response = await other.app.inject({
    method,
    url: `/api/v3${path}`,
    headers: { 'x-millrace-csrf': '1', cookie: `millrace_session=${gw.cookies.owner}` },
    ...(payload ? { payload } : {}),
  });
  return { status: response.statusCode, body: response.json() };
}
const isOnlineThere = async (): Promise<true | undefined> =>
  (await there('GET', `/gateways/${gw.gatewayId}/health`)).body.online || undefined;

test('an agent that waits at one process is woken by a person at another', async () => {
  const line = gw.exchange(token, { waitS: 25 });
  await until(isOnlineThere);
  const put = await there('PUT', `/gateways/${gw.gatewayId}/config`, { config: CONFIG, basedOn: null });
  expect(put.status, JSON.stringify(put.body)).toBe(200);
  expect(ordersOf(await line).config?.version).toBe(1);
});

test('a wake-up that was lost costs some seconds, not the order', async () => {
  await gw.exchange(token, running(1));
  const line = gw.exchange(token, { ...running(1), waitS: 25 });
  await until(isOnlineThere);
  // Every ear of every process is cut off; they listen again by themselves.
  const ears = `query LIKE 'LISTEN millrace_gateway%' AND datname = current_database()`;
  const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${ears}`;
  expect((await owner.query(cut)).rowCount).toBe(2);
  const put = await there('PUT', `/gateways/${gw.gatewayId}/config`, { config: CONFIG, basedOn: 1 });
  expect(put.status, JSON.stringify(put.body)).toBe(200);
  expect(ordersOf(await line).config?.version).toBe(2);
  const listening = `SELECT FROM pg_stat_activity WHERE ${ears}`;
  await until(async () => ((await owner.query(listening)).rowCount ?? 0) > 0 || undefined);
});

test('two processes that hand out at the same moment hand a command out once', async () => {
  await gw.exchange(token, running(2));
  await there('PUT', `/machines/${gw.machineId}/command-switch`, { enabled: true });
  const body = { machineId: gw.machineId, command: 'set-speed', value: 50, reason: 'x', expiresInS: 60 };
  for (let round = 0; round < 5; round++) {
    const { id } = (await there('POST', '/machine-commands', body)).body;
    const atOther = other.app.inject({
      method: 'POST',
      url: '/api/v3/edge/exchange',
      headers: { authorization: `Bearer ${token}` },
      payload: gw.said(running(2)),
    });
    const [here, elsewhere] = await Promise.all([gw.exchange(token, running(2)), atOther]);
    const told = [...ordersOf(here).commands, ...elsewhere.json().commands].filter((one) => one.id === id);
    expect(told).toHaveLength(1);
  }
});
