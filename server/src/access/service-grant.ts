import { GRANT_FIELDS, type Grant, type NewGrant } from '@millrace/contract';
import { type Kernel, notFound, PLATFORM, type Refusal, refuse } from '../kernel/index.ts';
import { type Actor, scopeOf } from './actor.ts';
import { recordAudit } from './record-audit.ts';
import { findOrganisation } from './store.ts';
import { insertGrant, revokeGrant } from './store-grant.ts';

export interface Grants {
  give(actor: Actor, input: NewGrant): Promise<Grant | Refusal>;
  revoke(actor: Actor, id: string): Promise<Grant | Refusal>;
}

/** Sharing of one's own data, field by field, for a purpose, until an instant (wall clock), revocable at any time. */
export function createGrants({ db, clock, ids }: Kernel): Grants {
  return {
    give: async (actor, input) => {
      const now = clock.wallNow();
      if (input.expiresAt <= now) return EXPIRED;
      if (input.granteeOrganisationId === actor.organisationId) return TO_YOURSELF;
      const unknown = unknownField(input);
      if (unknown) return unknown;
      // Buyers are not listed for factories, but a factory may share with the one whose id it was given.
      const grantee = await db.transaction(PLATFORM, (tx) =>
        findOrganisation(tx, actor.networkId, input.granteeOrganisationId),
      );
      if (!grantee) return notFound('organisation');
      return db.transaction(scopeOf(actor), async (tx) => {
        const fields = [...new Set(input.fields)].sort();
        const wanted = {
          ...input,
          fields,
          id: ids(),
          grantorOrganisationId: actor.organisationId,
          revokedAt: null,
        };
        const grant = await insertGrant(tx, actor.networkId, wanted, now);
        const { resource, purpose, expiresAt } = grant;
        const detail = { resource, fields, purpose, expiresAt, grantee: grantee.code };
        await recordAudit(tx, actor, { action: 'grant.give', subject: `grant/${grant.id}`, detail });
        return grant;
      });
    },
    revoke: (actor, id) =>
      db.transaction(scopeOf(actor), async (tx) => {
        const grant = await revokeGrant(tx, actor.networkId, id, clock.wallNow());
        if (!grant) return notFound('grant');
        await recordAudit(tx, actor, { action: 'grant.revoke', subject: `grant/${id}`, detail: {} });
        return grant;
      }),
  };
}

/** A misspelt field would be granted and never be seen, and nobody would know why. */
function unknownField({ resource, fields }: NewGrant): Refusal | undefined {
  const known: readonly string[] = GRANT_FIELDS[resource];
  const index = fields.findIndex((field) => !known.includes(field));
  if (index < 0) return undefined;
  return refuse('unknown-grant-field', 400, `A grant of ${resource} has no field ${fields[index]}.`, {
    fields: [{ pointer: `/body/fields/${index}`, message: `must be one of ${known.join(', ')}` }],
    values: { resource },
  });
}

const EXPIRED = refuse('already-expired', 400, 'The expiry lies in the past.', {
  fields: [{ pointer: '/body/expiresAt', message: 'lies in the past' }],
});
const TO_YOURSELF = refuse('grant-to-yourself', 400, 'Your organisation sees its own data anyway.', {
  fields: [{ pointer: '/body/granteeOrganisationId', message: 'is your own' }],
});
