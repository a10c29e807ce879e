import type { Tx } from '../kernel/index.ts';

/** A kind of noun as SQL sees it; the texts are constants of this file, never input. */
export interface Noun {
  readonly name: string;
  readonly table: string;
  readonly select: string;
  /** Lists are in this order, then by id. */
  readonly sortKey: string;
  /** Columns that a search looks into. */
  readonly search: readonly string[];
}

export const SITE: Noun = {
  name: 'site',
  table: 'site',
  sortKey: 't.code',
  search: ['t.code', 't.name'],
  select: `SELECT t.id, t.factory_org_id AS "organisationId", t.code, t.name, t.lat, t.lon,
      t.position_approximate AS "positionApproximate", t.zone, t.offered_percent AS "offeredPercent",
      t.auto_accept AS "autoAccept", t.calendar_id AS "calendarId",
      (SELECT count(*) FROM machine m WHERE m.network_id = t.network_id AND m.site_id = t.id AND m.retired_at IS NULL)
        AS "machineCount"
    FROM site t`,
};
export const WORK_CENTER: Noun = {
  name: 'work center',
  table: 'work_center',
  sortKey: 't.code',
  search: ['t.code', 't.name', 't.process_code'],
  select: `SELECT t.id, t.site_id AS "siteId", t.factory_org_id AS "organisationId", t.code, t.name,
      t.process_code AS "processCode",
      (SELECT count(*) FROM machine m WHERE m.network_id = t.network_id AND m.work_center_id = t.id AND m.retired_at IS NULL)
        AS "machineCount"
    FROM work_center t`,
};
export const MACHINE: Noun = {
  name: 'machine',
  table: 'machine',
  sortKey: 't.code',
  search: ['t.code', 't.name'],
  select: `SELECT t.id, t.factory_org_id AS "organisationId", t.site_id AS "siteId", t.work_center_id AS "workCenterId",
      t.gateway_id AS "gatewayId", t.code, t.name, t.calendar_id AS "calendarId", t.count_modulus AS "countModulus",
      t.retired_at AS "retiredAt"
    FROM machine t`,
};
export const ITEM: Noun = {
  name: 'item',
  table: 'item',
  sortKey: 't.code',
  search: ['t.code', 't.name'],
  select: `SELECT t.id, t.code, t.name, t.unit, t.weight_gram AS "weightGram" FROM item t`,
};
export const CAPABILITY: Noun = {
  name: 'capability',
  table: 'capability',
  sortKey: 'i.code',
  search: ['i.code', 'i.name'],
  select: `SELECT t.id, t.factory_org_id AS "organisationId", t.site_id AS "siteId", t.work_center_id AS "workCenterId",
      t.item_id AS "itemId", i.code AS "itemCode", i.name AS "itemName", t.state, t.rate_per_hour AS "ratePerHour",
      t.set_up_minutes AS "setUpMinutes", t.minimum_lot AS "minimumLot", t.unit_cost_minor AS "unitCostMinor", t.currency
    FROM capability t JOIN item i ON i.network_id = t.network_id AND i.id = t.item_id`,
};
export const CALENDAR: Noun = {
  name: 'calendar',
  table: 'calendar',
  sortKey: 't.code',
  search: ['t.code', 't.name'],
  select: `SELECT t.id, t.factory_org_id AS "organisationId", t.code, t.name, t.shifts, t.exceptions FROM calendar t`,
};

/** Column → value. */
export type Columns = Readonly<Record<string, unknown>>;

export async function insertRow(tx: Tx, noun: Noun, row: Columns): Promise<void> {
  const names = Object.keys(row);
  await tx.run(
    `INSERT INTO ${noun.table} (${names.join(', ')}) VALUES (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
    Object.values(row),
  );
}

/** False when there is no such row, or none that the scope may write. */
export async function updateRow(
  tx: Tx,
  noun: Noun,
  networkId: string,
  id: string,
  row: Columns,
): Promise<boolean> {
  const sets = Object.keys(row).map((name, index) => `${name} = $${index + 3}`);
  const changed = await tx.run(
    `UPDATE ${noun.table} SET ${sets.join(', ')} WHERE network_id = $1 AND id = $2`,
    [networkId, id, ...Object.values(row)],
  );
  return changed === 1;
}

export function findRow<T extends object>(
  tx: Tx,
  noun: Noun,
  networkId: string,
  id: string,
): Promise<T | undefined> {
  return tx.maybe<T>(`${noun.select} WHERE t.network_id = $1 AND t.id = $2`, [networkId, id]);
}

/** Whether another row already has what must be unique. Reliable under the writers' lock of `nextVersion`. */
export async function isTaken(
  tx: Tx,
  noun: Noun,
  networkId: string,
  unique: Columns,
  exceptId?: string,
): Promise<boolean> {
  const wheres = Object.keys(unique).map((name, index) => `t.${name} = $${index + 3}`);
  const found = await tx.rows(
    `SELECT t.id FROM ${noun.table} t WHERE t.network_id = $1 AND t.id IS DISTINCT FROM $2 AND ${wheres.join(' AND ')}`,
    [networkId, exceptId ?? null, ...Object.values(unique)],
  );
  return found.length > 0;
}

export interface ListQuery {
  readonly networkId: string;
  /** Column of `t` → value that it must have. */
  readonly where: Columns;
  /** Text that one of the search columns must contain, whatever the case. */
  readonly q?: string | undefined;
  readonly limit: number;
  /** Sort key and id of the last row shown. */
  readonly after?: readonly (string | number | null)[] | undefined;
}

/** One row more than the limit, so that the caller knows whether there is a next page. */
export async function listRows<T extends object>(
  tx: Tx,
  noun: Noun,
  query: ListQuery,
): Promise<{ rows: T[]; total?: number }> {
  const { wheres, values } = conditions(noun, query);
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const from = noun.select.slice(noun.select.lastIndexOf('FROM'));
  // Counted once, with the first page.
  const total = query.after
    ? undefined
    : (await tx.one<{ n: number }>(`SELECT count(*) AS n ${from} WHERE ${wheres.join(' AND ')}`, values)).n;
  if (query.after) {
    const [key, id] = query.after;
    wheres.push(`(${noun.sortKey}, t.id) > (${bind(key)}, ${bind(id)})`);
  }
  const rows = await tx.rows<T>(
    `${noun.select} WHERE ${wheres.join(' AND ')} ORDER BY ${noun.sortKey}, t.id LIMIT ${bind(query.limit + 1)}`,
    values,
  );
  return { rows, ...(total === undefined ? {} : { total }) };
}

function conditions(noun: Noun, query: ListQuery): { wheres: string[]; values: unknown[] } {
  const values: unknown[] = [query.networkId];
  const wheres = ['t.network_id = $1'];
  for (const [name, value] of Object.entries(query.where)) {
    if (value === null) wheres.push(`t.${name} IS NULL`);
    else if (value !== undefined) wheres.push(`t.${name} = $${values.push(value)}`);
  }
  if (query.q) {
    const place = `$${values.push(`%${escapeLike(query.q)}%`)}`;
    wheres.push(`(${noun.search.map((column) => `${column} ILIKE ${place}`).join(' OR ')})`);
  }
  return { wheres, values };
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

/** Sites whose machines work by the calendar, their own or their site's. */
export async function sitesOfCalendar(tx: Tx, networkId: string, calendarId: string): Promise<string[]> {
  const rows = await tx.rows<{ id: string }>(
    `SELECT id FROM site WHERE network_id = $1 AND calendar_id = $2
     UNION SELECT site_id FROM machine WHERE network_id = $1 AND calendar_id = $2`,
    [networkId, calendarId],
  );
  return rows.map((row) => row.id);
}
