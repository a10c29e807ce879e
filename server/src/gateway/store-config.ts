import type { ConfigFault, EdgeConfig, GatewayConfig, GatewayConfigVersion } from '@millrace/contract';
import type { Tx } from '../kernel/index.ts';
import { storableJson } from './storable-json.ts';

const HEAD = `version, created_at AS "createdAt", created_by AS "createdBy", note, applied_at AS "appliedAt", faults`;
const CONFIG = `${HEAD}, config`;

export interface NewConfigRow {
  readonly networkId: string;
  readonly gatewayId: string;
  readonly organisationId: string;
  /** Newest version the writer knew; 0 = none. */
  readonly basedOn: number;
  /** What the agent runs: higher than the newest when the database was taken back to an older state. It takes no lower one. */
  readonly above: number;
  readonly config: EdgeConfig;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly note: string | null;
  readonly restoredFrom: number | null;
}

/** Undefined when somebody else was faster. */
export function insertConfig(tx: Tx, row: NewConfigRow): Promise<GatewayConfig | undefined> {
  return tx.maybe<GatewayConfig>(
    `INSERT INTO gateway_config
       (network_id, gateway_id, version, factory_org_id, config, created_by, created_at, note, restored_from)
     SELECT $1, $2, greatest($4::int, $10::int) + 1, $3, $5, $6, $7, $8, $9
      WHERE coalesce((SELECT max(version) FROM gateway_config WHERE network_id = $1 AND gateway_id = $2), 0) = $4::int
     ON CONFLICT (network_id, gateway_id, version) DO NOTHING
     RETURNING ${CONFIG}`,
    [
      row.networkId,
      row.gatewayId,
      row.organisationId,
      row.basedOn,
      // As people wrote it or not at all: NUL in an address is refused, not written as something else.
      JSON.stringify(row.config),
      row.createdBy,
      new Date(row.createdAt),
      row.note,
      row.restoredFrom,
      row.above,
    ],
  );
}

export function newestConfig(
  tx: Tx,
  networkId: string,
  gatewayId: string,
): Promise<GatewayConfig | undefined> {
  return tx.maybe<GatewayConfig>(
    `SELECT ${CONFIG} FROM gateway_config WHERE network_id = $1 AND gateway_id = $2 ORDER BY version DESC LIMIT 1`,
    [networkId, gatewayId],
  );
}

/** The newest that is newer than what the agent knows; undefined when it knows it. */
export function configAfter(
  tx: Tx,
  networkId: string,
  gatewayId: string,
  seen: number,
): Promise<{ version: number; config: EdgeConfig } | undefined> {
  return tx.maybe(
    `SELECT version, config FROM gateway_config WHERE network_id = $1 AND gateway_id = $2 AND version > $3
      ORDER BY version DESC LIMIT 1`,
    [networkId, gatewayId, seen],
  );
}

/** What the agent said last that it runs. */
export function appliedConfig(
  tx: Tx,
  networkId: string,
  gatewayId: string,
): Promise<{ version: number; config: EdgeConfig } | undefined> {
  return tx.maybe(
    `SELECT version, config FROM gateway_config
      WHERE network_id = $1 AND gateway_id = $2 AND applied_at IS NOT NULL ORDER BY version DESC LIMIT 1`,
    [networkId, gatewayId],
  );
}

export function oneConfig(
  tx: Tx,
  networkId: string,
  gatewayId: string,
  version: number,
): Promise<GatewayConfig | undefined> {
  return tx.maybe<GatewayConfig>(
    `SELECT ${CONFIG} FROM gateway_config WHERE network_id = $1 AND gateway_id = $2 AND version = $3`,
    [networkId, gatewayId, version],
  );
}

export function listConfigs(
  tx: Tx,
  networkId: string,
  gatewayId: string,
  before: number | null,
  limit: number,
): Promise<GatewayConfigVersion[]> {
  return tx.rows<GatewayConfigVersion>(
    `SELECT ${HEAD}, restored_from AS "restoredFrom", jsonb_array_length(config -> 'connections') AS connections,
            jsonb_array_length(config -> 'machines') AS machines
       FROM gateway_config WHERE network_id = $1 AND gateway_id = $2 AND ($3::int IS NULL OR version < $3)
      ORDER BY version DESC LIMIT $4`,
    [networkId, gatewayId, before, limit],
  );
}

/** Versions further back are nobody's undo any more; what an agent runs stays. */
export async function dropOldConfigs(
  tx: Tx,
  networkId: string,
  gatewayId: string,
  keep: number,
): Promise<void> {
  await tx.run(
    `DELETE FROM gateway_config WHERE network_id = $1 AND gateway_id = $2
        AND version <= (SELECT max(version) FROM gateway_config WHERE network_id = $1 AND gateway_id = $2) - $3
        AND version < (SELECT coalesce(max(version), 0) FROM gateway_config
                        WHERE network_id = $1 AND gateway_id = $2 AND applied_at IS NOT NULL)`,
    [networkId, gatewayId, keep],
  );
}

/** The agent runs the version; said once. */
export async function markApplied(
  tx: Tx,
  networkId: string,
  gatewayId: string,
  version: number,
  at: number,
): Promise<void> {
  await tx.run(
    `UPDATE gateway_config SET applied_at = coalesce(applied_at, $4), faults = '[]'
      WHERE network_id = $1 AND gateway_id = $2 AND version = $3 AND (applied_at IS NULL OR faults <> '[]')`,
    [networkId, gatewayId, version, new Date(at)],
  );
}

/** The agent refused the version. */
export async function markRefused(
  tx: Tx,
  networkId: string,
  gatewayId: string,
  version: number,
  faults: readonly ConfigFault[],
): Promise<void> {
  await tx.run(
    'UPDATE gateway_config SET faults = $4 WHERE network_id = $1 AND gateway_id = $2 AND version = $3 AND faults <> $4',
    [networkId, gatewayId, version, storableJson(faults)],
  );
}

export interface ConfigHead {
  readonly gatewayId: string;
  readonly version: number;
  readonly refused: boolean;
}

/** The newest version of each. */
export function configHeads(tx: Tx, networkId: string, gatewayIds: readonly string[]): Promise<ConfigHead[]> {
  return tx.rows<ConfigHead>(
    `SELECT DISTINCT ON (gateway_id) gateway_id AS "gatewayId", version, faults <> '[]' AS refused
       FROM gateway_config WHERE network_id = $1 AND gateway_id = ANY ($2) ORDER BY gateway_id, version DESC`,
    [networkId, gatewayIds],
  );
}
