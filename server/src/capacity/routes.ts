import { CapacitySummary, Id, Instant, OneOf, WorkCenterCapacity } from '@millrace/contract';
import { Type } from 'typebox';
import { scopeOf } from '../access/index.ts';
import { type App, answer, type Kernel, type Refusal, refuse } from '../kernel/index.ts';
import type { Capacity } from './capacity.ts';
import { type CapacitySources, HOURS_MAX, readCapacity } from './work-center-capacity.ts';

const HOUR_MS = 3_600_000;
/** A quarter of days over a whole network is what one screen can show and one answer should carry. */
const DAYS_MAX = 92;

const CapacityQuery = Type.Object({
  siteId: Type.Optional(Id),
  workCenterId: Type.Optional(Id),
  from: Instant,
  to: Instant,
  grain: Type.Optional(OneOf(['hour', 'day'])),
});
const SummaryQuery = Type.Object({ from: Instant, to: Instant, siteId: Type.Optional(Id) });

export function capacityRoutes(
  app: App,
  kernel: Kernel,
  sources: CapacitySources,
  summary: Capacity['summary'],
): void {
  app.get(
    '/api/v3/capacity',
    {
      config: { action: 'capacity.read' },
      schema: {
        tags: ['capacity'],
        summary: 'Total, used, committed, unattainable and available machine-minutes by work center',
        querystring: CapacityQuery,
        response: { 200: Type.Object({ rows: Type.Array(WorkCenterCapacity) }) },
      },
    },
    async (request, reply) => {
      const { grain = 'day', ...query } = request.query;
      const wrong = checkSpan(query.from, query.to, grain);
      if (wrong) return answer(reply, wrong);
      const { actor } = request;
      const rows = await kernel.db.transaction(scopeOf(actor), (tx) =>
        readCapacity(tx, sources, actor.networkId, { ...query, grain }, kernel.clock.now()),
      );
      return answer(reply, { rows });
    },
  );
  app.get(
    '/api/v3/capacity/summary',
    {
      config: { action: 'capacity.read' },
      schema: {
        tags: ['capacity'],
        summary: 'Machine-minutes by day over all sites that you may see, and the idle hours for sale',
        querystring: SummaryQuery,
        response: { 200: CapacitySummary },
      },
    },
    async (request, reply) => {
      const { from, to, siteId } = request.query;
      const wrong = checkSpan(from, to, 'day');
      if (wrong) return answer(reply, wrong);
      const { actor } = request;
      return answer(
        reply,
        await kernel.db.transaction(scopeOf(actor), (tx) => summary(tx, actor.networkId, from, to, siteId)),
      );
    },
  );
}

function checkSpan(from: number, to: number, grain: 'hour' | 'day'): Refusal | undefined {
  const hoursMax = grain === 'hour' ? HOURS_MAX : DAYS_MAX * 24;
  if (to > from && to - from <= hoursMax * HOUR_MS) return undefined;
  return refuse(
    'span-out-of-bounds',
    400,
    `The span must be longer than nothing and at most ${hoursMax} hours.`,
    {
      fields: [{ pointer: '/querystring/to', message: 'must be after from and within the bound' }],
      values: { hoursMax },
    },
  );
}
