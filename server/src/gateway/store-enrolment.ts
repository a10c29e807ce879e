import type { Tx } from '../kernel/index.ts';

export interface NewCodeRow {
  readonly networkId: string;
  readonly gatewayId: string;
  readonly organisationId: string;
  readonly hash: Buffer;
  readonly createdBy: string;
  /** Wall, epoch ms. */
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** A new one ends the one before, a used one for those whose answer was lost; of two at the same time the later wins. */
export async function insertCode(tx: Tx, row: NewCodeRow): Promise<void> {
  await tx.run(
    `UPDATE gateway_enrolment SET replaced_at = $3
      WHERE network_id = $1 AND gateway_id = $2 AND replaced_at IS NULL`,
    [row.networkId, row.gatewayId, new Date(row.createdAt)],
  );
  await tx.run(
    `INSERT INTO gateway_enrolment (network_id, gateway_id, code_hash, factory_org_id, created_by, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (network_id, gateway_id) WHERE used_at IS NULL AND replaced_at IS NULL
     DO UPDATE SET code_hash = excluded.code_hash, created_by = excluded.created_by,
                   created_at = excluded.created_at, expires_at = excluded.expires_at`,
    [
      row.networkId,
      row.gatewayId,
      row.hash,
      row.organisationId,
      row.createdBy,
      new Date(row.createdAt),
      new Date(row.expiresAt),
    ],
  );
}

export interface CodeRow {
  readonly networkId: string;
  readonly gatewayId: string;
  readonly organisationId: string;
  readonly expiresAt: number;
  readonly usedAt: number | null;
  readonly replacedAt: number | null;
}

/** Locked: of two agents with the same code one waits here, and finds it used. Platform scope: nobody is known yet. */
export function lockCode(tx: Tx, hash: Buffer): Promise<CodeRow | undefined> {
  return tx.maybe<CodeRow>(
    `SELECT network_id AS "networkId", gateway_id AS "gatewayId", factory_org_id AS "organisationId",
            expires_at AS "expiresAt", used_at AS "usedAt", replaced_at AS "replacedAt"
       FROM gateway_enrolment WHERE code_hash = $1 FOR UPDATE`,
    [hash],
  );
}

export async function markCodeUsed(tx: Tx, networkId: string, hash: Buffer, at: number): Promise<void> {
  const sql = 'UPDATE gateway_enrolment SET used_at = $3 WHERE network_id = $1 AND code_hash = $2';
  await tx.run(sql, [networkId, hash, new Date(at)]);
}

export function dropOldCodes(tx: Tx, before: number): Promise<number> {
  return tx.run('DELETE FROM gateway_enrolment WHERE expires_at < $1', [new Date(before)]);
}
