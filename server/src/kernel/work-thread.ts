import { Worker } from 'node:worker_threads';
import { Fault } from './refusal.ts';

/** A thread that dies takes nothing with it but its time; one that dies of its task would die for ever. */
const ATTEMPTS_MAX = 2;

/** Long computations beside the event loop: requests are answered while they go on. */
export interface WorkThread<Task, Progress, Result> {
  run(task: Task, control?: WorkControl<Progress>): Promise<Result>;
  /** Ends the thread as a crash would; its tasks begin again in another. */
  kill(): void;
  stop(): Promise<void>;
}

/** How a computation is followed and ended by those who wait for it. */
export interface WorkControl<Progress> {
  /** Some times a second. */
  readonly onProgress?: (progress: Progress) => void;
  /** Ends it: with the reason `discard` at once, otherwise as soon as there is something to show. */
  readonly signal?: AbortSignal;
}

export interface WorkLimits {
  /** Then the computation is told to stop and gives the best it has, ms. */
  readonly stopMs: number;
  /** What does not even stop by then is broken: the thread is made anew, ms. */
  readonly timeoutMs: number;
}

/** What stands in `WorkMessage.flag`. */
export const STOP_FLAG = { goOn: 0, keep: 1, discard: 2 } as const;

export interface WorkMessage<Task> {
  readonly id: number;
  readonly task: Task;
  /** One of STOP_FLAG; the only thing both threads see while the work goes on. */
  readonly flag: SharedArrayBuffer;
}

export interface WorkAnswer<Progress, Result> {
  readonly id: number;
  readonly progress?: Progress;
  readonly result?: Result;
  readonly error?: string;
  /** What contradicts itself in the task, in words. */
  readonly problems?: readonly string[];
}

interface Waiting<Progress, Result> {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/** The task contradicts itself: trying again changes nothing, and whoever made it can be told why. */
export class ImpossibleTask extends Fault {
  readonly problems: readonly string[];

  constructor(message: string, problems: readonly string[]) {
    super(message);
    this.problems = problems;
  }
}

/** The thread itself is gone, and with it every task it had. */
class ThreadLost extends Fault {}

/** Starts with the first task; a thread that dies is replaced, and its tasks begin again. `name` is for people. */
export function createWorkThread<Task, Progress, Result>(
  name: string,
  file: URL,
  limits: WorkLimits,
): WorkThread<Task, Progress, Result> {
  const waiting = new Map<number, Waiting<Progress, Result>>();
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
    const fresh = new Worker(file);
    fresh.on('message', ({ id, progress, result, error, problems }: WorkAnswer<Progress, Result>) => {
      const task = waiting.get(id);
      if (!task) return;
      if (progress !== undefined) {
        task.onProgress?.(progress);
        return;
      }
      waiting.delete(id);
      if (result !== undefined) task.resolve(result);
      else if (problems) task.reject(new ImpossibleTask(`the ${name} was given: ${error}`, problems));
      else task.reject(new Fault(`the ${name} failed: ${error}`));
    });
    fresh.on('error', (cause) => failAll(fresh, new ThreadLost(`the ${name} thread died`, cause)));
    fresh.on('exit', () => failAll(fresh, new ThreadLost(`the ${name} thread ended`)));
    fresh.unref();
    return fresh;
  };
  const attempt = async (task: Task, { onProgress, signal }: WorkControl<Progress>): Promise<Result> => {
    worker ??= open();
    const current = worker;
    const id = ++lastId;
    const flag = new SharedArrayBuffer(4);
    const stop = (): void => {
      const wish = signal?.reason === 'discard' ? STOP_FLAG.discard : STOP_FLAG.keep;
      Atomics.store(new Int32Array(flag), 0, wish);
    };
    const soft = setTimeout(stop, limits.stopMs);
    const hard = setTimeout(() => {
      void current.terminate();
      failAll(current, new Fault(`the ${name} took longer than ${limits.timeoutMs} ms`));
    }, limits.timeoutMs);
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop);
    try {
      return await new Promise<Result>((resolve, reject) => {
        waiting.set(id, { resolve, reject, onProgress });
        current.postMessage({ id, task, flag } satisfies WorkMessage<Task>);
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
