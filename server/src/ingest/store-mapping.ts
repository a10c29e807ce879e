import type { DeviceMapping } from '@millrace/contract';
import type { Tx } from '../kernel/index.ts';

/** A mapping with whose it is. */
export interface StoredMapping extends DeviceMapping {
  readonly networkId: string;
  readonly orgId: string;
}

const COLUMNS = `id, network_id AS "networkId", org_id AS "orgId", machine_id AS "machineId", form, count_key AS "countKey",
  count_kind AS "countKind", running_key AS "runningKey", running_values AS "runningValues", energy_key AS "energyKey"`;

/** Machines of these organisations that a device reports for. */
export async function mappedMachines(tx: Tx, orgIds: readonly string[]): Promise<Set<string>> {
  const rows = await tx.rows<{ machineId: string }>(
    `SELECT machine_id AS "machineId" FROM device_mapping WHERE org_id = ANY ($1::uuid[]) AND revoked_at IS NULL`,
    [orgIds],
  );
  return new Set(rows.map((row) => row.machineId));
}

/** In the order of their ids, which is that of their making; those after `after`. */
export function listMappings(
  tx: Tx,
  networkId: string,
  after: string | null,
  limit: number,
): Promise<StoredMapping[]> {
  return tx.rows<StoredMapping>(
    `SELECT ${COLUMNS} FROM device_mapping
      WHERE network_id = $1 AND revoked_at IS NULL AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
    [networkId, after, limit],
  );
}

export function mappingsOfOrganisation(tx: Tx, orgId: string): Promise<StoredMapping[]> {
  return tx.rows<StoredMapping>(
    `SELECT ${COLUMNS} FROM device_mapping WHERE org_id = $1 AND revoked_at IS NULL ORDER BY id`,
    [orgId],
  );
}

export function findMappingByToken(tx: Tx, tokenHash: Buffer): Promise<StoredMapping | undefined> {
  return tx.maybe<StoredMapping>(
    `SELECT ${COLUMNS} FROM device_mapping WHERE token_hash = $1 AND revoked_at IS NULL`,
    [tokenHash],
  );
}

/** 0 when the machine has a mapping already. */
export function insertMapping(
  tx: Tx,
  mapping: StoredMapping,
  tokenHash: Buffer,
  at: number,
): Promise<number> {
  return tx.run(
    `INSERT INTO device_mapping (id, network_id, org_id, machine_id, form, count_key, count_kind, running_key, running_values,
       energy_key, token_hash, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING`,
    [
      mapping.id,
      mapping.networkId,
      mapping.orgId,
      mapping.machineId,
      mapping.form,
      mapping.countKey,
      mapping.countKind,
      mapping.runningKey,
      mapping.runningValues,
      mapping.energyKey,
      tokenHash,
      new Date(at),
    ],
  );
}

/** The mapping that ended; undefined when there is none, or it had ended before. */
export function revokeMapping(
  tx: Tx,
  networkId: string,
  id: string,
  at: number,
): Promise<StoredMapping | undefined> {
  return tx.maybe<StoredMapping>(
    `UPDATE device_mapping SET revoked_at = $3 WHERE network_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING ${COLUMNS}`,
    [networkId, id, new Date(at)],
  );
}

export async function mappingVersion(tx: Tx): Promise<number> {
  return (await tx.one<{ version: number }>('SELECT version FROM device_mapping_version')).version;
}

/** After every change, in its transaction. */
export async function raiseMappingVersion(tx: Tx): Promise<void> {
  await tx.run('UPDATE device_mapping_version SET version = version + 1');
}
