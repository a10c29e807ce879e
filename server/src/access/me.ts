import type { Me } from '@millrace/contract';
import { type Refusal, refuse, type Tx } from '../kernel/index.ts';
import { type Actor, memberActor } from './actor.ts';
import { actionsOf } from './policy.ts';
import { recordAudit } from './record-audit.ts';
import { activeMemberships } from './store-member.ts';
import { findPerson } from './store-session.ts';

/** Who someone is, acting for `organisationId` where that is one of the memberships, else for the first. */
export async function describe(tx: Tx, userId: string, organisationId: string | null): Promise<Me | Refusal> {
  const person = await findPerson(tx, userId);
  const memberships = await activeMemberships(tx, userId);
  const acting = memberships.find((one) => one.organisationId === organisationId) ?? memberships[0];
  if (!person || !acting) return NO_MEMBERSHIP;
  const { id, ...rest } = person;
  return {
    userId: id,
    ...rest,
    acting,
    memberships,
    can: actionsOf(memberActor(person, acting)),
  };
}

export const actingAs = (me: Me): Actor => memberActor({ id: me.userId, email: me.email }, me.acting);

export function auditPerson(
  tx: Tx,
  actor: Actor,
  action: string,
  detail: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  return recordAudit(tx, actor, { action, subject: `user/${actor.label}`, detail });
}

const NO_MEMBERSHIP = refuse('no-membership', 403, 'Your account belongs to no organisation any more.');
