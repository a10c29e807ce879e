import { Worker } from 'node:worker_threads';
import type { MatchProgress } from '@millrace/engine';
import { Fault } from '../kernel/index.ts';
import type { EngineResult, EngineTask } from './engine-work.ts';

/** The engine ends by counted rounds; a run that takes this long is told to stop and gives its best plan so far. */
const ENGINE_STOP_MS = 60_000;
/** What does not even stop is broken: the thread is made anew. */
const ENGINE_TIMEOUT_MS = 120_000;
/** A thread that dies takes nothing with it but its time; one that dies of its task would die for ever. */
const ATTEMPTS_MAX = 2;

/** The engine beside the event loop: requests are answered while a plan is made. */
export interface EngineThread {
  run(task: EngineTask, control?: EngineControl): Promise<EngineResult>;
  /** Ends the thread as a crash would; its tasks begin again in another. */
  kill(): void;
  stop(): Promise<void>;
}

/** How a run is followed and ended by those who wait for it. */
export interface EngineControl {
  /** Some times a second. */
  readonly onProgress?: (progress: MatchProgress) => void;
  /** Ends the run: with the reason `discard` at once, otherwise as soon as every line has had its turn. */
  readonly signal?: AbortSignal;
}

/** What stands in `EngineMessage.flag`. */
export const STOP = { goOn: 0, keep: 1, discard: 2 } as const;

export interface EngineMessage {
  readonly id: number;
  readonly task: EngineTask;
  /** One of STOP; the only thing both threads see while the engine works. */
  readonly flag: SharedArrayBuffer;
}

interface Waiting {
  readonly resolve: (result: EngineResult) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: ((progress: MatchProgress) => void) | undefined;
}
interface Answer {
  readonly id: number;
  readonly progress?: MatchProgress;
  readonly result?: EngineResult;
  readonly error?: string;
}

export interface EngineLimits {
  readonly stopMs: number;
  readonly timeoutMs: number;
}
const LIMITS: EngineLimits = { stopMs: ENGINE_STOP_MS, timeoutMs: ENGINE_TIMEOUT_MS };

/** The thread itself is gone, and with it every task it had. */
class ThreadLost extends Fault {}

/** The thread starts with the first task; one that dies is replaced, and its tasks begin again. */
export function createEngineThread(limits: EngineLimits = LIMITS): EngineThread {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let lastId = 0;

  const failAll = (dead: Worker, error: Error): void => {
    if (worker !== dead) return;
    worker = undefined;
    const lost = [...waiting.values()];
    waiting.clear();
    for (const { reject } of lost) reject(error);
  };
  const open = (): Worker => {
    const fresh = new Worker(new URL('./engine-worker.ts', import.meta.url));
    fresh.on('message', ({ id, progress, result, error }: Answer) => {
      const task = waiting.get(id);
      if (!task) return;
      if (progress) {
        task.onProgress?.(progress);
        return;
      }
      waiting.delete(id);
      if (result) task.resolve(result);
      else task.reject(new Fault(`the engine failed: ${error}`));
    });
    fresh.on('error', (cause) => failAll(fresh, new ThreadLost('the engine thread died', cause)));
    fresh.on('exit', () => failAll(fresh, new ThreadLost('the engine thread ended')));
    fresh.unref();
    return fresh;
  };
  const attempt = async (task: EngineTask, { onProgress, signal }: EngineControl): Promise<EngineResult> => {
    worker ??= open();
    const current = worker;
    const id = ++lastId;
    const flag = new SharedArrayBuffer(4);
    const stop = (): void => {
      const wish = signal?.reason === 'discard' ? STOP.discard : STOP.keep;
      Atomics.store(new Int32Array(flag), 0, wish);
    };
    const soft = setTimeout(stop, limits.stopMs);
    const hard = setTimeout(() => {
      void current.terminate();
      failAll(current, new Fault(`the engine took longer than ${limits.timeoutMs} ms`));
    }, limits.timeoutMs);
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop);
    try {
      return await new Promise<EngineResult>((resolve, reject) => {
        waiting.set(id, { resolve, reject, onProgress });
        current.postMessage({ id, task, flag } satisfies EngineMessage);
      });
    } finally {
      clearTimeout(soft);
      clearTimeout(hard);
      signal?.removeEventListener('abort', stop);
    }
  };

  return {
    run: async (task, control = {}) => {
      for (let tried = 1; ; tried++) {
        try {
          return await attempt(task, control);
        } catch (error) {
          if (!(error instanceof ThreadLost) || tried === ATTEMPTS_MAX) throw error;
        }
      }
    },
    kill: () => void worker?.terminate(),
    stop: async () => {
      const current = worker;
      if (!current) return;
      failAll(current, new Fault('the platform stops'));
      await current.terminate();
    },
  };
}
