import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { DIE_WITH_PARENT } from './agent-process.ts';

export interface ServerProcess {
  readonly http: string;
  readonly mqtt: string;
  /** Ends by itself only when something is wrong. */
  readonly ended: Promise<number | null>;
  stop(): Promise<void>;
}

const MAIN = fileURLToPath(new URL('../../server/src/main.ts', import.meta.url));
/** A port or the database cannot be had. [server/src/main.ts] */
const UNAVAILABLE = 69;
const HINT = 'The demonstration takes its ports from --port and --mqtt-port.\n';
/** Longer than the server gives itself to stop. */
const STOP_TIMEOUT_MS = 25_000;

/** The real server, started as anybody would start it. */
export async function startServer(env: Readonly<Record<string, string>>): Promise<ServerProcess> {
  const child = spawn(process.execPath, ['--import', DIE_WITH_PARENT, MAIN, 'serve'], {
    env: { ...process.env, ...env, MILLRACE_READY_JSON: '1' },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    // Ctrl-C goes to the whole terminal group; the simulator stops first and then the server.
    detached: true,
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const ready = await Promise.race([firstLine(child), ended.then(() => null)]);
  // It has said why on standard error, in the words of `npm start`.
  if (ready === null) {
    if (child.exitCode === UNAVAILABLE) process.stderr.write(HINT);
    process.exit(child.exitCode ?? 1);
  }
  const { http, mqtt } = JSON.parse(ready) as { http: string; mqtt: string };
  return { http, mqtt, ended, stop: () => stop(child, ended) };
}

async function firstLine(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    const end = text.indexOf('\n');
    if (end >= 0) return text.slice(0, end);
  }
  return new Promise(() => undefined); // it ended without a line; `ended` decides
}

async function stop(child: ChildProcess, ended: Promise<number | null>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}
