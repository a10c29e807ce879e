import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../server/src/kernel/embedded-postgres.ts';
import { migrate } from '../../server/src/kernel/index.ts';
import { dumpSchema } from './schema-dump.ts';

// Writes server/schema.sql from the migrations; run it after adding one.
const dataDir = mkdtempSync(join(tmpdir(), `millrace-test-${process.pid}-`));
chmodSync(dataDir, 0o755);
const postgres = await startEmbeddedPostgres({ dataDir, log: () => undefined, settings: { fsync: 'off' } });
try {
  await migrate(postgres.adminUrl());
  const client = new pg.Client({ connectionString: postgres.adminUrl() });
  await client.connect();
  const schema = await dumpSchema(client).finally(() => client.end());
  writeFileSync(fileURLToPath(new URL('../../server/schema.sql', import.meta.url)), schema);
} finally {
  await postgres.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
