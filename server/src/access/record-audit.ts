import type { Tx } from '../kernel/index.ts';
import type { Actor } from './actor.ts';
import { type AuditFact, type AuditRecord, storable } from './audit.ts';
import { appendEntry } from './store-audit.ts';

/**
 * Entries wait for the end of their transaction: the chain's end is one row per network that every writer locks, and a
 * transaction that locked it first and then worked on would let the whole network wait. Keyed by the transaction, so it is
 * empty when that is over.
 */
const waiting = new WeakMap<Tx, AuditRecord[]>();

/** One hash-chained entry, in the caller's transaction; written right before COMMIT. A rolled-back deed leaves none. */
export async function recordAudit(tx: Tx, actor: Actor, fact: AuditFact): Promise<void> {
  const entry: AuditRecord = {
    networkId: actor.networkId,
    at: tx.clock.now(),
    recordedAt: tx.clock.wallNow(),
    actor: actor.label,
    organisationId: actor.kind === 'system' ? null : actor.organisationId,
    action: fact.action,
    subject: fact.subject,
    detail: storable(fact.detail),
  };
  const queue = waiting.get(tx);
  if (queue) {
    queue.push(entry);
    return;
  }
  const fresh = [entry];
  waiting.set(tx, fresh);
  tx.beforeCommit(async () => {
    // Networks in one order, so that two transactions of several networks never wait for each other.
    fresh.sort((a, b) => (a.networkId < b.networkId ? -1 : Number(a.networkId > b.networkId)));
    for (const one of fresh) await appendEntry(tx, one);
  });
}
