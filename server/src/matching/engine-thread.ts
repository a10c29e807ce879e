import { Worker } from 'node:worker_threads';
import { Fault } from '../kernel/index.ts';
import type { EngineResult, EngineTask } from './engine-work.ts';

/** A network of 20,000 lines takes seconds; what takes this long is stopped, and the thread is made anew. */
const ENGINE_TIMEOUT_MS = 120_000;

/** The engine beside the event loop: requests are answered while a plan is made. */
export interface EngineThread {
  run(task: EngineTask): Promise<EngineResult>;
  stop(): Promise<void>;
}

interface Waiting {
  readonly resolve: (result: EngineResult) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}
interface Answer {
  readonly id: number;
  readonly result?: EngineResult;
  readonly error?: string;
}

/** The thread starts with the first task; one that dies takes its tasks with it and is replaced by the next. */
export function createEngineThread(timeoutMs = ENGINE_TIMEOUT_MS): EngineThread {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let lastId = 0;

  const failAll = (dead: Worker, error: Error): void => {
    if (worker !== dead) return;
    worker = undefined;
    for (const task of waiting.values()) {
      clearTimeout(task.timer);
      task.reject(error);
    }
    waiting.clear();
  };
  const open = (): Worker => {
    const fresh = new Worker(new URL('./engine-worker.ts', import.meta.url));
    fresh.on('message', ({ id, result, error }: Answer) => {
      const task = waiting.get(id);
      if (!task) return;
      waiting.delete(id);
      clearTimeout(task.timer);
      if (result) task.resolve(result);
      else task.reject(new Fault(`the engine failed: ${error}`));
    });
    fresh.on('error', (cause) => failAll(fresh, new Fault('the engine thread died', cause)));
    fresh.on('exit', () => failAll(fresh, new Fault('the engine thread ended')));
    fresh.unref();
    return fresh;
  };

  return {
    run: (task) =>
      new Promise((resolve, reject) => {
        worker ??= open();
        const current = worker;
        const id = ++lastId;
        const timer = setTimeout(() => {
          void current.terminate();
          failAll(current, new Fault(`the engine took longer than ${timeoutMs} ms`));
        }, timeoutMs);
        waiting.set(id, { resolve, reject, timer });
        current.postMessage({ id, task });
      }),
    stop: async () => {
      const current = worker;
      if (!current) return;
      failAll(current, new Fault('the platform stops'));
      await current.terminate();
    },
  };
}
