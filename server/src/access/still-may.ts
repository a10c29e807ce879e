import type { Tx } from '../kernel/index.ts';
import type { Actor } from './actor.ts';
import { type Action, can } from './policy.ts';
import { findStanding } from './store-standing.ts';

/** Whether whoever asked for something may still do so, when it comes to be done much later. */
export async function stillMay(
  tx: Tx,
  asker: Pick<Actor, 'networkId' | 'organisationId' | 'id'>,
  action: Action,
): Promise<boolean> {
  const found = await findStanding(tx, asker);
  if (found === undefined) return false;
  const { kind: organisationKind, role, scopes } = found;
  const kind = role === null ? 'api-key' : 'user';
  return can({ ...asker, kind, label: '', organisationKind, role, scopes }, action);
}
