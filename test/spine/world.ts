import type {
  GatewayToken,
  MachineRecord,
  MachineRecordUpload,
  MachineWork,
  Me,
  NewApiKeySecret,
  UploadAnswer,
} from '@millrace/contract';
import { connectAsync, type MqttClient } from 'mqtt';
import { readConfig } from '../../server/src/kernel/index.ts';
import { openPlatform, type Platform } from '../../server/src/platform.ts';
import { freshDatabase } from '../setup/database.ts';
import { bearer, type Client, createClient } from './client.ts';
import { type HandClock, handClock } from './clock.ts';
import { minuteOf, TestMachine } from './machine.ts';

const MINUTE_MS = 60_000;
/** Minutes between two uploads of a gateway; the platform turns its wheels after each. */
const STEP_MIN = 10;
/** Monday morning in Europe. */
const START = Date.UTC(2026, 2, 2, 6, 0);

export interface TestFactory {
  readonly organisationId: string;
  readonly siteId: string;
  readonly key: Client;
  readonly machines: readonly TestMachine[];
  send(records: readonly MachineRecord[]): Promise<void>;
}

/** A platform on free ports, an operator, two factories that speak HTTP and MQTT, two buyers, one item. */
export interface World {
  readonly platform: Platform;
  readonly clock: HandClock;
  readonly operator: Client;
  /** Accepts by policy, cheap, gateway over HTTP. */
  readonly near: TestFactory;
  /** Wants to be asked, dearer, gateway over MQTT. */
  readonly far: TestFactory;
  readonly buyer: Client;
  readonly stranger: Client;
  readonly itemId: string;
  /** Everything that was set in motion has come to rest. */
  settle(): Promise<void>;
  /** Domain time passes: machines work and report, the platform counts, forecasts, plans. */
  pass(minutes: number): Promise<void>;
  /** Passes time until it is so; fails loudly after `hours` of domain time. */
  until(what: string, hours: number, isSo: () => Promise<boolean>): Promise<void>;
  close(): Promise<void>;
}

export class NeverHappened extends Error {
  override readonly name = 'NeverHappened';
}

export async function openWorld(): Promise<World> {
  const database = await freshDatabase();
  const clock = handClock(START);
  const config = readConfig({
    DATABASE_URL: database.adminUrl,
    MILLRACE_HTTP_PORT: '0',
    MILLRACE_MQTT_PORT: '0',
    MILLRACE_LOG_LEVEL: process.env.SPINE_LOG ?? 'silent',
    MILLRACE_OFFER_MINUTES: '600',
  });
  const platform = await openPlatform(config, { clock });
  const http = await platform.app.listen({ host: '127.0.0.1', port: 0 });
  const admin = await createOperator(platform, http);
  const operator = await programOf(admin, http, undefined, 'operator programs');
  const network = await createNetwork(operator, admin, http, platform.modules.ingest.mqttPort() ?? 0);
  const { networkId } = await admin.get<Me>('/me').then(({ acting }) => acting);
  const factories = [network.near, network.far];

  const settle = async (): Promise<void> => {
    const { state, execution, matching, shipping } = platform.modules;
    // Each may give work to the ones before it; three rounds reach from a stopped machine to the new plan.
    for (let round = 0; round < 3; round++) {
      await platform.kernel.bus.settle();
      await state.tick();
      await execution.tick();
      await platform.kernel.bus.settle();
      await matching.settle(networkId);
      await shipping.tick();
    }
    await platform.kernel.bus.settle();
  };
  const step = async (): Promise<void> => {
    const fromMs = minuteOf(clock.now());
    clock.advance(STEP_MIN * MINUTE_MS);
    for (const factory of factories) {
      const { rows } = await factory.key.get<{ rows: MachineWork[] }>('/machine-work');
      await factory.send(recordsOf(factory, rows, fromMs));
    }
    await settle();
  };
  const pass = async (minutes: number): Promise<void> => {
    for (let done = 0; done < minutes; done += STEP_MIN) await step();
  };
  return {
    platform,
    clock,
    operator,
    ...network,
    settle,
    pass,
    until: async (what, hours, isSo) => {
      for (let done = 0; done < hours * 60; done += STEP_MIN) {
        if (await isSo()) return;
        await step();
      }
      if (!(await isSo())) throw new NeverHappened(`not within ${hours} hours: ${what}`);
    },
    close: async () => {
      await network.far.disconnect();
      await platform.stop();
      await database.drop();
    },
  };
}

function recordsOf(factory: TestFactory, rows: readonly MachineWork[], fromMs: number): MachineRecord[] {
  return factory.machines.flatMap((machine) => {
    const work = rows.filter(({ machineCode }) => machineCode === machine.code);
    return Array.from({ length: STEP_MIN }, (_, minute) => machine.minute(fromMs + minute * MINUTE_MS, work));
  });
}

/** The first person, by the first-start link, as a browser would. */
async function createOperator(platform: Platform, http: string): Promise<Client> {
  const link = await platform.modules.access.setupLink(http);
  const token = new URL(link ?? http).searchParams.get('token');
  const response = await fetch(`${http}/api/v3/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-millrace-csrf': '1' },
    body: JSON.stringify({
      token,
      email: 'operator@spine.example',
      name: 'Operator',
      password: 'a long enough password',
      networkName: 'Spine',
      organisationName: 'Spine network',
    }),
  });
  const cookie = response.headers.getSetCookie().map((one) => one.split(';')[0]);
  return createClient(http, { cookie: cookie.join('; '), 'x-millrace-csrf': '1' });
}

async function programOf(
  admin: Client,
  http: string,
  organisationId: string | undefined,
  name: string,
): Promise<Client> {
  const { secret } = await admin.post<NewApiKeySecret>('/api-keys', {
    name,
    scopes: ['read', 'orders', 'production', 'registry', 'admin'],
    ...(organisationId === undefined ? {} : { organisationId }),
  });
  return createClient(http, bearer(secret));
}

interface Made {
  readonly id: string;
}

async function createNetwork(operator: Client, admin: Client, http: string, mqttPort: number) {
  const organisation = (kind: string, code: string): Promise<Made> =>
    admin.post<Made>('/organisations', { kind, code, name: `${code} company` });
  const item = await operator.post<Made>('/items', { code: 'CUP', name: 'Cup, enamelled, 0.5 l' });
  const buyer = await organisation('buyer', 'CANTEEN');
  const stranger = await organisation('buyer', 'RIVAL');
  const near = await createFactory(operator, admin, http, {
    organisationId: (await organisation('factory', 'NEAR')).id,
    code: 'NEAR',
    zone: 'Europe/Warsaw',
    position: { lat: 52.4, lon: 16.9 },
    autoAccept: true,
    unitCostMinor: 100,
    itemId: item.id,
  });
  const far = await createFactory(operator, admin, http, {
    organisationId: (await organisation('factory', 'FAR')).id,
    code: 'FAR',
    zone: 'Asia/Shanghai',
    position: { lat: 53.1, lon: 18.0 },
    autoAccept: false,
    unitCostMinor: 140,
    itemId: item.id,
  });
  const client = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`, {
    username: far.token,
    password: far.token,
    clientId: 'gateway-FAR',
  });
  return {
    near: { ...near, send: overHttp(http, near.token) },
    far: { ...far, send: overMqtt(client), disconnect: () => client.endAsync() },
    buyer: await programOf(admin, http, buyer.id, 'purchasing of the canteen'),
    stranger: await programOf(admin, http, stranger.id, 'purchasing of the rival'),
    itemId: item.id,
  };
}

interface FactoryPlan {
  readonly organisationId: string;
  readonly code: string;
  readonly zone: string;
  readonly position: { lat: number; lon: number };
  readonly autoAccept: boolean;
  readonly unitCostMinor: number;
  readonly itemId: string;
}

async function createFactory(operator: Client, admin: Client, http: string, plan: FactoryPlan) {
  const { organisationId, code } = plan;
  const calendar = await operator.post<Made>('/calendars', {
    organisationId,
    code: `${code}-ALWAYS`,
    name: 'Around the clock',
    shifts: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ name: 'day', weekday, from: '00:00', to: '00:00' })),
  });
  const site = await operator.post<Made>('/sites', {
    organisationId,
    code,
    name: `${code} works`,
    position: plan.position,
    zone: plan.zone,
    autoAccept: plan.autoAccept,
    calendarId: calendar.id,
  });
  const center = await operator.post<Made>('/work-centers', {
    siteId: site.id,
    code: `${code}-PRESS`,
    name: 'Presses',
    processCode: 'PRESS',
  });
  const { gateway, token } = await admin.post<GatewayToken>('/gateways', {
    code: `${code}-GW`,
    name: `Gateway of ${code}`,
    organisationId,
  });
  const codes = [`${code}-1`, `${code}-2`];
  for (const machine of codes) {
    await operator.post('/machines', {
      workCenterId: center.id,
      gatewayId: gateway.id,
      code: machine,
      name: `Press ${machine}`,
    });
  }
  await operator.post('/capabilities', {
    workCenterId: center.id,
    itemId: plan.itemId,
    state: 'qualified',
    ratePerHour: 60,
    setUpMinutes: 10,
    minimumLot: 1,
    unitCostMinor: plan.unitCostMinor,
    currency: 'EUR',
  });
  return {
    organisationId,
    siteId: site.id,
    token,
    key: await programOf(admin, http, organisationId, `office of ${code}`),
    machines: codes.map((machine) => new TestMachine(machine, plan.zone)),
  };
}

class UploadRefused extends Error {
  override readonly name = 'UploadRefused';
}

function overHttp(http: string, token: string) {
  const client = createClient(http, bearer(token));
  return async (records: readonly MachineRecord[]): Promise<void> => {
    const answer = await client.post<UploadAnswer>('/machine-records', {
      v: 3,
      records: [...records],
    } satisfies MachineRecordUpload);
    if (answer.accepted !== records.length) throw new UploadRefused(JSON.stringify(answer));
  };
}

/** PUBACK comes after COMMIT, so what is published is counted. */
function overMqtt(client: MqttClient) {
  return async (records: readonly MachineRecord[]): Promise<void> => {
    const upload: MachineRecordUpload = { v: 3, records: [...records] };
    await client.publishAsync('millrace/v3/FAR-GW/records', JSON.stringify(upload), { qos: 1 });
  };
}
