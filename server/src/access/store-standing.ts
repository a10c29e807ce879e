import type { OrganisationKind, Role } from '@millrace/contract';
import type { Tx } from '../kernel/index.ts';
import type { Actor } from './actor.ts';

/** What a person or program of an organisation is at this moment. */
interface Standing {
  readonly kind: OrganisationKind;
  /** Null = a program. */
  readonly role: Role | null;
  readonly scopes: readonly string[];
}

/** Undefined when the membership is disabled, or the key revoked or run out. */
export function findStanding(
  tx: Tx,
  { networkId, organisationId, id }: Pick<Actor, 'networkId' | 'organisationId' | 'id'>,
): Promise<Standing | undefined> {
  return tx.maybe<Standing>(
    `SELECT o.kind, t.role, t.scopes
       FROM (SELECT network_id, organisation_id, role, '{}'::text[] AS scopes FROM membership
              WHERE network_id = $1 AND organisation_id = $2 AND user_id = $3 AND disabled_at IS NULL
             UNION ALL
             SELECT network_id, organisation_id, NULL, scopes FROM api_key
              WHERE network_id = $1 AND organisation_id = $2 AND id = $3 AND revoked_at IS NULL
                AND (expires_at IS NULL OR expires_at > $4)) t
       JOIN organisation o ON o.network_id = t.network_id AND o.id = t.organisation_id`,
    [networkId, organisationId, id, new Date(tx.clock.wallNow())],
  );
}
