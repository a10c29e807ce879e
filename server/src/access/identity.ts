import { betterAuth } from 'better-auth';
import { symmetricDecrypt, symmetricEncrypt } from 'better-auth/crypto';
import type { Kernel, Tx } from '../kernel/index.ts';
import { PLATFORM, refuse } from '../kernel/index.ts';
import { createIdentityDatabase, type IdentityDatabase } from './identity-database.ts';
import { hashToken, mintToken } from './secret-token.ts';
import { keptSecret } from './store-session.ts';

/** A session ends after a week without use, wherever the browser is. */
export const SESSION_MS = 7 * 24 * 3_600_000;
/** Each check takes 32 MB and a core for some 50 ms; more at once would starve the machines' records. */
const PASSWORD_CHECKS_MAX = 8;

export interface SessionOwner {
  readonly userId: string;
  readonly organisationId: string | null;
  readonly expiresAt: number;
}
/** What a password is checked against; `hash` is null for an unknown e-mail or an invited person. */
export interface Credential {
  readonly userId: string | null;
  readonly hash: string | null;
}

/** Users, passwords and sessions through better-auth [D6]; every call runs in the caller's platform-scope transaction. */
export interface Identity {
  createUser(tx: Tx, email: string, name: string): Promise<string>;
  credential(tx: Tx, email: string): Promise<Credential>;
  credentialOf(tx: Tx, userId: string): Promise<Credential>;
  /** Takes as long for an unknown user as for a known one. */
  checkPassword(credential: Credential, password: string): Promise<boolean | typeof BUSY>;
  hashPassword(password: string): Promise<string | typeof BUSY>;
  setPassword(tx: Tx, userId: string, hash: string): Promise<void>;
  /** The value of the browser's cookie. */
  createSession(tx: Tx, owner: Omit<SessionOwner, 'expiresAt'>, from: SessionOrigin): Promise<string>;
  session(tx: Tx, cookie: string): Promise<SessionOwner | null>;
  prolongSession(tx: Tx, cookie: string): Promise<void>;
  actFor(tx: Tx, cookie: string, organisationId: string): Promise<void>;
  endSession(tx: Tx, cookie: string): Promise<void>;
  endSessions(tx: Tx, userId: string): Promise<void>;
  encrypt(text: string): Promise<string>;
  decrypt(text: string): Promise<string>;
}
export interface SessionOrigin {
  readonly address: string;
  readonly userAgent: string;
}

export const BUSY = refuse(
  'overloaded',
  503,
  'Too many people sign in at this moment; try again in a few seconds.',
);

export function createIdentity(kernel: Kernel): Identity {
  const database = createIdentityDatabase();
  const open = once(() => openBetterAuth(kernel, database));
  const use = async <T>(tx: Tx, work: (accounts: Accounts) => Promise<T>): Promise<T> => {
    const { context } = await open();
    return database.within(tx, () => work(context.internalAdapter));
  };
  const stored = (cookie: string): string => hashToken(cookie).toString('hex');
  const bounded = boundConcurrency(PASSWORD_CHECKS_MAX);
  return {
    createUser: (tx, email, name) =>
      use(
        tx,
        async (accounts) =>
          (await accounts.createUser({ email, name, emailVerified: false }, { method: 'email' })).id,
      ),
    credential: (tx, email) =>
      use(tx, async (accounts) => {
        const found = await accounts.findUserByEmail(email);
        return found ? credentialOf(accounts, found.user.id) : { userId: null, hash: null };
      }),
    credentialOf: (tx, userId) => use(tx, (accounts) => credentialOf(accounts, userId)),
    checkPassword: ({ hash }, password) =>
      bounded(async () => {
        const { context } = await open();
        if (hash !== null) return context.password.verify({ hash, password });
        await context.password.hash(password);
        return false;
      }),
    hashPassword: (password) => bounded(async () => (await open()).context.password.hash(password)),
    setPassword: (tx, userId, hash) => use(tx, (accounts) => setPassword(accounts, userId, hash)),
    createSession: (tx, owner, from) =>
      use(tx, async (accounts) => {
        const { token, hash } = mintToken('session');
        const row = {
          token: hash.toString('hex'),
          ipAddress: from.address,
          userAgent: from.userAgent,
          actingOrganisationId: owner.organisationId,
        };
        await accounts.createSession(owner.userId, false, row, true);
        return token;
      }),
    session: (tx, cookie) => use(tx, (accounts) => sessionOwner(accounts, stored(cookie))),
    prolongSession: (tx, cookie) =>
      use(tx, async (accounts) => {
        const expiresAt = new Date(kernel.clock.wallNow() + SESSION_MS);
        await accounts.updateSession(stored(cookie), { expiresAt, updatedAt: new Date() });
      }),
    actFor: (tx, cookie, organisationId) =>
      use(tx, async (accounts) => {
        await accounts.updateSession(stored(cookie), { actingOrganisationId: organisationId });
      }),
    endSession: (tx, cookie) => use(tx, (accounts) => accounts.deleteSession(stored(cookie))),
    endSessions: (tx, userId) => use(tx, (accounts) => accounts.deleteUserSessions(userId)),
    encrypt: async (data) => symmetricEncrypt({ key: (await open()).secret, data }),
    decrypt: async (data) => symmetricDecrypt({ key: (await open()).secret, data }),
  };
}

type Accounts = Awaited<ReturnType<typeof openBetterAuth>>['context']['internalAdapter'];

async function openBetterAuth(kernel: Kernel, database: IdentityDatabase) {
  const secret =
    kernel.config.secret ??
    (await kernel.db.transaction(PLATFORM, (tx) => keptSecret(tx, mintToken('key').token)));
  const times = { createdAt: 'created_at', updatedAt: 'updated_at' };
  const auth = betterAuth({
    // Links and cookies are ours; better-auth's own HTTP handler is not mounted.
    baseURL: kernel.config.publicUrl ?? 'http://localhost',
    secret,
    database: { db: database.kysely, type: 'postgres' },
    telemetry: { enabled: false },
    logger: { log: (level, message) => kernel.log[level]({ identity: true }, message) },
    advanced: { database: { generateId: () => kernel.ids() } },
    user: { modelName: 'auth_user', fields: { ...times, emailVerified: 'email_verified' } },
    account: {
      modelName: 'auth_account',
      fields: {
        ...times,
        userId: 'user_id',
        accountId: 'account_id',
        providerId: 'provider_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
      },
    },
    session: {
      modelName: 'auth_session',
      expiresIn: SESSION_MS / 1000,
      fields: {
        ...times,
        userId: 'user_id',
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
      },
      additionalFields: {
        actingOrganisationId: {
          type: 'string',
          required: false,
          input: false,
          fieldName: 'acting_organisation_id',
        },
      },
    },
    verification: { modelName: 'auth_verification', fields: { ...times, expiresAt: 'expires_at' } },
    emailAndPassword: { enabled: true },
  });
  return { context: await auth.$context, secret };
}

const PROVIDER = 'credential';

async function credentialOf(accounts: Accounts, userId: string): Promise<Credential> {
  const account = await accounts.findCredentialAccount(userId);
  return { userId, hash: account?.password ?? null };
}

async function setPassword(accounts: Accounts, userId: string, hash: string): Promise<void> {
  const known = await accounts.findCredentialAccount(userId);
  if (known) await accounts.updatePassword(userId, hash);
  else await accounts.linkAccount({ userId, providerId: PROVIDER, accountId: userId, password: hash });
}

async function sessionOwner(accounts: Accounts, token: string): Promise<SessionOwner | null> {
  const found = await accounts.findSession(token);
  if (!found) return null;
  const { actingOrganisationId } = found.session as { actingOrganisationId?: string | null };
  return {
    userId: found.user.id,
    organisationId: actingOrganisationId ?? null,
    expiresAt: found.session.expiresAt.getTime(),
  };
}

/** The first result is kept; a failure is not, so that the next caller tries again. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

function boundConcurrency(max: number): <T>(work: () => Promise<T>) => Promise<T | typeof BUSY> {
  let running = 0;
  return async (work) => {
    if (running >= max) return BUSY;
    running++;
    try {
      return await work();
    } finally {
      running--;
    }
  };
}
