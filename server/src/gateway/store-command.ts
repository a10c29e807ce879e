import type { CommandOutcome, CommandSwitch, TagValue } from '@millrace/contract';
import type { Tx } from '../kernel/index.ts';
import type { CommandState } from './command.ts';
import { storableJson } from './storable-json.ts';

export interface CommandRow {
  readonly networkId: string;
  readonly id: string;
  readonly organisationId: string;
  readonly gatewayId: string;
  readonly machineId: string;
  readonly machineCode: string;
  readonly command: string;
  readonly class: 'normal' | 'dangerous';
  readonly value: TagValue;
  readonly reason: string;
  readonly requestKey: string | null;
  readonly state: CommandState;
  readonly requestedBy: string;
  readonly requestedById: string;
  /** Wall, epoch ms, like every instant here. */
  readonly requestedAt: number;
  readonly approvedBy: string | null;
  readonly approvedById: string | null;
  readonly approvedAt: number | null;
  readonly expiresAt: number;
  /** Last handed out. */
  readonly deliveredAt: number | null;
  readonly outcome: CommandOutcome | null;
}

const COMMAND = `network_id AS "networkId", id, factory_org_id AS "organisationId", gateway_id AS "gatewayId",
  machine_id AS "machineId", machine_code AS "machineCode", command, class, value, reason, request_key AS "requestKey",
  state, requested_by AS "requestedBy", requested_by_id AS "requestedById", requested_at AS "requestedAt",
  approved_by AS "approvedBy", approved_by_id AS "approvedById", approved_at AS "approvedAt",
  expires_at AS "expiresAt", delivered_at AS "deliveredAt", outcome`;
const OPEN = `state IN ('awaiting-approval', 'queued', 'delivered')`;

/** False when the machine has a command of that key already. */
export async function insertCommand(tx: Tx, row: CommandRow): Promise<boolean> {
  const inserted = await tx.run(
    `INSERT INTO machine_command (network_id, id, factory_org_id, gateway_id, machine_id, machine_code, command, class,
       value, reason, request_key, state, requested_by, requested_by_id, requested_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
     ON CONFLICT (network_id, machine_id, request_key) DO NOTHING`,
    [
      row.networkId,
      row.id,
      row.organisationId,
      row.gatewayId,
      row.machineId,
      row.machineCode,
      row.command,
      row.class,
      storableJson(row.value),
      row.reason,
      row.requestKey,
      row.state,
      row.requestedBy,
      row.requestedById,
      new Date(row.requestedAt),
      new Date(row.expiresAt),
    ],
  );
  return inserted === 1;
}

export function commandByKey(
  tx: Tx,
  networkId: string,
  machineId: string,
  requestKey: string,
): Promise<CommandRow | undefined> {
  return tx.maybe<CommandRow>(
    `SELECT ${COMMAND} FROM machine_command WHERE network_id = $1 AND machine_id = $2 AND request_key = $3`,
    [networkId, machineId, requestKey],
  );
}

export function findCommand(
  tx: Tx,
  networkId: string,
  id: string,
  lock?: 'lock',
): Promise<CommandRow | undefined> {
  return tx.maybe<CommandRow>(
    `SELECT ${COMMAND} FROM machine_command WHERE network_id = $1 AND id = $2 ${lock ? 'FOR UPDATE' : ''}`,
    [networkId, id],
  );
}

export async function updateCommand(
  tx: Tx,
  { networkId, id }: Pick<CommandRow, 'networkId' | 'id'>,
  change: Partial<
    Pick<CommandRow, 'state' | 'approvedBy' | 'approvedById' | 'approvedAt' | 'deliveredAt' | 'outcome'>
  >,
): Promise<void> {
  await tx.run(
    `UPDATE machine_command SET state = coalesce($3, state), approved_by = coalesce($4, approved_by),
       approved_by_id = coalesce($5, approved_by_id), approved_at = coalesce($6, approved_at),
       delivered_at = coalesce($7, delivered_at), outcome = coalesce($8, outcome)
      WHERE network_id = $1 AND id = $2`,
    [
      networkId,
      id,
      change.state ?? null,
      change.approvedBy ?? null,
      change.approvedById ?? null,
      change.approvedAt ? new Date(change.approvedAt) : null,
      change.deliveredAt ? new Date(change.deliveredAt) : null,
      change.outcome ? storableJson(change.outcome) : null,
    ],
  );
}

/** Locked, oldest first: those the agent should have now, fresh ones and those it was told of before `toldBefore`. */
export function lockDeliverable(
  tx: Tx,
  networkId: string,
  gatewayId: string,
  now: number,
  toldBefore: number,
  limit: number,
): Promise<CommandRow[]> {
  return tx.rows<CommandRow>(
    `SELECT ${COMMAND} FROM machine_command
      WHERE network_id = $1 AND gateway_id = $2 AND ${OPEN} AND expires_at > $3
        AND (state = 'queued' OR (state = 'delivered' AND delivered_at < $4))
      ORDER BY id LIMIT $5 FOR UPDATE`,
    [networkId, gatewayId, new Date(now), new Date(toldBefore), limit],
  );
}

/** Of a machine. Asked at the same time, they are counted one after the other: those not committed yet are in no count. */
export async function countOpen(tx: Tx, networkId: string, machineId: string): Promise<number> {
  await tx.run(`SELECT pg_advisory_xact_lock(hashtextextended('machine-command:' || $1, 0))`, [machineId]);
  const { n } = await tx.one<{ n: number }>(
    `SELECT count(*) AS n FROM machine_command WHERE network_id = $1 AND machine_id = $2 AND ${OPEN}`,
    [networkId, machineId],
  );
  return n;
}

/** Locked: open commands of a machine. */
export function lockOpen(tx: Tx, networkId: string, machineId: string): Promise<CommandRow[]> {
  return tx.rows<CommandRow>(
    `SELECT ${COMMAND} FROM machine_command WHERE network_id = $1 AND machine_id = $2 AND ${OPEN} ORDER BY id FOR UPDATE`,
    [networkId, machineId],
  );
}

/** Of all networks: those whose time is over, undelivered since `expired`, delivered since `givenUp`. Platform scope. */
export function listOverdue(
  tx: Tx,
  expired: number,
  givenUp: number,
  limit: number,
): Promise<{ networkId: string; id: string }[]> {
  return tx.rows(
    `SELECT network_id AS "networkId", id FROM machine_command
      WHERE ${OPEN} AND expires_at <= $1 AND (state <> 'delivered' OR expires_at <= $2)
      ORDER BY expires_at LIMIT $3`,
    [new Date(expired), new Date(givenUp), limit],
  );
}

/** Of all networks, settled ones only; returns how many are gone. Platform scope. */
export function dropOldCommands(tx: Tx, before: number, limit: number): Promise<number> {
  return tx.run(
    `DELETE FROM machine_command WHERE (network_id, id) IN (
       SELECT network_id, id FROM machine_command WHERE requested_at < $1 AND NOT (${OPEN}) LIMIT $2)`,
    [new Date(before), limit],
  );
}

export interface CommandFilter {
  readonly machineId?: string | undefined;
  readonly gatewayId?: string | undefined;
  readonly state?: CommandState | undefined;
  readonly beforeId: string | null;
  readonly limit: number;
}

/** Newest first. */
export function listCommands(tx: Tx, networkId: string, filter: CommandFilter): Promise<CommandRow[]> {
  const { scope } = tx;
  return tx.rows<CommandRow>(
    `SELECT ${COMMAND} FROM machine_command
      WHERE network_id = $1 AND ($2::uuid IS NULL OR machine_id = $2) AND ($3::uuid IS NULL OR gateway_id = $3)
        AND ($4::text IS NULL OR state = $4) AND ($5::uuid IS NULL OR id < $5)
        AND ($7::uuid IS NULL OR factory_org_id = $7)
      ORDER BY id DESC LIMIT $6`,
    [
      networkId,
      filter.machineId ?? null,
      filter.gatewayId ?? null,
      filter.state ?? null,
      filter.beforeId,
      filter.limit,
      // Row-level security shows no others anyway; said once more, its index is used.
      scope.kind === 'organisation' ? scope.organisationId : null,
    ],
  );
}

export function findSwitch(tx: Tx, networkId: string, machineId: string): Promise<CommandSwitch | undefined> {
  return tx.maybe<CommandSwitch>(
    `SELECT machine_id AS "machineId", enabled, changed_by AS "changedBy", changed_at AS "changedAt"
       FROM command_switch WHERE network_id = $1 AND machine_id = $2`,
    [networkId, machineId],
  );
}

export interface SwitchRow {
  readonly networkId: string;
  readonly machineId: string;
  readonly organisationId: string;
  readonly enabled: boolean;
  readonly changedBy: string;
  readonly changedAt: number;
}

export async function putSwitch(tx: Tx, row: SwitchRow): Promise<void> {
  await tx.run(
    `INSERT INTO command_switch (network_id, machine_id, factory_org_id, enabled, changed_by, changed_at)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (network_id, machine_id)
     DO UPDATE SET enabled = excluded.enabled, changed_by = excluded.changed_by, changed_at = excluded.changed_at`,
    [row.networkId, row.machineId, row.organisationId, row.enabled, row.changedBy, new Date(row.changedAt)],
  );
}
