import type { Tx } from '../kernel/index.ts';

const HOUR_MS = 3_600_000;

/** An hour of a gateway whose roll-up is older than its records. */
export interface DirtyHour {
  readonly orgId: string;
  readonly networkId: string;
  readonly gatewayId: string;
  /** Hours since the epoch. */
  readonly hour: number;
}

/**
 * The oldest marks of hours before `before`, locked until the transaction ends: whoever marks such an hour meanwhile waits,
 * and marks it anew after the roll-up.
 */
export async function lockDirtyHours(tx: Tx, before: number, limit: number): Promise<DirtyHour[]> {
  const rows = await tx.rows<DirtyHour>(
    `SELECT org_id AS "orgId", network_id AS "networkId", gateway_id AS "gatewayId", hour
       FROM record_hour_dirty WHERE hour < $1 ORDER BY hour, org_id, gateway_id LIMIT $2 FOR UPDATE`,
    [new Date(before * HOUR_MS), limit],
  );
  return rows.map((row) => ({ ...row, hour: row.hour / HOUR_MS }));
}

export async function clearDirtyHours(tx: Tx, hours: readonly DirtyHour[]): Promise<void> {
  await tx.run(
    `DELETE FROM record_hour_dirty d USING unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS r (org_id, gateway_id, hour)
      WHERE d.org_id = r.org_id AND d.gateway_id = r.gateway_id AND d.hour = r.hour`,
    [
      hours.map(({ orgId }) => orgId),
      hours.map(({ gatewayId }) => gatewayId),
      hours.map(({ hour }) => new Date(hour * HOUR_MS)),
    ],
  );
}

/** Hours in [from, to) of these gateways that a roll-up does not hold yet, or not as they are; hours since the epoch. */
export async function dirtyHoursOf(
  tx: Tx,
  orgId: string,
  gatewayIds: readonly string[],
  from: number,
  to: number,
): Promise<number[]> {
  const rows = await tx.rows<{ hour: number }>(
    `SELECT DISTINCT hour FROM record_hour_dirty
      WHERE org_id = $1 AND gateway_id = ANY ($2::uuid[]) AND hour >= $3 AND hour < $4 ORDER BY hour`,
    [orgId, gatewayIds, new Date(from * HOUR_MS), new Date(to * HOUR_MS)],
  );
  return rows.map(({ hour }) => hour / HOUR_MS);
}
