import type { EdgeAnswer, EdgeRequest } from '@millrace/contract';
import type { Tx } from '../kernel/index.ts';
import { storableJson } from './storable-json.ts';

export interface NewRequestRow {
  readonly networkId: string;
  readonly gatewayId: string;
  readonly organisationId: string;
  readonly id: string;
  readonly request: EdgeRequest;
  readonly requestedBy: string;
  /** Wall, epoch ms. */
  readonly createdAt: number;
  readonly expiresAt: number;
}

export async function insertRequest(tx: Tx, row: NewRequestRow): Promise<void> {
  await tx.run(
    `INSERT INTO gateway_request
       (network_id, gateway_id, id, factory_org_id, request, requested_by, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      row.networkId,
      row.gatewayId,
      row.id,
      row.organisationId,
      storableJson(row.request),
      row.requestedBy,
      new Date(row.createdAt),
      new Date(row.expiresAt),
    ],
  );
}

const PENDING = 'answered_at IS NULL AND expires_at > $3';

/** Asked at the same time, they are counted one after the other: those not committed yet are in no count. */
export async function countPending(
  tx: Tx,
  networkId: string,
  gatewayId: string,
  now: number,
): Promise<number> {
  await tx.run(`SELECT pg_advisory_xact_lock(hashtextextended('gateway-request:' || $1, 0))`, [gatewayId]);
  const { n } = await tx.one<{ n: number }>(
    `SELECT count(*) AS n FROM gateway_request WHERE network_id = $1 AND gateway_id = $2 AND ${PENDING}`,
    [networkId, gatewayId, new Date(now)],
  );
  return n;
}

/** What the agent should do and was not told, or told so long ago that the telling may have been lost. */
export function handOutRequests(
  tx: Tx,
  networkId: string,
  gatewayId: string,
  now: number,
  toldBefore: number,
): Promise<{ id: string; request: EdgeRequest; expiresAt: number }[]> {
  return tx.rows(
    `UPDATE gateway_request SET told_at = $3
      WHERE network_id = $1 AND gateway_id = $2 AND ${PENDING} AND (told_at IS NULL OR told_at < $4)
      RETURNING id, request, expires_at AS "expiresAt"`,
    [networkId, gatewayId, new Date(now), new Date(toldBefore)],
  );
}

/** The first answer counts, and only in time: later nobody waits for it. */
export async function storeAnswer(
  tx: Tx,
  networkId: string,
  gatewayId: string,
  now: number,
  id: string,
  answer: EdgeAnswer,
): Promise<void> {
  await tx.run(
    `UPDATE gateway_request SET answered_at = $3, answer = $5
      WHERE network_id = $1 AND gateway_id = $2 AND id = $4 AND ${PENDING}`,
    [networkId, gatewayId, new Date(now), id, storableJson(answer)],
  );
}

export interface RequestRow {
  readonly id: string;
  readonly gatewayId: string;
  readonly request: EdgeRequest;
  readonly requestedBy: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly answeredAt: number | null;
  readonly answer: EdgeAnswer | null;
}

export function findRequest(
  tx: Tx,
  networkId: string,
  gatewayId: string,
  id: string,
): Promise<RequestRow | undefined> {
  return tx.maybe<RequestRow>(
    `SELECT id, gateway_id AS "gatewayId", request, requested_by AS "requestedBy", created_at AS "createdAt",
            expires_at AS "expiresAt", answered_at AS "answeredAt", answer
       FROM gateway_request WHERE network_id = $1 AND gateway_id = $2 AND id = $3`,
    [networkId, gatewayId, id],
  );
}

export function dropOldRequests(tx: Tx, before: number): Promise<number> {
  return tx.run('DELETE FROM gateway_request WHERE created_at < $1', [new Date(before)]);
}
