import type { API_SCOPES, OrganisationKind, Role } from '@millrace/contract';
import type { Actor } from './actor.ts';

type ApiScope = (typeof API_SCOPES)[number];
type Roles = Partial<Record<OrganisationKind, readonly Role[]>>;

/** Who may do it: roles by kind of organisation, scopes for programs of those kinds, and whether a gateway may. */
interface Rule {
  readonly roles: Roles;
  readonly scopes: readonly ApiScope[];
  readonly gateway?: true;
}

const OPERATOR_ALL: Roles = { operator: ['admin', 'dispatcher', 'viewer'] };
const OPERATOR_ACTS: Roles = { operator: ['admin', 'dispatcher'] };
const OPERATOR_ADMIN: Roles = { operator: ['admin'] };
const FACTORY_ALL: Roles = { factory: ['owner', 'planner', 'worker', 'viewer'] };
const FACTORY_OFFICE: Roles = { factory: ['owner', 'planner', 'viewer'] };
const FACTORY_ACTS: Roles = { factory: ['owner', 'planner'] };
const FACTORY_OWNER: Roles = { factory: ['owner'] };
const BUYER_ALL: Roles = { buyer: ['purchaser', 'viewer'], hospital: ['purchaser', 'viewer'] };
const BUYER_ACTS: Roles = { buyer: ['purchaser'], hospital: ['purchaser'] };
const CARRIER: Roles = { carrier: ['viewer'] };
const ONLOOKERS: Roles = { carrier: ['viewer'], authority: ['viewer'], bank: ['viewer'] };
const AUDITORS: Roles = {
  operator: ['auditor'],
  factory: ['auditor'],
  buyer: ['auditor'],
  hospital: ['auditor'],
  carrier: ['auditor'],
  authority: ['auditor'],
  bank: ['auditor'],
};
const EVERYONE = join(OPERATOR_ALL, FACTORY_ALL, BUYER_ALL, ONLOOKERS);
const MANAGERS = join(OPERATOR_ADMIN, FACTORY_OWNER, BUYER_ACTS);
const MAKERS_ACT = join(OPERATOR_ACTS, FACTORY_ACTS);

/** The policy table: what is not here is refused, and a route whose action is not here does not start. */
export const POLICY = {
  // A person's own account; an auditor has one too.
  'me.read': { roles: join(EVERYONE, AUDITORS), scopes: [] },
  'me.write': { roles: join(EVERYONE, AUDITORS), scopes: [] },
  'clock.read': {
    roles: join(EVERYONE, AUDITORS),
    scopes: ['ingest', 'read', 'orders', 'production', 'registry', 'admin'],
    gateway: true,
  },
  'organisation.read': { roles: EVERYONE, scopes: ['read', 'admin'] },
  'organisation.write': { roles: OPERATOR_ADMIN, scopes: ['admin'] },
  'user.read': { roles: MANAGERS, scopes: ['admin'] },
  'user.write': { roles: MANAGERS, scopes: ['admin'] },
  'key.read': { roles: MANAGERS, scopes: ['admin'] },
  'key.write': { roles: MANAGERS, scopes: ['admin'] },
  'gateway.read': { roles: join(OPERATOR_ALL, FACTORY_OFFICE), scopes: ['read', 'admin'] },
  'gateway.write': { roles: join(OPERATOR_ADMIN, FACTORY_OWNER), scopes: ['admin'] },
  'gateway.enrol': { roles: join(OPERATOR_ADMIN, FACTORY_OWNER), scopes: ['admin'] },
  // What it may read and write at machines; the box's own allow-list stands above it.
  'gateway.configure': { roles: join(OPERATOR_ADMIN, FACTORY_ACTS), scopes: ['registry'] },
  'gateway.exchange': { roles: {}, scopes: [], gateway: true },
  'alarm.upload': { roles: {}, scopes: [], gateway: true },
  'alarm.read': { roles: join(OPERATOR_ALL, FACTORY_ALL), scopes: ['read'] },
  'command.read': { roles: join(OPERATOR_ALL, FACTORY_ALL), scopes: ['read'] },
  'command.enable': { roles: join(OPERATOR_ADMIN, FACTORY_OWNER), scopes: [] },
  // Who stands beside the machines: never somebody of another organisation.
  'command.request': { roles: FACTORY_ACTS, scopes: ['production'] },
  'command.approve': { roles: FACTORY_ACTS, scopes: [] },
  'audit.read': { roles: join(MANAGERS, AUDITORS), scopes: ['admin'] },
  'grant.read': { roles: EVERYONE, scopes: ['read', 'admin'] },
  'grant.write': { roles: MANAGERS, scopes: ['admin'] },
  'registry.read': { roles: EVERYONE, scopes: ['read', 'registry'] },
  'registry.write': { roles: MAKERS_ACT, scopes: ['registry'] },
  // A factory does not qualify itself.
  'registry.qualify': { roles: OPERATOR_ACTS, scopes: ['registry'] },
  // What a file may hold is decided by its kind as well: buyers bring orders, and nothing else.
  'import.run': { roles: join(MAKERS_ACT, BUYER_ACTS), scopes: ['registry', 'orders', 'admin'] },
  'record.upload': { roles: {}, scopes: ['ingest'], gateway: true },
  'record.read': { roles: join(OPERATOR_ALL, FACTORY_ALL), scopes: ['read'] },
  'mapping.read': { roles: join(OPERATOR_ALL, FACTORY_OFFICE), scopes: ['read', 'registry'] },
  'mapping.write': { roles: MAKERS_ACT, scopes: ['registry'] },
  'state.read': { roles: EVERYONE, scopes: ['read'] },
  'state.recompute': { roles: OPERATOR_ACTS, scopes: ['admin'] },
  'capacity.read': { roles: EVERYONE, scopes: ['read'] },
  'block.write': { roles: MAKERS_ACT, scopes: ['registry', 'production'] },
  'order.read': { roles: join(OPERATOR_ALL, FACTORY_ALL, BUYER_ALL), scopes: ['read', 'orders'] },
  'order.submit': { roles: join(OPERATOR_ACTS, BUYER_ACTS), scopes: ['orders'] },
  'order.cancel': { roles: join(OPERATOR_ACTS, BUYER_ACTS), scopes: ['orders'] },
  'promise.ask': { roles: join(OPERATOR_ACTS, BUYER_ACTS), scopes: ['read', 'orders'] },
  // Scores and refusals name competitors: the operator's business only.
  'match.read': { roles: OPERATOR_ALL, scopes: ['read'] },
  'match.run': { roles: OPERATOR_ACTS, scopes: ['orders'] },
  'allocation.read': {
    roles: join(OPERATOR_ALL, FACTORY_ALL, BUYER_ALL),
    scopes: ['read', 'orders', 'production'],
  },
  'allocation.answer': { roles: MAKERS_ACT, scopes: ['production'] },
  'override.write': { roles: OPERATOR_ACTS, scopes: ['orders'] },
  'production.read': { roles: join(OPERATOR_ALL, FACTORY_ALL, BUYER_ALL), scopes: ['read', 'production'] },
  'production.report': {
    roles: join(OPERATOR_ACTS, { factory: ['owner', 'planner', 'worker'] }),
    scopes: ['production'],
  },
  'schedule.read': { roles: join(OPERATOR_ALL, FACTORY_ALL), scopes: ['read', 'production'] },
  // A factory arranges its own day; the network only sees what comes of it.
  'schedule.plan': { roles: FACTORY_ACTS, scopes: ['production'] },
  'shipment.read': { roles: join(OPERATOR_ALL, FACTORY_ALL, BUYER_ALL, CARRIER), scopes: ['read', 'orders'] },
  'shipment.write': { roles: MAKERS_ACT, scopes: ['production'] },
  'shipment.receive': { roles: join(OPERATOR_ACTS, BUYER_ACTS), scopes: ['orders'] },
  'board.read': { roles: EVERYONE, scopes: ['read'] },
  'event.read': { roles: EVERYONE, scopes: ['read'] },
} as const satisfies Record<string, Rule>;

/** What a route does, as the policy table names it; `public` needs nobody to be signed in. */
export type Action = keyof typeof POLICY | 'public';

export function isAction(name: unknown): name is Action {
  return name === 'public' || (typeof name === 'string' && Object.hasOwn(POLICY, name));
}

/** Deny by default. Which rows an allowed actor meets is row-level security's part. */
export function can(actor: Actor, action: Action): boolean {
  if (action === 'public' || actor.kind === 'system') return true;
  const rule: Rule = POLICY[action];
  if (actor.kind === 'gateway') return rule.gateway === true;
  if (actor.kind === 'api-key') {
    return isProgramKind(rule, actor) && rule.scopes.some((scope) => actor.scopes.includes(scope));
  }
  return actor.role !== null && (rule.roles[actor.organisationKind] ?? []).includes(actor.role);
}

/** A program may do what some person of its organisation may; machine records come from programs only. */
function isProgramKind(rule: Rule, actor: Actor): boolean {
  const kinds = Object.keys(rule.roles);
  return kinds.length === 0
    ? actor.organisationKind === 'factory' || actor.organisationKind === 'operator'
    : kinds.includes(actor.organisationKind);
}

/** For the console, which hides what would be refused. */
export function actionsOf(actor: Actor): Action[] {
  return (Object.keys(POLICY) as (keyof typeof POLICY)[]).filter((action) => can(actor, action));
}

function join(...parts: readonly Roles[]): Roles {
  const all: Partial<Record<OrganisationKind, Role[]>> = {};
  for (const part of parts) {
    for (const [kind, roles] of Object.entries(part) as [OrganisationKind, readonly Role[]][]) {
      all[kind] = [...new Set([...(all[kind] ?? []), ...roles])];
    }
  }
  return all;
}
