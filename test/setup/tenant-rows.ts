import { createHash } from 'node:crypto';
import type pg from 'pg';

/** Whose rows: everything a row says about its owner follows from this. */
export interface Owner {
  readonly networkId: string;
  readonly organisationId: string;
}

interface Column {
  readonly name: string;
  readonly type: string;
  /** May be left out: nullable, with a default, generated. */
  readonly optional: boolean;
  readonly generated: boolean;
}
interface ForeignKey {
  readonly columns: readonly string[];
  readonly parent: string;
  readonly parent_columns: readonly string[];
}
export interface Table {
  readonly name: string;
  readonly partitioned: boolean;
  readonly row_security: boolean;
  readonly columns: readonly Column[];
  readonly key: readonly string[];
  readonly foreign_keys: readonly ForeignKey[];
  readonly checks: readonly string[];
  /** Text of all policies, to see which of them look at grants. */
  readonly policies: string;
}
export type Row = Readonly<Record<string, unknown>>;

/** Columns that name a party: `org_id`, `buyer_org_id`, `organisation_id` … */
const PARTY = /(^|_)(org|organisation)_id$/;

export const isTenant = (table: Table): boolean =>
  table.columns.some(({ name }) => name === 'network_id' || name === 'org_id');

/** Every table of ours in the migrated database, partitions included under their parent's name. */
export async function readTables(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query<Table>(`
    SELECT c.relname AS name, c.relkind = 'p' AS partitioned, c.relrowsecurity AS row_security,
      (SELECT json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, NULL),
          'optional', NOT a.attnotnull OR a.atthasdef OR a.attidentity <> '',
          'generated', a.attgenerated <> '' OR a.attidentity <> '') ORDER BY a.attnum)
         FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
      (SELECT coalesce(json_agg(a.attname), '[]') FROM pg_constraint k
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (k.conkey)
        WHERE k.conrelid = c.oid AND k.contype = 'p') AS key,
      (SELECT coalesce(json_agg(json_build_object('parent', k.confrelid::regclass::text,
          'columns', (SELECT json_agg(a.attname ORDER BY u.n) FROM unnest(k.conkey) WITH ORDINALITY u(attnum, n)
                        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum),
          'parent_columns', (SELECT json_agg(a.attname ORDER BY u.n) FROM unnest(k.confkey) WITH ORDINALITY u(attnum, n)
                        JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.attnum))), '[]')
         FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f') AS foreign_keys,
      (SELECT coalesce(json_agg(pg_get_constraintdef(k.oid)), '[]')
         FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c') AS checks,
      (SELECT coalesce(string_agg(concat(p.qual, ' ', p.with_check), ' '), '')
         FROM pg_policies p WHERE p.schemaname = 'public' AND p.tablename = c.relname) AS policies
    FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    ORDER BY c.relname`);
  return rows;
}

/** Same words, same id: so that a row of one table finds its parent in another without a foreign key. */
export function uuidOf(...words: readonly unknown[]): string {
  const hex = createHash('md5').update(words.join(' ')).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** Values no rule can guess: `table.column` or `column`. */
export type Overrides = Readonly<Record<string, (owner: Owner) => unknown>>;

export class RowMaker {
  readonly tables: ReadonlyMap<string, Table>;
  readonly overrides: Overrides;
  constructor(tables: readonly Table[], overrides: Overrides) {
    this.tables = new Map(tables.map((table) => [table.name, table]));
    this.overrides = overrides;
  }

  /** A valid row of that owner; another variation is another row. */
  row(name: string, owner: Owner, variation = 0): Row {
    const table = this.tables.get(name);
    if (!table) throw new TypeError(`no table ${name}`);
    const row: Record<string, unknown> = {};
    table.columns.forEach((column, index) => {
      if (column.generated) return;
      const value = this.#value(table, column, index, owner, variation);
      if (value !== undefined) row[column.name] = value;
    });
    return row;
  }

  parents(name: string): string[] {
    const keys = this.tables.get(name)?.foreign_keys ?? [];
    return keys.map(({ parent }) => parent).filter((parent) => parent !== name);
  }

  #value(table: Table, column: Column, index: number, owner: Owner, variation: number): unknown {
    const { name, type, optional } = column;
    const override = this.overrides[`${table.name}.${name}`] ?? this.overrides[name];
    if (override) return override(owner);
    if (name === 'network_id') return owner.networkId;
    if (PARTY.test(name)) return owner.organisationId;
    const inKey = table.key.includes(name);
    const fk = table.foreign_keys.find(({ columns }) => columns.includes(name));
    if (fk && fk.parent !== table.name) {
      return this.row(fk.parent, owner)[fk.parent_columns[fk.columns.indexOf(name)] ?? ''];
    }
    if (name === 'id' && type === 'uuid') return uuidOf(owner.organisationId, table.name, variation);
    if (type === 'uuid') return this.#reference(name, owner, inKey ? variation : 0);
    if (optional && !inKey) return undefined;
    return firstAllowed(table, name) ?? plainValue(type, table, name, owner, index, variation);
  }

  /** `order_id` is the id of the one table whose name ends in `order`, where there is one. */
  #reference(column: string, owner: Owner, variation: number): string {
    const noun = column.replace(/_id$/, '');
    const target = [...this.tables.keys()].find((name) => name === noun || name.endsWith(`_${noun}`));
    return uuidOf(owner.organisationId, target ?? noun, variation);
  }
}

/** The first literal of `column = ANY (ARRAY['a'::text, …])`. */
function firstAllowed(table: Table, column: string): string | undefined {
  for (const check of table.checks) {
    const list = new RegExp(`\\(${column} = ANY \\(ARRAY\\['([^']*)'`).exec(check);
    if (list) return list[1];
    const single = new RegExp(`\\(${column} = '([^']*)'`).exec(check);
    if (single) return single[1];
  }
  return undefined;
}

const DAY_MS = 86_400_000;
const BASE_MS = Date.UTC(2026, 0, 5);

function plainValue(
  type: string,
  table: Table,
  column: string,
  owner: Owner,
  index: number,
  variation: number,
): unknown {
  const at = (offsetMs: number): string =>
    new Date(BASE_MS + variation * DAY_MS + index * 60_000 + offsetMs).toISOString();
  if (type.endsWith('[]')) return '{}';
  if (/^(bigint|integer|smallint|numeric|double precision|real)$/.test(type)) return 1 + variation;
  if (type === 'text') return `${column}-${uuidOf(owner.organisationId).slice(0, 8)}-${variation}`;
  if (type === 'boolean') return true;
  if (type === 'timestamp with time zone') return at(0);
  if (type === 'date') return at(0).slice(0, 10);
  if (type === 'tstzrange') return `[${at(0)},${at(60_000)})`;
  if (type === 'jsonb') {
    return table.checks.some((check) => check.includes(column) && check.includes("'array'")) ? '[]' : '{}';
  }
  if (type === 'bytea') return Buffer.from(uuidOf(owner.organisationId, table.name, column, variation));
  return undefined;
}
