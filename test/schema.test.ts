import { readFileSync } from 'node:fs';
import pg from 'pg';
import { expect, test } from 'vitest';
import { freshDatabase } from './setup/database.ts';
import { dumpSchema } from './setup/schema-dump.ts';

test('the committed schema is the one the migrations make (else: node test/setup/write-schema.ts)', async () => {
  const database = await freshDatabase();
  const client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  const migrated = await dumpSchema(client).finally(() => client.end());
  await database.drop();
  expect(migrated).toContain('table outbox_event');
  expect(migrated).toBe(readFileSync(new URL('../server/schema.sql', import.meta.url), 'utf8'));
});
