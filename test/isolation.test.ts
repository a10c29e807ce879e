import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from './setup/database.ts';
import {
  isTenant,
  type Overrides,
  type Owner,
  type Row,
  RowMaker,
  readTables,
  type Table,
  uuidOf,
} from './setup/tenant-rows.ts';

// Isolation in the database [D4], proved for every table there is: rows are generated for two factories of one network and
// one of another, and whoever has no business with them tries everything.

const MIGRATIONS = fileURLToPath(new URL('../server/migrations/', import.meta.url));

/** Tables that belong to nobody's network, and why that is right. */
const NO_TENANT: Readonly<Record<string, string>> = {
  kernel_migration: 'which migrations ran',
  kernel_clock: 'one clock for all',
  outbox_subscriber: 'positions of subscribers, across networks by design',
  auth_user: 'a person may be a member in several networks; seen through a membership',
  auth_account: 'platform scope only',
  auth_session: 'platform scope only',
  auth_verification: 'platform scope only',
  auth_totp: 'platform scope only',
  auth_secret: 'platform scope only',
  one_time_link: 'platform scope only; looked up before anybody is known',
  token_revision: 'one number: something was revoked',
  device_mapping_version: 'one number: some mapping changed',
};

/** Rows every member of the network may read, and why; nobody but their keeper writes them. */
const READ_BY_THE_NETWORK: Readonly<Record<string, string>> = {
  network: 'its name stands on every page',
  organisation: 'who supplies and who governs is known; buyers are not, see access.test.ts',
  item: 'everyone orders or makes items of the catalogue',
  registry_version: 'one number: the directory in memory is old',
};

/** Rows even the party they are about does not see in organisation scope, and why. */
const HIDDEN_FROM_PARTIES: Readonly<Record<string, string>> = {
  outbox_event: 'machinery between modules; platform scope only',
  outbox_dead_event: 'what a subscriber could not digest is for the operator',
  order_number: 'one counter of the network, moved by a function only',
  capacity_rebuild: 'machinery of planning',
  capacity_version: 'machinery of planning',
  match_run: 'a run weighs all members against each other',
  match_request: 'machinery of planning',
  match_lease: 'machinery of planning',
  line_explanation: 'reasons name competitors',
  line_override: 'the operator decided',
  audit_head: 'the end of the chain holds for the whole network',
};

/** Tables that not even the operator's scope reads. */
const MACHINERY = ['outbox_event', 'order_number'];

/** What a member may add in the network's name, and why. */
const ADDED_BY_MEMBERS: Readonly<Record<string, string>> = {
  outbox_event:
    'news of a deed is written in the transaction of whoever did it; nobody in the network reads it there',
};

const OVERRIDES: Overrides = {
  'organisation.id': ({ organisationId }) => organisationId,
  'organisation.kind': () => 'factory',
  'network.network_id': ({ networkId }) => networkId,
  'sharing_grant.grantee_org_id': ({ networkId }) => uuidOf(networkId, 'third party'),
  'sharing_grant.fields': () => '{goodQuantity,projectedFinish}',
  'sharing_grant.expires_at': () => '2100-01-01T00:00:00Z',
  'auth_user.email': ({ organisationId }) => `${organisationId}@example.org`,
  currency: () => 'EUR',
};

const [delta, gamma] = [uuidOf('network delta'), uuidOf('network gamma')];
const ours: Owner = { networkId: delta, organisationId: uuidOf('our factory') };
const rival: Owner = { networkId: delta, organisationId: uuidOf('rival factory') };
const stranger: Owner = { networkId: gamma, organisationId: uuidOf('factory of another network') };
const onlooker: Owner = { networkId: delta, organisationId: uuidOf('member without rows') };
const emptyNetwork = uuidOf('network without rows');

type ScopeKind = 'organisation' | 'network' | 'none';
interface Attempt {
  readonly rows: readonly Row[];
  readonly changed: number;
  /** SQLSTATE of the refusal. */
  readonly error: string | undefined;
}

let database: FreshDatabase;
let owner: pg.Client;
let app: pg.Client;
let tables: Table[];
let maker: RowMaker;

/** One statement as the server would run it, never committed. */
async function as(
  kind: ScopeKind,
  who: Owner,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Attempt> {
  await app.query('BEGIN');
  try {
    if (kind !== 'none') {
      await app.query(
        `SELECT set_config('millrace.scope', $1, true), set_config('millrace.network_id', $2, true),
                set_config('millrace.organisation_id', $3, true)`,
        [kind, who.networkId, kind === 'organisation' ? who.organisationId : ''],
      );
    }
    const { rows, rowCount } = await app.query<Row>(sql, [...values]);
    return { rows, changed: rowCount ?? 0, error: undefined };
  } catch (error) {
    return { rows: [], changed: 0, error: String((error as { code?: unknown }).code) };
  } finally {
    await app.query('ROLLBACK');
  }
}

const insertSql = (table: string, row: Row): string => {
  const columns = Object.keys(row);
  return `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')})`;
};

/** The row and what it refers to, parents first, behind row-level security's back. */
async function plant(table: string, who: Owner, planted: Set<string>): Promise<void> {
  if (planted.has(table)) return;
  planted.add(table);
  for (const parent of maker.parents(table)) await plant(parent, who, planted);
  const row = maker.row(table, who);
  await owner
    .query(`${insertSql(table, row)} ON CONFLICT DO NOTHING`, Object.values(row))
    .catch((cause: unknown) => {
      throw new TypeError(
        `${table}: no row could be made; give OVERRIDES what is missing: ${String(cause)}`,
        { cause },
      );
    });
}

const tenantTables = (): Table[] => tables.filter(isTenant);
const partyColumn = (table: Table): string | undefined =>
  table.columns.find(({ name }) => /(^|_)(org|organisation)_id$/.test(name))?.name ??
  (table.name === 'organisation' ? 'id' : undefined);
/** SQL that is true for the rows of that owner. */
function rowsOf(table: Table, who: Owner): string {
  const row = maker.row(table.name, who);
  const columns = table.key.filter((name) => row[name] !== undefined);
  const identifying = columns.length > 0 ? columns : ['network_id'];
  return identifying.map((name) => `${name} = '${String(row[name])}'`).join(' AND ');
}
/** Something to set that needs no right to read. */
const harmlessSet = (table: Table): string => {
  const scope =
    table.columns.find(({ name }) => name === 'network_id' || name === 'org_id')?.name ?? 'network_id';
  return `${scope} = '${scope === 'network_id' ? onlooker.networkId : onlooker.organisationId}'`;
};

beforeAll(async () => {
  database = await freshDatabase();
  owner = new pg.Client({ connectionString: database.adminUrl });
  app = new pg.Client({ connectionString: database.appUrl });
  await Promise.all([owner.connect(), app.connect()]);
  tables = await readTables(owner);
  maker = new RowMaker(tables, OVERRIDES);
  for (const { name, partitioned } of tables) {
    if (partitioned) await owner.query(`CREATE TABLE ${name}_rest PARTITION OF ${name} DEFAULT`);
  }
  for (const { networkId } of [ours, stranger]) {
    const third = { networkId, organisationId: uuidOf(networkId, 'third party') };
    await plant('organisation', third, new Set());
  }
  await plant('organisation', onlooker, new Set());
  for (const who of [ours, rival, stranger]) {
    const planted = new Set<string>();
    for (const { name } of tenantTables()) await plant(name, who, planted);
  }
});
afterAll(async () => {
  await Promise.all([owner.end(), app.end()]);
  await database.drop();
});

describe('isolation between organisations', () => {
  test('every table of every migration is looked at, and each is under row-level security', () => {
    const sql = readdirSync(MIGRATIONS).map((file) => readFileSync(MIGRATIONS + file, 'utf8'));
    const created = sql.flatMap((text) =>
      [...text.matchAll(/^CREATE TABLE (?:IF NOT EXISTS )?(\w+)/gim)].map(([, name]) => name ?? ''),
    );
    expect(created.length).toBeGreaterThan(20);
    expect(created.filter((name) => !tables.some((table) => table.name === name))).toEqual([]);
    const homeless = tables.filter((table) => !isTenant(table)).map(({ name }) => name);
    expect(homeless.filter((name) => !(name in NO_TENANT))).toEqual([]);
    const open = tables.filter(({ name, row_security }) => !row_security && name !== 'kernel_migration');
    expect(open.map(({ name }) => name)).toEqual([]);
    expect(tenantTables().length).toBe(tables.length - homeless.length);
  });

  test('the tables stand under another role than the one the server works as, which bypasses nothing', async () => {
    const { rows } = await app.query(
      `SELECT current_user AS role, r.rolbypassrls OR r.rolsuper AS free,
              (SELECT count(*)::int FROM pg_class c WHERE c.relowner = r.oid) AS owned
         FROM pg_roles r WHERE r.rolname = current_user`,
    );
    expect(rows).toEqual([{ role: 'millrace_app', free: false, owned: 0 }]);
  });

  test('every generated row is there, and the operator of its network sees it', async () => {
    const unseen: string[] = [];
    for (const table of tenantTables()) {
      for (const who of [ours, rival, stranger]) {
        const seen = await as('network', who, `SELECT 1 FROM ${table.name} WHERE ${rowsOf(table, who)}`);
        if (seen.rows.length === 0) unseen.push(table.name);
      }
    }
    expect([...new Set(unseen)].sort()).toEqual([...MACHINERY].sort());
  });

  test('a party sees its own row', async () => {
    const unseen: string[] = [];
    for (const table of tenantTables()) {
      const seen = await as('organisation', ours, `SELECT 1 FROM ${table.name} WHERE ${rowsOf(table, ours)}`);
      if (seen.rows.length !== 1) unseen.push(table.name);
    }
    expect(unseen.sort()).toEqual(Object.keys(HIDDEN_FROM_PARTIES).sort());
  });

  test('without a scope nothing is visible', async () => {
    const open: string[] = [];
    for (const table of tenantTables()) {
      const seen = await as('none', ours, `SELECT * FROM ${table.name}`);
      if (seen.rows.length > 0) open.push(table.name);
    }
    expect(open).toEqual([]);
  });

  test('organisation A never reads a row of B, with or without WHERE', async () => {
    const leaks: string[] = [];
    for (const table of tenantTables()) {
      const all = await as('organisation', onlooker, `SELECT * FROM ${table.name}`);
      const own = table.name === 'organisation' || table.name === 'network';
      if (all.rows.length > 0 && !own && !(table.name in READ_BY_THE_NETWORK))
        leaks.push(`${table.name} all`);
      for (const who of [ours, rival]) {
        if (table.name in READ_BY_THE_NETWORK) continue;
        const other = who === ours ? rival : ours;
        if (rowsOf(table, other) === rowsOf(table, who)) continue;
        const one = await as(
          'organisation',
          who,
          `SELECT * FROM ${table.name} WHERE ${rowsOf(table, other)}`,
        );
        if (one.rows.length > 0) leaks.push(`${table.name} one`);
        const column = partyColumn(table);
        const unfiltered = await as('organisation', who, `SELECT * FROM ${table.name}`);
        const foreign = unfiltered.rows.filter(
          (row) => column !== undefined && row[column] === other.organisationId,
        );
        if (foreign.length > 0) leaks.push(`${table.name} without WHERE`);
      }
    }
    expect(leaks).toEqual([]);
  });

  test('nobody reads a row of another network, not even its operator', async () => {
    const leaks: string[] = [];
    for (const table of tenantTables()) {
      for (const kind of ['organisation', 'network'] as const) {
        const where = await as(kind, ours, `SELECT 1 FROM ${table.name} WHERE ${rowsOf(table, stranger)}`);
        if (where.rows.length > 0) leaks.push(`${table.name} ${kind}`);
        const outsider = { networkId: emptyNetwork, organisationId: uuidOf('nobody') };
        const all = await as(kind, outsider, `SELECT 1 FROM ${table.name}`);
        if (all.rows.length > 0) leaks.push(`${table.name} ${kind} without WHERE`);
      }
    }
    expect(leaks).toEqual([]);
  });

  test('organisation A never changes or deletes a row of B, with or without WHERE', async () => {
    const writes: string[] = [];
    for (const table of tenantTables()) {
      const outsider = { networkId: emptyNetwork, organisationId: uuidOf('nobody') };
      const tries: [string, ScopeKind, Owner, string][] = [
        ['update', 'organisation', onlooker, `UPDATE ${table.name} SET ${harmlessSet(table)}`],
        ['delete', 'organisation', onlooker, `DELETE FROM ${table.name}`],
        ['update of another network', 'network', outsider, `UPDATE ${table.name} SET ${harmlessSet(table)}`],
        ['delete in another network', 'network', outsider, `DELETE FROM ${table.name}`],
        ...[rival, stranger].flatMap((who): [string, ScopeKind, Owner, string][] =>
          rowsOf(table, who) === rowsOf(table, ours)
            ? []
            : [
                [
                  'update one',
                  'organisation',
                  ours,
                  `UPDATE ${table.name} SET ${harmlessSet(table)} WHERE ${rowsOf(table, who)}`,
                ],
                ['delete one', 'organisation', ours, `DELETE FROM ${table.name} WHERE ${rowsOf(table, who)}`],
              ],
        ),
        [
          'delete of the network',
          'network',
          ours,
          `DELETE FROM ${table.name} WHERE ${rowsOf(table, stranger)}`,
        ],
      ];
      for (const [what, kind, who, sql] of tries) {
        const { changed, error } = await as(kind, who, sql);
        // 42501: no right, or refused by a policy. Any other error means that row security let the statement through.
        if (changed > 0 || (error !== undefined && error !== '42501'))
          writes.push(`${table.name} ${what} ${error ?? changed}`);
      }
    }
    expect(writes).toEqual([]);
  });

  test('organisation A never writes a row in the name of B', async () => {
    const writes: string[] = [];
    for (const table of tenantTables()) {
      for (const who of [rival, stranger]) {
        const row = maker.row(table.name, who, 1);
        for (const actor of [ours, onlooker]) {
          const { error } = await as('organisation', actor, insertSql(table.name, row), Object.values(row));
          if (error === '42501' || (table.name in ADDED_BY_MEMBERS && who === rival)) continue;
          writes.push(`${table.name} ${who === rival ? 'same' : 'other'} network: ${error ?? 'written'}`);
        }
      }
    }
    expect([...new Set(writes)]).toEqual([]);
  });

  test('a grant opens exactly the granted rows, for reading only, until it is revoked', async () => {
    const granted = tenantTables().filter(({ policies }) => /\bgranted\(/.test(policies));
    const row = maker.row('sharing_grant', ours, 1);
    for (const [index, resource] of ['machine-state', 'capacity', 'production-progress'].entries()) {
      const grant = { ...row, id: uuidOf('grant', index), resource, grantee_org_id: onlooker.organisationId };
      await owner.query(insertSql('sharing_grant', grant), Object.values(grant));
    }
    const visible = async (who: Owner): Promise<string[]> => {
      const names: string[] = [];
      for (const table of tenantTables().filter(({ name }) => !(name in READ_BY_THE_NETWORK))) {
        const where =
          table.name === 'sharing_grant' ? `grantor_org_id = '${who.organisationId}'` : rowsOf(table, who);
        const { rows } = await as('organisation', onlooker, `SELECT 1 FROM ${table.name} WHERE ${where}`);
        if (rows.length > 0) names.push(table.name);
      }
      return names;
    };
    const expected = ['sharing_grant', ...granted.map(({ name }) => name)].sort();
    expect((await visible(ours)).sort()).toEqual(expected);
    expect(await visible(rival)).toEqual([]);
    for (const { name } of granted) {
      const table = maker.tables.get(name);
      if (!table) continue;
      for (const sql of [`UPDATE ${name} SET ${harmlessSet(table)}`, `DELETE FROM ${name}`]) {
        expect((await as('organisation', onlooker, sql)).changed, sql).toBe(0);
      }
    }
    const shared = await as('organisation', onlooker, 'SELECT * FROM shared_production_progress');
    expect(shared.rows).toHaveLength(1);
    expect(shared.rows[0]).toMatchObject({
      factory_org_id: ours.organisationId,
      good_quantity: 0,
      state: null,
    });
    expect((await as('organisation', rival, 'SELECT * FROM shared_production_progress')).rows).toEqual([]);
    expect((await as('none', onlooker, 'SELECT * FROM shared_production_progress')).rows).toEqual([]);
    const through = await as(
      'organisation',
      onlooker,
      `UPDATE shared_production_progress SET state = 'completed'`,
    );
    expect(through.error).toBeDefined();
    await owner.query(`UPDATE sharing_grant SET revoked_at = now() WHERE grantee_org_id = $1`, [
      onlooker.organisationId,
    ]);
    expect(await visible(ours)).toEqual(['sharing_grant']);
    expect((await as('organisation', onlooker, 'SELECT * FROM shared_production_progress')).rows).toEqual([]);
  });
});
