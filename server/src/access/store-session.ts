import type { Me, Role } from '@millrace/contract';
import type { Tx } from '../kernel/index.ts';

/** The secret of this installation: what another process kept, or `fresh`. */
export async function keptSecret(tx: Tx, fresh: string): Promise<string> {
  await tx.run('INSERT INTO auth_secret (secret) VALUES ($1) ON CONFLICT DO NOTHING', [fresh]);
  return (await tx.one<{ secret: string }>('SELECT secret FROM auth_secret')).secret;
}

export interface LinkRow {
  readonly hash: Buffer;
  readonly purpose: 'setup' | 'sign-in';
  readonly userId: string | null;
  readonly organisationId: string | null;
  /** Wall instant, epoch ms. */
  readonly expiresAt: number;
}

/** A newer link of a person replaces the older ones. */
export async function insertLink(tx: Tx, link: LinkRow): Promise<void> {
  await tx.run('DELETE FROM one_time_link WHERE user_id = $1', [link.userId]);
  await tx.run(
    `INSERT INTO one_time_link (token_hash, purpose, user_id, organisation_id, expires_at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (token_hash) DO UPDATE SET expires_at = excluded.expires_at`,
    [link.hash, link.purpose, link.userId, link.organisationId, new Date(link.expiresAt)],
  );
}

export interface FoundLink {
  readonly userId: string | null;
  readonly organisationId: string | null;
}
const FIND_LINK = `FROM one_time_link WHERE token_hash = $1 AND purpose = $2 AND expires_at > $3`;
const LINK = 'user_id AS "userId", organisation_id AS "organisationId"';

export function findLink(
  tx: Tx,
  hash: Buffer,
  purpose: LinkRow['purpose'],
  now: number,
): Promise<FoundLink | undefined> {
  return tx.maybe<FoundLink>(`SELECT ${LINK} ${FIND_LINK}`, [hash, purpose, new Date(now)]);
}

/** Only one caller gets it. */
export function consumeLink(
  tx: Tx,
  hash: Buffer,
  purpose: LinkRow['purpose'],
  now: number,
): Promise<FoundLink | undefined> {
  return tx.maybe<FoundLink>(`DELETE ${FIND_LINK} RETURNING ${LINK}`, [hash, purpose, new Date(now)]);
}

/** A session by its stored token, and the membership it acted under. */
export interface ActingSession {
  readonly token: string;
  readonly organisationId: string;
  readonly role: Role | null;
}

/** The positions of those that still act under the same membership in the same role. */
export async function standingSessions(
  tx: Tx,
  sessions: readonly ActingSession[],
  now: number,
): Promise<number[]> {
  // Which membership a session acts under is the rule of `session-actors.ts`: the chosen one, else the oldest.
  const rows = await tx.rows<{ position: number }>(
    `SELECT w.position - 1 AS position
       FROM unnest($1::text[], $2::uuid[], $3::text[]) WITH ORDINALITY AS w (token, organisation_id, role, position)
       JOIN auth_session s ON s.token = w.token AND s.expires_at > $4
       JOIN LATERAL (
         SELECT m.organisation_id, m.role FROM membership m WHERE m.user_id = s.user_id AND m.disabled_at IS NULL
          ORDER BY m.organisation_id IS NOT DISTINCT FROM s.acting_organisation_id DESC, m.created_at, m.organisation_id
          LIMIT 1) acting ON acting.organisation_id = w.organisation_id AND acting.role = w.role`,
    [
      sessions.map(({ token }) => token),
      sessions.map(({ organisationId }) => organisationId),
      sessions.map(({ role }) => role),
      new Date(now),
    ],
  );
  return rows.map(({ position }) => position);
}

/** What nobody can use any more. */
export async function dropExpired(tx: Tx, now: number): Promise<void> {
  await tx.run('DELETE FROM auth_session WHERE expires_at <= $1', [new Date(now)]);
  await tx.run('DELETE FROM one_time_link WHERE expires_at <= $1', [new Date(now)]);
}

export async function dropSetupLinks(tx: Tx): Promise<void> {
  await tx.run(`DELETE FROM one_time_link WHERE purpose = 'setup'`);
}

/** Two people with two valid links: the second waits here and then finds an operator. */
export async function lockSetup(tx: Tx): Promise<void> {
  await tx.run('SELECT FROM token_revision FOR UPDATE');
}

export async function hasOperator(tx: Tx): Promise<boolean> {
  const found = await tx.maybe(`SELECT FROM organisation WHERE kind = 'operator' LIMIT 1`);
  return found !== undefined;
}

export interface TotpRow {
  readonly secret: string;
  readonly lastStep: number;
  readonly enabled: boolean;
}

export function findTotp(tx: Tx, userId: string): Promise<TotpRow | undefined> {
  return tx.maybe<TotpRow>(
    `SELECT t.secret, t.last_step AS "lastStep", u.totp_enabled AS enabled
       FROM auth_totp t JOIN auth_user u ON u.id = t.user_id WHERE t.user_id = $1`,
    [userId],
  );
}

export async function putTotp(tx: Tx, userId: string, secret: string): Promise<void> {
  await tx.run(
    `INSERT INTO auth_totp (user_id, secret) VALUES ($1, $2)
     ON CONFLICT (user_id) DO UPDATE SET secret = $2, last_step = 0`,
    [userId, secret],
  );
}

/** False when another request used the same code a moment before. */
export async function useTotpStep(tx: Tx, userId: string, step: number): Promise<boolean> {
  const sql = 'UPDATE auth_totp SET last_step = $2 WHERE user_id = $1 AND last_step < $2';
  return (await tx.run(sql, [userId, step])) === 1;
}

export async function setTotpEnabled(tx: Tx, userId: string, enabled: boolean): Promise<void> {
  await tx.run('UPDATE auth_user SET totp_enabled = $2 WHERE id = $1', [userId, enabled]);
  if (!enabled) await tx.run('DELETE FROM auth_totp WHERE user_id = $1', [userId]);
}

export interface Person {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly language: Me['language'];
  readonly totpEnabled: boolean;
}

export function findPerson(tx: Tx, userId: string): Promise<Person | undefined> {
  return tx.maybe<Person>(
    'SELECT id, email, name, language, totp_enabled AS "totpEnabled" FROM auth_user WHERE id = $1',
    [userId],
  );
}

export async function updatePerson(
  tx: Tx,
  userId: string,
  changed: { language?: Me['language']; name?: string },
): Promise<void> {
  await tx.run(
    'UPDATE auth_user SET language = coalesce($2, language), name = coalesce($3, name) WHERE id = $1',
    [userId, changed.language ?? null, changed.name ?? null],
  );
}

export async function setLastSignIn(tx: Tx, userId: string, at: number): Promise<void> {
  await tx.run('UPDATE auth_user SET last_sign_in_at = $2 WHERE id = $1', [userId, new Date(at)]);
}
