import type { EventKind, EventPayload } from '@millrace/contract';
import { type Database, PLATFORM, type Tx } from './database.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { AnyEvent, EventHandler } from './outbox.ts';

export interface Subscriber {
  readonly name: string;
  readonly kinds: readonly EventKind[];
  readonly handler: EventHandler<EventKind>;
  running: Promise<void> | undefined;
  again: boolean;
  /** A look that is already planned. */
  soon: NodeJS.Timeout | undefined;
}
interface Position {
  tx_id: string;
  event_id: number;
  attempts: number;
}
interface EventRow {
  id: number;
  tx_id: string;
  network_id: string;
  kind: EventKind;
  payload: EventPayload<EventKind>;
  at: number;
  /** Failures of this subscriber at its present position. */
  attempts: number;
}

/** Events read at once; handlers still commit one by one. */
const BATCH_MAX = 200;
/** Events of one transaction; more would hold the locks of their handlers for too long. */
const TOGETHER_MAX = 25;
/** After this many failures the event is set aside, so that one bad event does not stop the rest. */
const ATTEMPTS_MAX = 8;
const RETRY_BASE_MS = 200;
const RETRY_MAX_MS = 30_000;
const SETTLE_PAUSE_MS = 5;
/** A subscriber that a later release brings can still read a week of news. */
const KEPT_DAYS = 7;
/** Deleted at once, so that the transaction stays short; the rest goes with the next turn. */
const PRUNE_MAX = 20_000;

/** Everything that waits for this subscriber, in order, until nothing does or it must wait. */
export async function drain(
  db: Database,
  log: Log,
  metrics: Metrics,
  subscriber: Subscriber,
  stopped: () => boolean,
): Promise<void> {
  for (;;) {
    const events = await nextEvents(db, subscriber);
    for (const group of gather(events)) {
      if (stopped()) return;
      if (await digestTogether(db, metrics, subscriber, group)) continue;
      for (const event of group) if (!(await digestAlone(db, log, metrics, subscriber, event))) return;
    }
    if (events.length < BATCH_MAX) return;
  }
}

/** Neighbours of one network share a transaction: a commit costs more than most handlers. */
function gather(events: readonly EventRow[]): EventRow[][] {
  const groups: EventRow[][] = [];
  for (const event of events) {
    const last = groups.at(-1);
    // What failed is tried alone, so that its failure is not shared.
    const together =
      last?.[0]?.network_id === event.network_id && !(groups.length === 1 && event.attempts > 0);
    if (last && together && last.length < TOGETHER_MAX) last.push(event);
    else groups.push([event]);
  }
  return groups;
}

async function nextEvents(db: Database, subscriber: Subscriber): Promise<EventRow[]> {
  return db.transaction(PLATFORM, (tx) =>
    tx.rows<EventRow>(
      `SELECT e.id, e.tx_id::text AS tx_id, e.network_id, e.kind, e.payload, e.at, s.attempts
         FROM outbox_event e, outbox_subscriber s
        WHERE s.name = $1 AND (s.retry_at IS NULL OR s.retry_at <= clock_timestamp())
          AND (e.tx_id, e.id) > (s.tx_id, s.event_id)
          AND e.tx_id < pg_snapshot_xmin(pg_current_snapshot())
          AND e.kind = ANY ($2)
        ORDER BY e.tx_id, e.id LIMIT ${BATCH_MAX}`,
      [subscriber.name, subscriber.kinds],
    ),
  );
}

/** False when one of them failed: nothing of the group has happened, and each is tried alone. */
async function digestTogether(
  db: Database,
  metrics: Metrics,
  subscriber: Subscriber,
  group: readonly EventRow[],
): Promise<boolean> {
  if (group.length === 1) return false;
  try {
    await handle(db, metrics, subscriber, group);
    return true;
  } catch {
    // Which one it was, and why, is found out and said by digesting them one by one.
    return false;
  }
}

/** False when the subscriber must wait before it goes on. */
async function digestAlone(
  db: Database,
  log: Log,
  metrics: Metrics,
  subscriber: Subscriber,
  event: EventRow,
): Promise<boolean> {
  try {
    await handle(db, metrics, subscriber, [event]);
    return true;
  } catch (error) {
    log.warn(
      { err: error, subscriber: subscriber.name, event: event.id, kind: event.kind },
      'event not digested',
    );
    return await postpone(db, subscriber.name, event, error, metrics);
  }
}

/** Handlers and position in one transaction. */
async function handle(
  db: Database,
  metrics: Metrics,
  subscriber: Subscriber,
  group: readonly EventRow[],
): Promise<void> {
  const last = group.at(-1);
  if (!last) return;
  await db.transaction({ kind: 'network', networkId: last.network_id }, async (tx) => {
    const position = await tx.one<Position>(
      'SELECT tx_id::text AS tx_id, event_id, attempts FROM outbox_subscriber WHERE name = $1 FOR UPDATE',
      [subscriber.name],
    );
    // Another process may have been faster.
    const fresh = group.filter((event) => !isBehind(event, position));
    for (const { id, kind, network_id: networkId, at, payload } of fresh) {
      await subscriber.handler(tx, { id, kind, networkId, at, payload } as AnyEvent);
    }
    if (fresh.length > 0) await advance(tx, subscriber.name, last);
  });
  metrics.eventsHandled.inc({ subscriber: subscriber.name }, group.length);
}

function isBehind(event: EventRow, position: Position): boolean {
  const [eventTx, positionTx] = [BigInt(event.tx_id), BigInt(position.tx_id)];
  return eventTx < positionTx || (eventTx === positionTx && event.id <= position.event_id);
}

async function advance(tx: Tx, name: string, event: EventRow): Promise<void> {
  await tx.run(
    'UPDATE outbox_subscriber SET tx_id = $2::xid8, event_id = $3, attempts = 0, retry_at = NULL WHERE name = $1',
    [name, event.tx_id, event.id],
  );
}

/** Retries later with growing pauses; sets the event aside after the last attempt and goes on. */
async function postpone(
  db: Database,
  name: string,
  event: EventRow,
  error: unknown,
  metrics: Metrics,
): Promise<boolean> {
  return db.transaction(PLATFORM, async (tx) => {
    const { attempts } = await tx.one<Position>(
      'SELECT attempts FROM outbox_subscriber WHERE name = $1 FOR UPDATE',
      [name],
    );
    if (attempts + 1 >= ATTEMPTS_MAX) {
      await tx.run(
        `INSERT INTO outbox_dead_event (subscriber, event_id, network_id, kind, payload, error)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
        [name, event.id, event.network_id, event.kind, JSON.stringify(event.payload), String(error)],
      );
      await advance(tx, name, event);
      metrics.eventsDead.inc({ subscriber: name });
      return true;
    }
    const waitMs = Math.min(RETRY_MAX_MS, RETRY_BASE_MS * 2 ** attempts);
    await tx.run(
      `UPDATE outbox_subscriber SET attempts = $2, retry_at = clock_timestamp() + $3 * interval '1 millisecond' WHERE name = $1`,
      [name, attempts + 1, waitMs],
    );
    return false;
  });
}

/** Handlers publish further events, so it goes round until nothing committed is left undigested. */
export async function settle(
  db: Database,
  subscribers: readonly Subscriber[],
  drainSoon: (subscriber: Subscriber) => void,
): Promise<void> {
  while ((await countUndigested(db, subscribers)) > 0) {
    for (const subscriber of subscribers) {
      drainSoon(subscriber);
      while (subscriber.running) await subscriber.running;
    }
    // Committed rows wait behind a transaction that is still open elsewhere, or for a retry.
    await new Promise((resume) => setTimeout(resume, SETTLE_PAUSE_MS));
  }
}

async function countUndigested(db: Database, subscribers: readonly Subscriber[]): Promise<number> {
  return db.transaction(PLATFORM, async (tx) => {
    let left = 0;
    for (const { name, kinds } of subscribers) {
      const { waiting } = await tx.one<{ waiting: number }>(
        `SELECT count(*) AS waiting FROM outbox_event e, outbox_subscriber s
          WHERE s.name = $1 AND (e.tx_id, e.id) > (s.tx_id, s.event_id) AND e.kind = ANY ($2)`,
        [name, kinds],
      );
      left += waiting;
    }
    return left;
  });
}

export async function prune(db: Database): Promise<number> {
  return db.transaction(PLATFORM, (tx) =>
    tx.run(
      `DELETE FROM outbox_event WHERE id IN (
         SELECT e.id FROM outbox_event e
          WHERE e.recorded_at < clock_timestamp() - interval '${KEPT_DAYS} days'
            AND (e.tx_id, e.id) <= ALL (SELECT s.tx_id, s.event_id FROM outbox_subscriber s)
          ORDER BY e.tx_id, e.id LIMIT ${PRUNE_MAX})`,
    ),
  );
}
