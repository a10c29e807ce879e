import { ALLOCATION_STATES, Allocation, DeclineOffer, Id, Instant, OneOf, PageOf } from '@millrace/contract';
import { Type } from 'typebox';
import type { Actor } from '../access/index.ts';
import { scopeOf } from '../access/index.ts';
import { type App, answer, isRefusal, PAGE_DEFAULT, type Refusal, toPage } from '../kernel/index.ts';
import type { StoredAllocation } from './matching.ts';
import { acceptOffer, declineOffer, type OfferSources } from './offers.ts';
import { instantAndId } from './page-position.ts';
import { pageAllocations } from './store-allocation.ts';
import { toView } from './view.ts';

/** A Gantt chart of a network shows some weeks at once. */
const ROWS_MAX = 2_000;

export const AllocationRows = Type.Object({ allocations: Type.Array(Allocation) });

const AllocationQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: ROWS_MAX })),
  cursor: Type.Optional(Type.String({ maxLength: 512 })),
  siteId: Type.Optional(Id),
  lineId: Type.Optional(Id),
  orderId: Type.Optional(Id),
  state: Type.Optional(OneOf(ALLOCATION_STATES)),
  from: Type.Optional(Instant),
  to: Type.Optional(Instant),
});
const ById = Type.Object({ id: Id });

export function allocationRoutes(app: App, sources: OfferSources): void {
  const { kernel, registry } = sources;
  app.get(
    '/api/v3/allocations',
    {
      config: { action: 'allocation.read' },
      schema: {
        tags: ['matching'],
        summary:
          'Parts of lines given to sites, by start; a factory sees its own, a buyer those of its orders',
        querystring: AllocationQuery,
        response: { 200: PageOf(Allocation) },
      },
    },
    async (request, reply) => {
      const { limit = PAGE_DEFAULT, cursor, ...filter } = request.query;
      const after = instantAndId(cursor);
      if (isRefusal(after)) return answer(reply, after);
      const { actor } = request;
      const directory = await registry.directory(actor.networkId);
      const rows = await kernel.db.transaction(scopeOf(actor), (tx) =>
        pageAllocations(tx, actor.networkId, filter, after, limit + 1),
      );
      const page = toPage(rows, limit, (row) => [row.startAt, row.id]);
      return answer(reply, { ...page, rows: page.rows.map((row) => toView(actor, directory, row)) });
    },
  );
  app.post(
    '/api/v3/allocations/:id/accept',
    {
      config: { action: 'allocation.answer' },
      schema: {
        tags: ['matching'],
        summary: 'The factory takes the offer',
        params: ById,
        response: { 200: Allocation },
      },
    },
    async (request, reply) =>
      answer(
        reply,
        await view(sources, request.actor, acceptOffer(sources, request.actor, request.params.id)),
      ),
  );
  app.post(
    '/api/v3/allocations/:id/decline',
    {
      config: { action: 'allocation.answer' },
      schema: {
        tags: ['matching'],
        summary: 'The factory says no; the line is planned elsewhere',
        params: ById,
        body: DeclineOffer,
        response: { 200: Allocation },
      },
    },
    async (request, reply) => {
      const { actor, params, body } = request;
      const declined = declineOffer(sources, actor, params.id, body.reason, body.note);
      return answer(reply, await view(sources, actor, declined));
    },
  );
}

async function view(
  { registry }: OfferSources,
  actor: Actor,
  outcome: Promise<StoredAllocation | Refusal>,
): Promise<Allocation | Refusal> {
  const stored = await outcome;
  return isRefusal(stored) ? stored : toView(actor, await registry.directory(actor.networkId), stored);
}
