import { Worker } from 'node:worker_threads';
import { reasonOf } from './fault.ts';
import type { FromWorker, Pace, ToWorker } from './message.ts';
import { createThreadWords } from './thread-words.ts';

/** From source and from the bundle: the one place that says where the worker's code lies. */
const WORKER_URL = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
/** A driver that leaks ends here, and not the agent. An OPC UA client with 5,000 items takes some 100 MiB. */
const LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 8, stackSizeMb: 4 } as const;
/** Unanswered in a row: it hangs. Seven pings are 14 s, far longer than a driver may keep the thread busy. */
const PINGS_UNANSWERED_MAX = 7;
const START_MS_MAX = 30_000;

/** A thread as the agent holds it. */
export interface WorkerThread {
  post(message: ToWorker): void;
  /** Ends it at once, whatever it does. */
  terminate(): Promise<void>;
}

export interface WorkerThreadOptions {
  readonly pace: Pace;
  readonly name: string;
  message(message: FromWorker): void;
  /** A line of its standard error: a warning, or a library that complains. */
  said(line: string): void;
  /** It is gone, once: crashed, out of memory, hung, or ended by `terminate`. */
  gone(reason: string): void;
}

/** A thread for drivers that is watched: one that no longer answers is ended. */
export function startWorkerThread({ pace, name, message, said, gone }: WorkerThreadOptions): WorkerThread {
  const worker = new Worker(WORKER_URL, {
    name,
    workerData: { pace },
    resourceLimits: LIMITS,
    // Flags of the agent's process, an inspector's port or a profile, are not a thread's.
    execArgv: [],
    // What a driver's library prints is not the agent's log; what it warns of is.
    stdout: true,
    stderr: true,
    env: environment(),
  });
  worker.stdout.resume();
  const words = createThreadWords(() => performance.now(), said);
  worker.stderr.on('data', (bytes: Buffer) => words.push(bytes));
  // Until it says something for the first time it is starting, which takes a small box seconds.
  let patience = Math.ceil(START_MS_MAX / pace.pingMs);
  let unanswered = 0;
  let why: string | undefined;
  const watch = setInterval(() => {
    if (unanswered < patience) {
      unanswered++;
      return worker.postMessage({ kind: 'ping' } satisfies ToWorker);
    }
    why ??= 'the driver hung';
    void worker.terminate();
  }, pace.pingMs);
  worker.on('message', (told: FromWorker) => {
    unanswered = 0;
    patience = PINGS_UNANSWERED_MAX;
    message(told);
  });
  worker.on('error', (cause) => {
    why ??= reasonOf(cause);
  });
  worker.on('exit', () => {
    clearInterval(watch);
    gone(why ?? 'the driver ended its thread');
  });
  return {
    post: (told) => worker.postMessage(told),
    terminate: async () => {
      why ??= 'the driver was ended';
      await worker.terminate();
    },
  };
}

/** What drivers and the programs they start (`gpiomon`, `stty`) need of the environment; the rest may hold secrets. */
const ENVIRONMENT = [
  'PATH',
  'HOME',
  'LANG',
  'TZ',
  'TMPDIR',
  'LD_LIBRARY_PATH',
  'NODE_ENV',
  'NODE_EXTRA_CA_CERTS',
];

function environment(): Record<string, string> {
  const rows = ENVIRONMENT.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(rows);
}
