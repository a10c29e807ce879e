import type { Me } from '@millrace/contract';
import { isRefusal, type Kernel, PLATFORM, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import { type AttemptLimit, createAttemptLimit } from './attempt-limit.ts';
import type { Identity, SessionOrigin } from './identity.ts';
import { actingAs, auditPerson, describe } from './me.ts';
import { checkTotp } from './second-factor.ts';
import { hashToken } from './secret-token.ts';
import type { SessionActors } from './session-actors.ts';
import { consumeLink, findLink, setLastSignIn, updatePerson } from './store-session.ts';

/** Ten wrong passwords or codes for one account; a person who mistypes gets on after five minutes. */
const ACCOUNT_BOUND = { failuresMax: 10, windowMs: 15 * 60_000, lockMs: 5 * 60_000 };
/** One address may be a whole factory behind one router. */
const ADDRESS_BOUND = { failuresMax: 50, windowMs: 15 * 60_000, lockMs: 5 * 60_000 };

export interface SignedIn {
  /** For the browser's cookie. */
  readonly cookie: string;
  readonly me: Me;
}
export interface SignIn {
  readonly email: string;
  readonly password: string;
  readonly totp?: string;
}
export interface LinkSignIn {
  readonly token: string;
  readonly password?: string;
  readonly totp?: string;
}

export interface Limits {
  readonly account: AttemptLimit;
  readonly address: AttemptLimit;
}
export const createLimits = (wallNow: () => number): Limits => ({
  account: createAttemptLimit(ACCOUNT_BOUND, wallNow),
  address: createAttemptLimit(ADDRESS_BOUND, wallNow),
});

export interface Doors {
  readonly kernel: Kernel;
  readonly identity: Identity;
  readonly actors: SessionActors;
  readonly limits: Limits;
}

/** The answer is the same, and takes as long, for an unknown e-mail and for a wrong password. */
export async function signIn(doors: Doors, input: SignIn, from: SessionOrigin): Promise<SignedIn | Refusal> {
  const { kernel, identity, limits } = doors;
  const account = input.email.toLowerCase();
  const locked = limits.account.check(account) ?? limits.address.check(from.address);
  if (locked) return locked;
  const credential = await kernel.db.transaction(PLATFORM, (tx) => identity.credential(tx, account));
  const right = await identity.checkPassword(credential, input.password);
  if (isRefusal(right)) return right;
  const { userId } = credential;
  const result =
    right && userId !== null
      ? await kernel.db.transaction(PLATFORM, async (tx) => {
          const refusal = await checkTotp(tx, identity, userId, input.totp);
          return refusal ?? openSession(doors, tx, userId, null, from, 'session.sign-in');
        })
      : WRONG_CREDENTIALS;
  if (!isRefusal(result)) limits.account.succeed(account);
  else if (GUESSES.has(result.code)) await countFailure(doors, account, userId, from);
  return result;
}

const GUESSES = new Set(['wrong-credentials', 'wrong-totp']);

/** Locks are audited, single failures only counted: an attacker must not be able to write the audit full. */
async function countFailure(
  { kernel, limits }: Doors,
  account: string,
  userId: string | null,
  from: SessionOrigin,
): Promise<void> {
  limits.address.fail(from.address);
  const lockedNow = limits.account.fail(account);
  kernel.log.warn({ address: from.address, lockedNow }, 'sign-in failed');
  if (!lockedNow || userId === null) return;
  await kernel.db.transaction(PLATFORM, async (tx) => {
    const me = await describe(tx, userId, null);
    if (!isRefusal(me)) await auditPerson(tx, actingAs(me), 'session.locked', { address: from.address });
  });
}

export async function signInByLink(
  doors: Doors,
  input: LinkSignIn,
  from: SessionOrigin,
  language: Me['language'],
): Promise<SignedIn | Refusal> {
  const { kernel, identity, limits } = doors;
  const locked = limits.address.check(from.address);
  if (locked) return locked;
  const hash = hashToken(input.token);
  const now = kernel.clock.wallNow();
  const known = await kernel.db.transaction(PLATFORM, async (tx) => {
    const link = await findLink(tx, hash, 'sign-in', now);
    return link?.userId ? identity.credentialOf(tx, link.userId) : undefined;
  });
  if (!known?.userId) {
    limits.address.fail(from.address);
    return LINK_INVALID;
  }
  const { userId } = known;
  if (known.hash === null && input.password === undefined) return PASSWORD_NEEDED;
  const newHash = input.password === undefined ? null : await identity.hashPassword(input.password);
  if (isRefusal(newHash)) return newHash;
  const result = await kernel.db.transaction(PLATFORM, async (tx) => {
    const link = await consumeLink(tx, hash, 'sign-in', now);
    if (!link) return LINK_INVALID;
    const refusal = await checkTotp(tx, identity, userId, input.totp);
    if (refusal) return refusal;
    if (newHash !== null) {
      await identity.setPassword(tx, userId, newHash);
      // Whoever knew the old password is out.
      await identity.endSessions(tx, userId);
      if (known.hash === null) await updatePerson(tx, userId, { language });
    }
    return openSession(doors, tx, userId, link.organisationId, from, 'session.sign-in-by-link');
  });
  if (isRefusal(result) && GUESSES.has(result.code)) limits.address.fail(from.address);
  doors.actors.forget();
  return result;
}

/** The last step of every way in. */
export async function openSession(
  { kernel, identity }: Pick<Doors, 'kernel' | 'identity'>,
  tx: Tx,
  userId: string,
  organisationId: string | null,
  from: SessionOrigin,
  action: string,
): Promise<SignedIn | Refusal> {
  const me = await describe(tx, userId, organisationId);
  if (isRefusal(me)) return me;
  const cookie = await identity.createSession(
    tx,
    { userId, organisationId: me.acting.organisationId },
    { address: from.address, userAgent: from.userAgent.slice(0, USER_AGENT_MAX) },
  );
  await setLastSignIn(tx, userId, kernel.clock.wallNow());
  await auditPerson(tx, actingAs(me), action, { address: from.address });
  return { cookie, me };
}

/** Only to recognise a browser in a list. */
const USER_AGENT_MAX = 200;

const WRONG_CREDENTIALS = refuse('wrong-credentials', 401, 'E-mail or password is wrong.');
const LINK_INVALID = refuse('link-invalid', 410, 'This link was used already, has expired or was replaced.');
const PASSWORD_NEEDED = refuse('password-needed', 409, 'Choose a password first.', {
  fields: [{ pointer: '/body/password', message: 'is needed' }],
});
