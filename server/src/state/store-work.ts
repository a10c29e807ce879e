import type { Tx } from '../kernel/index.ts';
import type { EndedAssignment, NewAssignment, NewScrap } from './state.ts';

export interface AssignmentRow {
  readonly machineId: string;
  readonly operationId: string;
  readonly itemCode: string;
  readonly ratePerHour: number;
  readonly quantity: number;
  readonly startedAt: number;
  readonly endedAt: number | null;
}
export interface ScrapRow {
  readonly machineId: string;
  readonly at: number;
  readonly quantity: number;
}

const ASSIGNMENT = `machine_id AS "machineId", operation_id AS "operationId", item_code AS "itemCode",
  rate_per_hour AS "ratePerHour", quantity, started_at AS "startedAt", ended_at AS "endedAt"`;

/** Told twice, it is there once. */
export async function insertAssignment(tx: Tx, networkId: string, fresh: NewAssignment): Promise<void> {
  await tx.run(
    `INSERT INTO machine_assignment
       (org_id, machine_id, started_at, operation_id, network_id, item_id, item_code, rate_per_hour, quantity)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
    [
      fresh.orgId,
      fresh.machineId,
      new Date(fresh.at),
      fresh.operationId,
      networkId,
      fresh.itemId,
      fresh.itemCode,
      fresh.ratePerHour,
      fresh.quantity,
    ],
  );
}

export async function closeAssignment(tx: Tx, ended: EndedAssignment): Promise<number> {
  return tx.run(
    `UPDATE machine_assignment SET ended_at = greatest($4, started_at)
      WHERE org_id = $1 AND machine_id = $2 AND operation_id = $3 AND ended_at IS NULL`,
    [ended.orgId, ended.machineId, ended.operationId, new Date(ended.at)],
  );
}

/** Assignments of one machine that share an instant with [from, to), in the order of their start. */
export function readAssignments(
  tx: Tx,
  orgId: string,
  machineId: string,
  from: number,
  to: number,
): Promise<AssignmentRow[]> {
  return tx.rows<AssignmentRow>(
    `SELECT ${ASSIGNMENT} FROM machine_assignment
      WHERE org_id = $1 AND machine_id = $2 AND started_at < $4 AND (ended_at IS NULL OR ended_at > $3)
      ORDER BY started_at, operation_id`,
    [orgId, machineId, new Date(from), new Date(to)],
  );
}

/** Of all machines: those that still go on or ended after `from`. */
export function readRecentAssignments(tx: Tx, from: number): Promise<AssignmentRow[]> {
  return tx.rows<AssignmentRow>(
    `SELECT ${ASSIGNMENT} FROM machine_assignment WHERE ended_at IS NULL OR ended_at > $1
      ORDER BY started_at, operation_id`,
    [new Date(from)],
  );
}

export async function insertScrap(tx: Tx, networkId: string, id: string, fresh: NewScrap): Promise<void> {
  await tx.run(
    `INSERT INTO machine_scrap (org_id, machine_id, at, id, network_id, quantity) VALUES ($1, $2, $3, $4, $5, $6)`,
    [fresh.orgId, fresh.machineId, new Date(fresh.at), id, networkId, fresh.quantity],
  );
}

export async function readScrap(
  tx: Tx,
  orgId: string,
  machineId: string,
  from: number,
  to: number,
): Promise<number> {
  const { quantity } = await tx.one<{ quantity: number }>(
    `SELECT coalesce(sum(quantity), 0) AS quantity FROM machine_scrap
      WHERE org_id = $1 AND machine_id = $2 AND at >= $3 AND at < $4`,
    [orgId, machineId, new Date(from), new Date(to)],
  );
  return quantity;
}

export function readRecentScrap(tx: Tx, from: number): Promise<ScrapRow[]> {
  return tx.rows<ScrapRow>(
    `SELECT machine_id AS "machineId", at, quantity FROM machine_scrap WHERE at >= $1 ORDER BY at`,
    [new Date(from)],
  );
}
