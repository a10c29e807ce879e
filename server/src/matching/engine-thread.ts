import { availableParallelism } from 'node:os';
import type { MatchProgress } from '@millrace/engine';
import {
  createWorkThread,
  Fault,
  type WorkControl,
  type WorkLimits,
  type WorkThread,
} from '../kernel/index.ts';
import type { EngineResult, EngineStep, EngineStepResult, EngineTask, PartPlan } from './engine-work.ts';

/**
 * The engine ends by counted rounds; a run that takes a minute is told to stop and gives its best plan so far, and what
 * does not even stop after two is broken.
 */
const LIMITS: WorkLimits = { stopMs: 60_000, timeoutMs: 120_000 };

/** Product families whose machines never meet are planned side by side; more threads would find none left. */
const MOST_THREADS = 4;
/** Smaller networks are planned before a second thread has read them. */
const SIDE_BY_SIDE_LINES = 500;

/** The engine beside the event loop: requests are answered while a plan is made. */
export type EngineThread = WorkThread<EngineTask, MatchProgress, EngineResult>;
/** Ends a run: with the reason `discard` at once, otherwise as soon as every line has had its turn. */
export type EngineControl = WorkControl<MatchProgress>;
type Thread = WorkThread<EngineStep, MatchProgress, EngineStepResult>;

export function createEngineThread(
  limits: WorkLimits = LIMITS,
  count: number = Math.min(MOST_THREADS, availableParallelism()),
): EngineThread {
  const file = new URL('./engine-worker.ts', import.meta.url);
  const first: Thread = createWorkThread('engine', file, limits);
  const others = Array.from({ length: count - 1 }, (): Thread => createWorkThread('engine', file, limits));
  const threads = [first, ...others];
  const whole = async (step: EngineStep, control?: EngineControl): Promise<EngineResult> => {
    const result = await first.run(step, control);
    if ('plan' in result) return result;
    throw new Fault('the engine answered with parts where a plan was asked');
  };
  return {
    run: async (task, control = {}) => {
      if (count === 1 || task.snapshot.lines.length < SIDE_BY_SIDE_LINES) {
        return whole({ kind: 'whole', task }, control);
      }
      const startMs = performance.now();
      const plans = await sideBySide(threads, task, control);
      return whole({ kind: 'sum', task, plans, engineMs: performance.now() - startMs });
    },
    kill: () => {
      for (const thread of threads) thread.kill();
    },
    stop: async () => {
      await Promise.all(threads.map((thread) => thread.stop()));
    },
  };
}

async function sideBySide(
  threads: readonly Thread[],
  task: EngineTask,
  { signal, onProgress }: EngineControl,
): Promise<PartPlan[]> {
  const told = new Map<number, MatchProgress>();
  const broken = new AbortController();
  const listening = signal ? AbortSignal.any([signal, broken.signal]) : broken.signal;
  try {
    const shares = await Promise.all(
      threads.map((thread, index) =>
        thread.run(
          { kind: 'share', task, share: { index, of: threads.length } },
          {
            signal: listening,
            onProgress: (progress) => {
              told.set(index, progress);
              onProgress?.(together([...told.values()]));
            },
          },
        ),
      ),
    );
    return shares.flatMap((share) => ('plan' in share ? [] : share));
  } catch (error) {
    // What one thread could not do makes the others' work useless.
    broken.abort('discard');
    throw error;
  }
}

/** Of the thread that has most left to do, with the points of all. */
function together(all: readonly MatchProgress[]): MatchProgress {
  const [last] = [...all].sort((a, b) => a.done / Math.max(1, a.of) - b.done / Math.max(1, b.of));
  let objective: number | undefined = 0;
  let lowerBound = 0;
  for (const progress of all) {
    objective =
      objective === undefined || progress.objective === undefined
        ? undefined
        : objective + progress.objective;
    lowerBound += progress.lowerBound;
  }
  return {
    phase: last?.phase ?? 'construct',
    done: last?.done ?? 0,
    of: last?.of ?? 0,
    objective,
    lowerBound,
  };
}
