import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startEmbeddedPostgres } from '../server/src/kernel/embedded-postgres.ts';
import { migrate } from '../server/src/kernel/index.ts';
import { cpuSeconds } from './cpu.ts';
import { type Seeded, type SeedPlan, seed } from './seed.ts';

/** A platform of its own for one bench: PostgreSQL with fsync on, the real server as a process, and a factory. */
export interface Rig {
  readonly plant: Seeded;
  readonly ownerUrl: string;
  readonly httpPort: number;
  readonly mqttPort: number;
  readonly serverPid: number;
  readonly postgresPid: number;
  /** CPU seconds so far of the server, and of PostgreSQL with all its processes. */
  cpu(): { readonly server: number; readonly postgres: number };
  query<T extends object>(sql: string): Promise<T[]>;
  close(): Promise<void>;
}

const SERVER =
  process.env.MILLRACE_BENCH_SERVER ?? fileURLToPath(new URL('../server/src/main.ts', import.meta.url));
/** A start with migrations takes two seconds; on a busy machine more. */
const READY_MS = 60_000;

export async function openRig(
  plan: SeedPlan,
  env: Readonly<Record<string, string>> = {},
  nodeOptions: readonly string[] = [],
): Promise<Rig> {
  const dataDir = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  chmodSync(dataDir, 0o755);
  const postgres = await startEmbeddedPostgres({ dataDir, log: () => undefined });
  const close: (() => Promise<unknown>)[] = [
    async () => rmSync(dataDir, { recursive: true, force: true }),
    () => postgres.stop(),
  ];
  try {
    const ownerUrl = postgres.adminUrl('postgres');
    await migrate(ownerUrl);
    const plant = await seed(ownerUrl, plan);
    const client = new pg.Client({ connectionString: ownerUrl });
    await client.connect();
    close.push(() => client.end());
    const server = startServer(ownerUrl, env, nodeOptions);
    close.push(() => stopChild(server));
    const ready = await readyLine(server);
    const serverPid = server.pid ?? 0;
    return {
      plant,
      ownerUrl,
      httpPort: Number(new URL(ready.http).port),
      mqttPort: Number(new URL(ready.mqtt).port),
      serverPid,
      postgresPid: postgres.pid,
      cpu: () => ({ server: cpuSeconds(serverPid), postgres: cpuSeconds(postgres.pid) }),
      query: async <T extends object>(sql: string) => (await client.query<T>(sql)).rows,
      close: () => closeAll(close),
    };
  } catch (error) {
    await closeAll(close);
    throw error;
  }
}

async function closeAll(steps: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (const step of steps.toReversed()) await step();
}

/** The real server as a process; ports that `env` does not name are any free ones. */
export function startServer(
  ownerUrl: string,
  env: Readonly<Record<string, string>>,
  nodeOptions: readonly string[] = [],
): ChildProcess {
  return fork(SERVER, [], {
    execArgv: [...nodeOptions, ...(process.env.MILLRACE_BENCH_NODE_OPTIONS ?? '').split(' ').filter(Boolean)],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: ownerUrl,
      MILLRACE_HOST: '127.0.0.1',
      MILLRACE_HTTP_PORT: '0',
      MILLRACE_MQTT_PORT: '0',
      MILLRACE_LOG_LEVEL: 'error',
      MILLRACE_READY_JSON: '1',
      ...env,
    },
  });
}

/** What the server says when its doors are open. */
export async function readyLine(server: ChildProcess): Promise<{ http: string; mqtt: string }> {
  if (server.stdout === null) throw new TypeError('the server has no standard output');
  const lines = createInterface({ input: server.stdout });
  const [line] = await Promise.race([
    once(lines, 'line', { signal: AbortSignal.timeout(READY_MS) }),
    once(server, 'exit').then(([code]) => {
      throw new TypeError(`the server ended with ${String(code)} before it was ready`);
    }),
  ]);
  return JSON.parse(String(line)) as { http: string; mqtt: string };
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

/** Runs a load generator as a process of its own, whose CPU is not counted; its last line is its report. */
export async function runLoad<T>(file: string, plan: object): Promise<T> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [JSON.stringify(plan)], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new TypeError(`load generator ${file} ended with ${String(code)}`);
  return JSON.parse(said.trimEnd().split('\n').at(-1) ?? 'null') as T;
}
