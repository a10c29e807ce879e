import type { Lock } from '@millrace/contract';
import type { Tx } from '../kernel/index.ts';

export interface StoredOverride {
  readonly id: string;
  readonly lineId: string;
  readonly orderId: string;
  readonly lock: Lock;
  readonly siteId: string | null;
  /** Pieces. */
  readonly quantity: number | null;
  readonly finishAt: number | null;
  readonly reason: string;
  readonly recordedBy: string;
  readonly recordedAt: number;
  readonly releasedAt: number | null;
}

interface OverrideRow {
  id: string;
  line_id: string;
  order_id: string;
  lock: Lock;
  site_id: string | null;
  quantity: number | null;
  finish_at: number | null;
  reason: string;
  recorded_by: string;
  recorded_at: number;
  released_at: number | null;
}
const COLUMNS =
  'id, line_id, order_id, lock, site_id, quantity, finish_at, reason, recorded_by, recorded_at, released_at';

export async function insertOverride(tx: Tx, networkId: string, fresh: StoredOverride): Promise<void> {
  await tx.run(
    `INSERT INTO line_override (network_id, ${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      networkId,
      fresh.id,
      fresh.lineId,
      fresh.orderId,
      fresh.lock,
      fresh.siteId,
      fresh.quantity,
      fresh.finishAt === null ? null : new Date(fresh.finishAt),
      fresh.reason,
      fresh.recordedBy,
      new Date(fresh.recordedAt),
      fresh.releasedAt === null ? null : new Date(fresh.releasedAt),
    ],
  );
}

export async function releaseOverrides(
  tx: Tx,
  networkId: string,
  ids: readonly string[],
  at: number,
): Promise<void> {
  await tx.run('UPDATE line_override SET released_at = $3 WHERE network_id = $1 AND id = ANY ($2)', [
    networkId,
    ids,
    new Date(at),
  ]);
}

/** What binds the engine now, by line, oldest first. */
export async function listInForce(tx: Tx, networkId: string): Promise<Map<string, StoredOverride[]>> {
  const rows = await tx.rows<OverrideRow>(
    `SELECT ${COLUMNS} FROM line_override
      WHERE network_id = $1 AND released_at IS NULL AND lock <> 'none' ORDER BY recorded_at, id`,
    [networkId],
  );
  const byLine = new Map<string, StoredOverride[]>();
  for (const row of rows) byLine.set(row.line_id, [...(byLine.get(row.line_id) ?? []), toOverride(row)]);
  return byLine;
}

/** Newest first; all lines when none is given. */
export async function listOverrides(
  tx: Tx,
  networkId: string,
  lineId: string | undefined,
  limit: number,
): Promise<StoredOverride[]> {
  const rows = await tx.rows<OverrideRow>(
    `SELECT ${COLUMNS} FROM line_override WHERE network_id = $1 AND ($2::uuid IS NULL OR line_id = $2)
      ORDER BY recorded_at DESC, id DESC LIMIT $3`,
    [networkId, lineId ?? null, limit],
  );
  return rows.map(toOverride);
}

const toOverride = (row: OverrideRow): StoredOverride => ({
  id: row.id,
  lineId: row.line_id,
  orderId: row.order_id,
  lock: row.lock,
  siteId: row.site_id,
  quantity: row.quantity,
  finishAt: row.finish_at,
  reason: row.reason,
  recordedBy: row.recorded_by,
  recordedAt: row.recorded_at,
  releasedAt: row.released_at,
});
