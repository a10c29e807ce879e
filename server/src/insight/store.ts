import type { EventKind, FeedEvent } from '@millrace/contract';
import type { AnyEvent, Tx } from '../kernel/index.ts';

export interface StoredFeedEvent extends FeedEvent {
  /** Grows with every entry; the position of lists and streams. */
  readonly seq: number;
}

export interface NewFeedEvent {
  readonly event: AnyEvent;
  readonly names: Readonly<Record<string, string>>;
  readonly factoryOrganisationId: string | null;
  readonly buyerOrganisationId: string | null;
}

const COLUMNS = 'seq, seq::text AS id, kind, at, payload, names';

export async function insertFeedEvent(tx: Tx, fresh: NewFeedEvent): Promise<void> {
  const { event, names, factoryOrganisationId, buyerOrganisationId } = fresh;
  await tx.run(
    `INSERT INTO feed_event (network_id, factory_org_id, buyer_org_id, kind, at, payload, names)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [
      event.networkId,
      factoryOrganisationId,
      buyerOrganisationId,
      event.kind,
      new Date(event.at),
      JSON.stringify(event.payload),
      JSON.stringify(names),
    ],
  );
}

export interface FeedQuery {
  readonly kind?: EventKind | undefined;
  /** Older than this entry. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** Newest first. */
export function listFeed(tx: Tx, networkId: string, query: FeedQuery): Promise<StoredFeedEvent[]> {
  const { scope } = tx;
  const found = (party: string): string =>
    `(SELECT ${COLUMNS} FROM feed_event
       WHERE network_id = $1 ${party} AND ($2::text IS NULL OR kind = $2) AND ($3::bigint IS NULL OR seq < $3)
       ORDER BY seq DESC LIMIT $4)`;
  const params = [networkId, query.kind ?? null, query.before ?? null, query.limit];
  if (scope.kind !== 'organisation') return tx.rows(found(''), params);
  // Row-level security would allow the same rows; said like this, each half reads its own index and stops at the limit.
  return tx.rows(
    `SELECT * FROM ${found('AND factory_org_id = $5')} AS made
     UNION ALL
     SELECT * FROM ${found('AND buyer_org_id = $5 AND factory_org_id IS DISTINCT FROM $5')} AS bought
     ORDER BY seq DESC LIMIT $4`,
    [...params, scope.organisationId],
  );
}

/** Oldest first, after an entry. */
export function feedAfter(
  tx: Tx,
  networkId: string,
  after: number,
  limit: number,
): Promise<StoredFeedEvent[]> {
  return tx.rows(
    `SELECT ${COLUMNS} FROM feed_event WHERE network_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`,
    [networkId, after, limit],
  );
}

/** Position of the newest entry of the network, whoever it concerns; 0 before the first. Network scope. */
export async function newestSeq(tx: Tx, networkId: string): Promise<number> {
  const { newest } = await tx.one<{ newest: number | null }>(
    'SELECT max(seq) AS newest FROM feed_event WHERE network_id = $1',
    [networkId],
  );
  return newest ?? 0;
}

/** Forgets at most `limit` entries that are older than an instant or beyond the newest `keep`; answers how many. */
export function pruneFeed(
  tx: Tx,
  networkId: string,
  before: number,
  keep: number,
  limit: number,
): Promise<number> {
  return tx.run(
    `DELETE FROM feed_event WHERE network_id = $1 AND seq IN (
       SELECT seq FROM feed_event
        WHERE network_id = $1 AND (at < $2 OR seq <= coalesce(
          (SELECT seq FROM feed_event WHERE network_id = $1 ORDER BY seq DESC OFFSET $3 LIMIT 1), 0))
        ORDER BY seq LIMIT $4)`,
    [networkId, new Date(before), keep, limit],
  );
}
