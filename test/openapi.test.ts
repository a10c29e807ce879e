import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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

/** As pages write them: `POST /gateways/{id}/rotation`. */
const OPERATION = /\b(GET|POST|PUT|PATCH|DELETE) +([/…][\w/{}:…-]*)/g;

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

test('every operation that a page of the documentation names is in it', () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const named = globSync(['*.md', 'docs/**/*.md'], { cwd: root }).flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(OPERATION)].map(([, method = '', path = '']) => ({
      page,
      method: method.toLowerCase(),
      path: nameless(path),
    })),
  );
  expect(named.length).toBeGreaterThan(20);
  const served = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method, path: nameless(path) })),
  );
  const isServed = ({ method, path }: { method: string; path: string }) =>
    served.some((one) => {
      // What a sentence said just before is left out: POST …/restore.
      const fits = path.startsWith('…') ? one.path.endsWith(path.slice(1)) : one.path === path;
      return one.method === method && fits;
    });
  expect(named.filter((one) => !isServed(one))).toEqual([]);
});

test('the page that shows the document is served by ourselves', async () => {
  const page = await get('/docs/');
  expect(page.statusCode).toBe(200);
  expect(page.body).not.toMatch(/(src|href)="https?:/);
});

/** Without what all have in common, and whatever a parameter is called. */
function nameless(path: string): string {
  return path.replace(/^\/api\/v3/, '').replaceAll(/:\w+|\{\w+\}/g, '{}');
}
