import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, expect, test, vi } from 'vitest';
import { freshDatabase } from './setup/database.ts';

const READY_MS = 15_000;
const MAIN = new URL('../server/src/main.ts', import.meta.url).pathname;
const children: ChildProcess[] = [];
const folders: string[] = [];

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(env: Record<string, string>): {
  child: ChildProcess;
  ended: Promise<Ended>;
  ready: Promise<string>;
} {
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env.PATH ?? '',
      MILLRACE_HOST: '127.0.0.1',
      MILLRACE_HTTP_PORT: '0',
      MILLRACE_MQTT_PORT: '0',
      MILLRACE_LOG_LEVEL: 'silent',
      MILLRACE_READY_JSON: '1',
      ...env,
    },
  });
  children.push(child);
  let stdout = '';
  let stderr = '';
  const ready = Promise.withResolvers<string>();
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk;
    if (stdout.includes('\n')) ready.resolve(stdout);
  });
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk));
  const ended = once(child, 'close').then(([code]) => {
    ready.reject(new Error(`ended with ${code}: ${stderr}`));
    return { code: code as number | null, stdout, stderr };
  });
  ready.promise.catch(() => undefined);
  return { child, ended, ready: ready.promise };
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'millrace-start-'));
  folders.push(path);
  return path;
}
async function takePort(): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : 0 };
}
const oneSentence = /^[A-Z][^\n]+[.]\n$/;

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'close');
    }
  }
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
});

test('a real start prints where it is, offers the first-start link, and stops gracefully', async () => {
  const { child, ready, ended } = start({ MILLRACE_DATA_DIR: folder() });
  const said = JSON.parse(await ready) as { http: string; setup: string };
  // A machine that is busy with other tests sheds load for a moment after the start.
  await vi.waitFor(async () => expect((await fetch(`${said.http}/readyz`)).status).toBe(200), {
    timeout: READY_MS,
  });
  expect(said.setup).toMatch(/\/setup\?token=.{20,}/);
  child.kill('SIGTERM');
  expect((await ended).code).toBe(0);
});

test.each(['MILLRACE_HTTP_PORT', 'MILLRACE_MQTT_PORT'])('a used %s is one sentence', async (variable) => {
  const { server, port } = await takePort();
  const database = await freshDatabase();
  const { code, stderr } = await start({ DATABASE_URL: database.adminUrl, [variable]: String(port) }).ended;
  server.close();
  expect(stderr).toMatch(oneSentence);
  expect(stderr).toContain(String(port));
  expect(stderr).toContain(variable);
  expect(code).toBe(69);
});

test('a wrong DATABASE_URL is one sentence', async () => {
  const { server, port } = await takePort();
  server.close();
  const { code, stderr } = await start({ DATABASE_URL: `postgres://me:secret@127.0.0.1:${port}/x` }).ended;
  expect(stderr).toMatch(oneSentence);
  expect(stderr).toContain('DATABASE_URL');
  expect(stderr).not.toContain('secret');
  expect(code).toBe(69);
});

test('a schema of a newer release is one sentence', async () => {
  const database = await freshDatabase();
  const client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  await client.query(
    `INSERT INTO kernel_migration (number, name, checksum) VALUES (9999, '9999-later.sql', 'x')`,
  );
  await client.end();
  const { code, stderr } = await start({ DATABASE_URL: database.adminUrl }).ended;
  expect(stderr).toMatch(oneSentence);
  expect(stderr).toContain('newer Millrace');
  expect(code).toBe(78);
});

test('a data folder that cannot be written is one sentence', async () => {
  const path = folder();
  chmodSync(path, 0o500);
  // Root may write anywhere, so for root the folder lies where nobody can write.
  const dataDir = process.getuid?.() === 0 ? '/proc/millrace' : join(path, 'data');
  const { code, stderr } = await start({ MILLRACE_DATA_DIR: dataDir }).ended;
  expect(stderr).toMatch(oneSentence);
  expect(code).toBe(74);
});

test('an unknown option or a wrong setting is one sentence', async () => {
  const { code, stderr } = await start({ MILLRACE_HTTP_PORT: 'eighty' }).ended;
  expect(stderr).toMatch(oneSentence);
  expect(stderr).toContain('MILLRACE_HTTP_PORT');
  expect(code).toBe(78);
  const proxy = await start({ MILLRACE_TRUST_PROXY: 'everyone' }).ended;
  expect(proxy.stderr).toMatch(oneSentence);
  expect(proxy.stderr).toContain('MILLRACE_TRUST_PROXY');
  expect(proxy.code).toBe(78);
});
