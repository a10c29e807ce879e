import type { Membership, Role, User } from '@millrace/contract';
import type { Tx } from '../kernel/index.ts';

/** What a person is a member of now, oldest membership first; platform scope. */
export function activeMemberships(tx: Tx, userId: string): Promise<Membership[]> {
  return tx.rows<Membership>(
    `SELECT m.organisation_id AS "organisationId", o.name AS "organisationName", o.kind AS "organisationKind",
            m.network_id AS "networkId", n.name AS "networkName", m.role
       FROM membership m
       JOIN organisation o ON o.network_id = m.network_id AND o.id = m.organisation_id
       JOIN network n ON n.network_id = m.network_id
      WHERE m.user_id = $1 AND m.disabled_at IS NULL
      ORDER BY m.created_at, m.organisation_id`,
    [userId],
  );
}

export interface MembershipKey {
  readonly networkId: string;
  readonly organisationId: string;
}

/** Disabled ones too: they decide who may issue a sign-in link for the person. */
export function allMemberships(tx: Tx, userId: string): Promise<MembershipKey[]> {
  return tx.rows<MembershipKey>(
    'SELECT network_id AS "networkId", organisation_id AS "organisationId" FROM membership WHERE user_id = $1',
    [userId],
  );
}

/** False when the person is a member already. */
export async function insertMembership(
  tx: Tx,
  { networkId, organisationId }: MembershipKey,
  userId: string,
  role: Role,
  at: number,
): Promise<boolean> {
  const added = await tx.run(
    `INSERT INTO membership (network_id, organisation_id, user_id, role, created_at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT DO NOTHING`,
    [networkId, organisationId, userId, role, new Date(at)],
  );
  return added === 1;
}

const USER = `u.id, u.email, u.name, m.organisation_id AS "organisationId", o.name AS "organisationName", m.role,
  u.totp_enabled AS "totpEnabled", m.disabled_at IS NOT NULL AS disabled, u.last_sign_in_at AS "lastSignInAt"`;
const USERS = `FROM membership m JOIN auth_user u ON u.id = m.user_id
  JOIN organisation o ON o.network_id = m.network_id AND o.id = m.organisation_id`;

export interface UserFilter {
  readonly networkId: string;
  /** Null = every organisation the scope may see. */
  readonly organisationId: string | null;
  readonly after: readonly [email: string, organisationId: string] | null;
  readonly limit: number;
}

/** One row per membership, by e-mail. */
export function listUsers(tx: Tx, filter: UserFilter): Promise<User[]> {
  return tx.rows<User>(
    `SELECT ${USER} ${USERS}
      WHERE m.network_id = $1 AND ($2::uuid IS NULL OR m.organisation_id = $2)
        AND ($3::text IS NULL OR (u.email, m.organisation_id) > ($3, $4::uuid))
      ORDER BY u.email, m.organisation_id LIMIT $5`,
    [
      filter.networkId,
      filter.organisationId,
      filter.after?.[0] ?? null,
      filter.after?.[1] ?? null,
      filter.limit,
    ],
  );
}

export function usersOf(tx: Tx, networkId: string, userId: string): Promise<User[]> {
  return tx.rows<User>(`SELECT ${USER} ${USERS} WHERE m.network_id = $1 AND m.user_id = $2`, [
    networkId,
    userId,
  ]);
}

export async function setRole(tx: Tx, key: MembershipKey, userId: string, role: Role): Promise<void> {
  await tx.run(
    'UPDATE membership SET role = $4 WHERE network_id = $1 AND organisation_id = $2 AND user_id = $3',
    [key.networkId, key.organisationId, userId, role],
  );
}

export async function setDisabled(
  tx: Tx,
  key: MembershipKey,
  userId: string,
  at: number | null,
): Promise<void> {
  await tx.run(
    'UPDATE membership SET disabled_at = $4 WHERE network_id = $1 AND organisation_id = $2 AND user_id = $3',
    [key.networkId, key.organisationId, userId, at === null ? null : new Date(at)],
  );
}

/** Locks them, so that of two administrators who remove each other one stays. */
export async function countAdministrators(
  tx: Tx,
  { networkId, organisationId }: MembershipKey,
): Promise<number> {
  const administrators = await tx.rows(
    `SELECT FROM membership WHERE network_id = $1 AND organisation_id = $2 AND role = 'admin' AND disabled_at IS NULL FOR UPDATE`,
    [networkId, organisationId],
  );
  return administrators.length;
}
