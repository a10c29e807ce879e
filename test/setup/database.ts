import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { migrate } from '../../server/src/kernel/index.ts';

/** A database of its own, with the newest schema and no rows. */
export interface FreshDatabase {
  /** The schema's owner, who is not bound by row-level security: for arranging and for looking behind it. */
  readonly adminUrl: string;
  /** The role the server works as, bound by row-level security. */
  readonly appUrl: string;
  drop(): Promise<void>;
}

const template = 'millrace_template';
/** Any number, the same in every test process: the first to ask makes the template, the others wait. */
const templateLock = 7_311_002;

export async function freshDatabase(): Promise<FreshDatabase> {
  const serverUrl = inject('postgresAdminUrl');
  await withClient(serverUrl, ensureTemplate);
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await withClient(serverUrl, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`));
  const adminUrl = inDatabase(serverUrl, name);
  return {
    adminUrl,
    appUrl: `${adminUrl}&options=${encodeURIComponent('-c role=millrace_app')}`,
    drop: () =>
      withClient(serverUrl, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
  };
}

/** Made on first use, so that tests of pure rules neither wait for the migrations nor fail with them. */
async function ensureTemplate(client: pg.Client): Promise<void> {
  await client.query('SELECT pg_advisory_lock($1)', [templateLock]);
  const found = await client.query('SELECT FROM pg_database WHERE datname = $1 AND datistemplate', [
    template,
  ]);
  if (found.rowCount === 1) return;
  await client.query(`DROP DATABASE IF EXISTS ${template} WITH (FORCE)`);
  await client.query(`CREATE DATABASE ${template}`);
  await migrate(inDatabase(inject('postgresAdminUrl'), template));
  // Marked last: a template that a failed migration left half made is never cloned.
  await client.query(`ALTER DATABASE ${template} IS_TEMPLATE true`);
}

function inDatabase(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function withClient(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
