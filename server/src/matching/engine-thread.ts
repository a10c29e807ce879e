import type { MatchProgress } from '@millrace/engine';
import { createWorkThread, type WorkControl, type WorkLimits, type WorkThread } from '../kernel/index.ts';
import type { EngineResult, EngineTask } from './engine-work.ts';

/**
 * The engine ends by counted rounds; a run that takes a minute is told to stop and gives its best plan so far, and what
 * does not even stop after two is broken.
 */
const LIMITS: WorkLimits = { stopMs: 60_000, timeoutMs: 120_000 };

/** The engine beside the event loop: requests are answered while a plan is made. */
export type EngineThread = WorkThread<EngineTask, MatchProgress, EngineResult>;
/** Ends a run: with the reason `discard` at once, otherwise as soon as every line has had its turn. */
export type EngineControl = WorkControl<MatchProgress>;

export function createEngineThread(limits: WorkLimits = LIMITS): EngineThread {
  return createWorkThread('engine', new URL('./engine-worker.ts', import.meta.url), limits);
}
