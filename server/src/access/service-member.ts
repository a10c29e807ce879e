import {
  type NewOrganisation,
  type NewUser,
  type OneTimeLink,
  type Organisation,
  ROLES_BY_KIND,
  type Role,
  type User,
} from '@millrace/contract';
import { Bug, isRefusal, notFound, PLATFORM, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import { type Actor, scopeOf } from './actor.ts';
import { recordAudit } from './record-audit.ts';
import { mintToken } from './secret-token.ts';
import type { Doors } from './sign-in.ts';
import { findOrganisation, insertOrganisation } from './store.ts';
import {
  allMemberships,
  countAdministrators,
  insertMembership,
  type MembershipKey,
  setDisabled,
  setRole,
  usersOf,
} from './store-member.ts';
import { insertLink, setTotpEnabled } from './store-session.ts';

/** An invitation waits over a long holiday; whoever it is for can always be sent a new one. */
const LINK_MS = 14 * 24 * 3_600_000;

export interface ChangedUser {
  readonly role?: Role;
  readonly disabled?: boolean;
  /** Takes away the second factor of someone who lost the phone. */
  readonly resetTotp?: true;
  /** Which membership, when the person has several in the network. */
  readonly organisationId?: string;
}

export interface Members {
  createOrganisation(actor: Actor, input: NewOrganisation): Promise<Organisation | Refusal>;
  invite(actor: Actor, input: NewUser, http: string): Promise<{ user: User; link: OneTimeLink } | Refusal>;
  update(actor: Actor, userId: string, changed: ChangedUser): Promise<User | Refusal>;
  link(actor: Actor, userId: string, http: string): Promise<OneTimeLink | Refusal>;
}

export function createMembers(doors: Doors): Members {
  const { kernel, actors } = doors;
  return {
    createOrganisation: (actor, input) =>
      kernel.db.transaction(scopeOf(actor), async (tx) => {
        if (input.kind === 'operator') return ONE_OPERATOR;
        const created = await insertOrganisation(tx, {
          networkId: actor.networkId,
          id: kernel.ids(),
          ...input,
          country: input.country ?? null,
          externalIds: input.externalIds ?? {},
          createdAt: kernel.clock.wallNow(),
        });
        if (!created) return CODE_TAKEN;
        const { code, kind, name } = created;
        const detail = { code, kind, name };
        await recordAudit(tx, actor, {
          action: 'organisation.create',
          subject: `organisation/${created.id}`,
          detail,
        });
        return created;
      }),
    // Accounts are shared by all networks, hence platform scope: every step checks whose the organisation is.
    invite: (actor, input, http) =>
      kernel.db.transaction(PLATFORM, (tx) => invite(doors, tx, actor, input, http)),
    update: async (actor, userId, changed) => {
      const result = await kernel.db.transaction(PLATFORM, (tx) => update(doors, tx, actor, userId, changed));
      actors.forget();
      return result;
    },
    link: (actor, userId, http) =>
      kernel.db.transaction(PLATFORM, async (tx) => {
        const user = await manageable(tx, actor, userId, undefined);
        if (isRefusal(user)) return user;
        if (user.disabled) return USER_DISABLED;
        const foreign = await belongsElsewhere(tx, actor, userId);
        return foreign ?? issueLink(doors, tx, actor, user, http);
      }),
  };
}

async function invite(
  doors: Doors,
  tx: Tx,
  actor: Actor,
  input: NewUser,
  http: string,
): Promise<{ user: User; link: OneTimeLink } | Refusal> {
  const { kernel, identity } = doors;
  const organisation = await managedOrganisation(tx, actor, input.organisationId ?? actor.organisationId);
  if (isRefusal(organisation)) return organisation;
  if (!fits(organisation, input.role)) return wrongRole(organisation, input.role);
  const known = await identity.credential(tx, input.email);
  const foreign = known.userId === null ? undefined : await belongsElsewhere(tx, actor, known.userId);
  if (foreign) return foreign;
  const userId = known.userId ?? (await identity.createUser(tx, input.email, input.name));
  const key = { networkId: actor.networkId, organisationId: organisation.id };
  if (!(await insertMembership(tx, key, userId, input.role, kernel.clock.wallNow()))) return ALREADY_MEMBER;
  const user = await userIn(tx, key, userId);
  const detail = { role: input.role, organisation: organisation.code };
  await recordAudit(tx, actor, { action: 'user.invite', subject: `user/${user.email}`, detail });
  return { user, link: await issueLink(doors, tx, actor, user, http) };
}

async function update(
  { kernel, identity }: Doors,
  tx: Tx,
  actor: Actor,
  userId: string,
  changed: ChangedUser,
): Promise<User | Refusal> {
  const user = await manageable(tx, actor, userId, changed.organisationId);
  if (isRefusal(user)) return user;
  const organisation = await managedOrganisation(tx, actor, user.organisationId);
  if (isRefusal(organisation)) return organisation;
  const { role, disabled } = changed;
  if (role !== undefined && !fits(organisation, role)) return wrongRole(organisation, role);
  const demotes = (role !== undefined && role !== user.role) || disabled === true;
  if (demotes && userId === actor.id) return NOT_YOURSELF;
  const key = { networkId: actor.networkId, organisationId: organisation.id };
  const isAdministrator = user.role === 'admin' && !user.disabled;
  if (demotes && isAdministrator && (await countAdministrators(tx, key)) <= 1) return LAST_ADMINISTRATOR;
  if (role !== undefined) await setRole(tx, key, userId, role);
  if (disabled !== undefined) await setDisabled(tx, key, userId, disabled ? kernel.clock.wallNow() : null);
  if (changed.resetTotp) {
    const foreign = await belongsElsewhere(tx, actor, userId);
    if (foreign) return foreign;
    await setTotpEnabled(tx, userId, false);
  }
  // A changed right holds at once, also in browsers that are signed in.
  if (disabled || changed.resetTotp) await identity.endSessions(tx, userId);
  const detail = { ...changed, organisation: organisation.code };
  await recordAudit(tx, actor, { action: 'user.update', subject: `user/${user.email}`, detail });
  return userIn(tx, key, userId);
}

/** The operator manages every organisation of the network, anyone else only their own. */
async function managedOrganisation(tx: Tx, actor: Actor, id: string): Promise<Organisation | Refusal> {
  const isOwn = id === actor.organisationId || actor.organisationKind === 'operator';
  const found = isOwn ? await findOrganisation(tx, actor.networkId, id) : undefined;
  return found ?? notFound('organisation');
}

async function manageable(
  tx: Tx,
  actor: Actor,
  userId: string,
  organisationId: string | undefined,
): Promise<User | Refusal> {
  const all = await usersOf(tx, actor.networkId, userId);
  const mine =
    actor.organisationKind === 'operator'
      ? all
      : all.filter((user) => user.organisationId === actor.organisationId);
  if (organisationId !== undefined) {
    return mine.find((user) => user.organisationId === organisationId) ?? notFound('user');
  }
  const [first, second] = mine;
  if (second) return mine.find((user) => user.organisationId === actor.organisationId) ?? WHICH_MEMBERSHIP;
  return first ?? notFound('user');
}

/** A sign-in link opens all of a person's organisations, so only who manages all of them may make one. */
async function belongsElsewhere(tx: Tx, actor: Actor, userId: string): Promise<Refusal | undefined> {
  const memberships = await allMemberships(tx, userId);
  const isManaged = (key: MembershipKey): boolean =>
    key.networkId === actor.networkId &&
    (actor.organisationKind === 'operator' || key.organisationId === actor.organisationId);
  return memberships.every(isManaged) ? undefined : BELONGS_ELSEWHERE;
}

async function issueLink(doors: Doors, tx: Tx, actor: Actor, user: User, http: string): Promise<OneTimeLink> {
  const { token, hash } = mintToken('link');
  const expiresAt = doors.kernel.clock.wallNow() + LINK_MS;
  await insertLink(tx, {
    hash,
    purpose: 'sign-in',
    userId: user.id,
    organisationId: user.organisationId,
    expiresAt,
  });
  await recordAudit(tx, actor, { action: 'user.link', subject: `user/${user.email}`, detail: { expiresAt } });
  return { url: `${http}/sign-in/link?token=${token}`, expiresAt };
}

async function userIn(tx: Tx, key: MembershipKey, userId: string): Promise<User> {
  const users = await usersOf(tx, key.networkId, userId);
  const user = users.find(({ organisationId }) => organisationId === key.organisationId);
  if (!user) throw new Bug('a membership vanished inside its transaction');
  return user;
}

const fits = ({ kind }: Organisation, role: Role): boolean =>
  (ROLES_BY_KIND[kind] as readonly Role[]).includes(role);

const wrongRole = ({ kind }: Organisation, role: Role): Refusal =>
  refuse('role-not-of-kind', 400, `There is no role ${role} in an organisation of kind ${kind}.`, {
    fields: [{ pointer: '/body/role', message: `must be one of ${ROLES_BY_KIND[kind].join(', ')}` }],
    values: { role, kind },
  });
/** The operator's members see everything in the network; there is no way to become one but by invitation. */
const ONE_OPERATOR = refuse('one-operator', 400, 'A network has one operator.', {
  fields: [{ pointer: '/body/kind', message: 'must not be operator' }],
});
const CODE_TAKEN = refuse('code-taken', 409, 'Another organisation of the network has this code.', {
  fields: [{ pointer: '/body/code', message: 'is taken' }],
});
const ALREADY_MEMBER = refuse('already-member', 409, 'This person is a member already.', {
  fields: [{ pointer: '/body/email', message: 'is a member already' }],
});
const BELONGS_ELSEWHERE = refuse(
  'user-known-elsewhere',
  409,
  'This person also belongs to an organisation you do not manage; the operator has to do this.',
);
const USER_DISABLED = refuse('user-disabled', 409, 'This person is disabled; enable them first.');
const NOT_YOURSELF = refuse('not-yourself', 409, 'Ask another administrator to change your own role.');
const LAST_ADMINISTRATOR = refuse('last-administrator', 409, 'An operator needs at least one administrator.');
const WHICH_MEMBERSHIP = refuse(
  'membership-unclear',
  409,
  'This person has several memberships; say which with organisationId.',
);
