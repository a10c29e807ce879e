import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../server/src/kernel/index.ts';
import { openPlatform, type Platform } from '../server/src/platform.ts';
import { freshDatabase } from './setup/database.ts';
import { unshed } from './setup/house.ts';

interface Operation {
  summary?: string;
  tags?: string[];
  responses?: Record<string, unknown>;
}

let platform: Platform;
let document: { openapi: string; paths: Record<string, Record<string, Operation>> };

const get = (url: string) =>
  unshed(
    () => platform.app.inject({ method: 'GET', url }),
    ({ statusCode }) => statusCode,
  );

beforeAll(async () => {
  const database = await freshDatabase();
  platform = await openPlatform({
    ...readConfig({}),
    databaseUrl: database.adminUrl,
    logLevel: 'silent',
    mqttPort: 0,
  });
  document = (await get('/api/openapi.json')).json();
});
afterAll(() => platform.stop());

test('the published document is valid OpenAPI 3.1', async () => {
  const result = await new Validator().validate(structuredClone(document));
  expect(result.errors ?? []).toEqual([]);
  expect(result.valid).toBe(true);
  expect(document.openapi).toBe('3.1.0');
});

test('every operation says in words what it does', () => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
  );
  expect(operations.length).toBeGreaterThan(60);
  const silent = operations.filter(({ operation }) => !operation.summary || !operation.tags?.length);
  expect(silent.map(({ name }) => name)).toEqual([]);
});

test('the page that shows the document is served by ourselves', async () => {
  const page = await get('/docs/');
  expect(page.statusCode).toBe(200);
  expect(page.body).not.toMatch(/(src|href)="https?:/);
});
