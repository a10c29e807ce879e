import type {
  ApiKey,
  DeviceMapping,
  Gateway,
  GatewayToken,
  ImportKind,
  ImportReport,
  Machine,
  NewApiKeySecret,
  OneTimeLink,
  Organisation,
  User,
} from '@millrace/contract';
import { allRows, askPatiently, type Client, createClient } from './client.ts';
import { type Credentials, keepOperatorKey, readOperatorKey } from './credentials.ts';
import { type Cell, toCsv } from './csv.ts';
import type { Fixture } from './fixture.ts';
import type { Network, SimFactory } from './network.ts';
import type { Random } from './random.ts';
import { SHIFT_PATTERNS } from './shift.ts';

/** The machine that reports through another platform's telemetry form instead of its site's gateway. */
const DEVICE_FACTORY = 1;
/** Factories that answer every offer by hand; the others let the platform accept for them. */
const BY_HAND_SHARE = 0.2;
const OPERATOR_EMAIL = 'operator@demo.example';
/** Requests under way at once while keys are made. */
const PARALLEL = 8;

export interface SetUp {
  readonly http: string;
  readonly setupToken: string;
  readonly network: Network;
  readonly fixture: Fixture;
  readonly random: Random;
  readonly dataDir: string;
  readonly say: (line: string) => void;
}

/**
 * Builds the demonstration network through the API alone, as an integrator would: setup, keys, CSV imports. A set-up that
 * was interrupted goes on: imports change nothing the second time, and what exists gets a new secret.
 */
export async function setUp(input: SetUp): Promise<Credentials> {
  const { http, network, say, dataDir } = input;
  const operatorKey = readOperatorKey(dataDir) ?? (await createOperator(http, input.setupToken));
  keepOperatorKey(dataDir, operatorKey);
  const operator = createClient(http, { bearer: operatorKey });
  say('organisations, sites and calendars');
  const organisations = await importOrganisations(operator, input);
  await importSites(operator, input);
  say('gateways and machines');
  const gatewayTokens = await createGateways(operator, network.factories, organisations);
  await importMachines(operator, network.factories, deviceCodeOf(network));
  say('items and capabilities');
  await importItems(operator, input.fixture);
  await importCapabilities(operator, network);
  say('keys and people');
  const memberKeys = await createMemberKeys(operator, organisations);
  const users = await createUsers(http, operator, organisations);
  const device = await mapDevice(operator, network);
  return { operatorKey, memberKeys, gatewayTokens, organisations, users, device };
}

async function createOperator(http: string, token: string): Promise<string> {
  const password = crypto.randomUUID() + crypto.randomUUID();
  const response = await askPatiently(() =>
    fetch(`${http}/api/v3/setup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-millrace-csrf': '1' },
      body: JSON.stringify({
        token,
        email: OPERATOR_EMAIL,
        name: 'Demo operator',
        password,
        networkName: 'Essential medicines network',
        organisationName: 'Millrace demonstration operator',
      }),
    }),
  );
  if (!response.ok) throw new TypeError(`setup refused: ${response.status} ${await response.text()}`);
  const cookie = response.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ');
  const session = createClient(http, { cookie });
  const { secret } = await session.post<NewApiKeySecret>('/api-keys', {
    name: 'Simulator',
    scopes: ['read', 'orders', 'production', 'registry', 'admin'],
  });
  return secret;
}

async function importRows(
  client: Client,
  kind: ImportKind,
  rows: readonly Record<string, Cell>[],
): Promise<void> {
  const report = await client.upload<ImportReport>(`/imports/${kind}`, toCsv(rows));
  if (!report.committed)
    throw new TypeError(`import of ${kind}: ${JSON.stringify(report.errors.slice(0, 3))}`);
}

async function importOrganisations(
  client: Client,
  { fixture, network }: SetUp,
): Promise<Record<string, string>> {
  await importRows(client, 'organisations', [
    ...network.factories.map((factory) => ({
      code: factory.code,
      name: factory.name,
      kind: 'factory',
      country: factory.country,
    })),
    ...fixture.countries.map((country) => ({
      code: buyerCode(country.code),
      name: `${country.name} health programme`,
      kind: 'buyer',
      country: country.code,
    })),
  ]);
  const rows = await allRows<Organisation>(client, '/organisations');
  return Object.fromEntries(rows.map((row) => [row.code, row.id]));
}

export const buyerCode = (country: string): string => `B-${country}`;

async function importSites(client: Client, { network, random }: SetUp): Promise<void> {
  await importRows(
    client,
    'calendars',
    network.factories.flatMap((factory) =>
      SHIFT_PATTERNS[factory.calendar].map((shift) => ({
        organisation: factory.code,
        code: `${factory.code}-CAL`,
        name: factory.calendar.replace('-', ' '),
        weekdays: `${shift.weekdays.at(0)}-${shift.weekdays.at(-1)}`,
        shift: shift.name,
        from: shift.from,
        to: shift.to,
      })),
    ),
  );
  await importRows(
    client,
    'sites',
    network.factories.map((factory) => ({
      organisation: factory.code,
      code: factory.code,
      name: factory.name,
      lat: factory.lat,
      lon: factory.lon,
      position_approximate: 'yes',
      zone: factory.zone,
      calendar: `${factory.code}-CAL`,
      auto_accept: answersByHand(factory, random) ? 'no' : 'yes',
    })),
  );
  await importRows(
    client,
    'work-centers',
    network.factories.flatMap((factory) =>
      factory.workCenters.map((center) => ({
        organisation: factory.code,
        site: factory.code,
        code: center.code,
        name: center.process.name,
        process: center.process.code,
      })),
    ),
  );
}

async function createGateways(
  client: Client,
  factories: readonly SimFactory[],
  organisations: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const known = new Map(
    (await allRows<Gateway>(client, '/gateways')).map((gateway) => [gateway.code, gateway.id]),
  );
  const made = await inParallel(factories, async (factory) => {
    const id = known.get(`GW-${factory.code}`);
    const path = id === undefined ? '/gateways' : `/gateways/${id}/token`;
    const { token } = await client.post<GatewayToken>(path, {
      code: `GW-${factory.code}`,
      name: `${factory.name} gateway`,
      organisationId: organisations[factory.code],
    });
    return [factory.code, token] as const;
  });
  return Object.fromEntries(made);
}

async function importMachines(
  client: Client,
  factories: readonly SimFactory[],
  deviceCode: string,
): Promise<void> {
  await importRows(
    client,
    'machines',
    factories.flatMap((factory) =>
      factory.workCenters.flatMap((center) =>
        center.machines.map((machine) => ({
          organisation: factory.code,
          work_center: center.code,
          code: machine.code,
          name: machine.name,
          // A second way to report would count twice.
          gateway: machine.code === deviceCode ? '' : `GW-${factory.code}`,
        })),
      ),
    ),
  );
}

async function importItems(client: Client, fixture: Fixture): Promise<void> {
  await importRows(
    client,
    'items',
    fixture.items.map((item) => ({
      code: item.code,
      name: item.name,
      unit: '{pack}',
      weight_gram: item.weightGram,
    })),
  );
}

async function importCapabilities(client: Client, network: Network): Promise<void> {
  await importRows(
    client,
    'capabilities',
    network.capabilities.map((capability) => ({
      organisation: capability.factoryCode,
      work_center: capability.workCenterCode,
      item: capability.itemCode,
      state: capability.state,
      rate_per_hour: capability.ratePerHour,
      set_up_minutes: capability.setUpMinutes,
      minimum_lot: capability.minimumLot,
      unit_cost_minor: capability.unitCostMinor,
      currency: 'USD',
    })),
  );
}

/** The first site answers by hand, because its owner is one of the three who get a sign-in link. */
function answersByHand(factory: SimFactory, random: Random): boolean {
  return factory.index === 0 || random.fork(`by-hand-${factory.code}`).chance(BY_HAND_SHARE);
}

async function createMemberKeys(
  client: Client,
  organisations: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const members = Object.entries(organisations).filter(([code]) => /^(F\d|B-)/.test(code));
  const made = await inParallel(members, async ([code, organisationId]) => {
    const scopes: ApiKey['scopes'] = code.startsWith('B-') ? ['read', 'orders'] : ['read', 'production'];
    const { secret } = await client.post<NewApiKeySecret>('/api-keys', {
      name: 'Simulated people',
      scopes,
      organisationId,
    });
    return [organisationId, secret] as const;
  });
  return Object.fromEntries(made);
}

async function createUsers(
  http: string,
  client: Client,
  organisations: Readonly<Record<string, string>>,
): Promise<Credentials['users']> {
  const known = await allRows<User>(client, '/users');
  const operator = known.find((user) => user.email === OPERATOR_EMAIL);
  const invite = async (email: string, name: string, role: string, code: string): Promise<string> => {
    const organisationId = organisations[code];
    const invited = known.find((user) => user.email === email);
    if (invited) return invited.id;
    const made = await client.post<{ user: User; link: OneTimeLink }>('/users', {
      email,
      name,
      role,
      organisationId,
    });
    await acceptInvitation(http, made.link.url);
    return made.user.id;
  };
  return [
    { role: 'Operator', userId: operator?.id ?? '' },
    {
      role: 'Factory owner',
      userId: await invite('owner@demo.example', 'Demo factory owner', 'owner', 'F001'),
    },
    {
      role: 'Buyer',
      userId: await invite('buyer@demo.example', 'Demo purchaser', 'purchaser', buyerCode('NG')),
    },
  ];
}

/** The invited person chooses a password, which nobody needs here: the demonstration signs in by links. */
async function acceptInvitation(http: string, link: string): Promise<void> {
  const token = new URL(link).searchParams.get('token');
  const response = await askPatiently(() =>
    fetch(`${http}/api/v3/sign-in/link`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-millrace-csrf': '1' },
      body: JSON.stringify({ token, password: crypto.randomUUID() + crypto.randomUUID() }),
    }),
  );
  if (!response.ok) throw new TypeError(`invitation refused: ${response.status} ${await response.text()}`);
}

const deviceCodeOf = (network: Network): string =>
  network.factories[DEVICE_FACTORY]?.workCenters[0]?.machines[0]?.code ?? '';

async function mapDevice(client: Client, network: Network): Promise<Credentials['device']> {
  const code = deviceCodeOf(network);
  const machine = (await allRows<Machine>(client, `/machines?q=${encodeURIComponent(code)}`)).find(
    (row) => row.code === code,
  );
  const mappings = await client.get<{ rows: DeviceMapping[] }>(`/device-mappings`);
  for (const old of mappings.rows) {
    if (old.machineId === machine?.id) await client.delete(`/device-mappings/${old.id}`);
  }
  const { token } = await client.post<{ token: string }>('/device-mappings', {
    machineId: machine?.id,
    form: 'thingsboard',
    countKey: 'parts',
    countKind: 'cumulative',
    runningKey: 'running',
    energyKey: 'energyWh',
  });
  return { machineCode: code, token };
}

async function inParallel<T, R>(values: readonly T[], work: (value: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = values.map((value, index) => ({ value, index }));
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) results[next.index] = await work(next.value);
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  return results;
}
