import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openLog } from './log/index.ts';
import { openSecrets } from './secret/index.ts';
import { createWorkstation, type Workstation } from './workstation.ts';

let folder: string;
let lines: string[];
let other: Server;
let port: number;
let workstation: Workstation;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-workstation-'));
  writeFileSync(join(folder, 'secrets.yaml'), 'intake: hunter2\n', { mode: 0o600 });
  lines = [];
  const log = openLog({ level: 'info', write: (line) => lines.push(line), now: Date.now });
  workstation = createWorkstation({
    secrets: openSecrets(folder, log),
    store: () => undefined,
    log,
    againMs: 20,
  });
  other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  port = (other.address() as AddressInfo).port;
});
afterEach(async () => {
  await workstation.close();
  await release();
  rmSync(folder, { recursive: true, force: true });
});
const release = (): Promise<void> => new Promise((resolve) => other.close(() => resolve()));
const settings = () => ({ port, host: '127.0.0.1', token: 'intake' });
const status = async (): Promise<number> =>
  (await fetch(`http://127.0.0.1:${port}/api/v3/machine-records`, { method: 'POST' })).status;

test('a new configuration whose port is taken is refused', async () => {
  await expect(workstation.apply(settings(), false)).rejects.toThrow('EADDRINUSE');
});

test('one that ran before waits for its port, and other collectors are heard as soon as it is free', async () => {
  await workstation.apply(settings(), true);
  expect(lines.join()).toContain('it is tried again');
  await release();
  await vi.waitFor(async () => expect(await status()).toBe(401), { timeout: 5_000 });
  // The same once more changes nothing.
  await workstation.apply(settings(), true);
  expect(await status()).toBe(401);
});

test('what waits is given up with its configuration', async () => {
  await workstation.apply(settings(), true);
  await workstation.apply(undefined, false);
  await release();
  await workstation.apply({ ...settings(), token: 'none' }, true);
  await workstation.close();
  await expect(status()).rejects.toThrow('fetch failed');
  expect(lines.filter((line) => line.includes('are taken'))).toEqual([]);
});
