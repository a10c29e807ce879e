/** The door of access: who acts (users, programs, gateways), what they may do, and the audit of what they did. */

/** Opens the module; `routes` must be the first to be called, because it guards every route of the app. */
export { type Access, openAccess } from './access.ts';
/** Who asks, the database scope that follows from it, and the platform's own name. */
export { type Actor, scopeOf, systemActor } from './actor.ts';
/** Bounds guessing at a door of its own. */
export { createAttemptLimit } from './attempt-limit.ts';
/** The kernel of `npm run audit:verify`. */
export { printAuditVerification } from './audit-verify.ts';
/** The policy table: deny by default. */
export { type Action, can, POLICY } from './policy.ts';
/** Call on every state change by a person or key, in its transaction. */
export { recordAudit } from './record-audit.ts';
/** For what waits between the asking and the doing. */
export { stillMay } from './still-may.ts';
/** Organisations as the scope may see them, and the networks of the installation (platform scope). */
export {
  findGateway,
  findOrganisation,
  gatewaysByCode,
  listNetworks,
  organisationsByCode,
  organisationsById,
  upsertOrganisations,
} from './store.ts';
/** What others share with the acting organisation, for the modules that serve it field by field. */
export { readGrantedFields } from './store-grant.ts';
/** Gateways of the scope, newest first. */
export { listGateways } from './store-token.ts';
