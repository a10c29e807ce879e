import { createHash } from 'node:crypto';

/** What happened, as an audit entry says it. */
export interface AuditFact {
  /** Past or imperative, the noun first: `order.cancel`, `user.disable`. */
  readonly action: string;
  /** What it was done to: `order/<id>`, `user/<e-mail>`. */
  readonly subject: string;
  /** Whatever a reader needs to understand it later; never a secret. */
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface AuditRecord extends AuditFact {
  readonly networkId: string;
  /** Domain instant, epoch ms. */
  readonly at: number;
  /** Wall instant, epoch ms. */
  readonly recordedAt: number;
  readonly actor: string;
  readonly organisationId: string | null;
}

/** What stands before the first entry. */
export const GENESIS = '0'.repeat(64);

/** The entry as the one text that is hashed: fields and keys in fixed order, no white space [after RFC 8785]. */
export function canonicalEntry(entry: AuditRecord): string {
  return canonicalJson([
    entry.networkId,
    entry.at,
    entry.recordedAt,
    entry.actor,
    entry.organisationId,
    entry.action,
    entry.subject,
    entry.detail,
  ]);
}

export function entryHash(previousHash: string, seq: number, canonical: string): string {
  return createHash('sha256').update(`${previousHash}\n${seq}\n${canonical}`, 'utf8').digest('hex');
}

export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const parts = Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, part]) => `${JSON.stringify(key)}:${canonicalJson(part)}`);
    return `{${parts.join(',')}}`;
  }
  return JSON.stringify(value);
}

/** As PostgreSQL will give it back: plain JSON, without the character jsonb cannot hold. */
export function storable(detail: Readonly<Record<string, unknown>>): Record<string, unknown> {
  // Escape by escape: a backslash that somebody typed before "u0000" is none of NUL's.
  const text = JSON.stringify(detail).replace(/\\(\\|u0000)/g, (pair, what) =>
    what === '\\' ? pair : '\ufffd',
  );
  return JSON.parse(text) as Record<string, unknown>;
}
