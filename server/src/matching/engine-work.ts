import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  canonicalJson,
  checkSnapshot,
  type MatchPlan,
  type MatchProgress,
  match,
  mergePlans,
  type Snapshot,
  SnapshotFault,
  splitComponents,
  type Violation,
  verifyPlan,
} from '@millrace/engine';

export interface EngineTask {
  readonly snapshot: Snapshot;
  /** List for every line the sites that did not get it, with reasons. */
  readonly explain: boolean;
  readonly verify: boolean;
  /** Stops each part where a run before was stopped, so that the same plan comes again; see `EngineResult.stoppedAfter`. */
  readonly stopAfter?: readonly number[] | null;
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
  /** By part, the call of progress that was answered with stop, 0 = it came to its end; null when all did. */
  readonly stoppedAfter: readonly number[] | null;
}

/** Parts of a snapshot have no machine in common; one thread plans those of rank `index`, `index` + `of` … by size. */
export interface Share {
  readonly index: number;
  readonly of: number;
}

export interface PartPlan {
  /** In the order of `splitComponents`. */
  readonly part: number;
  readonly plan: MatchPlan;
  /** 0 = it came to its end. */
  readonly stoppedAfter: number;
}

/** What a thread is asked: everything, its share of the parts, or to put the parts together. */
export type EngineStep =
  | { readonly kind: 'whole'; readonly task: EngineTask }
  | { readonly kind: 'share'; readonly task: EngineTask; readonly share: Share }
  | {
      readonly kind: 'sum';
      readonly task: EngineTask;
      readonly plans: readonly PartPlan[];
      readonly engineMs: number;
    };
export type EngineStepResult = EngineResult | readonly PartPlan[];

type OnProgress = (progress: MatchProgress) => 'stop' | undefined;

export function runStep(step: EngineStep, onProgress: OnProgress): EngineStepResult {
  if (step.kind === 'whole') return runEngine(step.task, onProgress);
  if (step.kind === 'share') return planShare(step.task, step.share, onProgress);
  return sum(step.task, step.plans, step.engineMs);
}

/** What one turn of the engine does; the same plan comes of it in one thread and in several. */
export function runEngine(task: EngineTask, onProgress: OnProgress = () => undefined): EngineResult {
  const startMs = performance.now();
  const plans = planShare(task, { index: 0, of: 1 }, onProgress);
  return sum(task, plans, performance.now() - startMs);
}

function planShare(task: EngineTask, { index, of }: Share, onProgress: OnProgress): PartPlan[] {
  const { snapshot } = task;
  // Of the whole, because a part of a contradiction may be none.
  const problems = checkSnapshot(snapshot);
  if (problems.length > 0) throw new SnapshotFault(problems);
  const bySize = splitComponents(snapshot)
    .map((part, at) => ({ part, at }))
    .sort((a, b) => b.part.lines.length - a.part.lines.length || a.at - b.at);
  const done: PartPlan[] = [];
  for (const { part, at } of bySize.filter((_, rank) => rank % of === index)) {
    done.push(planPart(task, part, at, (progress) => onProgress(beside(done, progress))));
  }
  return done;
}

function planPart(
  { explain, stopAfter }: EngineTask,
  snapshot: Snapshot,
  part: number,
  onProgress: OnProgress,
): PartPlan {
  let calls = 0;
  let stoppedAfter = 0;
  const plan = match(snapshot, {
    explain,
    onProgress: (progress) => {
      calls++;
      const stops = stopAfter ? calls === stopAfter[part] : onProgress(progress) === 'stop';
      if (stops) stoppedAfter = calls;
      return stops ? 'stop' : undefined;
    },
  });
  return { part, plan, stoppedAfter };
}

/** Points of the parts that are done and of this one; it has none yet as long as it has no plan. */
function beside(done: readonly PartPlan[], progress: MatchProgress): MatchProgress {
  let { objective, lowerBound } = progress;
  for (const { plan } of done) {
    if (objective !== undefined) objective += plan.summary.objective;
    lowerBound += plan.summary.lowerBound;
  }
  return { ...progress, objective, lowerBound };
}

function sum({ snapshot, verify }: EngineTask, parts: readonly PartPlan[], engineMs: number): EngineResult {
  const inOrder = [...parts].sort((a, b) => a.part - b.part);
  const plan = mergePlans(
    snapshot.networkId,
    inOrder.map((one) => one.plan),
  );
  const text = canonicalJson(snapshot);
  const stopped = inOrder.map(({ stoppedAfter }) => stoppedAfter);
  return {
    plan,
    snapshotHash: sha256(text),
    planHash: planHashOf(plan),
    engineMs,
    violations: verify ? verifyPlan(snapshot, plan) : undefined,
    packedSnapshot: gzipSync(text),
    stoppedAfter: stopped.some((calls) => calls > 0) ? stopped : null,
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
