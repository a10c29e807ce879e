import { parentPort } from 'node:worker_threads';
import { STOP_FLAG, type WorkAnswer, type WorkMessage } from './work-thread.ts';

/** People look at it; more often would only be work for the event loop. */
const TELL_MS = 100;

/**
 * The inside of a `WorkThread`: one task at a time; progress, then the answer or what went wrong. `canShow` says of a
 * progress whether there is something complete to keep: before that only a discarded computation ends.
 */
export function serveWork<Task, Progress, Result>(
  work: (task: Task, onProgress: (progress: Progress) => 'stop' | undefined) => Result,
  canShow: (progress: Progress) => boolean,
): void {
  const tell = (answer: WorkAnswer<Progress, Result>): void => parentPort?.postMessage(answer);
  parentPort?.on('message', ({ id, task, flag }: WorkMessage<Task>) => {
    let toldAt = performance.now();
    const stop = new Int32Array(flag);
    const onProgress = (progress: Progress): 'stop' | undefined => {
      const now = performance.now();
      if (now - toldAt >= TELL_MS) {
        toldAt = now;
        tell({ id, progress });
      }
      const wish = Atomics.load(stop, 0);
      const mayStop = wish === STOP_FLAG.discard || (wish === STOP_FLAG.keep && canShow(progress));
      return mayStop ? 'stop' : undefined;
    };
    try {
      tell({ id, result: work(task, onProgress) });
    } catch (cause) {
      tell({ id, ...toldError(cause) });
    }
  });
}

function toldError(cause: unknown): { readonly error: string; readonly problems?: readonly string[] } {
  if (!(cause instanceof Error)) return { error: String(cause) };
  const { problems } = cause as { readonly problems?: unknown };
  // Computations name what contradicts itself in their input like this; everything else is their own failure.
  if (Array.isArray(problems)) return { error: cause.message, problems: problems.map(String) };
  return { error: cause.stack ?? cause.message };
}
