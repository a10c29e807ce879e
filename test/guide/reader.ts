import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readyLine, startServer } from '../../bench/rig.ts';
import { freePort } from '../../sim/src/far-side/listen.ts';
import { freshDatabase } from '../setup/database.ts';
import { type Ended, runShell } from './shell.ts';
import { layOut, type Tools } from './tools.ts';

/** Whoever opens a guide on a fresh machine: has an empty platform that was just started, its link, and an empty folder. */
export interface Reader extends AsyncDisposable {
  /** The variables that the guides ask for, and where the platform's database is. */
  readonly env: Readonly<Record<string, string>>;
  follow(script: string): Promise<Ended>;
}

/** A loop that waits for something that does not come ends with this; its example is named. */
const SESSION_MS = 180_000;
const SETUP_TOKEN = 'an-installer-knows-me';

/** `agent` is the path of the agent's tarball. */
export async function openReader(tools: Tools, agent: string): Promise<Reader> {
  await using opened = new AsyncDisposableStack();
  const database = await freshDatabase();
  opened.defer(() => database.drop());
  const home = mkdtempSync(join(tmpdir(), 'millrace-guide-'));
  opened.defer(() => rmSync(home, { recursive: true, force: true }));
  const server = startServer(database.adminUrl, { MILLRACE_SETUP_TOKEN: SETUP_TOKEN });
  opened.defer(() => stopped(server));
  const { http, mqtt } = await readyLine(server);
  const env = {
    PATH: `${layOut(tools, join(home, 'bin'))}:/usr/bin:/bin`,
    HOME: home,
    LANG: 'C.UTF-8',
    DATABASE_URL: database.adminUrl,
    SETUP_TOKEN,
    MR: http,
    MQTT_HOST: 'localhost',
    MQTT_PORT: new URL(mqtt).port,
    AGENT: agent,
    STATUS_PORT: String(await freePort()),
  };
  const folder = join(home, 'desk');
  mkdirSync(folder);
  const kept = opened.move();
  return {
    env,
    follow: (script) => runShell(folder, script, env, SESSION_MS),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function stopped(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.kill('SIGTERM');
  await once(server, 'exit');
}
