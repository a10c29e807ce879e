import { parentPort } from 'node:worker_threads';
import { type EngineTask, runEngine } from './engine-work.ts';

/** The thread of `engine-thread.ts`: one task at a time, the answer or what went wrong. */
parentPort?.on('message', ({ id, task }: { id: number; task: EngineTask }) => {
  try {
    parentPort?.postMessage({ id, result: runEngine(task) });
  } catch (cause) {
    parentPort?.postMessage({
      id,
      error: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause),
    });
  }
});
