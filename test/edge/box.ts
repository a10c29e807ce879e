import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { AgentHealth, EdgeConfig, MachineRecord, TagHealth } from '@millrace/contract';
import { openStore } from '../../edge/src/store/index.ts';

export interface BoxOptions {
  /** Made by the caller and his to remove. */
  readonly data: string;
  /** Where it was enrolled; absent = it works by itself. */
  readonly home?: { readonly server: string; readonly gatewayId: string; readonly token: string };
  readonly config: EdgeConfig;
  /** `MILLRACE_EDGE_CLOCK`; absent = the time of the world. */
  readonly clock?: string;
  /** The agent's program; absent = its source. */
  readonly main?: string;
}

/** The gateway's box: the real agent as a process that is started, killed and looked at. */
export interface Box {
  /** Resolves when every connection of the configuration stands. */
  start(): Promise<void>;
  /** Resolves when every tag has a good value that is not older than a domain instant. */
  seeing(since: number): Promise<void>;
  pid(): number;
  health(): Promise<AgentHealth>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGTERM. */
  end(): Promise<void>;
  /** Everything that waits in its log, read from a copy; only while it is dead. */
  waiting(): Promise<readonly MachineRecord[]>;
}

/** [edge/src/status] */
interface Status {
  readonly health: AgentHealth;
  readonly tags: readonly TagHealth[];
}
const MAIN = fileURLToPath(new URL('../../edge/src/main.ts', import.meta.url));
/** A machine that is busy with other things takes its time. */
const TRIES = 1_200;
const TRY_MS = 50;

/** A box that was enrolled before, and runs by a file of its own. */
export function openBox(options: BoxOptions): Box {
  const { data, home, main = MAIN } = options;
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const config = join(data, 'edge.yaml');
  // JSON is YAML.
  writeFileSync(config, JSON.stringify(options.config));
  if (home !== undefined) {
    const identity = { v: 1, ...home, gatewayCode: 'G', codeHash: '' };
    writeFileSync(join(data, 'identity.json'), JSON.stringify(identity), { mode: 0o600 });
  }
  let child: ChildProcess | undefined;
  let port = 0;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  };
  const status = async (): Promise<Status> => {
    const answer = await fetch(`http://127.0.0.1:${port}/status.json`);
    return (await answer.json()) as Status;
  };
  return {
    pid: () => child?.pid ?? 0,
    health: async () => (await status()).health,
    seeing: (since) =>
      until(child, async () =>
        (await status()).tags.every(({ quality, at }) => quality === 'good' && (at ?? 0) >= since),
      ),
    start: async () => {
      port = await freePort();
      const args = ['--data', data, '--config', config, '--local', '--status-port', String(port)];
      child = spawn(process.execPath, [main, ...args, '--log-level', 'error'], {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { PATH: process.env.PATH, ...(options.clock ? { MILLRACE_EDGE_CLOCK: options.clock } : {}) },
      });
      await until(child, async () => {
        const { connections } = (await status()).health;
        return connections.length > 0 && connections.every(({ state }) => state === 'connected');
      });
    },
    kill: () => stop('SIGKILL'),
    end: () => stop('SIGTERM'),
    waiting: () => waitingIn(join(data, 'log')),
  };
}

async function until(child: ChildProcess | undefined, look: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    if (child?.exitCode !== null) throw new TypeError(`the agent ended with ${child?.exitCode}`);
    // Until its page is open there is nobody to ask.
    if (await look().catch(() => false)) return;
    await sleep(TRY_MS);
  }
  throw new TypeError('the agent never saw its machines');
}

async function waitingIn(log: string): Promise<readonly MachineRecord[]> {
  const copy = mkdtempSync(join(tmpdir(), 'millrace-buffer-'));
  try {
    cpSync(log, copy, { recursive: true, filter: (path) => !path.endsWith('lock') });
    const store = await openStore({ folder: copy, now: Date.now });
    try {
      const records: MachineRecord[] = [];
      const before = store.durableEnd('records') + 1;
      for (let from = store.firstWaiting('records'); from < before; ) {
        const { entries, next } = await store.read('records', from, { items: 5_000, bytes: 8e6, before });
        for (const entry of entries) if (entry.kind === 'records') records.push(...entry.records);
        if (next <= from) break;
        from = next;
      }
      return records;
    } finally {
      await store.close();
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Free a moment ago: nobody else on a test's machine takes it in the blink until the agent does. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return address !== null && typeof address === 'object' ? address.port : 0;
}
