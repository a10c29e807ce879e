import type { MatchRun, MatchTrigger, PlanChange } from '@millrace/contract';
import type { Tx } from '../kernel/index.ts';

export interface NewRun extends MatchRun {
  readonly planHash: string;
  /** By part, the call of progress at which it was stopped; see `EngineResult`. */
  readonly stoppedAfter: readonly number[] | null;
  readonly changes: readonly PlanChange[];
  /** Canonical JSON of the engine's input, gzip. */
  readonly snapshot: Uint8Array;
}

interface RunRow {
  id: string;
  trigger: MatchTrigger;
  started_at: number;
  engine_ms: number;
  snapshot_hash: string;
  engine_version: string;
  lines: number;
  placed: number;
  unplaced: number;
  late: number;
  changed: number;
  objective: number;
  weights: Record<string, number>;
  violations: number | null;
  lower_bound: number | null;
  stopped_after: number[] | null;
}
const COLUMNS = `id, trigger, started_at, engine_ms, snapshot_hash, engine_version, lines, placed, unplaced, late, changed,
  objective, weights, violations, lower_bound, stopped_after`;

export async function insertRun(tx: Tx, networkId: string, run: NewRun): Promise<void> {
  await tx.run(
    `INSERT INTO match_run (network_id, id, trigger, started_at, engine_ms, snapshot_hash, plan_hash, engine_version, lines,
       placed, unplaced, late, changed, objective, weights, violations, lower_bound, stopped_after, changes, snapshot)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
    [
      networkId,
      run.id,
      run.trigger,
      new Date(run.startedAt),
      run.engineMs,
      run.snapshotHash,
      run.planHash,
      run.engineVersion,
      run.lines,
      run.placed,
      run.unplaced,
      run.late,
      run.changed,
      run.objective,
      JSON.stringify(run.weights),
      run.violations,
      run.lowerBound,
      run.stoppedAfter,
      JSON.stringify(run.changes),
      Buffer.from(run.snapshot),
    ],
  );
}

/**
 * Only the newest runs keep what they saw, and only so many runs are kept at all: neither table nor disk grows with the
 * age of a network.
 */
export async function dropOldRuns(
  tx: Tx,
  networkId: string,
  keep: { readonly snapshots: number; readonly runs: number },
): Promise<void> {
  await tx.run(
    `UPDATE match_run SET snapshot = NULL WHERE network_id = $1 AND snapshot IS NOT NULL AND (started_at, id) < (
       SELECT started_at, id FROM match_run WHERE network_id = $1 AND snapshot IS NOT NULL
        ORDER BY started_at DESC, id DESC OFFSET $2 LIMIT 1)`,
    [networkId, keep.snapshots - 1],
  );
  await tx.run(
    `DELETE FROM match_run WHERE network_id = $1 AND (started_at, id) < (
       SELECT started_at, id FROM match_run WHERE network_id = $1 ORDER BY started_at DESC, id DESC OFFSET $2 LIMIT 1)`,
    [networkId, keep.runs - 1],
  );
}

export async function findRun(
  tx: Tx,
  id: string,
): Promise<{ readonly run: MatchRun; readonly changes: PlanChange[] } | undefined> {
  const row = await tx.maybe<RunRow & { changes: PlanChange[] }>(
    `SELECT ${COLUMNS}, changes FROM match_run WHERE id = $1`,
    [id],
  );
  return row && { run: toRun(row), changes: row.changes };
}

/** What a run saw and what came out, for replay; the snapshot is undefined when it is no longer kept. */
export async function findReplay(
  tx: Tx,
  id: string,
): Promise<
  | {
      readonly snapshotHash: string;
      readonly planHash: string;
      readonly stoppedAfter: readonly number[] | null;
      readonly snapshot: Buffer | undefined;
    }
  | undefined
> {
  const row = await tx.maybe<{
    snapshot_hash: string;
    plan_hash: string;
    stopped_after: number[] | null;
    snapshot: Buffer | null;
  }>('SELECT snapshot_hash, plan_hash, stopped_after, snapshot FROM match_run WHERE id = $1', [id]);
  return (
    row && {
      snapshotHash: row.snapshot_hash,
      planHash: row.plan_hash,
      stoppedAfter: row.stopped_after,
      snapshot: row.snapshot ?? undefined,
    }
  );
}

/** Newest first. */
export async function pageRuns(
  tx: Tx,
  networkId: string,
  before: readonly [startedAt: number, id: string] | undefined,
  limit: number,
): Promise<MatchRun[]> {
  const rows = await tx.rows<RunRow>(
    `SELECT ${COLUMNS} FROM match_run
      WHERE network_id = $1 AND ($2::timestamptz IS NULL OR (started_at, id) < ($2, $3::uuid))
      ORDER BY started_at DESC, id DESC LIMIT $4`,
    [networkId, before ? new Date(before[0]) : null, before?.[1] ?? null, limit],
  );
  return rows.map(toRun);
}

export interface StoredExplanation {
  readonly runId: string;
  readonly chosen: readonly unknown[];
  readonly refused: readonly unknown[];
}

export interface LineExplanation extends Omit<StoredExplanation, 'runId'> {
  readonly lineId: string;
}

export async function putExplanations(
  tx: Tx,
  networkId: string,
  runId: string,
  explanations: readonly LineExplanation[],
): Promise<void> {
  await tx.run(
    `INSERT INTO line_explanation (network_id, line_id, run_id, chosen, refused)
     SELECT $1, line_id, $2, chosen, refused
       FROM jsonb_to_recordset($3) AS e (line_id uuid, chosen jsonb, refused jsonb)
     ON CONFLICT (network_id, line_id) DO UPDATE
       SET run_id = excluded.run_id, chosen = excluded.chosen, refused = excluded.refused`,
    [
      networkId,
      runId,
      JSON.stringify(explanations.map(({ lineId, ...why }) => ({ line_id: lineId, ...why }))),
    ],
  );
}

export async function findExplanation(
  tx: Tx,
  networkId: string,
  lineId: string,
): Promise<StoredExplanation | undefined> {
  const row = await tx.maybe<{ run_id: string; chosen: unknown[]; refused: unknown[] }>(
    'SELECT run_id, chosen, refused FROM line_explanation WHERE network_id = $1 AND line_id = $2',
    [networkId, lineId],
  );
  return row && { runId: row.run_id, chosen: row.chosen, refused: row.refused };
}

const toRun = (row: RunRow): MatchRun => ({
  id: row.id,
  trigger: row.trigger,
  startedAt: row.started_at,
  engineMs: row.engine_ms,
  snapshotHash: row.snapshot_hash,
  engineVersion: row.engine_version,
  lines: row.lines,
  placed: row.placed,
  unplaced: row.unplaced,
  late: row.late,
  changed: row.changed,
  objective: row.objective,
  weights: row.weights,
  violations: row.violations,
  lowerBound: row.lower_bound,
  stopped: row.stopped_after !== null,
});
