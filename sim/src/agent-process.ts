import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleEdge } from '../../scripts/edge-bundle.mjs';
import { freePort } from './far-side/listen.ts';

const EDGE = fileURLToPath(new URL('../../edge/', import.meta.url));
export const DIE_WITH_PARENT = fileURLToPath(new URL('./die-with-parent.ts', import.meta.url));
/** As the agent's own command has itself run; that one cannot be used, because it replaces its process and so loses its parent. */
const FRUGAL = ['--max-semi-space-size=2', '--optimize-for-size'];
/** Longer than the agent gives itself to end. */
const STOP_MS = 12_000;
/** Between an end that nobody asked for and the next start. */
const AGAIN_MS = 5_000;
/** What is said last is said when it ends. */
const COMPLAINT_CHARACTERS = 2_000;

/** The agent's program. */
export interface PackedAgent {
  /** File that its process begins with. */
  readonly command: string;
  remove(): void;
}

/** The agent as it is shipped: run from its sources it would need half as much memory again. */
export async function packAgent(server: string): Promise<PackedAgent> {
  // Two demonstrations on one machine differ in their ports.
  const folder = join(EDGE, 'dist', `demonstration-${new URL(server).port}`);
  await bundleEdge(folder);
  return {
    command: join(folder, 'dist', 'main.js'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export interface AgentInput {
  /** File that the agent's process begins with. */
  readonly command: string;
  readonly server: string;
  readonly folder: string;
  /** Domain clock in the words of `MILLRACE_EDGE_CLOCK`. */
  readonly clock: string;
  /** Asks the platform for a one-time code. */
  readonly code: () => Promise<string>;
  readonly say: (line: string) => void;
}
/** An agent as a factory runs it: the real program, in a process of its own. */
export interface AgentProcess {
  readonly statusUrl: string;
  /** Of the process that runs, or ran last. */
  readonly pid: number;
  stop(): Promise<void>;
}

/** Enrols the first time, and starts again when it ends by itself. */
export async function startAgent(input: AgentInput): Promise<AgentProcess> {
  mkdirSync(input.folder, { recursive: true });
  const statusPort = await freePort();
  const isEnrolled = (): boolean => existsSync(join(input.folder, 'identity.json'));
  const enrol = isEnrolled() ? [] : ['--enrol', await input.code()];
  const stopping = new AbortController();
  let child = spawnAgent(input, statusPort, enrol);
  const watch = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const complaint = await endOf(child);
      if (stopping.signal.aborted) return;
      input.say(`an agent ended and is started again: ${complaint}`);
      await new Promise((resume) => setTimeout(resume, AGAIN_MS));
      if (!stopping.signal.aborted) child = spawnAgent(input, statusPort, isEnrolled() ? [] : enrol);
    }
  };
  const watching = watch();
  return {
    statusUrl: `http://127.0.0.1:${statusPort}/`,
    get pid() {
      return child.pid ?? 0;
    },
    stop: async () => {
      stopping.abort();
      await endNow(child);
      await watching;
    },
  };
}

function spawnAgent(
  { command, server, folder, clock }: AgentInput,
  statusPort: number,
  enrol: readonly string[],
) {
  const args = [
    '--server',
    server,
    '--data',
    folder,
    '--status-port',
    String(statusPort),
    '--log-level',
    'error',
  ];
  return spawn(process.execPath, [...FRUGAL, '--import', DIE_WITH_PARENT, command, ...args, ...enrol], {
    env: { ...process.env, MILLRACE_EDGE_CLOCK: clock },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Ctrl-C goes to the whole terminal group; the simulator stops first and then its agents.
    detached: true,
  });
}

async function endOf(child: ChildProcess): Promise<string> {
  let words = '';
  const keep = (chunk: Buffer): void => {
    words = (words + chunk.toString()).slice(-COMPLAINT_CHARACTERS);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const [code] = child.exitCode === null ? await once(child, 'close') : [child.exitCode];
  return `exit ${code} ${words}`;
}

async function endNow(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'close');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(timer);
}
