import type { Grant } from '@millrace/contract';
import type { Tx } from '../kernel/index.ts';

const GRANT = `id, grantor_org_id AS "grantorOrganisationId", grantee_org_id AS "granteeOrganisationId", resource, fields,
  purpose, expires_at AS "expiresAt", revoked_at AS "revokedAt"`;

export function insertGrant(tx: Tx, networkId: string, grant: Grant, at: number): Promise<Grant> {
  return tx.one<Grant>(
    `INSERT INTO sharing_grant
       (network_id, id, grantor_org_id, grantee_org_id, resource, fields, purpose, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING ${GRANT}`,
    [
      networkId,
      grant.id,
      grant.grantorOrganisationId,
      grant.granteeOrganisationId,
      grant.resource,
      grant.fields,
      grant.purpose,
      new Date(at),
      new Date(grant.expiresAt),
    ],
  );
}

/** Given and received, newest first. */
export function listGrants(
  tx: Tx,
  networkId: string,
  afterId: string | null,
  limit: number,
): Promise<Grant[]> {
  return tx.rows<Grant>(
    `SELECT ${GRANT} FROM sharing_grant
      WHERE network_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
    [networkId, afterId, limit],
  );
}

/** The grantee sees the grant but, by row-level security, does not change it. */
export function revokeGrant(tx: Tx, networkId: string, id: string, at: number): Promise<Grant | undefined> {
  return tx.maybe<Grant>(
    `UPDATE sharing_grant SET revoked_at = coalesce(revoked_at, $3) WHERE network_id = $1 AND id = $2 RETURNING ${GRANT}`,
    [networkId, id, new Date(at)],
  );
}

/**
 * The fields of a resource that each organisation shares with the acting one now; those that share nothing are left out.
 * Empty in network scope, which sees everything anyway.
 */
export async function readGrantedFields(
  tx: Tx,
  resource: Grant['resource'],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const rows = await tx.rows<{ owner: string; fields: string[] | null }>(
    `SELECT o.id AS owner, granted_fields($1, o.id) AS fields
       FROM (SELECT DISTINCT grantor_org_id AS id FROM sharing_grant
              WHERE network_id = acting_network() AND grantee_org_id = acting_organisation() AND resource = $1) o`,
    [resource],
  );
  return new Map(rows.flatMap(({ owner, fields }) => (fields === null ? [] : [[owner, new Set(fields)]])));
}
