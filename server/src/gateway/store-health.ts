import type { AgentHealth } from '@millrace/contract';
import type { Tx } from '../kernel/index.ts';
import { storableJson } from './storable-json.ts';

export interface HealthRow {
  readonly networkId: string;
  readonly gatewayId: string;
  readonly organisationId: string;
  /** Wall, epoch ms. */
  readonly heardAt: number;
  readonly waitS: number;
  readonly health: AgentHealth;
}

/** Of many gateways in one statement; an older word never replaces a newer one. Platform scope. */
export async function writeHealth(tx: Tx, rows: readonly HealthRow[]): Promise<void> {
  await tx.run(
    `INSERT INTO gateway_health AS h (network_id, gateway_id, factory_org_id, heard_at, wait_s, health)
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::int[], $6::jsonb[])
     ON CONFLICT (network_id, gateway_id) DO UPDATE
       SET heard_at = excluded.heard_at, wait_s = excluded.wait_s, health = excluded.health
     WHERE h.heard_at < excluded.heard_at`,
    [
      rows.map((row) => row.networkId),
      rows.map((row) => row.gatewayId),
      rows.map((row) => row.organisationId),
      rows.map((row) => new Date(row.heardAt)),
      rows.map((row) => row.waitS),
      rows.map((row) => storableJson(row.health)),
    ],
  );
}

export function readHealth(tx: Tx, networkId: string, gatewayIds: readonly string[]): Promise<HealthRow[]> {
  return tx.rows<HealthRow>(
    `SELECT network_id AS "networkId", gateway_id AS "gatewayId", factory_org_id AS "organisationId",
            heard_at AS "heardAt", wait_s AS "waitS", health
       FROM gateway_health WHERE network_id = $1 AND gateway_id = ANY ($2)`,
    [networkId, gatewayIds],
  );
}
