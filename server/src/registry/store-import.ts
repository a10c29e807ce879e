import type { Tx } from '../kernel/index.ts';
import type { Noun } from './store.ts';

/** 5,000 rows are about 1 MB of parameters: large enough to be fast, small enough not to hold memory. */
const BATCH_MAX = 5_000;

export interface BulkTable {
  readonly noun: Noun;
  /** Name of the unique constraint by which rows are recognised. */
  readonly constraint: string;
  /** Column → SQL type, besides network_id, id and version. Those in `keep` are set once and never changed. */
  readonly columns: Readonly<Record<string, string>>;
  readonly keep: readonly string[];
  /** Column of the table by field of the sheet, for columns that a file may leave out. */
  readonly columnOf?: Readonly<Record<string, string>>;
}

export interface BulkRow {
  readonly id: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Rows that the file changed: the id they have now, and whether they are new. Rows already so are not touched. */
export interface Changed {
  readonly id: string;
  readonly created: boolean;
}

export async function upsertAll(
  tx: Tx,
  table: BulkTable,
  networkId: string,
  version: number,
  rows: readonly BulkRow[],
  /** Fields of the sheet that the file does not have; what existing rows have there stays. */
  absent: readonly string[] = [],
): Promise<Changed[]> {
  const untouched = absent.flatMap((field) => table.columnOf?.[field] ?? []);
  const sql = upsertSql({ ...table, keep: [...table.keep, ...untouched] });
  const changed: Changed[] = [];
  for (let start = 0; start < rows.length; start += BATCH_MAX) {
    const batch = rows.slice(start, start + BATCH_MAX);
    const arrays = Object.keys(table.columns).map((name) => batch.map((row) => row.values[name] ?? null));
    changed.push(
      ...(await tx.rows<Changed>(sql, [networkId, version, batch.map((row) => row.id), ...arrays])),
    );
  }
  return changed;
}

/** `xmax = 0` is how PostgreSQL shows that ON CONFLICT took the way of INSERT. */
function upsertSql({ noun, constraint, columns, keep }: BulkTable): string {
  const names = Object.keys(columns);
  const types = Object.values(columns).map((type, index) => `$${index + 4}::${type}[]`);
  const moving = names.filter((name) => !keep.includes(name));
  return `INSERT INTO ${noun.table} AS t (network_id, version, id, ${names.join(', ')})
    SELECT $1, $2, * FROM unnest($3::uuid[], ${types.join(', ')})
    ON CONFLICT ON CONSTRAINT ${constraint} DO UPDATE
      SET version = excluded.version, ${moving.map((name) => `${name} = excluded.${name}`).join(', ')}
      WHERE (${moving.map((name) => `t.${name}`).join(', ')})
        IS DISTINCT FROM (${moving.map((name) => `excluded.${name}`).join(', ')})
    RETURNING id, xmax = 0 AS created`;
}

export interface Coded {
  readonly id: string;
  readonly organisationId: string;
  readonly code: string;
}

/** The actor's nouns with one of these codes. */
export function findByCodes(
  tx: Tx,
  noun: Noun,
  networkId: string,
  codes: readonly string[],
): Promise<Coded[]> {
  return tx.rows<Coded>(
    `SELECT id, factory_org_id AS "organisationId", code FROM ${noun.table} WHERE network_id = $1 AND code = ANY ($2)`,
    [networkId, [...new Set(codes)]],
  );
}

export function centersByCodes(
  tx: Tx,
  networkId: string,
  codes: readonly string[],
): Promise<(Coded & { siteId: string })[]> {
  return tx.rows(
    `SELECT id, factory_org_id AS "organisationId", site_id AS "siteId", code
       FROM work_center WHERE network_id = $1 AND code = ANY ($2)`,
    [networkId, [...new Set(codes)]],
  );
}

/** Where machines are that already have one of these codes: an import must not carry one to another site. */
export function machinesByCodes(
  tx: Tx,
  networkId: string,
  codes: readonly string[],
): Promise<(Coded & { siteId: string })[]> {
  return tx.rows(
    `SELECT id, factory_org_id AS "organisationId", site_id AS "siteId", code
       FROM machine WHERE network_id = $1 AND code = ANY ($2)`,
    [networkId, [...new Set(codes)]],
  );
}

export function itemsByCodes(
  tx: Tx,
  networkId: string,
  codes: readonly string[],
): Promise<{ id: string; code: string }[]> {
  return tx.rows('SELECT id, code FROM item WHERE network_id = $1 AND code = ANY ($2)', [
    networkId,
    [...new Set(codes)],
  ]);
}

/** The state of capabilities as they are: an import by a factory must not change it. */
export function capabilityStates(
  tx: Tx,
  networkId: string,
  workCenterIds: readonly string[],
): Promise<{ workCenterId: string; itemId: string; state: string }[]> {
  return tx.rows(
    `SELECT work_center_id AS "workCenterId", item_id AS "itemId", state
       FROM capability WHERE network_id = $1 AND work_center_id = ANY ($2)`,
    [networkId, [...new Set(workCenterIds)]],
  );
}
