import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { Fault } from './refusal.ts';
import { exitCodes, StartRefusal } from './start-refusal.ts';

const FOLDER = fileURLToPath(new URL('../../migrations/', import.meta.url));
const FILE = /^(\d{4})-[a-z0-9-]+\.sql$/;
/** Two servers that start together migrate one after the other. */
const MIGRATION_LOCK = 7_311_001;

interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** Brings the database to this release's schema. Forward only; each file is one transaction. Needs the owner's rights. */
export async function migrate(ownerUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await client.query(
      `CREATE TABLE IF NOT EXISTS kernel_migration (
         number int PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
    );
    const known = await readMigrations();
    const applied = await client.query<{ number: number; checksum: string; name: string }>(
      'SELECT number, name, checksum FROM kernel_migration ORDER BY number',
    );
    refuseForeignHistory(known, applied.rows);
    for (const migration of known.slice(applied.rows.length)) await apply(client, migration);
  } finally {
    await client.end();
  }
}

async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(FOLDER)).filter((name) => FILE.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(FOLDER + name, 'utf8');
      const checksum = createHash('sha256').update(sql).digest('hex');
      return { number: Number(name.slice(0, 4)), name, sql, checksum };
    }),
  );
}

function refuseForeignHistory(
  known: readonly Migration[],
  applied: readonly { number: number; name: string; checksum: string }[],
): void {
  const newest = known.at(-1)?.number ?? 0;
  const ahead = applied.find((row) => row.number > newest);
  if (ahead) {
    throw new StartRefusal(
      `The database was made by a newer Millrace (migration ${ahead.name}; this release knows up to ${newest}). Start the newer release, or restore a backup made before the upgrade.`,
      exitCodes.configuration,
    );
  }
  applied.forEach((row, index) => {
    const ours = known[index];
    if (ours?.number !== row.number || ours.checksum !== row.checksum) {
      throw new StartRefusal(
        `The database's migration ${row.name} is not the one of this release. Migrations are never edited after they landed; start the release that made this database.`,
        exitCodes.configuration,
      );
    }
  });
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query(migration.sql);
    await client.query('INSERT INTO kernel_migration (number, name, checksum) VALUES ($1, $2, $3)', [
      migration.number,
      migration.name,
      migration.checksum,
    ]);
    await client.query('COMMIT');
  } catch (cause) {
    throw new Fault(`migration ${migration.name} failed`, cause);
  }
}
