import type { Me } from '@millrace/contract';
import { isRefusal, PLATFORM, type Refusal, refuse } from '../kernel/index.ts';
import type { Actor } from './actor.ts';
import type { SessionOrigin } from './identity.ts';
import { actingAs, auditPerson, describe } from './me.ts';
import {
  type Doors,
  type LinkSignIn,
  openSession,
  type SignedIn,
  type SignIn,
  signIn,
  signInByLink,
} from './sign-in.ts';
import { updatePerson } from './store-session.ts';

export interface Sessions {
  signIn(input: SignIn, from: SessionOrigin): Promise<SignedIn | Refusal>;
  signInByLink(input: LinkSignIn, from: SessionOrigin, language: Me['language']): Promise<SignedIn | Refusal>;
  signOut(cookie: string): Promise<void>;
  me(actor: Actor): Promise<Me | Refusal>;
  updateMe(actor: Actor, changed: { language?: Me['language']; name?: string }): Promise<Me | Refusal>;
  actFor(actor: Actor, cookie: string, organisationId: string): Promise<Me | Refusal>;
  changePassword(
    actor: Actor,
    input: { current: string; next: string },
    from: SessionOrigin,
  ): Promise<SignedIn | Refusal>;
}

export function createSessions(doors: Doors): Sessions {
  const { kernel, identity, actors } = doors;
  return {
    signIn: (input, from) => signIn(doors, input, from),
    signInByLink: (input, from, language) => signInByLink(doors, input, from, language),
    signOut: async (cookie) => {
      const actor = await actors.actor(cookie);
      await kernel.db.transaction(PLATFORM, async (tx) => {
        await identity.endSession(tx, cookie);
        if (actor) await auditPerson(tx, actor, 'session.sign-out');
      });
      actors.forget();
    },
    me: (actor) => kernel.db.transaction(PLATFORM, (tx) => describe(tx, actor.id, actor.organisationId)),
    updateMe: (actor, changed) =>
      kernel.db.transaction(PLATFORM, async (tx) => {
        await updatePerson(tx, actor.id, changed);
        await auditPerson(tx, actor, 'user.update', changed);
        return describe(tx, actor.id, actor.organisationId);
      }),
    actFor: async (actor, cookie, organisationId) => {
      const me = await kernel.db.transaction(PLATFORM, async (tx) => {
        const described = await describe(tx, actor.id, organisationId);
        if (isRefusal(described)) return described;
        if (described.acting.organisationId !== organisationId) return NOT_A_MEMBER;
        await identity.actFor(tx, cookie, organisationId);
        await auditPerson(tx, actingAs(described), 'session.act-for');
        return described;
      });
      actors.forget();
      return me;
    },
    changePassword: (actor, input, from) => changePassword(doors, actor, input, from),
  };
}

async function changePassword(
  doors: Doors,
  actor: Actor,
  { current, next }: { current: string; next: string },
  from: SessionOrigin,
): Promise<SignedIn | Refusal> {
  const { kernel, identity, limits, actors } = doors;
  const locked = limits.account.check(actor.label);
  if (locked) return locked;
  const credential = await kernel.db.transaction(PLATFORM, (tx) => identity.credentialOf(tx, actor.id));
  const right = await identity.checkPassword(credential, current);
  if (isRefusal(right)) return right;
  if (!right) {
    limits.account.fail(actor.label);
    return WRONG_PASSWORD;
  }
  const hash = await identity.hashPassword(next);
  if (isRefusal(hash)) return hash;
  const result = await kernel.db.transaction(PLATFORM, async (tx) => {
    await identity.setPassword(tx, actor.id, hash);
    await identity.endSessions(tx, actor.id);
    return openSession(doors, tx, actor.id, actor.organisationId, from, 'user.password');
  });
  actors.forget();
  return result;
}

const WRONG_PASSWORD = refuse('wrong-password', 403, 'The current password is wrong.', {
  fields: [{ pointer: '/body/current', message: 'is wrong' }],
});
const NOT_A_MEMBER = refuse('not-a-member', 403, 'You are not a member of this organisation.');
