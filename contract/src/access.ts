import { type Static, Type } from 'typebox';
import { Code, Id, Instant, Name, Nullable, OneOf } from './primitives.ts';

export const ORGANISATION_KINDS = [
  'operator',
  'factory',
  'buyer',
  'carrier',
  'authority',
  'hospital',
  'bank',
] as const;
export const OrganisationKind = OneOf(ORGANISATION_KINDS);
export type OrganisationKind = Static<typeof OrganisationKind>;

/** Roles by the kind of organisation that grants them; `auditor` exists in every kind and sees the audit only. */
export const ROLES_BY_KIND = {
  operator: ['admin', 'dispatcher', 'viewer', 'auditor'],
  factory: ['owner', 'planner', 'worker', 'viewer', 'auditor'],
  buyer: ['purchaser', 'viewer', 'auditor'],
  hospital: ['purchaser', 'viewer', 'auditor'],
  carrier: ['viewer', 'auditor'],
  authority: ['viewer', 'auditor'],
  bank: ['viewer', 'auditor'],
} as const satisfies Record<OrganisationKind, readonly string[]>;
export const ROLES = [
  'admin',
  'dispatcher',
  'owner',
  'planner',
  'worker',
  'purchaser',
  'viewer',
  'auditor',
] as const;
export const Role = OneOf(ROLES);
export type Role = Static<typeof Role>;

export const Organisation = Type.Object({
  id: Id,
  networkId: Id,
  kind: OrganisationKind,
  code: Code,
  name: Name,
  country: Nullable(Type.String({ description: 'ISO 3166-1 alpha-2 or a name as the source gives it' })),
  /** USCC, GLN, DUNS, BPN … by scheme. */
  externalIds: Type.Record(Type.String(), Type.String()),
  createdAt: Instant,
});
export type Organisation = Static<typeof Organisation>;
export const NewOrganisation = Type.Object({
  kind: OrganisationKind,
  code: Code,
  name: Name,
  country: Type.Optional(Type.String({ maxLength: 64 })),
  externalIds: Type.Optional(Type.Record(Type.String({ maxLength: 16 }), Type.String({ maxLength: 64 }))),
});
export type NewOrganisation = Static<typeof NewOrganisation>;

export const Email = Type.String({ format: 'email', maxLength: 254 });
/** Length is the one rule that helps (NIST SP 800-63B §5.1.1.2). */
export const Password = Type.String({ minLength: 12, maxLength: 256 });

export const Membership = Type.Object({
  organisationId: Id,
  organisationName: Name,
  organisationKind: OrganisationKind,
  networkId: Id,
  networkName: Name,
  role: Role,
});
export type Membership = Static<typeof Membership>;

/** Who is signed in and as what: the console asks this first. */
export const Me = Type.Object({
  userId: Id,
  email: Email,
  name: Name,
  language: OneOf(['zh-CN', 'en']),
  totpEnabled: Type.Boolean(),
  /** The membership the session acts under. */
  acting: Membership,
  memberships: Type.Array(Membership),
  /** Action names this actor may perform, from the policy table. */
  can: Type.Array(Type.String()),
});
export type Me = Static<typeof Me>;

export const User = Type.Object({
  id: Id,
  email: Email,
  name: Name,
  organisationId: Id,
  organisationName: Name,
  role: Role,
  totpEnabled: Type.Boolean(),
  disabled: Type.Boolean(),
  lastSignInAt: Nullable(Instant),
});
export type User = Static<typeof User>;
export const NewUser = Type.Object({
  email: Email,
  name: Name,
  role: Role,
  organisationId: Type.Optional(Id),
});
export type NewUser = Static<typeof NewUser>;
/** A secret shown exactly once. */
export const OneTimeLink = Type.Object({ url: Type.String(), expiresAt: Instant });
export type OneTimeLink = Static<typeof OneTimeLink>;

export const API_SCOPES = ['ingest', 'read', 'orders', 'production', 'registry', 'admin'] as const;
export const ApiKey = Type.Object({
  id: Id,
  name: Name,
  scopes: Type.Array(OneOf(API_SCOPES)),
  prefix: Type.String({ description: 'first characters of the key, to recognise it' }),
  createdAt: Instant,
  expiresAt: Nullable(Instant),
  revokedAt: Nullable(Instant),
});
export type ApiKey = Static<typeof ApiKey>;
export const NewApiKey = Type.Object({
  name: Name,
  scopes: Type.Array(OneOf(API_SCOPES), { minItems: 1, maxItems: API_SCOPES.length }),
  organisationId: Type.Optional(Id),
  expiresAt: Type.Optional(Instant),
});
export type NewApiKey = Static<typeof NewApiKey>;

/** The device that uploads records for machines. Its token is shown once, at creation or rotation. */
export const Gateway = Type.Object({
  id: Id,
  organisationId: Id,
  code: Code,
  name: Name,
  revokedAt: Nullable(Instant),
  createdAt: Instant,
});
export type Gateway = Static<typeof Gateway>;
export const NewGateway = Type.Object({ code: Code, name: Name, organisationId: Type.Optional(Id) });
export type NewGateway = Static<typeof NewGateway>;
export const GatewayToken = Type.Object({ gateway: Gateway, token: Type.String() });
export type GatewayToken = Static<typeof GatewayToken>;
export const NewApiKeySecret = Type.Object({ apiKey: ApiKey, secret: Type.String() });
export type NewApiKeySecret = Static<typeof NewApiKeySecret>;

export const AuditEntry = Type.Object({
  seq: Type.Integer(),
  at: Instant,
  actor: Type.String({ description: 'user e-mail, key name, gateway code or "millrace"' }),
  organisationId: Nullable(Id),
  action: Type.String(),
  subject: Type.String(),
  detail: Type.Record(Type.String(), Type.Unknown()),
  hash: Type.String({ description: 'SHA-256 over the previous hash and this entry, hex' }),
});
export type AuditEntry = Static<typeof AuditEntry>;
export const AuditVerification = Type.Object({
  entries: Type.Integer(),
  intact: Type.Boolean(),
  firstBrokenSeq: Nullable(Type.Integer()),
  headHash: Nullable(Type.String()),
});
export type AuditVerification = Static<typeof AuditVerification>;

/** What a grant may open: whose data, which resource, which fields, for what, until when. */
export const GRANT_RESOURCES = ['machine-state', 'capacity', 'production-progress'] as const;
/** What a grant of each resource can open, by the names of the API; who and where it is about is part of every grant. */
export const GRANT_FIELDS = {
  'machine-state': [
    'state',
    'since',
    'lastMinute',
    'countToday',
    'planToday',
    'itemCode',
    'oeeToday',
    'lastHour',
  ],
  capacity: [
    'totalMin',
    'usedMin',
    'committedMin',
    'unattainableMin',
    'availableMin',
    'source',
    'confidence',
    'ageMs',
    'rates',
  ],
  'production-progress': [
    'productionNo',
    'itemName',
    'state',
    'quantity',
    'goodQuantity',
    'scrapQuantity',
    'plannedFinish',
    'projectedFinish',
  ],
} as const satisfies Record<(typeof GRANT_RESOURCES)[number], readonly string[]>;
export const Grant = Type.Object({
  id: Id,
  grantorOrganisationId: Id,
  granteeOrganisationId: Id,
  resource: OneOf(GRANT_RESOURCES),
  fields: Type.Array(Type.String({ maxLength: 64 }), { minItems: 1, maxItems: 64 }),
  purpose: Name,
  expiresAt: Instant,
  revokedAt: Nullable(Instant),
});
export type Grant = Static<typeof Grant>;
export const NewGrant = Type.Object({
  granteeOrganisationId: Id,
  resource: OneOf(GRANT_RESOURCES),
  fields: Type.Array(Type.String({ maxLength: 64 }), { minItems: 1, maxItems: 64 }),
  purpose: Name,
  expiresAt: Instant,
});
export type NewGrant = Static<typeof NewGrant>;

/** A production order of someone who shares its progress; null where the field is not granted. */
export const SharedProgress = Type.Object({
  factoryOrganisationId: Id,
  productionOrderId: Id,
  productionNo: Nullable(Type.String()),
  itemName: Nullable(Type.String()),
  state: Nullable(Type.String()),
  quantity: Nullable(Type.Integer()),
  goodQuantity: Nullable(Type.Integer()),
  scrapQuantity: Nullable(Type.Integer()),
  plannedFinish: Nullable(Instant),
  projectedFinish: Nullable(Instant),
});
export type SharedProgress = Static<typeof SharedProgress>;
