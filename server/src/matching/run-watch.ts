import type { MatchRunProgress, MatchTrigger } from '@millrace/contract';
import { type Kernel, type Refusal, refuse } from '../kernel/index.ts';
import type { EngineControl } from './engine-thread.ts';
import { findProgress, type StopWish, tellProgress, wishStop } from './store-request.ts';

/** Told to other processes, and their wishes read, this often (wall). A run that is over before is not worth a row. */
const TELL_MS = 500;

/** Match runs as people follow and end them. */
export interface RunWatch {
  /** Until `end`, the run of the network can be followed and stopped, from this process and, somewhat later, from others. */
  begin(networkId: string, holder: string, trigger: MatchTrigger): WatchedRun;
  /** Undefined when no run is under way. */
  current(networkId: string): Promise<MatchRunProgress | undefined>;
  /** Refused when no run is under way. */
  stop(networkId: string, keep: boolean): Promise<Refusal | undefined>;
}

export interface WatchedRun {
  readonly control: EngineControl;
  /** `work`, unless somebody has the run dropped first: then DISCARDED, at once. */
  orDiscarded<T>(work: Promise<T>): Promise<T | typeof DISCARDED>;
  end(): void;
}

export const DISCARDED = Symbol('the run was dropped');
export const RUN_DISCARDED = refuse(
  'match-run-discarded',
  409,
  'The run was stopped by a person; the plan is as it was.',
);
const NO_RUN = refuse('no-match-run', 409, 'No planning run is under way.');

interface Here {
  progress: Omit<MatchRunProgress, 'stopping'>;
  readonly stop: (wish: StopWish) => void;
  wish: StopWish | null;
}

export function createRunWatch(kernel: Kernel): RunWatch {
  const here = new Map<string, Here>();

  const begin: RunWatch['begin'] = (networkId, holder, trigger) => {
    const abort = new AbortController();
    const run: Here = {
      progress: {
        trigger,
        startedAt: kernel.clock.wallNow(),
        phase: 'read',
        done: 0,
        of: 0,
        objective: null,
        lowerBound: null,
      },
      wish: null,
      stop: (wish) => {
        run.wish ??= wish;
        abort.abort(run.wish);
      },
    };
    here.set(networkId, run);
    const timer = setInterval(() => {
      kernel.db
        .transaction({ kind: 'network', networkId }, (tx) =>
          tellProgress(tx, networkId, holder, run.progress),
        )
        .then((wish) => wish && run.stop(wish))
        // Progress is a courtesy: the run itself is not worse for it.
        .catch((error: unknown) => kernel.log.warn({ err: error, networkId }, 'progress not told'));
    }, TELL_MS);
    return {
      control: {
        signal: abort.signal,
        onProgress: ({ phase, done, of, objective, lowerBound }) => {
          run.progress = { ...run.progress, phase, done, of, objective: objective ?? null, lowerBound };
        },
      },
      orDiscarded: (work) => Promise.race([work, discarded(abort.signal)]),
      end: () => {
        clearInterval(timer);
        if (here.get(networkId) === run) here.delete(networkId);
      },
    };
  };

  return {
    begin,
    current: async (networkId) => {
      const run = here.get(networkId);
      if (run) return { ...run.progress, stopping: run.wish };
      const wallNow = kernel.clock.wallNow();
      return kernel.db.transaction({ kind: 'network', networkId }, (tx) =>
        findProgress(tx, networkId, wallNow),
      );
    },
    stop: async (networkId, keep) => {
      const wish = keep ? 'keep' : 'discard';
      const run = here.get(networkId);
      if (run) {
        run.stop(wish);
        return undefined;
      }
      const wallNow = kernel.clock.wallNow();
      const told = await kernel.db.transaction({ kind: 'network', networkId }, (tx) =>
        wishStop(tx, networkId, wish, wallNow),
      );
      return told ? undefined : NO_RUN;
    },
  };
}

function discarded(signal: AbortSignal): Promise<typeof DISCARDED> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (signal.reason === 'discard') resolve(DISCARDED);
    };
    if (signal.aborted) look();
    else signal.addEventListener('abort', look, { once: true });
  });
}
