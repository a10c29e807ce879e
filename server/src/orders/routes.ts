import {
  Id,
  LineState,
  NewOrder,
  OneOf,
  Order,
  OrderRow,
  OrderStep,
  PageOf,
  PageQuery,
} from '@millrace/contract';
import { Type } from 'typebox';
import { type App, answer, isRefusal, PAGE_DEFAULT } from '../kernel/index.ts';
import type { OrderService } from './service.ts';
import { ORDER_SORTS } from './store-list.ts';

const tags = ['orders'];
const ById = Type.Object({ id: Id });
const Cancellation = Type.Object({ reason: Type.String({ minLength: 3, maxLength: 500 }) });
const Query = Type.Intersect([
  PageQuery,
  Type.Object({
    state: Type.Optional(LineState),
    q: Type.Optional(Type.String({ maxLength: 100 })),
    atRisk: Type.Optional(Type.Boolean()),
    sort: Type.Optional(OneOf(ORDER_SORTS)),
  }),
]);

export function orderRoutes(app: App, service: OrderService): void {
  app.get(
    '/api/v3/orders',
    {
      config: { action: 'order.read' },
      schema: {
        tags,
        summary: 'Order lines: newest first, or by requested date or lateness',
        querystring: Query,
        response: { 200: PageOf(OrderRow) },
      },
    },
    async (request, reply) => {
      const { limit = PAGE_DEFAULT, sort = 'submittedAt', ...query } = request.query;
      return answer(reply, await service.list(request.actor, { ...query, limit, sort }));
    },
  );
  app.post(
    '/api/v3/orders',
    {
      config: { action: 'order.submit' },
      schema: {
        tags,
        summary: 'Submit an order; the same reference again answers the same order with 200',
        body: NewOrder,
        response: { 200: Order, 201: Order },
      },
    },
    async (request, reply) => {
      const result = await service.submit(request.actor, request.body);
      return isRefusal(result)
        ? answer(reply, result)
        : answer(reply, result.order, result.created ? 201 : 200);
    },
  );
  app.get(
    '/api/v3/orders/:id',
    {
      config: { action: 'order.read' },
      schema: { tags, summary: 'One order with its lines', params: ById, response: { 200: Order } },
    },
    async (request, reply) => answer(reply, await service.one(request.actor, request.params.id)),
  );
  app.get(
    '/api/v3/orders/:id/steps',
    {
      config: { action: 'order.read' },
      schema: {
        tags,
        summary: 'The story of an order, oldest first, each step with its evidence',
        params: ById,
        response: { 200: Type.Object({ rows: Type.Array(OrderStep) }) },
      },
    },
    async (request, reply) => answer(reply, await service.steps(request.actor, request.params.id)),
  );
  app.post(
    '/api/v3/orders/:id/cancel',
    {
      config: { action: 'order.cancel' },
      schema: {
        tags,
        summary: 'Call off what is not produced yet',
        params: ById,
        body: Cancellation,
        response: { 200: Order },
      },
    },
    async (request, reply) =>
      answer(reply, await service.cancel(request.actor, request.params.id, request.body.reason)),
  );
}
