import type { Tx } from '../kernel/index.ts';
import type { Waiter } from './wait-room.ts';

/** Of these agents, those for whom there is something. Platform scope: one question for all that wait in this process. */
export async function gatewaysToWake(
  tx: Tx,
  waiting: readonly Waiter[],
  now: number,
  toldBefore: number,
): Promise<string[]> {
  const rows = await tx.rows<{ id: string }>(
    `SELECT w.gateway_id AS id
       FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS w (network_id, gateway_id, seen)
      WHERE EXISTS (SELECT FROM gateway_config c
                     WHERE c.network_id = w.network_id AND c.gateway_id = w.gateway_id AND c.version > w.seen)
         OR EXISTS (SELECT FROM gateway_request r
                     WHERE r.network_id = w.network_id AND r.gateway_id = w.gateway_id AND r.answered_at IS NULL
                       AND r.expires_at > $4 AND (r.told_at IS NULL OR r.told_at < $5))
         OR EXISTS (SELECT FROM machine_command m
                     WHERE m.network_id = w.network_id AND m.gateway_id = w.gateway_id AND m.expires_at > $4
                       AND (m.state = 'queued' OR (m.state = 'delivered' AND m.delivered_at < $5)))`,
    [
      waiting.map(({ networkId }) => networkId),
      waiting.map(({ gatewayId }) => gatewayId),
      waiting.map(({ seenVersion }) => seenVersion),
      new Date(now),
      new Date(toldBefore),
    ],
  );
  return rows.map(({ id }) => id);
}
