import type { EventKind, EventPayload } from '@millrace/contract';
import type { Clock } from './clock.ts';
import { type Database, PLATFORM, type Tx } from './database.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { drain, prune, type Subscriber, settle } from './outbox-digest.ts';
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

/** What a module has to tell; distributes over the kinds like `AnyEvent`. */
export type NewEvent<K extends EventKind = EventKind> = K extends EventKind
  ? { readonly kind: K; readonly payload: EventPayload<K> }
  : never;

/**
 * Runs in one transaction with the subscriber's position, in the event's network scope: what it writes through `tx` happens
 * exactly once. Effects outside the database happen at least once and must be idempotent.
 */
export type EventHandler<K extends EventKind> = (tx: Tx, event: AnyEvent<K>) => Promise<void>;

export interface Bus {
  /** Writes the event row in the caller's transaction. */
  publish<K extends EventKind>(tx: Tx, networkId: string, kind: K, payload: EventPayload<K>): Promise<void>;
  /** All in one statement, in the order given: a transaction that tells hundreds of things holds its locks for as short as it can. */
  publishAll(tx: Tx, networkId: string, events: readonly NewEvent[]): Promise<void>;
  subscribe<K extends EventKind>(name: string, kinds: readonly K[], handler: EventHandler<K>): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Until every subscriber has digested all that was committed before the call; for tests and orderly hand-over. */
  settle(): Promise<void>;
  /** Forgets what every subscriber has digested and nobody will ask for again; returns how many rows. */
  prune(): Promise<number>;
}

const CHANNEL = 'millrace_outbox';
const GATHER_MS = 15;
/** NOTIFY is only a wake-up [D3a]; a missed one costs at most this. */
const POLL_MS = 1_000;

export function createBus(db: Database, clock: Clock, log: Log, metrics: Metrics): Bus {
  const subscribers: Subscriber[] = [];
  let stopped = true;
  let poll: NodeJS.Timeout | undefined;
  let unlisten: (() => Promise<void>) | undefined;

  /** News often comes in bursts; one look a moment later finds all of it. */
  const wake = (kind?: string): void => {
    for (const subscriber of subscribers) {
      if (stopped || subscriber.soon || !(kind === undefined || subscriber.kinds.includes(kind as EventKind)))
        continue;
      subscriber.soon = setTimeout(() => {
        subscriber.soon = undefined;
        if (!stopped) drainSoon(subscriber);
      }, GATHER_MS);
    }
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
    publish: (tx, networkId, kind, payload) => write(tx, networkId, clock.now(), [{ kind, payload }]),
    publishAll: (tx, networkId, events) => write(tx, networkId, clock.now(), events),
    subscribe: (name, kinds, handler) => {
      if (!stopped) throw new Bug(`subscriber ${name} came after the bus was started`);
      subscribers.push({
        name,
        kinds,
        handler: handler as EventHandler<EventKind>,
        running: undefined,
        again: false,
        soon: undefined,
      });
    },
    start: async () => {
      await register(db, subscribers);
      stopped = false;
      unlisten = await listen(db, log, wake);
      poll = setInterval(() => wake(), POLL_MS);
      wake();
    },
    stop: async () => {
      stopped = true;
      clearInterval(poll);
      for (const subscriber of subscribers) clearTimeout(subscriber.soon);
      await Promise.all(subscribers.map((subscriber) => subscriber.running));
      await unlisten?.();
      unlisten = undefined;
    },
    settle: () => settle(db, subscribers, drainSoon),
    prune: () => prune(db),
  };
}

async function write(
  tx: Tx,
  networkId: string,
  at: number,
  events: readonly { readonly kind: EventKind; readonly payload: EventPayload<EventKind> }[],
): Promise<void> {
  if (events.length === 0) return;
  const kinds = events.map(({ kind }) => kind);
  await tx.run(
    `WITH woken AS (SELECT count(pg_notify('${CHANNEL}', kind)::text) FROM unnest($2::text[]) AS k (kind))
     INSERT INTO outbox_event (network_id, at, kind, payload)
     SELECT $1, $3, kind, payload
       FROM woken, unnest($4::text[], $5::jsonb[]) WITH ORDINALITY AS e (kind, payload, no) ORDER BY no`,
    [
      networkId,
      [...new Set(kinds)],
      new Date(at),
      kinds,
      events.map(({ payload }) => JSON.stringify(payload)),
    ],
  );
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

async function listen(db: Database, log: Log, wake: (kind?: string) => void): Promise<() => Promise<void>> {
  const client = await db.pool.connect();
  let gone = false;
  client.on('notification', ({ payload }) => wake(payload));
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
