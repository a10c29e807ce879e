import type { MatchTrigger } from '@millrace/contract';
import type { Tx } from '../kernel/index.ts';

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
     ON CONFLICT (network_id) DO UPDATE SET holder = $2, leased_until = $3
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

export async function dropLease(tx: Tx, networkId: string, holder: string): Promise<void> {
  await tx.run('DELETE FROM match_lease WHERE network_id = $1 AND holder = $2', [networkId, holder]);
}
