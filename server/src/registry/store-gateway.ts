import type { Tx } from '../kernel/index.ts';

/** A machine as the hot path of ingest needs it: read per gateway, so that a million machines need not be in memory. */
export interface GatewayMachine {
  readonly id: string;
  readonly organisationId: string;
  readonly networkId: string;
  readonly siteId: string;
  readonly gatewayId: string | null;
  readonly code: string;
  /** IANA zone of its site. */
  readonly zone: string;
  readonly countModulus: number | null;
}

const SELECT = `SELECT m.id, m.factory_org_id AS "organisationId", m.network_id AS "networkId", m.site_id AS "siteId",
         m.gateway_id AS "gatewayId", m.code, s.zone, m.count_modulus AS "countModulus"
    FROM machine m JOIN site s ON s.network_id = m.network_id AND s.id = m.site_id`;

/** Machines in service of many gateways at once, in the order of their codes. */
export function machinesOfGateways(
  tx: Tx,
  networkIds: readonly string[],
  gatewayIds: readonly string[],
): Promise<GatewayMachine[]> {
  return tx.rows<GatewayMachine>(
    `${SELECT} WHERE m.network_id = ANY ($1::uuid[]) AND m.gateway_id = ANY ($2::uuid[]) AND m.retired_at IS NULL
     ORDER BY m.gateway_id, m.code COLLATE "C"`,
    [networkIds, gatewayIds],
  );
}

/** Machines in service of one organisation, with and without a gateway. */
export function machinesOfOrganisation(
  tx: Tx,
  networkId: string,
  organisationId: string,
): Promise<GatewayMachine[]> {
  return tx.rows<GatewayMachine>(
    `${SELECT} WHERE m.network_id = $1 AND m.factory_org_id = $2 AND m.retired_at IS NULL ORDER BY m.code COLLATE "C"`,
    [networkId, organisationId],
  );
}

/** Which of the names (code or id) are machines in service of the organisation, whatever their gateway. */
export function machinesByName(
  tx: Tx,
  networkId: string,
  organisationId: string,
  names: readonly string[],
): Promise<GatewayMachine[]> {
  return tx.rows<GatewayMachine>(
    `${SELECT} WHERE m.network_id = $1 AND m.factory_org_id = $2 AND m.retired_at IS NULL
       AND (m.code = ANY ($3::text[]) OR m.id::text = ANY ($3::text[]))`,
    [networkId, organisationId, names],
  );
}
