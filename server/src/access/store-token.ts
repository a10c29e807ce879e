import type { ApiKey, Gateway, OrganisationKind } from '@millrace/contract';
import type { Tx } from '../kernel/index.ts';
import type { Actor } from './actor.ts';

const API_KEY = `id, name, scopes, prefix, created_at AS "createdAt", expires_at AS "expiresAt", revoked_at AS "revokedAt"`;
const GATEWAY = `id, organisation_id AS "organisationId", code, name, revoked_at AS "revokedAt", created_at AS "createdAt"`;
/** Keys and gateways that do not expire. */
const NEVER_MS = 8_640_000_000_000_000;

interface TokenRow {
  id: string;
  label: string;
  network_id: string;
  organisation_id: string;
  kind: OrganisationKind;
  scopes: string[] | null;
  expires_at: number | null;
  successor: boolean;
}

/** `successor`: offered to a gateway by a rotation or an enrolment, and used for the first time. */
export interface TokenOwner {
  readonly actor: Actor;
  readonly expiresAt: number;
  readonly successor: boolean;
}

/** Whose token this is, if it is not revoked. Platform scope: nobody is known before this answers. */
export async function findTokenActor(tx: Tx, hash: Buffer): Promise<TokenOwner | undefined> {
  const row = await tx.maybe<TokenRow>(
    `SELECT t.id, t.label, t.network_id, t.organisation_id, o.kind, t.scopes, t.expires_at, t.successor
       FROM (SELECT id, name AS label, network_id, organisation_id, scopes, expires_at, false AS successor FROM api_key
              WHERE token_hash = $1 AND revoked_at IS NULL
             UNION ALL
             SELECT id, code, network_id, organisation_id, NULL, NULL, false FROM gateway
              WHERE token_hash = $1 AND revoked_at IS NULL
             UNION ALL
             SELECT g.id, g.code, g.network_id, g.organisation_id, NULL, NULL, true
               FROM gateway_next_token n JOIN gateway g ON g.network_id = n.network_id AND g.id = n.gateway_id
              WHERE n.token_hash = $1 AND g.revoked_at IS NULL) t
       JOIN organisation o ON o.network_id = t.network_id AND o.id = t.organisation_id`,
    [hash],
  );
  if (!row) return undefined;
  const actor: Actor = {
    kind: row.scopes === null ? 'gateway' : 'api-key',
    id: row.id,
    label: row.label,
    networkId: row.network_id,
    organisationId: row.organisation_id,
    organisationKind: row.kind,
    role: null,
    scopes: row.scopes ?? ['ingest'],
  };
  return { actor, expiresAt: row.expires_at ?? NEVER_MS, successor: row.successor };
}

/** The first use of a successor, or of a token that enrolment offered: it becomes the token, and everything else that opened the door is forgotten. */
export async function promoteSuccessor(
  tx: Tx,
  { networkId, id }: Actor,
  hash: Buffer,
): Promise<'rotated' | 'enrolled' | 'current' | 'unknown'> {
  const key = [networkId, id];
  const { current } = await tx.one<{ current: boolean }>(
    'SELECT token_hash = $3 AS current FROM gateway WHERE network_id = $1 AND id = $2 FOR UPDATE',
    [...key, hash],
  );
  // Another request with the same token came first.
  if (current) return 'current';
  const known = await tx.rows<{ mine: boolean; enrolled: boolean }>(
    `DELETE FROM gateway_next_token WHERE network_id = $1 AND gateway_id = $2
     RETURNING token_hash = $3 AS mine, attempt_hash IS NOT NULL AS enrolled`,
    [...key, hash],
  );
  const mine = known.find((one) => one.mine);
  if (!mine) return 'unknown';
  // A rotation that was asked for before an enrolled agent said its first word is still to come.
  await tx.run(
    `UPDATE gateway SET token_hash = $3, rotation_asked_at = CASE WHEN $4 THEN rotation_asked_at END
      WHERE network_id = $1 AND id = $2`,
    [...key, hash, mine.enrolled],
  );
  return mine.enrolled ? 'enrolled' : 'rotated';
}

export async function tokenRevision(tx: Tx): Promise<number> {
  return (await tx.one<{ revision: number }>('SELECT revision FROM token_revision')).revision;
}

/** In the transaction of whatever ends a right: every process then forgets what it remembers. */
export async function raiseTokenRevision(tx: Tx): Promise<void> {
  await tx.run('UPDATE token_revision SET revision = revision + 1');
}

export interface NewKeyRow {
  readonly networkId: string;
  readonly id: string;
  readonly organisationId: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly prefix: string;
  readonly hash: Buffer;
  readonly createdAt: number;
  readonly expiresAt: number | undefined;
}

export function insertApiKey(tx: Tx, row: NewKeyRow): Promise<ApiKey> {
  return tx.one<ApiKey>(
    `INSERT INTO api_key (network_id, id, organisation_id, name, scopes, prefix, token_hash, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING ${API_KEY}`,
    [
      row.networkId,
      row.id,
      row.organisationId,
      row.name,
      row.scopes,
      row.prefix,
      row.hash,
      new Date(row.createdAt),
      row.expiresAt === undefined ? null : new Date(row.expiresAt),
    ],
  );
}

export function listApiKeys(
  tx: Tx,
  networkId: string,
  afterId: string | null,
  limit: number,
): Promise<ApiKey[]> {
  return tx.rows<ApiKey>(
    `SELECT ${API_KEY} FROM api_key WHERE network_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
    [networkId, afterId, limit],
  );
}

export function revokeApiKey(tx: Tx, networkId: string, id: string, at: number): Promise<ApiKey | undefined> {
  return tx.maybe<ApiKey>(
    `UPDATE api_key SET revoked_at = coalesce(revoked_at, $3) WHERE network_id = $1 AND id = $2 RETURNING ${API_KEY}`,
    [networkId, id, new Date(at)],
  );
}

export interface NewGatewayRow {
  readonly networkId: string;
  readonly id: string;
  readonly organisationId: string;
  readonly code: string;
  readonly name: string;
  readonly hash: Buffer;
  readonly createdAt: number;
}

/** Undefined when the organisation already has a gateway of that code. */
export function insertGateway(tx: Tx, row: NewGatewayRow): Promise<Gateway | undefined> {
  return tx.maybe<Gateway>(
    `INSERT INTO gateway (network_id, id, organisation_id, code, name, token_hash, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (network_id, organisation_id, code) DO NOTHING RETURNING ${GATEWAY}`,
    [row.networkId, row.id, row.organisationId, row.code, row.name, row.hash, new Date(row.createdAt)],
  );
}

export function listGateways(
  tx: Tx,
  networkId: string,
  afterId: string | null,
  limit: number,
): Promise<Gateway[]> {
  return tx.rows<Gateway>(
    `SELECT ${GATEWAY} FROM gateway WHERE network_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
    [networkId, afterId, limit],
  );
}

async function forgetSuccessors(tx: Tx, networkId: string, gatewayId: string): Promise<void> {
  const sql = 'DELETE FROM gateway_next_token WHERE network_id = $1 AND gateway_id = $2';
  await tx.run(sql, [networkId, gatewayId]);
}

/** A new token also takes back a revocation. */
export async function setGatewayToken(
  tx: Tx,
  networkId: string,
  id: string,
  hash: Buffer,
): Promise<Gateway | undefined> {
  await forgetSuccessors(tx, networkId, id);
  return tx.maybe<Gateway>(
    `UPDATE gateway SET token_hash = $3, revoked_at = NULL, rotation_asked_at = NULL WHERE network_id = $1 AND id = $2 RETURNING ${GATEWAY}`,
    [networkId, id, hash],
  );
}

/**
 * Ends every token: what enrolment offers counts from its first use, and until then `nobodys` stands in its place. Unlike a
 * token that a person takes home, enrolment never takes back a revocation.
 */
export async function endTokens(tx: Tx, networkId: string, id: string, nobodys: Buffer): Promise<boolean> {
  await forgetSuccessors(tx, networkId, id);
  const changed = await tx.run(
    `UPDATE gateway SET token_hash = $3, rotation_asked_at = NULL
      WHERE network_id = $1 AND id = $2 AND revoked_at IS NULL`,
    [networkId, id, nobodys],
  );
  return changed === 1;
}

/** Whether a token of that attempt was offered and none was used. Locked: the first use waits, or was before. */
export async function isOffered(
  tx: Tx,
  networkId: string,
  gatewayId: string,
  attemptHash: Buffer,
): Promise<boolean> {
  const { offered } = await tx.one<{ offered: boolean }>(
    `WITH held AS (SELECT network_id, id FROM gateway WHERE network_id = $1 AND id = $2 FOR UPDATE)
     SELECT EXISTS (SELECT 1 FROM held JOIN gateway_next_token n ON n.network_id = held.network_id AND n.gateway_id = held.id
                     WHERE n.attempt_hash = $3) AS offered`,
    [networkId, gatewayId, attemptHash],
  );
  return offered;
}

export function askGatewayRotation(
  tx: Tx,
  networkId: string,
  id: string,
  at: number,
): Promise<Gateway | undefined> {
  return tx.maybe<Gateway>(
    `UPDATE gateway SET rotation_asked_at = $3
      WHERE network_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING ${GATEWAY}`,
    [networkId, id, new Date(at)],
  );
}

/** Whether a successor is wanted, and when the last one was handed out. */
export function rotationOf(
  tx: Tx,
  networkId: string,
  gatewayId: string,
): Promise<{ asked: boolean; handedOutAt: number | null } | undefined> {
  return tx.maybe(
    `SELECT rotation_asked_at IS NOT NULL AS asked,
            (SELECT max(n.created_at) FROM gateway_next_token n
              WHERE n.network_id = g.network_id AND n.gateway_id = g.id) AS "handedOutAt"
       FROM gateway g WHERE network_id = $1 AND id = $2 AND revoked_at IS NULL`,
    [networkId, gatewayId],
  );
}

/** Each was an answer that may have been lost; a line that loses more of them in a row carries no rotation either. */
const SUCCESSORS_MAX = 4;

export async function addSuccessor(
  tx: Tx,
  row: {
    readonly networkId: string;
    readonly gatewayId: string;
    readonly organisationId: string;
    readonly hash: Buffer;
    readonly createdAt: number;
    /** Of the enrolment that it answers. */
    readonly attemptHash?: Buffer;
  },
): Promise<void> {
  await tx.run(
    `INSERT INTO gateway_next_token (network_id, gateway_id, token_hash, organisation_id, created_at, attempt_hash)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [
      row.networkId,
      row.gatewayId,
      row.hash,
      row.organisationId,
      new Date(row.createdAt),
      row.attemptHash ?? null,
    ],
  );
  await tx.run(
    `DELETE FROM gateway_next_token WHERE network_id = $1 AND gateway_id = $2 AND token_hash NOT IN (
       SELECT token_hash FROM gateway_next_token WHERE network_id = $1 AND gateway_id = $2
        ORDER BY created_at DESC LIMIT ${SUCCESSORS_MAX})`,
    [row.networkId, row.gatewayId],
  );
}

export async function revokeGateway(
  tx: Tx,
  networkId: string,
  id: string,
  at: number,
): Promise<Gateway | undefined> {
  await forgetSuccessors(tx, networkId, id);
  return tx.maybe<Gateway>(
    `UPDATE gateway SET revoked_at = coalesce(revoked_at, $3) WHERE network_id = $1 AND id = $2 RETURNING ${GATEWAY}`,
    [networkId, id, new Date(at)],
  );
}
