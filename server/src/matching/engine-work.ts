import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  canonicalJson,
  type MatchPlan,
  type MatchProgress,
  match,
  type Snapshot,
  type Violation,
  verifyPlan,
} from '@millrace/engine';

export interface EngineTask {
  readonly snapshot: Snapshot;
  /** List for every line the sites that did not get it, with reasons. */
  readonly explain: boolean;
  readonly verify: boolean;
  /** Stops where a run before was stopped, so that the same plan comes again. */
  readonly stopAfter?: number | null;
}

export interface EngineResult {
  readonly plan: MatchPlan;
  /** SHA-256 of the canonical JSON, hex. */
  readonly snapshotHash: string;
  readonly planHash: string;
  /** Wall time of matching alone. */
  readonly engineMs: number;
  /** Undefined when the run was not verified. */
  readonly violations: readonly Violation[] | undefined;
  /** Canonical JSON of the snapshot, gzip. */
  readonly packedSnapshot: Uint8Array;
  /** The call of progress that was answered with stop; null when the run came to its end. */
  readonly stoppedAfter: number | null;
}

/** What one turn of the engine does; the same function in the thread and in a replay. */
export function runEngine(
  { snapshot, explain, verify, stopAfter = null }: EngineTask,
  onProgress: (progress: MatchProgress) => 'stop' | undefined = () => undefined,
): EngineResult {
  const text = canonicalJson(snapshot);
  const startMs = performance.now();
  let calls = 0;
  let stoppedAfter: number | null = null;
  const plan = match(snapshot, {
    explain,
    onProgress: (progress) => {
      calls++;
      const stops = stopAfter === null ? onProgress(progress) === 'stop' : calls === stopAfter;
      if (stops) stoppedAfter = calls;
      return stops ? 'stop' : undefined;
    },
  });
  const engineMs = performance.now() - startMs;
  return {
    plan,
    snapshotHash: sha256(text),
    planHash: planHashOf(plan),
    engineMs,
    violations: verify ? verifyPlan(snapshot, plan) : undefined,
    packedSnapshot: gzipSync(text),
    stoppedAfter,
  };
}

/** Of what was decided; the explanation can be left out without another plan coming of it. */
export function planHashOf({ allocations, unplaced, summary }: MatchPlan): string {
  return sha256(canonicalJson({ allocations, unplaced, summary }));
}

export function unpackSnapshot(packed: Uint8Array): { readonly snapshot: Snapshot; readonly hash: string } {
  const text = gunzipSync(packed).toString('utf8');
  // Written by `runEngine` from a Snapshot; the hash beside it proves that it is still the same text.
  return { snapshot: JSON.parse(text) as Snapshot, hash: sha256(text) };
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
