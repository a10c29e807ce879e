import type { EventKind, EventPayload } from '@millrace/contract';
import type { Clock } from './clock.ts';
import { type Database, PLATFORM, type Tx } from './database.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { Bug } from './refusal.ts';

export interface StoredEvent<K extends EventKind = EventKind> {
  readonly id: number;
  readonly kind: K;
  readonly networkId: string;
  /** Domain instant at which it happened. */
  readonly at: number;
  readonly payload: EventPayload<K>;
}

/** Distributes over the kinds, so that `event.kind` narrows `event.payload`. */
export type AnyEvent<K extends EventKind = EventKind> = K extends EventKind ? StoredEvent<K> : never;

/**
 * Runs in one transaction with the subscriber's position, in the event's network scope: what it writes through `tx` happens
 * exactly once. Effects outside the database happen at least once and must be idempotent.
 */
export type EventHandler<K extends EventKind> = (tx: Tx, event: AnyEvent<K>) => Promise<void>;

export interface Bus {
  /** Writes the event row in the caller's transaction. */
  publish<K extends EventKind>(tx: Tx, networkId: string, kind: K, payload: EventPayload<K>): Promise<void>;
  subscribe<K extends EventKind>(name: string, kinds: readonly K[], handler: EventHandler<K>): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Until every subscriber has digested all that was committed before the call; for tests and orderly hand-over. */
  settle(): Promise<void>;
  /** Forgets what every subscriber has digested and nobody will ask for again; returns how many rows. */
  prune(): Promise<number>;
}

interface Subscriber {
  readonly name: string;
  readonly kinds: readonly EventKind[];
  readonly handler: EventHandler<EventKind>;
  running: Promise<void> | undefined;
  again: boolean;
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
}

const CHANNEL = 'millrace_outbox';
/** Events read at once; handlers still commit one by one. */
const BATCH_MAX = 200;
/** NOTIFY is only a wake-up [D3a]; a missed one costs at most this. */
const POLL_MS = 1_000;
/** After this many failures the event is set aside, so that one bad event does not stop the rest. */
const ATTEMPTS_MAX = 8;
const RETRY_BASE_MS = 200;
const RETRY_MAX_MS = 30_000;
const SETTLE_PAUSE_MS = 5;
/** A subscriber that a later release brings can still read a week of news. */
const KEPT_DAYS = 7;
/** Deleted at once, so that the transaction stays short; the rest goes with the next turn. */
const PRUNE_MAX = 20_000;

export function createBus(db: Database, clock: Clock, log: Log, metrics: Metrics): Bus {
  const subscribers: Subscriber[] = [];
  let stopped = true;
  let poll: NodeJS.Timeout | undefined;
  let unlisten: (() => Promise<void>) | undefined;

  const wake = (): void => {
    if (!stopped) for (const subscriber of subscribers) drainSoon(subscriber);
  };
  const drainSoon = (subscriber: Subscriber): void => {
    if (subscriber.running) {
      subscriber.again = true;
      return;
    }
    subscriber.again = false;
    subscriber.running = drain(db, log, metrics, subscriber, () => stopped)
      .catch((error: unknown) => log.error({ err: error, subscriber: subscriber.name }, 'subscriber failed'))
      .finally(() => {
        subscriber.running = undefined;
        if (subscriber.again && !stopped) drainSoon(subscriber);
      });
  };

  return {
    publish: async (tx, networkId, kind, payload) => {
      await tx.run(
        `WITH woken AS (SELECT pg_notify('${CHANNEL}', ''))
         INSERT INTO outbox_event (network_id, kind, payload, at) SELECT $1, $2, $3, $4 FROM woken`,
        [networkId, kind, JSON.stringify(payload), new Date(clock.now())],
      );
      tx.afterCommit(wake);
    },
    subscribe: (name, kinds, handler) => {
      if (!stopped) throw new Bug(`subscriber ${name} came after the bus was started`);
      subscribers.push({
        name,
        kinds,
        handler: handler as EventHandler<EventKind>,
        running: undefined,
        again: false,
      });
    },
    start: async () => {
      await register(db, subscribers);
      stopped = false;
      unlisten = await listen(db, log, wake);
      poll = setInterval(wake, POLL_MS);
      wake();
    },
    stop: async () => {
      stopped = true;
      clearInterval(poll);
      await Promise.all(subscribers.map((subscriber) => subscriber.running));
      await unlisten?.();
      unlisten = undefined;
    },
    settle: () => settle(db, subscribers, drainSoon),
    prune: () => prune(db),
  };
}

/** A new subscriber starts at the beginning of what is kept: it catches up with history. */
async function register(db: Database, subscribers: readonly Subscriber[]): Promise<void> {
  await db.transaction(PLATFORM, async (tx) => {
    for (const { name } of subscribers) {
      await tx.run(
        `INSERT INTO outbox_subscriber (name, tx_id, event_id) VALUES ($1, '0', 0) ON CONFLICT (name) DO NOTHING`,
        [name],
      );
    }
  });
}

async function listen(db: Database, log: Log, wake: () => void): Promise<() => Promise<void>> {
  const client = await db.pool.connect();
  let gone = false;
  client.on('notification', wake);
  client.on('error', (error) => {
    // Polling goes on without it; the next start listens again.
    gone = true;
    log.warn({ err: error }, 'lost the outbox wake-up connection, polling every second');
  });
  await client.query(`LISTEN ${CHANNEL}`);
  return async () => {
    if (!gone) await client.query(`UNLISTEN ${CHANNEL}`);
    client.release(true);
  };
}

async function drain(
  db: Database,
  log: Log,
  metrics: Metrics,
  subscriber: Subscriber,
  stopped: () => boolean,
): Promise<void> {
  for (;;) {
    const events = await nextEvents(db, subscriber);
    for (const event of events) {
      if (stopped()) return;
      if (!(await digest(db, log, metrics, subscriber, event))) return;
    }
    if (events.length < BATCH_MAX) return;
  }
}

async function nextEvents(db: Database, subscriber: Subscriber): Promise<EventRow[]> {
  return db.transaction(PLATFORM, (tx) =>
    tx.rows<EventRow>(
      `SELECT e.id, e.tx_id::text AS tx_id, e.network_id, e.kind, e.payload, e.at
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

/** False when the subscriber must wait before it goes on. */
async function digest(
  db: Database,
  log: Log,
  metrics: Metrics,
  subscriber: Subscriber,
  event: EventRow,
): Promise<boolean> {
  try {
    await db.transaction({ kind: 'network', networkId: event.network_id }, async (tx) => {
      const position = await tx.one<Position>(
        'SELECT tx_id::text AS tx_id, event_id, attempts FROM outbox_subscriber WHERE name = $1 FOR UPDATE',
        [subscriber.name],
      );
      if (isBehind(event, position)) return; // another process was faster
      await subscriber.handler(tx, {
        id: event.id,
        kind: event.kind,
        networkId: event.network_id,
        at: event.at,
        payload: event.payload,
      } as AnyEvent);
      await advance(tx, subscriber.name, event);
    });
    metrics.eventsHandled.inc({ subscriber: subscriber.name });
    return true;
  } catch (error) {
    log.warn(
      { err: error, subscriber: subscriber.name, event: event.id, kind: event.kind },
      'event not digested',
    );
    return await postpone(db, subscriber.name, event, error, metrics);
  }
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
async function settle(
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

async function prune(db: Database): Promise<number> {
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
