import type { Organisation, OrganisationKind } from '@millrace/contract';
import type { Tx } from '../kernel/index.ts';

const ORGANISATION = `id, network_id AS "networkId", kind, code, name, country, external_ids AS "externalIds", created_at AS "createdAt"`;

export function listNetworks(tx: Tx): Promise<{ id: string; name: string }[]> {
  return tx.rows('SELECT network_id AS id, name FROM network ORDER BY created_at, network_id');
}

/** Every network of the installation, for work that goes on in each of them; platform scope. */
export async function insertNetwork(tx: Tx, id: string, name: string, at: number): Promise<void> {
  await tx.run('INSERT INTO network (network_id, name, created_at) VALUES ($1, $2, $3)', [
    id,
    name,
    new Date(at),
  ]);
}

export interface NewOrganisationRow {
  readonly networkId: string;
  readonly id: string;
  readonly kind: OrganisationKind;
  readonly code: string;
  readonly name: string;
  readonly country: string | null;
  readonly externalIds: Readonly<Record<string, string>>;
  readonly createdAt: number;
}

/** Undefined when the network already has an organisation of that code. */
export function insertOrganisation(tx: Tx, row: NewOrganisationRow): Promise<Organisation | undefined> {
  return tx.maybe<Organisation>(
    `INSERT INTO organisation (network_id, id, kind, code, name, country, external_ids, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (network_id, code) DO NOTHING RETURNING ${ORGANISATION}`,
    [
      row.networkId,
      row.id,
      row.kind,
      row.code,
      row.name,
      row.country,
      JSON.stringify(row.externalIds),
      new Date(row.createdAt),
    ],
  );
}

/** What the scope may see, by code. */
export function listOrganisations(
  tx: Tx,
  networkId: string,
  afterCode: string | null,
  limit: number,
): Promise<Organisation[]> {
  return tx.rows<Organisation>(
    `SELECT ${ORGANISATION} FROM organisation
      WHERE network_id = $1 AND ($2::text IS NULL OR code > $2) ORDER BY code LIMIT $3`,
    [networkId, afterCode, limit],
  );
}

export function findOrganisation(tx: Tx, networkId: string, id: string): Promise<Organisation | undefined> {
  return tx.maybe<Organisation>(
    `SELECT ${ORGANISATION} FROM organisation WHERE network_id = $1 AND id = $2`,
    [networkId, id],
  );
}

/** By id, as far as the scope may see them. */
export function organisationsById(
  tx: Tx,
  networkId: string,
  ids: readonly string[],
): Promise<Organisation[]> {
  return tx.rows<Organisation>(
    `SELECT ${ORGANISATION} FROM organisation WHERE network_id = $1 AND id = ANY ($2)`,
    [networkId, ids],
  );
}

/** By code, as far as the scope may see them. */
export function organisationsByCode(
  tx: Tx,
  networkId: string,
  codes: readonly string[],
): Promise<Organisation[]> {
  return tx.rows<Organisation>(
    `SELECT ${ORGANISATION} FROM organisation WHERE network_id = $1 AND code = ANY ($2)`,
    [networkId, codes],
  );
}

/** Gateways in use, by code, as far as the scope may see them. */
export function gatewaysByCode(
  tx: Tx,
  networkId: string,
  codes: readonly string[],
): Promise<{ id: string; organisationId: string; code: string }[]> {
  return tx.rows(
    `SELECT id, organisation_id AS "organisationId", code FROM gateway
      WHERE network_id = $1 AND code = ANY ($2) AND revoked_at IS NULL`,
    [networkId, codes],
  );
}

export function findGateway(
  tx: Tx,
  networkId: string,
  id: string,
): Promise<{ id: string; organisationId: string; code: string } | undefined> {
  return tx.maybe(
    'SELECT id, organisation_id AS "organisationId", code FROM gateway WHERE network_id = $1 AND id = $2 AND revoked_at IS NULL',
    [networkId, id],
  );
}

/** By code; a kind never changes, and `keepCountry` leaves known countries alone. Answers those that are new or were changed. */
export function upsertOrganisations(
  tx: Tx,
  networkId: string,
  rows: readonly Pick<NewOrganisationRow, 'id' | 'kind' | 'code' | 'name' | 'country'>[],
  at: number,
  keepCountry = false,
): Promise<{ id: string; created: boolean }[]> {
  return tx.rows(
    `INSERT INTO organisation AS o (network_id, created_at, id, kind, code, name, country)
     SELECT $1, $2, * FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[])
     ON CONFLICT (network_id, code) DO UPDATE
       SET name = excluded.name, country = CASE WHEN $8 THEN o.country ELSE excluded.country END
       WHERE o.name <> excluded.name OR (NOT $8 AND o.country IS DISTINCT FROM excluded.country)
     RETURNING id, xmax = 0 AS created`,
    [
      networkId,
      new Date(at),
      rows.map((row) => row.id),
      rows.map((row) => row.kind),
      rows.map((row) => row.code),
      rows.map((row) => row.name),
      rows.map((row) => row.country),
      keepCountry,
    ],
  );
}
