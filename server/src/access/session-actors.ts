import { type Kernel, PLATFORM } from '../kernel/index.ts';
import { type Actor, memberActor } from './actor.ts';
import { type Identity, SESSION_MS } from './identity.ts';
import { hashToken } from './secret-token.ts';
import { activeMemberships } from './store-member.ts';
import { findPerson } from './store-session.ts';

/** A browser asks many things at once; this long (wall) the answer to "who is it" is taken from memory. */
const REMEMBER_MS = 3_000;
const REMEMBERED_MAX = 10_000;
/** A session in use is prolonged once a day, not at every request. */
const PROLONG_AFTER_MS = 24 * 3_600_000;

export interface SessionActors {
  actor(cookie: string): Promise<Actor | null>;
  /** After anything about sessions, roles or memberships changed in this process. */
  forget(): void;
}

/** Cookie → actor under the membership the session acts for. */
export function createSessionActors(kernel: Kernel, identity: Identity): SessionActors {
  const remembered = new Map<string, { actor: Actor; until: number }>();
  let generation = 0;
  return {
    forget: () => {
      generation++;
      remembered.clear();
    },
    actor: async (cookie) => {
      const key = hashToken(cookie).toString('base64');
      const now = kernel.clock.wallNow();
      const known = remembered.get(key);
      if (known && known.until > now) return known.actor;
      remembered.delete(key);
      const before = generation;
      const actor = await readActor(kernel, identity, cookie, now);
      if (actor && before === generation) {
        if (remembered.size >= REMEMBERED_MAX) remembered.clear();
        remembered.set(key, { actor, until: now + REMEMBER_MS });
      }
      return actor;
    },
  };
}

function readActor(kernel: Kernel, identity: Identity, cookie: string, now: number): Promise<Actor | null> {
  return kernel.db.transaction(PLATFORM, async (tx) => {
    const session = await identity.session(tx, cookie);
    if (!session || session.expiresAt <= now) return null;
    const person = await findPerson(tx, session.userId);
    const memberships = await activeMemberships(tx, session.userId);
    const acting =
      memberships.find(({ organisationId }) => organisationId === session.organisationId) ?? memberships[0];
    if (!person || !acting) return null;
    if (session.expiresAt - now < SESSION_MS - PROLONG_AFTER_MS) await identity.prolongSession(tx, cookie);
    return memberActor(person, acting);
  });
}
