import type { MatchRunProgress, MatchTrigger } from '@millrace/contract';
import type { Tx } from '../kernel/index.ts';

/** What a person may wish of a run under way: its best plan so far, or nothing at all. */
export type StopWish = 'keep' | 'discard';

export interface MatchRequest {
  readonly id: number;
  readonly trigger: MatchTrigger;
  /** Null = the whole network has to be looked at. */
  readonly lineId: string | null;
}

/** `wallAt`: debouncing runs on the wall clock, whatever the domain clock's speed. */
export async function addRequest(
  tx: Tx,
  networkId: string,
  trigger: MatchTrigger,
  lineId: string | null,
  wallAt: number,
): Promise<void> {
  await tx.run(
    'INSERT INTO match_request (network_id, trigger, line_id, requested_at) VALUES ($1, $2, $3, $4)',
    [networkId, trigger, lineId, new Date(wallAt)],
  );
}

export async function listRequests(tx: Tx, networkId: string): Promise<MatchRequest[]> {
  const rows = await tx.rows<{ id: number; trigger: MatchTrigger; line_id: string | null }>(
    'SELECT id, trigger, line_id FROM match_request WHERE network_id = $1 ORDER BY id',
    [networkId],
  );
  return rows.map((row) => ({ id: row.id, trigger: row.trigger, lineId: row.line_id }));
}

export async function deleteRequests(tx: Tx, networkId: string, ids: readonly number[]): Promise<void> {
  await tx.run('DELETE FROM match_request WHERE network_id = $1 AND id = ANY ($2)', [networkId, ids]);
}

/** Networks where something waits, with the wall instants of the oldest and the newest request. Platform scope. */
export async function listWaitingNetworks(
  tx: Tx,
): Promise<{ readonly networkId: string; readonly oldest: number; readonly newest: number }[]> {
  return (
    await tx.rows<{ network_id: string; oldest: number; newest: number }>(
      'SELECT network_id, min(requested_at) AS oldest, max(requested_at) AS newest FROM match_request GROUP BY network_id',
    )
  ).map((row) => ({ networkId: row.network_id, oldest: row.oldest, newest: row.newest }));
}

/** True when this process may plan the network until `until` (wall). */
export async function takeLease(
  tx: Tx,
  networkId: string,
  holder: string,
  wallNow: number,
  until: number,
): Promise<boolean> {
  const taken = await tx.run(
    `INSERT INTO match_lease AS l (network_id, holder, leased_until) VALUES ($1, $2, $3)
     ON CONFLICT (network_id) DO UPDATE
       SET holder = $2, leased_until = $3, run_trigger = NULL, run_started_at = NULL, progress = NULL, stop_wish = NULL
       WHERE l.leased_until < $4 OR l.holder = $2`,
    [networkId, holder, new Date(until), new Date(wallNow)],
  );
  return taken === 1;
}

/** Held until the transaction ends, so that nobody takes the lease over between this look and the commit. */
export async function confirmLease(
  tx: Tx,
  networkId: string,
  holder: string,
  wallNow: number,
): Promise<boolean> {
  const row = await tx.maybe(
    'SELECT FROM match_lease WHERE network_id = $1 AND holder = $2 AND leased_until > $3 FOR UPDATE',
    [networkId, holder, new Date(wallNow)],
  );
  return row !== undefined;
}

/** What the run under way tells of itself; answers what somebody wishes of it meanwhile. */
export async function tellProgress(
  tx: Tx,
  networkId: string,
  holder: string,
  progress: Omit<MatchRunProgress, 'stopping'>,
): Promise<StopWish | null> {
  const { trigger, startedAt, ...rest } = progress;
  const row = await tx.maybe<{ stop_wish: StopWish | null }>(
    `UPDATE match_lease SET run_trigger = $3, run_started_at = $4, progress = $5
      WHERE network_id = $1 AND holder = $2 RETURNING stop_wish`,
    [networkId, holder, trigger, new Date(startedAt), JSON.stringify(rest)],
  );
  return row?.stop_wish ?? null;
}

/** Undefined when no run is under way, or one so short that it has not told anything. */
export async function findProgress(
  tx: Tx,
  networkId: string,
  wallNow: number,
): Promise<MatchRunProgress | undefined> {
  const row = await tx.maybe<{
    run_trigger: MatchTrigger;
    run_started_at: number;
    progress: Pick<MatchRunProgress, 'phase' | 'done' | 'of' | 'objective' | 'lowerBound'>;
    stop_wish: StopWish | null;
  }>(
    `SELECT run_trigger, run_started_at, progress, stop_wish FROM match_lease
      WHERE network_id = $1 AND leased_until > $2 AND progress IS NOT NULL`,
    [networkId, new Date(wallNow)],
  );
  if (!row) return undefined;
  const { run_trigger: trigger, run_started_at: startedAt, progress, stop_wish: stopping } = row;
  return { trigger, startedAt, ...progress, stopping };
}

/** False when no run is under way. The first wish stands. */
export async function wishStop(tx: Tx, networkId: string, wish: StopWish, wallNow: number): Promise<boolean> {
  const told = await tx.run(
    `UPDATE match_lease SET stop_wish = coalesce(stop_wish, $2) WHERE network_id = $1 AND leased_until > $3`,
    [networkId, wish, new Date(wallNow)],
  );
  return told === 1;
}

export async function dropLease(tx: Tx, networkId: string, holder: string): Promise<void> {
  await tx.run('DELETE FROM match_lease WHERE network_id = $1 AND holder = $2', [networkId, holder]);
}
