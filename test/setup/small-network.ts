import { randomUUID } from 'node:crypto';
import pg from 'pg';

/** A factory with one site, one work center and alike machines that can make the network's one item. */
export interface SmallFactory {
  readonly organisationId: string;
  readonly siteId: string;
  readonly workCenterId: string;
  readonly capabilityId: string;
  readonly machineIds: readonly string[];
}

export interface SmallNetwork {
  readonly networkId: string;
  readonly operatorId: string;
  readonly buyerId: string;
  readonly itemId: string;
  readonly factories: readonly SmallFactory[];
}

export interface SmallNetworkOptions {
  readonly factories?: number;
  readonly machinesEach?: number;
  /** Pieces per hour of one machine. */
  readonly ratePerHour?: number;
  readonly autoAccept?: boolean;
  readonly minimumLot?: number;
}

const ROUND_THE_CLOCK = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({
  name: 'all day',
  weekday,
  from: '00:00',
  to: '00:00',
}));

/** As the schema's owner, past all services: for tests of what lies behind the registry. Machines work round the clock. */
export async function seedSmallNetwork(
  adminUrl: string,
  {
    factories = 3,
    machinesEach = 2,
    ratePerHour = 100,
    autoAccept = false,
    minimumLot = 1,
  }: SmallNetworkOptions = {},
): Promise<SmallNetwork> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const networkId = randomUUID();
    await client.query('INSERT INTO network (network_id, name, created_at) VALUES ($1, $2, now())', [
      networkId,
      'Small',
    ]);
    const operatorId = await addOrganisation(client, networkId, 'operator', 'OP');
    const buyerId = await addOrganisation(client, networkId, 'buyer', 'BUY');
    const itemId = randomUUID();
    await client.query('INSERT INTO item (network_id, id, code, name) VALUES ($1, $2, $3, $4)', [
      networkId,
      itemId,
      'MASK',
      'Mask',
    ]);
    const seeded: SmallFactory[] = [];
    for (let index = 0; index < factories; index++) {
      const made = { networkId, itemId, index, machinesEach, ratePerHour, autoAccept, minimumLot };
      seeded.push(await addFactory(client, made));
    }
    return { networkId, operatorId, buyerId, itemId, factories: seeded };
  } finally {
    await client.end();
  }
}

async function addOrganisation(
  client: pg.Client,
  networkId: string,
  kind: string,
  code: string,
): Promise<string> {
  const id = randomUUID();
  await client.query(
    'INSERT INTO organisation (network_id, id, kind, code, name, created_at) VALUES ($1, $2, $3, $4, $4, now())',
    [networkId, id, kind, code],
  );
  return id;
}

interface FactoryToAdd extends Required<Omit<SmallNetworkOptions, 'factories'>> {
  readonly networkId: string;
  readonly itemId: string;
  readonly index: number;
}

/** Each further factory lies a degree further east and costs a little more. */
async function addFactory(client: pg.Client, made: FactoryToAdd): Promise<SmallFactory> {
  const { networkId, itemId, index } = made;
  const organisationId = await addOrganisation(client, networkId, 'factory', `F${index}`);
  const [calendarId, siteId, workCenterId, capabilityId] = [
    randomUUID(),
    randomUUID(),
    randomUUID(),
    randomUUID(),
  ];
  await client.query(
    `INSERT INTO calendar (network_id, id, factory_org_id, code, name, shifts, exceptions)
     VALUES ($1, $2, $3, 'ALL', 'Round the clock', $4, '[]')`,
    [networkId, calendarId, organisationId, JSON.stringify(ROUND_THE_CLOCK)],
  );
  await client.query(
    `INSERT INTO site (network_id, id, factory_org_id, code, name, lat, lon, zone, auto_accept, calendar_id)
     VALUES ($1, $2, $3, $4, $5, 10, $6, 'UTC', $7, $8)`,
    [networkId, siteId, organisationId, `S${index}`, `Site ${index}`, index, made.autoAccept, calendarId],
  );
  await client.query(
    `INSERT INTO work_center (network_id, id, factory_org_id, site_id, code, name, process_code)
     VALUES ($1, $2, $3, $4, 'WC', 'Line', 'SEW')`,
    [networkId, workCenterId, organisationId, siteId],
  );
  const machineIds: string[] = [];
  for (let no = 0; no < made.machinesEach; no++) {
    const id = randomUUID();
    machineIds.push(id);
    await client.query(
      `INSERT INTO machine (network_id, id, factory_org_id, site_id, work_center_id, code, name)
       VALUES ($1, $2, $3, $4, $5, $6, $6)`,
      [networkId, id, organisationId, siteId, workCenterId, `M${no}`],
    );
  }
  await client.query(
    `INSERT INTO capability (network_id, id, factory_org_id, site_id, work_center_id, item_id, state, rate_per_hour,
       set_up_minutes, minimum_lot, unit_cost_minor, currency)
     VALUES ($1, $2, $3, $4, $5, $6, 'qualified', $7, 10, $8, $9, 'USD')`,
    [
      networkId,
      capabilityId,
      organisationId,
      siteId,
      workCenterId,
      itemId,
      made.ratePerHour,
      made.minimumLot,
      100 + index,
    ],
  );
  return { organisationId, siteId, workCenterId, capabilityId, machineIds };
}
