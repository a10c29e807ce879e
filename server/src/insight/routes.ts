import { Board, FeedEvent, KpiDefinition, OneOf, PageOf, PageQuery } from '@millrace/contract';
import { Type } from 'typebox';
import { type App, answer, isRefusal } from '../kernel/index.ts';
import { FEED_KINDS } from './feed-event.ts';
import { KPI_DEFINITIONS } from './kpi-definitions.ts';
import type { InsightService } from './service.ts';

const tags = ['insight'];

export function insightRoutes(app: App, service: InsightService): void {
  app.get(
    '/api/v3/board',
    {
      config: { action: 'board.read' },
      schema: {
        tags,
        summary:
          'The network board in one request, as far as you may see; at most a second old, hours for sale at most a minute',
        response: { 200: Board },
      },
    },
    async (request, reply) => answer(reply, await service.board(request.actor)),
  );
  app.get(
    '/api/v3/kpis',
    {
      config: { action: 'board.read' },
      schema: {
        tags,
        summary: 'What every figure of the board means: formula, unit and the route with its source rows',
        response: { 200: Type.Object({ rows: Type.Array(KpiDefinition) }) },
      },
    },
    async (_request, reply) => answer(reply, { rows: [...KPI_DEFINITIONS] }),
  );
  eventRoutes(app, service);
}

function eventRoutes(app: App, service: InsightService): void {
  app.get(
    '/api/v3/events',
    {
      config: { action: 'event.read' },
      schema: {
        tags,
        summary: 'What happened, newest first, as far as it concerns you',
        querystring: Type.Intersect([PageQuery, Type.Object({ kind: Type.Optional(OneOf(FEED_KINDS)) })]),
        response: { 200: PageOf(FeedEvent) },
      },
    },
    async (request, reply) => answer(reply, await service.events(request.actor, request.query)),
  );
  app.get(
    '/api/v3/events/stream',
    {
      config: { action: 'event.read' },
      schema: {
        tags,
        summary: 'The same, live: server-sent events `feed`; resumes after the header Last-Event-ID',
        headers: Type.Object({ 'last-event-id': Type.Optional(Type.String({ maxLength: 20 })) }),
      },
    },
    async (request, reply) => {
      const stream = await service.stream(request.actor, request.headers['last-event-id']);
      if (isRefusal(stream)) return answer(reply, stream);
      stream.on(
        'close',
        service.watch(request, () => stream.end()),
      );
      // No proxy may hold news back to fill its buffer.
      return reply
        .type('text/event-stream')
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .send(stream);
    },
  );
}
