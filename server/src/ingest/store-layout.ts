import type { Tx } from '../kernel/index.ts';
import { NO_MINUTE } from './count.ts';
import type { Layout, LayoutOwner, StoredLayout } from './layout.ts';
import { MINUTE_MS } from './local-day.ts';

const COLUMNS = `org_id AS "orgId", network_id AS "networkId", gateway_id AS "gatewayId", layout_id AS "layoutId",
  machine_ids::text[] AS "machineIds", signals, increments`;

/** The newest version of each gateway's layout. */
export async function readNewestLayouts(
  tx: Tx,
  owners: readonly LayoutOwner[],
): Promise<Map<string, StoredLayout>> {
  const rows = await tx.rows<StoredLayout>(
    `SELECT DISTINCT ON (org_id, gateway_id) ${COLUMNS} FROM gateway_layout
      WHERE (org_id, gateway_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
      ORDER BY org_id, gateway_id, layout_id DESC`,
    keysOf(owners),
  );
  return new Map(rows.map((row) => [row.gatewayId, row]));
}

export function readLayouts(tx: Tx, orgId: string, gatewayId: string): Promise<StoredLayout[]> {
  return tx.rows<StoredLayout>(
    `SELECT ${COLUMNS} FROM gateway_layout WHERE org_id = $1 AND gateway_id = $2 ORDER BY layout_id`,
    [orgId, gatewayId],
  );
}

/** Newest version of every gateway; all of them, for machinery that starts. */
export function readAllLayouts(tx: Tx): Promise<StoredLayout[]> {
  return tx.rows<StoredLayout>(
    `SELECT DISTINCT ON (org_id, gateway_id) ${COLUMNS} FROM gateway_layout ORDER BY org_id, gateway_id, layout_id DESC`,
  );
}

/** Gateways that reported for the machine, now or before; few per organisation. */
export function readLayoutsOfMachine(tx: Tx, orgId: string, machineId: string): Promise<StoredLayout[]> {
  return tx.rows<StoredLayout>(
    `SELECT ${COLUMNS} FROM gateway_layout WHERE org_id = $1 AND $2::uuid = ANY (machine_ids) ORDER BY gateway_id, layout_id`,
    [orgId, machineId],
  );
}

/** False when another process stored this version first: read again. */
export async function insertLayout(tx: Tx, layout: Layout): Promise<boolean> {
  const inserted = await tx.run(
    `INSERT INTO gateway_layout (org_id, gateway_id, layout_id, network_id, machine_ids, signals, increments)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
    [
      layout.orgId,
      layout.gatewayId,
      layout.layoutId,
      layout.networkId,
      layout.machineIds,
      layout.signals,
      layout.machineIds.map((_, position) => layout.increments[position] ?? false),
    ],
  );
  return inserted === 1;
}

/** Newest minute stored at or after `from` (epoch ms), so that only the last partitions are looked at. */
export async function readNewestMinutes(
  tx: Tx,
  owners: readonly LayoutOwner[],
  from: number,
): Promise<Map<string, number>> {
  const rows = await tx.rows<{ gatewayId: string; minute: number | null }>(
    `SELECT g.gateway_id AS "gatewayId",
            (SELECT max(b.minute) FROM record_batch b
              WHERE b.org_id = g.org_id AND b.gateway_id = g.gateway_id AND b.minute >= $3) AS minute
       FROM unnest($1::uuid[], $2::uuid[]) AS g (org_id, gateway_id)`,
    [...keysOf(owners), new Date(from)],
  );
  return new Map(
    rows.map(({ gatewayId, minute }) => [gatewayId, minute === null ? NO_MINUTE : minute / MINUTE_MS]),
  );
}

function keysOf(owners: readonly LayoutOwner[]): [string[], string[]] {
  return [owners.map(({ orgId }) => orgId), owners.map(({ gatewayId }) => gatewayId)];
}
