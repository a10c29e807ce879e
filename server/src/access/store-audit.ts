import type { AuditEntry } from '@millrace/contract';
import type { Tx } from '../kernel/index.ts';
import { type AuditRecord, canonicalEntry } from './audit.ts';

export interface StoredAuditEntry extends AuditRecord {
  readonly seq: number;
  readonly prevHash: string;
  readonly hash: string;
}

export async function appendEntry(tx: Tx, entry: AuditRecord): Promise<void> {
  await tx.run('SELECT audit_append($1, $2, $3, $4, $5, $6, $7, $8, $9)', [
    entry.networkId,
    new Date(entry.at),
    new Date(entry.recordedAt),
    entry.actor,
    entry.organisationId,
    entry.action,
    entry.subject,
    JSON.stringify(entry.detail),
    canonicalEntry(entry),
  ]);
}

export function entriesAfter(
  tx: Tx,
  networkId: string,
  seq: number,
  limit: number,
): Promise<StoredAuditEntry[]> {
  return tx.rows<StoredAuditEntry>(
    `SELECT network_id AS "networkId", seq, at, recorded_at AS "recordedAt", actor, organisation_id AS "organisationId",
            action, subject, detail, prev_hash AS "prevHash", hash
       FROM audit_entry WHERE network_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`,
    [networkId, seq, limit],
  );
}

export function auditHead(tx: Tx, networkId: string): Promise<{ seq: number; hash: string } | undefined> {
  return tx.maybe('SELECT seq, hash FROM audit_head WHERE network_id = $1', [networkId]);
}

export interface AuditFilter {
  readonly action: string | undefined;
  readonly actor: string | undefined;
  readonly beforeSeq: number | undefined;
  readonly limit: number;
}

/** Newest first. */
export function listEntries(tx: Tx, networkId: string, filter: AuditFilter): Promise<AuditEntry[]> {
  return tx.rows<AuditEntry>(
    `SELECT seq, at, actor, organisation_id AS "organisationId", action, subject, detail, hash
       FROM audit_entry
      WHERE network_id = $1 AND ($2::bigint IS NULL OR seq < $2) AND ($3::text IS NULL OR starts_with(action, $3))
        AND ($4::text IS NULL OR strpos(lower(actor), lower($4)) > 0)
      ORDER BY seq DESC LIMIT $5`,
    [networkId, filter.beforeSeq ?? null, filter.action ?? null, filter.actor ?? null, filter.limit],
  );
}
