import { type Actor, scopeOf } from '../access/index.ts';
import { type Kernel, notFound, type Refusal, refuse } from '../kernel/index.ts';
import type { EngineThread } from './engine-thread.ts';
import { unpackSnapshot } from './engine-work.ts';
import { findReplay } from './store-run.ts';

export interface Replay {
  /** The stored snapshot is the one the run was made for. */
  readonly sameSnapshot: boolean;
  /** The engine makes the same plan of it, byte for byte. */
  readonly samePlan: boolean;
}

/** Decides again from the stored snapshot [D11]: an operator or a court can check what was decided. */
export async function replayRun(
  { kernel, engine }: { readonly kernel: Kernel; readonly engine: EngineThread },
  actor: Actor,
  runId: string,
): Promise<Replay | Refusal> {
  const stored = await kernel.db.transaction(scopeOf(actor), (tx) => findReplay(tx, runId));
  if (!stored) return notFound('match run');
  if (!stored.snapshot) {
    return refuse('snapshot-gone', 410, 'The snapshot of this run is no longer kept.');
  }
  const { snapshot, hash } = unpackSnapshot(stored.snapshot);
  const { planHash } = await engine.run({
    snapshot,
    explain: false,
    verify: false,
    stopAfter: stored.stoppedAfter,
  });
  return { sameSnapshot: hash === stored.snapshotHash, samePlan: planHash === stored.planHash };
}
