import type { Membership, OrganisationKind, Role } from '@millrace/contract';
import type { Scope } from '../kernel/index.ts';

/** Who asks, under which membership; every service takes it first. */
export interface Actor {
  readonly kind: 'user' | 'api-key' | 'gateway' | 'system';
  readonly id: string;
  /** As the audit names it: e-mail, key name, gateway code or "millrace". */
  readonly label: string;
  readonly networkId: string;
  readonly organisationId: string;
  readonly organisationKind: OrganisationKind;
  /** Programs and gateways have scopes instead. */
  readonly role: Role | null;
  readonly scopes: readonly string[];
}

/** The operator's members see their whole network; everyone else what their organisation is a party to [D4]. */
export function scopeOf(actor: Actor): Scope {
  const { networkId, organisationId } = actor;
  return actor.organisationKind === 'operator'
    ? { kind: 'network', networkId }
    : { kind: 'organisation', networkId, organisationId };
}

/** All zeros: no organisation has this id. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** The platform itself, when a subscriber or a timer acts in a network. */
export function systemActor(networkId: string): Actor {
  return {
    kind: 'system',
    id: NOBODY,
    label: 'millrace',
    networkId,
    organisationId: NOBODY,
    organisationKind: 'operator',
    role: null,
    scopes: [],
  };
}

/** A person under one of the memberships. */
export function memberActor(
  person: { readonly id: string; readonly email: string },
  acting: Membership,
): Actor {
  return {
    kind: 'user',
    id: person.id,
    label: person.email,
    networkId: acting.networkId,
    organisationId: acting.organisationId,
    organisationKind: acting.organisationKind,
    role: acting.role,
    scopes: [],
  };
}
