import { parentPort } from 'node:worker_threads';
import type { MatchProgress } from '@millrace/engine';
import { type EngineMessage, STOP } from './engine-thread.ts';
import { runEngine } from './engine-work.ts';

/** People look at it; more often would only be work for the event loop. */
const TELL_MS = 100;

/** The thread of `engine-thread.ts`: one task at a time; progress, then the answer or what went wrong. */
parentPort?.on('message', ({ id, task, flag }: EngineMessage) => {
  let toldAt = performance.now();
  const stop = new Int32Array(flag);
  const onProgress = (progress: MatchProgress): 'stop' | undefined => {
    const now = performance.now();
    if (now - toldAt >= TELL_MS) {
      toldAt = now;
      parentPort?.postMessage({ id, progress });
    }
    const wish = Atomics.load(stop, 0);
    // Half a construction would leave the other half of the lines without a place.
    const mayStop = wish === STOP.discard || (wish === STOP.keep && progress.objective !== undefined);
    return mayStop ? 'stop' : undefined;
  };
  try {
    parentPort?.postMessage({ id, result: runEngine(task, onProgress) });
  } catch (cause) {
    parentPort?.postMessage({
      id,
      error: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause),
    });
  }
});
