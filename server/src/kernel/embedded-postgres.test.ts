import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';
import { StartRefusal } from './start-refusal.ts';

const onLinux = process.platform === 'linux';
const asRoot = process.getuid?.() === 0;
let folder: string;
let dataDir: string;
let opened: EmbeddedPostgres[];
let elsewhere: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mr-pg-'));
  chmodSync(folder, 0o755);
  dataDir = join(folder, 'data');
  opened = [];
  elsewhere = [];
});

afterEach(async () => {
  for (const child of elsewhere) child.kill('SIGKILL');
  for (const postgres of opened) await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(dir = dataDir, log: string[] = []): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir: dir, log: (line) => log.push(line) });
  opened.push(postgres);
  return postgres;
}

async function ask<T>(postgres: EmbeddedPostgres, sql: string): Promise<T | undefined> {
  const client = new pg.Client({ connectionString: postgres.adminUrl() });
  // A kill in the middle of a test ends idle connections with an event nobody else hears.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return Object.values((await client.query(sql)).rows[0] ?? {})[0] as T;
  } finally {
    await client.end();
  }
}

async function refusalOf(dir: string): Promise<StartRefusal> {
  const refusal = await start(dir).then(
    () => null,
    (cause: unknown) => cause,
  );
  if (refusal instanceof StartRefusal) return refusal;
  throw new StartRefusal(`expected a refusal, got ${refusal}`, 69);
}

/** A server of its own process, so that it can be killed. */
async function startElsewhere(): Promise<{ kill(): Promise<void>; postmaster: number }> {
  const script = `
    import { startEmbeddedPostgres } from ${JSON.stringify(fileURLToPath(new URL('./embedded-postgres.ts', import.meta.url)))};
    const postgres = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, log: () => {} });
    console.log(postgres.pid);
    setInterval(() => {}, 1000);`;
  const file = join(folder, 'server.ts');
  writeFileSync(file, script);
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'ignore'] });
  elsewhere.push(child);
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return {
    postmaster: Number(line),
    kill: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Not merely a number that a parent has yet to collect: such a process has no command line any more. */
function isAlive(pid: number): boolean {
  return commandLine(String(pid)) !== '';
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // Gone.
    return '';
  }
}

test('what was committed is there after a stop and a start, with the collation of the cluster', async () => {
  const first = await start();
  await ask(first, 'CREATE TABLE kept AS SELECT 42 AS answer');
  await first.stop();
  const second = await start();
  expect(await ask(second, 'SELECT answer FROM kept')).toBe(42);
  expect(await ask(second, `SELECT datlocale FROM pg_database WHERE datname = 'postgres'`)).toBe('C.UTF-8');
  expect(await ask(second, 'SHOW data_checksums')).toBe('on');
  expect(await ask(second, 'SHOW listen_addresses')).toBe('');
});

test('a second server on the same folder is refused in one sentence', async () => {
  await start();
  const refusal = await refusalOf(dataDir);
  expect(refusal.sentence).toMatch(/^Another Millrace is already running on the data folder .*\.$/);
});

test.runIf(onLinux)('a killed server leaves no PostgreSQL behind and its folder starts again', async () => {
  const killed = await startElsewhere();
  await killed.kill();
  const next = await start();
  expect(isAlive(killed.postmaster)).toBe(false);
  expect(await ask(next, 'SELECT 1')).toBe(1);
});

test('a killed PostgreSQL comes back on the same address with everything that was committed', async () => {
  const log: string[] = [];
  const postgres = await start(dataDir, log);
  await ask(postgres, 'CREATE TABLE kept AS SELECT 7 AS answer');
  const { pid } = postgres;
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => postgres.pid, { timeout: 20_000 }).not.toBe(pid);
  expect(await ask(postgres, 'SELECT answer FROM kept')).toBe(7);
  expect(log).toContain('PostgreSQL is running again.');
});

test.runIf(onLinux)('an orphan that lost its watchdog too is found by its name and stopped', async () => {
  const killed = await startElsewhere();
  const isItsWatchdog = (pid: string) =>
    commandLine(pid).endsWith(`millrace-watchdog\0${killed.postmaster}\0`);
  const watchdog = readdirSync('/proc').find(isItsWatchdog);
  process.kill(Number(watchdog), 'SIGKILL');
  await killed.kill();
  expect(isAlive(killed.postmaster)).toBe(true);
  const log: string[] = [];
  await start(dataDir, log);
  expect(log).toContain('Stopping the PostgreSQL that a killed server left behind.');
  expect(isAlive(killed.postmaster)).toBe(false);
});

test('a stale process file whose number belongs to a stranger does not stop the start', async () => {
  const first = await start();
  await first.stop();
  const file = join(dataDir, 'cluster', 'postmaster.pid');
  writeFileSync(file, `${process.pid}\n${join(dataDir, 'cluster')}\n1700000000\n5432\n/tmp\n\n  1 1\n`);
  const second = await start();
  expect(await ask(second, 'SELECT 1')).toBe(1);
});

test('a database of another major version is refused and left alone', async () => {
  const first = await start();
  await first.stop();
  writeFileSync(join(dataDir, 'cluster', 'PG_VERSION'), '17\n');
  expect((await refusalOf(dataDir)).sentence).toContain('was written by PostgreSQL 17');
});

test('an interrupted creation is begun again', async () => {
  mkdirSync(join(dataDir, 'cluster.unfinished'), { recursive: true });
  writeFileSync(join(dataDir, 'cluster.unfinished', 'half'), '');
  await start();
  expect(existsSync(join(dataDir, 'cluster', 'PG_VERSION'))).toBe(true);
  expect(existsSync(join(dataDir, 'cluster.unfinished'))).toBe(false);
});

test('a data folder too deep for a socket still works', async () => {
  const deep = join(folder, 'd'.repeat(60), 'e'.repeat(60));
  const postgres = await start(deep);
  expect(await ask(postgres, 'SELECT 1')).toBe(1);
});

test('a data folder that is a file is refused in one sentence', async () => {
  writeFileSync(dataDir, '');
  expect((await refusalOf(dataDir)).sentence).toContain(dataDir);
});

test('a wrong setting is refused in the words of PostgreSQL', async () => {
  const attempt = startEmbeddedPostgres({
    dataDir,
    log: () => undefined,
    settings: { shared_buffers: 'much' },
  });
  await expect(attempt).rejects.toThrow(/shared_buffers/);
});

test.runIf(asRoot)(
  'under a folder closed to others root keeps the database elsewhere and finds it again',
  async () => {
    chmodSync(folder, 0o700);
    const log: string[] = [];
    const first = await start(dataDir, log);
    await ask(first, 'CREATE TABLE kept AS SELECT 3 AS answer');
    await first.stop();
    const place = readFileSync(join(dataDir, 'location'), 'utf8').trim();
    try {
      expect(log.filter((line) => line.includes(place)).length).toBeGreaterThan(0);
      const second = await start();
      expect(await ask(second, 'SELECT answer FROM kept')).toBe(3);
      await second.stop();
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  },
);
