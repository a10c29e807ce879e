import { Id, NewMilestone, NewReceipt, PageOf, PageQuery, Shipment, ShipmentState } from '@millrace/contract';
import { Type } from 'typebox';
import { type App, answer } from '../kernel/index.ts';
import type { ShipmentService } from './service.ts';

const tags = ['shipping'];
const ById = Type.Object({ id: Id });

export function shippingRoutes(app: App, service: ShipmentService): void {
  app.get(
    '/api/v3/shipments',
    {
      config: { action: 'shipment.read' },
      schema: {
        tags,
        summary: 'Shipments, newest first',
        querystring: Type.Intersect([
          PageQuery,
          Type.Object({ orderId: Type.Optional(Id), state: Type.Optional(ShipmentState) }),
        ]),
        response: { 200: PageOf(Shipment) },
      },
    },
    async (request, reply) => answer(reply, await service.list(request.actor, request.query)),
  );
  app.get(
    '/api/v3/shipments/:id',
    {
      config: { action: 'shipment.read' },
      schema: {
        tags,
        summary: 'One shipment with its milestones',
        params: ById,
        response: { 200: Shipment },
      },
    },
    async (request, reply) => answer(reply, await service.one(request.actor, request.params.id)),
  );
  app.post(
    '/api/v3/shipments/:id/milestones',
    {
      config: { action: 'shipment.write' },
      schema: {
        tags,
        summary: 'Record what happened (actualAt, now when missing) or when it will (estimatedAt alone)',
        params: ById,
        body: NewMilestone,
        response: { 200: Shipment },
      },
    },
    async (request, reply) =>
      answer(reply, await service.milestone(request.actor, request.params.id, request.body)),
  );
  app.post(
    '/api/v3/shipments/:id/receipt',
    {
      config: { action: 'shipment.receive' },
      schema: {
        tags,
        summary: 'The buyer says how many pieces arrived',
        params: ById,
        body: NewReceipt,
        response: { 200: Shipment },
      },
    },
    async (request, reply) =>
      answer(reply, await service.receipt(request.actor, request.params.id, request.body)),
  );
}
