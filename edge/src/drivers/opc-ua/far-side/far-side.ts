import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DriverContext, Sample } from '../../../driver/index.ts';
import type { FarCommand, FarPlan, FarReady, FarTag, FarValue } from './words.ts';

const SCRIPT = fileURLToPath(new URL('./server.ts', import.meta.url));
/** Loading the standard's 4 MB of nodes on two busy cores. */
const START_TIMEOUT_MS = 20_000;
export const WAIT_MS = 25_000;
const POLL_MS = 20;

export interface FarSide {
  readonly port: number;
  readonly endpoint: string;
  readonly pid: number;
  set(id: string, to: FarValue): Promise<void>;
  tell(command: FarCommand): Promise<void>;
  /** SIGKILL: as when the plug is pulled. */
  kill(): Promise<void>;
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
}

/** A server in a process of its own; `folder` keeps its certificates over restarts. */
export async function farSide(
  folder: string,
  plan: Partial<FarPlan> & { tags?: readonly FarTag[] },
): Promise<FarSide> {
  const child = fork(SCRIPT, {
    env: { ...process.env, XDG_CONFIG_HOME: folder, OPC_UA_PLAN: JSON.stringify({ port: 0, ...plan }) },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
  });
  let words = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-2_000);
  });
  const ready = await answerOf(child, START_TIMEOUT_MS, () => words);
  const { port } = ready as FarReady;
  const tell = async (command: FarCommand): Promise<void> => {
    const answer = answerOf(child, WAIT_MS, () => words);
    child.send(command);
    await answer;
  };
  return {
    port,
    endpoint: `opc.tcp://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    set: (id, to) => tell({ set: id, to }),
    tell,
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
    signal: (name) => void child.kill(name),
  };
}

async function answerOf(child: ChildProcess, timeoutMs: number, words: () => string): Promise<unknown> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(timeoutMs)]);
  const gone = once(child, 'exit', { signal }).then(() => {
    throw new TypeError(`the far side ended: ${words()}`);
  });
  gone.catch(() => undefined);
  try {
    const [message] = await Promise.race([once(child, 'message', { signal }), gone]);
    return message;
  } finally {
    over.abort();
  }
}

/** What the agent's host gives a driver, with everything that came of it. */
export interface FakeHost extends DriverContext {
  readonly samples: Sample[];
  readonly losses: string[];
  readonly latencies: number[];
  /** Newest sample of a tag. */
  last(tag: number): Sample | undefined;
}

export function hostFor(
  settings: Readonly<Record<string, unknown>>,
  folder: string,
  secrets: Record<string, string> = {},
): FakeHost {
  const samples: Sample[] = [];
  const losses: string[] = [];
  const latencies: number[] = [];
  return {
    settings,
    samples,
    losses,
    latencies,
    sink: (more) => void samples.push(...more),
    lost: (reason) => void losses.push(reason),
    latency: (ms) => void latencies.push(ms),
    now: () => Date.now(),
    secret: (name) => secrets[name] ?? '',
    folder: () => folder,
    last: (tag) => samples.findLast((sample) => sample.tag === tag),
  };
}

/** Waits until it holds; the bound is generous because the machine may be busy. */
export async function until(what: string, holds: () => boolean, timeoutMs = WAIT_MS): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!holds()) {
    if (performance.now() > end) throw new TypeError(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

export async function scratchFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'millrace-opc-ua-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

export interface Cable {
  readonly endpoint: string;
  /** Breaks every connection and takes none until `mend`. */
  cut(): void;
  mend(): void;
  /** Sends these bytes to the clients as if the server had said them. */
  say(bytes: Buffer): void;
  close(): Promise<void>;
}

/** A connection between driver and far side that a test can break; `change` may alter what the far side says, `offset` bytes into each connection. */
export async function cableTo(
  port: number,
  change: (chunk: Buffer, offset: number) => void = () => undefined,
): Promise<Cable> {
  const clients = new Set<Socket>();
  let whole = true;
  const server = createServer((client) => {
    if (!whole) {
      client.destroy();
      return;
    }
    const far = connect(port, '127.0.0.1');
    let said = 0;
    far.on('data', (chunk) => {
      change(chunk, said);
      said += chunk.length;
    });
    clients.add(client);
    for (const [from, to] of [
      [client, far],
      [far, client],
    ] as const) {
      from.on('data', (chunk) => void to.write(chunk));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        clients.delete(client);
        to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    whole = false;
    for (const client of clients) client.destroy();
  };
  return {
    endpoint: `opc.tcp://127.0.0.1:${portOf(server)}`,
    cut,
    mend: () => {
      whole = true;
    },
    say: (bytes) => {
      for (const client of clients) client.write(bytes);
    },
    close: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('not listening');
  return address.port;
}
