import type { Me } from '@millrace/contract';
import { Bug, isRefusal, PLATFORM, type Refusal, refuse } from '../kernel/index.ts';
import type { SessionOrigin } from './identity.ts';
import { hashToken, mintToken } from './secret-token.ts';
import { type Doors, openSession, type SignedIn } from './sign-in.ts';
import { insertNetwork, insertOrganisation } from './store.ts';
import { insertMembership } from './store-member.ts';
import {
  consumeLink,
  dropSetupLinks,
  hasOperator,
  insertLink,
  lockSetup,
  updatePerson,
} from './store-session.ts';

/** Long enough for someone to come back from lunch, short enough not to lie about in a log for ever. */
const SETUP_LINK_MS = 24 * 3_600_000;
/** The operator's own code in the network; the console shows the name. */
const OPERATOR_CODE = 'operator';

export interface SetUp {
  readonly token: string;
  readonly email: string;
  readonly name: string;
  readonly password: string;
  readonly networkName: string;
  readonly organisationName: string;
}

export interface Setup {
  needed(): Promise<boolean>;
  /** A link that works once, or null when there is an operator already. */
  link(http: string): Promise<string | null>;
  complete(input: SetUp, from: SessionOrigin, language: Me['language']): Promise<SignedIn | Refusal>;
}

/** First start: no default password, a one-time link instead. */
export function createSetup(doors: Doors): Setup {
  const { kernel } = doors;
  return {
    needed: () => kernel.db.transaction(PLATFORM, async (tx) => !(await hasOperator(tx))),
    link: (http) =>
      kernel.db.transaction(PLATFORM, async (tx) => {
        if (await hasOperator(tx)) return null;
        const token = kernel.config.setupToken ?? mintToken('link').token;
        const now = kernel.clock.wallNow();
        const link = {
          hash: hashToken(token),
          purpose: 'setup',
          userId: null,
          organisationId: null,
        } as const;
        await insertLink(tx, { ...link, expiresAt: now + SETUP_LINK_MS });
        return `${http}/setup?token=${encodeURIComponent(token)}`;
      }),
    complete: (input, from, language) => complete(doors, input, from, language),
  };
}

async function complete(
  doors: Doors,
  input: SetUp,
  from: SessionOrigin,
  language: Me['language'],
): Promise<SignedIn | Refusal> {
  const { kernel, identity, limits } = doors;
  const locked = limits.address.check(from.address);
  if (locked) return locked;
  const hash = await identity.hashPassword(input.password);
  if (isRefusal(hash)) return hash;
  const at = kernel.clock.wallNow();
  const result = await kernel.db.transaction(PLATFORM, async (tx) => {
    await lockSetup(tx);
    if (await hasOperator(tx)) return SETUP_DONE;
    if (!(await consumeLink(tx, hashToken(input.token), 'setup', at))) return LINK_INVALID;
    await dropSetupLinks(tx);
    const networkId = kernel.ids();
    await insertNetwork(tx, networkId, input.networkName, at);
    const operator = await insertOrganisation(tx, {
      networkId,
      id: kernel.ids(),
      kind: 'operator',
      code: OPERATOR_CODE,
      name: input.organisationName,
      country: null,
      externalIds: {},
      createdAt: at,
    });
    if (!operator) throw new Bug('a new network had an organisation already');
    const userId = await identity.createUser(tx, input.email, input.name);
    await identity.setPassword(tx, userId, hash);
    await updatePerson(tx, userId, { language });
    await insertMembership(tx, { networkId, organisationId: operator.id }, userId, 'admin', at);
    return openSession(doors, tx, userId, operator.id, from, 'network.create');
  });
  if (isRefusal(result)) limits.address.fail(from.address);
  return result;
}

const SETUP_DONE = refuse('setup-done', 409, 'This platform has its operator already; sign in instead.');
const LINK_INVALID = refuse(
  'link-invalid',
  410,
  'This link was used already or has expired; restart the server for a new one.',
);
