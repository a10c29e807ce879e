import { createHash } from 'node:crypto';
import pg from 'pg';

/** A factory with gateways and machines, written by SQL as the schema's owner: a million machines would take the API an hour. */
export interface SeedPlan {
  readonly gateways: number;
  readonly machinesPerGateway: number;
  readonly zone?: string;
  /** Devices in ThingsBoard's form, one machine each, apart from the gateways. */
  readonly devices?: number;
  /** Makes the ids of a second factory different. */
  readonly factory?: number;
}

export interface Seeded {
  readonly networkId: string;
  readonly orgId: string;
  readonly siteId: string;
  readonly workCenterId: string;
  gatewayId(gateway: number): string;
  gatewayToken(gateway: number): string;
  machineId(gateway: number, machine: number): string;
  machineCode(gateway: number, machine: number): string;
  deviceToken(device: number): string;
  deviceMachineId(device: number): string;
  readonly keyToken: string;
}

/** UUIDs told apart by a kind and a number, so that nothing has to be read back. */
const uuid = (kind: number, number: number): string =>
  `00000000-0000-7${kind.toString(16).padStart(3, '0')}-8000-${number.toString(16).padStart(12, '0')}`;
const uuidSql = (kind: number, number: string): string =>
  `('00000000-0000-7${kind.toString(16).padStart(3, '0')}-8000-' || lpad(to_hex(${number}), 12, '0'))::uuid`;

const KIND = {
  network: 1,
  organisation: 2,
  site: 3,
  workCenter: 4,
  gateway: 5,
  machine: 6,
  mapping: 7,
  key: 8,
};
/** Numbers of one factory's machines and gateways stay below this. */
const FACTORY_STRIDE = 10_000_000;
const DEVICE_BASE = 5_000_000;

export function seedNames(plan: SeedPlan): Seeded {
  const base = (plan.factory ?? 0) * FACTORY_STRIDE;
  const number = plan.factory ?? 0;
  const machine = (gateway: number, index: number): number =>
    base + gateway * plan.machinesPerGateway + index;
  return {
    networkId: uuid(KIND.network, 1),
    orgId: uuid(KIND.organisation, number),
    siteId: uuid(KIND.site, number),
    workCenterId: uuid(KIND.workCenter, number),
    gatewayId: (gateway) => uuid(KIND.gateway, base + gateway),
    gatewayToken: (gateway) => `mr_gw_seed-${base + gateway}`,
    machineId: (gateway, index) => uuid(KIND.machine, machine(gateway, index)),
    machineCode: (gateway, index) => `M${machine(gateway, index)}`,
    deviceToken: (device) => `mr_device_seed-${base + device}`,
    deviceMachineId: (device) => uuid(KIND.machine, base + DEVICE_BASE + device),
    keyToken: `mr_key_seed-${number}`,
  };
}

/** `url` is the schema owner's. */
export async function seed(url: string, plan: SeedPlan): Promise<Seeded> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const names = seedNames(plan);
    for (const sql of statements(plan, names)) await client.query(sql);
    return names;
  } finally {
    await client.end();
  }
}

function statements(plan: SeedPlan, names: Seeded): string[] {
  const number = plan.factory ?? 0;
  const base = number * FACTORY_STRIDE;
  const { networkId, orgId, siteId, workCenterId } = names;
  const columns = 'network_id, id, factory_org_id, site_id, work_center_id, gateway_id, code, name, version';
  const machine = (id: string, gateway: string): string =>
    `'${networkId}', ${uuidSql(KIND.machine, id)}, '${orgId}', '${siteId}', '${workCenterId}', ${gateway}, 'M' || (${id}), 'Machine ' || (${id}), 1`;
  const keyHash = createHash('sha256').update(names.keyToken).digest('hex');
  return [
    `INSERT INTO network (network_id, name, created_at) VALUES ('${networkId}', 'Bench', now()) ON CONFLICT DO NOTHING`,
    `INSERT INTO organisation (network_id, id, kind, code, name, created_at)
     VALUES ('${networkId}', '${orgId}', 'factory', 'F${number}', 'Factory ${number}', now())`,
    `INSERT INTO registry_version (network_id, version) VALUES ('${networkId}', 1)
     ON CONFLICT (network_id) DO UPDATE SET version = registry_version.version + 1`,
    `INSERT INTO site (network_id, id, factory_org_id, code, name, lat, lon, zone, version)
     VALUES ('${networkId}', '${siteId}', '${orgId}', 'S${number}', 'Site ${number}', 30, 120, '${plan.zone ?? 'Asia/Shanghai'}', 1)`,
    `INSERT INTO work_center (network_id, id, factory_org_id, site_id, code, name, process_code, version)
     VALUES ('${networkId}', '${workCenterId}', '${orgId}', '${siteId}', 'WC${number}', 'Hall ${number}', 'turning', 1)`,
    `INSERT INTO gateway (network_id, id, organisation_id, code, name, token_hash, created_at)
     SELECT '${networkId}', ${uuidSql(KIND.gateway, `${base} + g`)}, '${orgId}', 'G' || (${base} + g), 'Gateway ' || g,
            sha256(convert_to('mr_gw_seed-' || (${base} + g), 'UTF8')), now()
       FROM generate_series(0, ${plan.gateways - 1}) AS g`,
    `INSERT INTO machine (${columns})
     SELECT ${machine(`${base} + g * ${plan.machinesPerGateway} + m`, uuidSql(KIND.gateway, `${base} + g`))}
       FROM generate_series(0, ${plan.gateways - 1}) AS g, generate_series(0, ${plan.machinesPerGateway - 1}) AS m`,
    `INSERT INTO machine (${columns})
     SELECT ${machine(`${base + DEVICE_BASE} + d`, 'NULL::uuid')} FROM generate_series(0, ${(plan.devices ?? 0) - 1}) AS d`,
    `INSERT INTO device_mapping (network_id, id, org_id, machine_id, form, count_key, count_kind, running_key, energy_key, token_hash, created_at)
     SELECT '${networkId}', ${uuidSql(KIND.mapping, `${base} + d`)}, '${orgId}', ${uuidSql(KIND.machine, `${base + DEVICE_BASE} + d`)},
            'thingsboard', 'count', 'cumulative', 'running', 'energy', sha256(convert_to('mr_device_seed-' || (${base} + d), 'UTF8')), now()
       FROM generate_series(0, ${(plan.devices ?? 0) - 1}) AS d`,
    `INSERT INTO api_key (network_id, id, organisation_id, name, scopes, prefix, token_hash, created_at)
     VALUES ('${networkId}', '${uuid(KIND.key, number)}', '${orgId}', 'seed', '{ingest,read}', 'mr_key', '\\x${keyHash}', now())`,
    'ANALYZE machine, gateway',
  ];
}
