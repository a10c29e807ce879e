import type { EdgeAlarm, StoredEdgeAlarm } from '@millrace/contract';
import type { Tx } from '../kernel/index.ts';

export interface NewAlarmRow extends EdgeAlarm {
  readonly machineId: string;
}
export interface AlarmOwner {
  readonly networkId: string;
  readonly gatewayId: string;
  readonly organisationId: string;
  readonly receivedAt: number;
}

/** Answers the ids that are new. */
export async function insertAlarms(
  tx: Tx,
  owner: AlarmOwner,
  alarms: readonly NewAlarmRow[],
): Promise<string[]> {
  const rows = await tx.rows<{ id: string }>(
    `INSERT INTO edge_alarm (network_id, gateway_id, factory_org_id, received_at,
       id, machine_id, machine_code, rule, severity, phase, at, value, crossed, basis)
     SELECT $1, $2, $3, $4, * FROM unnest($5::text[], $6::uuid[], $7::text[], $8::text[], $9::text[], $10::text[],
       $11::timestamptz[], $12::float8[], $13::float8[], $14::jsonb[])
     ON CONFLICT (network_id, gateway_id, id) DO NOTHING RETURNING id`,
    [
      owner.networkId,
      owner.gatewayId,
      owner.organisationId,
      new Date(owner.receivedAt),
      alarms.map((one) => one.id),
      alarms.map((one) => one.machineId),
      alarms.map((one) => one.machine),
      alarms.map((one) => one.rule),
      alarms.map((one) => one.severity),
      alarms.map((one) => one.phase),
      alarms.map((one) => new Date(one.at)),
      alarms.map((one) => one.value),
      alarms.map((one) => one.limit),
      alarms.map((one) => (one.basis ? JSON.stringify(one.basis) : null)),
    ],
  );
  return rows.map(({ id }) => id);
}

export interface AlarmFilter {
  readonly machineId?: string | undefined;
  readonly gatewayId?: string | undefined;
  readonly severity?: string | undefined;
  /** Raised and not cleared since. */
  readonly active?: boolean | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Instant, gateway and id of the last one shown. */
  readonly after?: readonly [number, string, string] | undefined;
  readonly limit: number;
}

/** Newest first. */
export function listAlarms(tx: Tx, networkId: string, filter: AlarmFilter): Promise<StoredEdgeAlarm[]> {
  const values: unknown[] = [networkId];
  const wheres = ['a.network_id = $1'];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const { scope } = tx;
  // Row-level security shows no others anyway; said once more, its index is used.
  if (scope.kind === 'organisation') wheres.push(`a.factory_org_id = ${bind(scope.organisationId)}`);
  if (filter.machineId !== undefined) wheres.push(`a.machine_id = ${bind(filter.machineId)}`);
  if (filter.gatewayId !== undefined) wheres.push(`a.gateway_id = ${bind(filter.gatewayId)}`);
  if (filter.severity !== undefined) wheres.push(`a.severity = ${bind(filter.severity)}`);
  if (filter.from !== undefined) wheres.push(`a.at >= ${bind(new Date(filter.from))}`);
  if (filter.to !== undefined) wheres.push(`a.at < ${bind(new Date(filter.to))}`);
  if (filter.active) {
    wheres.push(`a.phase = 'raised' AND NOT EXISTS (SELECT FROM edge_alarm c WHERE c.network_id = a.network_id
      AND c.machine_id = a.machine_id AND c.rule = a.rule AND c.at >= a.at AND c.phase = 'cleared')`);
  }
  if (filter.after) {
    const [at, gatewayId, id] = filter.after;
    wheres.push(
      `(a.at, a.gateway_id, a.id) < (${bind(new Date(at))}::timestamptz, ${bind(gatewayId)}::uuid, ${bind(id)}::text)`,
    );
  }
  return tx.rows<StoredEdgeAlarm>(
    `SELECT id, machine_code AS machine, rule, severity, phase, at, value, crossed AS "limit",
            basis, gateway_id AS "gatewayId", machine_id AS "machineId", received_at AS "receivedAt"
       FROM edge_alarm a WHERE ${wheres.join(' AND ')} 
      ORDER BY a.at DESC, a.gateway_id DESC, a.id DESC LIMIT ${bind(filter.limit)}`,
    values,
  );
}

/** In the order of the index; returns how many are gone. */
export function dropOldAlarms(tx: Tx, networkId: string, before: number, limit: number): Promise<number> {
  return tx.run(
    `DELETE FROM edge_alarm WHERE network_id = $1 AND (gateway_id, id) IN (
       SELECT gateway_id, id FROM edge_alarm WHERE network_id = $1 AND at < $2 ORDER BY at LIMIT $3)`,
    [networkId, new Date(before), limit],
  );
}
