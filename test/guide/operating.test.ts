import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { readyLine, startServer } from '../../bench/rig.ts';
import { fetchUnshed } from '../setup/fetch-unshed.ts';
import { columnOf, type Table, tablesOf } from './tables.ts';

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL('../../server/src/main.ts', import.meta.url));
const SETUP_TOKEN = 'an-installer-knows-me';
const PERSON = { email: 'ada@operator.example', password: 'correct horse battery' };
/** Three times a database of its own is started and stopped. */
const RESTORE_MS = 240_000;
const tables = tablesOf(readFileSync(new URL('../../docs/guide/operating.md', import.meta.url), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'millrace-operating-'));
// When root runs the tests, PostgreSQL runs as nobody and must be able to enter.
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the settings on the page are those that --help prints, word for word', async () => {
  const { stdout } = await run(process.execPath, [MAIN, '--help']);
  const printed = stdout.split('\n').filter((line) => line.startsWith('  --'));
  const table = tableWith('option');
  const written = table.rows.map(([option, variable, meaning, fallback]) =>
    [option, variable, meaning, fallback && `[${fallback}]`].filter(Boolean).join(' ').replaceAll('`', ''),
  );
  expect(written).toEqual(printed.map((line) => line.trim().replaceAll(/ {2,}/g, ' ')));
});

test(
  'a copied data folder proves its audit and starts, and what the page watches is there',
  async () => {
    const data = join(folder, 'data');
    const restored = join(folder, 'restored');
    await whileRunning(data, async (http) => {
      const { status } = await post(http, '/setup', {
        ...PERSON,
        token: SETUP_TOKEN,
        name: 'Ada',
        networkName: 'Delta',
        organisationName: 'Delta Operations',
      });
      expect(status).toBe(200);
      await expectMetrics(http);
      expect((await fetch(`${http}/healthz`)).status).toBe(200);
    });
    await run('cp', ['-a', data, restored]);
    const env = { PATH: process.env.PATH, MILLRACE_DATA_DIR: restored, MILLRACE_LOG_LEVEL: 'error' };
    const { stdout } = await run(process.execPath, [MAIN, 'audit:verify'], { env });
    expect(stdout).toContain('Delta');
    await whileRunning(restored, async (http) => {
      expect((await post(http, '/sign-in', PERSON)).status).toBe(200);
    });
  },
  RESTORE_MS,
);

async function expectMetrics(http: string): Promise<void> {
  const metrics = await (await fetch(`${http}/metrics`)).text();
  const table = tableWith('what to watch');
  const types = columnOf(table, 'type');
  const wanted = columnOf(table, 'name').map(
    (name, row) => `# TYPE ${name.replaceAll('`', '').replace(/\{.*/, '')} ${types[row]}`,
  );
  expect(wanted.length).toBeGreaterThan(0);
  expect(wanted.filter((line) => !metrics.includes(`${line}\n`))).toEqual([]);
}

async function whileRunning(dataDir: string, work: (http: string) => Promise<void>): Promise<void> {
  const server = startServer('', { MILLRACE_DATA_DIR: dataDir, MILLRACE_SETUP_TOKEN: SETUP_TOKEN });
  try {
    await work((await readyLine(server)).http);
  } finally {
    server.kill('SIGTERM');
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
  }
}

function post(http: string, path: string, body: object): Promise<Response> {
  return fetchUnshed(`${http}/api/v3${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

function tableWith(header: string): Table {
  const found = tables.find((table) => table.header.includes(header));
  if (found === undefined) throw new TypeError(`the page has no table with ${header}`);
  return found;
}
