import type { CalendarException, Shift } from '@millrace/contract';
import type { Tx } from '../kernel/index.ts';
import type {
  RegisteredCapability,
  RegisteredItem,
  RegisteredMachine,
  RegisteredSite,
  RegisteredWorkCenter,
} from './registry.ts';

/** Every row says at which version of the registry it was written last. */
export type Versioned<T> = T & { readonly version: number };

export interface CalendarRow {
  readonly id: string;
  readonly networkId: string;
  readonly organisationId: string;
  readonly code: string;
  readonly shifts: readonly Shift[];
  readonly exceptions: readonly CalendarException[];
}

/** What the transaction may see of the network and is newer than `after`. */
export interface DirectoryRows {
  readonly calendars: readonly Versioned<CalendarRow>[];
  readonly sites: readonly Versioned<Omit<RegisteredSite, 'position'> & { lat: number; lon: number }>[];
  readonly workCenters: readonly Versioned<RegisteredWorkCenter>[];
  readonly machines: readonly Versioned<Omit<RegisteredMachine, 'zone'>>[];
  readonly items: readonly Versioned<RegisteredItem>[];
  readonly capabilities: readonly Versioned<RegisteredCapability>[];
}

/** 0 when nothing was ever registered through the platform. */
export async function readVersion(tx: Tx, networkId: string): Promise<number> {
  const row = await tx.maybe<{ version: number }>(
    'SELECT version FROM registry_version WHERE network_id = $1',
    [networkId],
  );
  return row?.version ?? 0;
}

export const readVersions = (tx: Tx): Promise<{ networkId: string; version: number }[]> =>
  tx.rows('SELECT network_id AS "networkId", version FROM registry_version');

/** Takes the writers' lock of the network until the transaction ends. */
export async function nextVersion(tx: Tx, networkId: string): Promise<number> {
  const row = await tx.one<{ version: number }>('SELECT next_registry_version($1) AS version', [networkId]);
  return row.version;
}

const MACHINES = `SELECT id, network_id AS "networkId", factory_org_id AS "organisationId", site_id AS "siteId",
    work_center_id AS "workCenterId", gateway_id AS "gatewayId", code, name, calendar_id AS "calendarId",
    count_modulus AS "countModulus", retired_at AS "retiredAt", version
  FROM machine`;
/** Rows of one step: a million at once would take a gigabyte on the way in, and more than some thousand outlive a young collection. */
const STEP_ROWS = 2_000;
const BEFORE_ALL_IDS = '00000000-0000-0000-0000-000000000000';

/** Every machine that the transaction may see of the network, some thousands at a time. */
export async function* readAllMachines(
  tx: Tx,
  networkId: string,
): AsyncGenerator<DirectoryRows['machines'], void> {
  let last = BEFORE_ALL_IDS;
  for (;;) {
    const rows = await tx.rows<DirectoryRows['machines'][number]>(
      `${MACHINES} WHERE network_id = $1 AND id > $2 ORDER BY network_id, id LIMIT ${STEP_ROWS}`,
      [networkId, last],
    );
    yield rows;
    if (rows.length < STEP_ROWS) return;
    last = rows.at(-1)?.id ?? last;
  }
}

/**
 * All but the machines when `after` lies before everything: those come by `readAllMachines`. One after the other, because a
 * connection does one thing at a time anyway.
 */
export async function readDirectoryRows(tx: Tx, networkId: string, after: number): Promise<DirectoryRows> {
  const since = [networkId, after];
  const newer = 'network_id = $1 AND version > $2';
  return {
    calendars: await tx.rows(
      `SELECT id, network_id AS "networkId", factory_org_id AS "organisationId", code, shifts, exceptions, version
         FROM calendar WHERE ${newer}`,
      since,
    ),
    sites: await tx.rows(
      `SELECT id, network_id AS "networkId", factory_org_id AS "organisationId", code, name, lat, lon,
              position_approximate AS "positionApproximate", zone, offered_percent AS "offeredPercent",
              auto_accept AS "autoAccept", calendar_id AS "calendarId", version
         FROM site WHERE ${newer}`,
      since,
    ),
    workCenters: await tx.rows(
      `SELECT id, network_id AS "networkId", factory_org_id AS "organisationId", site_id AS "siteId", code, name,
              process_code AS "processCode", version
         FROM work_center WHERE ${newer}`,
      since,
    ),
    machines: after < 0 ? [] : await tx.rows(`${MACHINES} WHERE ${newer}`, since),
    items: await tx.rows(
      `SELECT id, network_id AS "networkId", code, name, unit, weight_gram AS "weightGram", version
         FROM item WHERE ${newer}`,
      since,
    ),
    capabilities: await tx.rows(
      `SELECT id, network_id AS "networkId", factory_org_id AS "organisationId", site_id AS "siteId",
              work_center_id AS "workCenterId", item_id AS "itemId", state, rate_per_hour AS "ratePerHour",
              set_up_minutes AS "setUpMinutes", minimum_lot AS "minimumLot", unit_cost_minor AS "unitCostMinor",
              currency, version
         FROM capability WHERE ${newer}`,
      since,
    ),
  };
}
