import { PassThrough } from 'node:stream';
import { type Actor, scopeOf } from '../access/index.ts';
import { type Kernel, type Refusal, refuse, type Scope } from '../kernel/index.ts';
import { feedAfter, listFeed, newestSeq, type StoredFeedEvent } from './store.ts';

/** News is told at most this late (wall); readers of the same organisation share one question to the database. */
export const TURN_MS = 500;
/** Proxies cut what is silent for a minute; well within that. */
const HEARTBEAT_MS = 15_000;
/** After this the reader has to come back; EventSource does so by itself. So no connection is forgotten. */
const LIFE_MS = 10 * 60_000;
/** A wall display that was off for longer catches up with the list instead. */
const REPLAY_MAX = 500;
/** A reader that does not take this much is cut off; it resumes where it was. */
const BACKLOG_BYTES_MAX = 1024 * 1024;
/** Each is a socket and a little memory; beyond this many the process says no. */
const READERS_MAX = 2_000;
/** Tabs of one person; more is a loop that opens streams and never closes them. */
const READERS_EACH_MAX = 20;

interface Reader {
  readonly actor: Actor;
  readonly scope: Scope & { readonly kind: 'network' | 'organisation' };
  readonly stream: PassThrough;
  /** The last entry it has been told of. */
  seq: number;
  heardAt: number;
  readonly endsAt: number;
}

/** The live half of the feed: every process asks for what is new on behalf of its own readers. */
export interface FeedStream {
  open(actor: Actor, lastSeq: number | undefined): Promise<PassThrough | Refusal>;
  turn(): Promise<void>;
  close(): void;
}

export function createFeedStream(kernel: Kernel): FeedStream {
  const readers = new Set<Reader>();
  const open = kernel.metrics.gauge('feed_readers', 'Open live streams of the event feed');
  let closed = false;
  return {
    open: async (actor, lastSeq) => {
      const mine = [...readers].filter((reader) => reader.actor.id === actor.id).length;
      if (closed || readers.size >= READERS_MAX || mine >= READERS_EACH_MAX) return TOO_MANY;
      const reader = createReader(actor, kernel.clock.wallNow());
      readers.add(reader);
      open.set(readers.size);
      reader.stream.on('close', () => {
        readers.delete(reader);
        open.set(readers.size);
      });
      try {
        // Until it is known where to begin, a turn has nothing to tell it.
        reader.seq = await beginning(kernel, reader.scope, lastSeq);
      } catch (error) {
        reader.stream.destroy();
        throw error;
      }
      say(reader, 'retry: 2000\n\n', kernel.clock.wallNow());
      return reader.stream;
    },
    turn: async () => {
      const nowMs = kernel.clock.wallNow();
      for (const [networkId, here] of Map.groupBy(readers, ({ scope }) => scope.networkId)) {
        await tell(kernel, networkId, here);
      }
      for (const reader of readers) keepAlive(reader, nowMs);
    },
    close: () => {
      closed = true;
      for (const reader of readers) reader.stream.end();
    },
  };
}

function createReader(actor: Actor, nowMs: number): Reader {
  const scope = scopeOf(actor) as Reader['scope']; // nobody but machinery acts for the platform
  return {
    actor,
    scope,
    stream: new PassThrough({ highWaterMark: BACKLOG_BYTES_MAX }),
    seq: Number.POSITIVE_INFINITY,
    heardAt: nowMs,
    endsAt: nowMs + LIFE_MS,
  };
}

/** After the entry it names, but not further back than a replay is long; without one, from now on. */
async function beginning(
  kernel: Kernel,
  scope: Reader['scope'],
  lastSeq: number | undefined,
): Promise<number> {
  const { networkId } = scope;
  const newest = await kernel.db.transaction({ kind: 'network', networkId }, (tx) =>
    newestSeq(tx, networkId),
  );
  if (lastSeq === undefined || lastSeq >= newest) return newest;
  const missed = await kernel.db.transaction(scope, (tx) => listFeed(tx, networkId, { limit: REPLAY_MAX }));
  const oldest = missed.at(-1)?.seq ?? newest + 1;
  return missed.length < REPLAY_MAX ? lastSeq : Math.max(lastSeq, oldest - 1);
}

async function tell(kernel: Kernel, networkId: string, readers: readonly Reader[]): Promise<void> {
  const newest = await kernel.db.transaction({ kind: 'network', networkId }, (tx) =>
    newestSeq(tx, networkId),
  );
  const behind = readers.filter((reader) => reader.seq < newest);
  for (const [, alike] of Map.groupBy(behind, ({ scope }) => keyOf(scope))) {
    const scope = alike[0]?.scope;
    if (!scope) continue;
    const after = alike.reduce((least, reader) => Math.min(least, reader.seq), newest);
    const rows = await kernel.db.transaction(scope, (tx) => feedAfter(tx, networkId, after, REPLAY_MAX));
    const reached = rows.length < REPLAY_MAX ? newest : (rows.at(-1)?.seq ?? newest);
    for (const reader of alike) send(reader, rows, reached, kernel.clock.wallNow());
  }
}

const keyOf = (scope: Reader['scope']): string =>
  scope.kind === 'organisation' ? `${scope.networkId} ${scope.organisationId}` : scope.networkId;

function send(reader: Reader, rows: readonly StoredFeedEvent[], reached: number, nowMs: number): void {
  const text = rows
    .filter(({ seq }) => seq > reader.seq)
    .map(({ seq, ...event }) => `id: ${seq}\nevent: feed\ndata: ${JSON.stringify(event)}\n\n`)
    .join('');
  reader.seq = Math.max(reader.seq, reached, rows.at(-1)?.seq ?? 0);
  if (text !== '') say(reader, text, nowMs);
}

/** A reader that is gone, or was told to come back, hears no more. */
function say(reader: Reader, text: string, nowMs: number): void {
  if (!reader.stream.writable) return;
  reader.heardAt = nowMs;
  if (!reader.stream.write(text)) reader.stream.destroy();
}

function keepAlive(reader: Reader, nowMs: number): void {
  if (nowMs >= reader.endsAt) reader.stream.end();
  else if (nowMs - reader.heardAt >= HEARTBEAT_MS) say(reader, ': still here\n\n', nowMs);
}

const TOO_MANY = refuse(
  'too-many-streams',
  503,
  'Too many live streams are open; close one or come back in a few seconds.',
);
