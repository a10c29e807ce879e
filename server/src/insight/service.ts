import type { PassThrough } from 'node:stream';
import type { EventKind, FeedEvent } from '@millrace/contract';
import { type Actor, listNetworks, scopeOf } from '../access/index.ts';
import {
  decodeCursor,
  isRefusal,
  type Kernel,
  PAGE_DEFAULT,
  PLATFORM,
  type Refusal,
  refuse,
  toPage,
} from '../kernel/index.ts';
import { createBoard } from './board.ts';
import { FEED_KINDS, isNews, partiesOf } from './feed-event.ts';
import { createFeedStream, TURN_MS } from './feed-stream.ts';
import type { Insight, InsightSources } from './insight.ts';
import { resolveNames } from './resolve-names.ts';
import { insightRoutes } from './routes.ts';
import { insertFeedEvent, listFeed, pruneFeed } from './store.ts';

/** Entries older than this (domain) are forgotten: the audit and the orders' stories remember. */
const KEEP_MS = 30 * 24 * 3_600_000;
/** However much happens, a network's feed stays this small, so that every question to it is quick. */
const KEEP_ROWS = 200_000;
/** Short transactions, so that nobody waits behind forgetting. */
const PRUNE_BATCH = 10_000;

export interface FeedPageQuery {
  readonly cursor?: string;
  readonly limit?: number;
  readonly kind?: EventKind;
}

export interface InsightService {
  board: Insight['board'];
  events(
    actor: Actor,
    query: FeedPageQuery,
  ): Promise<{ rows: FeedEvent[]; nextCursor: string | null } | Refusal>;
  /** `lastEventId` as the browser sends it back. */
  stream(actor: Actor, lastEventId: string | undefined): Promise<PassThrough | Refusal>;
  readonly watch: InsightSources['access']['watch'];
}

export function openInsight(kernel: Kernel, sources: InsightSources): Insight {
  kernel.bus.subscribe('insight-feed', FEED_KINDS, async (tx, event) => {
    if (!isNews(event)) return;
    const { names, factoryOrganisationId, buyerOrganisationId } = await resolveNames(sources, tx, event);
    const parties = partiesOf(event.kind);
    await insertFeedEvent(tx, {
      event,
      names,
      factoryOrganisationId: parties.includes('factory') ? factoryOrganisationId : null,
      buyerOrganisationId: parties.includes('buyer') ? buyerOrganisationId : null,
    });
  });
  const feed = createFeedStream(kernel);
  if (kernel.config.roles.includes('api')) kernel.ticker.every('insight-feed', TURN_MS, feed.turn);
  kernel.jobs.work('insight-retention', () => forget(kernel), { cron: '*/10 * * * *' });
  const board = createBoard(kernel, sources);
  const service: InsightService = {
    board,
    watch: sources.access.watch,
    events: (actor, query) => listEvents(kernel, actor, query),
    stream: async (actor, lastEventId) => {
      if (lastEventId === undefined) return feed.open(actor, undefined);
      const seq = Number(lastEventId);
      return Number.isSafeInteger(seq) && seq >= 0 ? feed.open(actor, seq) : BAD_EVENT_ID;
    },
  };
  return {
    routes: (app) => insightRoutes(app, service),
    stop: async () => feed.close(),
    board,
    tick: async () => {
      await feed.turn();
      await forget(kernel);
    },
  };
}

async function listEvents(
  kernel: Kernel,
  actor: Actor,
  { cursor, limit = PAGE_DEFAULT, kind }: FeedPageQuery,
): Promise<{ rows: FeedEvent[]; nextCursor: string | null } | Refusal> {
  const after = decodeCursor(cursor, 1);
  if (isRefusal(after)) return after;
  const before = after?.[0];
  if (before !== undefined && !Number.isSafeInteger(before)) return BAD_CURSOR;
  const found = await kernel.db.transaction(scopeOf(actor), (tx) =>
    listFeed(tx, actor.networkId, { kind, before: before as number | undefined, limit: limit + 1 }),
  );
  const page = toPage(found, limit, ({ seq }) => [seq]);
  return { rows: page.rows.map(({ seq: _, ...event }) => event), nextCursor: page.nextCursor };
}

async function forget(kernel: Kernel): Promise<void> {
  const networks = await kernel.db.transaction(PLATFORM, listNetworks);
  const before = kernel.clock.now() - KEEP_MS;
  for (const { id: networkId } of networks) {
    let gone = PRUNE_BATCH;
    while (gone === PRUNE_BATCH) {
      gone = await kernel.db.transaction({ kind: 'network', networkId }, (tx) =>
        pruneFeed(tx, networkId, before, KEEP_ROWS, PRUNE_BATCH),
      );
    }
  }
}

const BAD_CURSOR = refuse(
  'bad-cursor',
  400,
  'The cursor is not one this list gave out; start again without it.',
);
const BAD_EVENT_ID = refuse('bad-event-id', 400, 'Last-Event-ID is not one this stream gave out.', {
  fields: [{ pointer: '/headers/last-event-id', message: 'must be the id of an event' }],
});
