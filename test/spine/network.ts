import type {
  GatewayToken,
  MachineRecord,
  MachineRecordUpload,
  NewApiKeySecret,
  UploadAnswer,
} from '@millrace/contract';
import { connectAsync, type MqttClient } from 'mqtt';
import { fetchUnshed } from '../setup/fetch-unshed.ts';
import { ApiFailure, bearer, type Client, createClient } from './client.ts';
import { TestMachine } from './machine.ts';

/** The first person, by the first-start link, as a browser would. */
export async function createOperator(http: string, setupLink: string | null): Promise<Client> {
  const token = new URL(setupLink ?? http).searchParams.get('token');
  const response = await fetchUnshed(`${http}/api/v3/setup`, {
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
  if (!response.ok) throw new ApiFailure(`set-up: ${response.status} ${await response.text()}`);
  const cookie = response.headers.getSetCookie().map((one) => one.split(';')[0]);
  return createClient(http, { cookie: cookie.join('; '), 'x-millrace-csrf': '1' });
}

export async function programOf(
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

/** Two factories, two buyers, one item; all made through the API. */
export async function createNetwork(operator: Client, admin: Client, http: string, mqttPort: number) {
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
