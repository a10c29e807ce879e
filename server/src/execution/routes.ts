import {
  Id,
  MachineWork,
  NewOutputReport,
  OutputReport,
  PageOf,
  PageQuery,
  ProductionOrder,
  ProductionState,
  SharedProgress,
} from '@millrace/contract';
import { Type } from 'typebox';
import { type App, answer } from '../kernel/index.ts';
import type { ProductionService } from './service.ts';

const tags = ['execution'];
const ById = Type.Object({ id: Id });
const RowsOf = <T extends typeof OutputReport | typeof MachineWork>(row: T) =>
  Type.Object({ rows: Type.Array(row) });

export function productionRoutes(app: App, service: ProductionService): void {
  app.get(
    '/api/v3/production-orders',
    {
      config: { action: 'production.read' },
      schema: {
        tags,
        summary: 'Production orders, newest plan first',
        querystring: Type.Intersect([
          PageQuery,
          Type.Object({
            siteId: Type.Optional(Id),
            orderId: Type.Optional(Id),
            state: Type.Optional(ProductionState),
          }),
        ]),
        response: { 200: PageOf(ProductionOrder) },
      },
    },
    async (request, reply) => answer(reply, await service.list(request.actor, request.query)),
  );
  app.get(
    '/api/v3/production-orders/:id',
    {
      config: { action: 'production.read' },
      schema: {
        tags,
        summary: 'One production order with its operations',
        params: ById,
        response: { 200: ProductionOrder },
      },
    },
    async (request, reply) => answer(reply, await service.one(request.actor, request.params.id)),
  );
  app.get(
    '/api/v3/shared/production-progress',
    {
      config: { action: 'grant.read' },
      schema: {
        tags,
        summary: 'Production that others share with you, as far as their grants go',
        querystring: PageQuery,
        response: { 200: PageOf(SharedProgress) },
      },
    },
    async (request, reply) => answer(reply, await service.shared(request.actor, request.query)),
  );
  app.get(
    '/api/v3/production-orders/:id/reports',
    {
      config: { action: 'production.read' },
      schema: {
        tags,
        summary: 'What machines counted (by the hour) and people reported',
        params: ById,
        response: { 200: RowsOf(OutputReport) },
      },
    },
    async (request, reply) => answer(reply, await service.reports(request.actor, request.params.id)),
  );
  app.get(
    '/api/v3/machine-work',
    {
      config: { action: 'production.read' },
      schema: {
        tags,
        summary: 'What each machine runs now and has next, by machine and plan',
        querystring: Type.Object({ siteId: Type.Optional(Id), organisationId: Type.Optional(Id) }),
        response: { 200: RowsOf(MachineWork) },
      },
    },
    async (request, reply) => answer(reply, await service.machineWork(request.actor, request.query)),
  );
  app.post(
    '/api/v3/output-reports',
    {
      config: { action: 'production.report' },
      schema: {
        tags,
        summary: 'Report good pieces the counter did not see, and scrap; the same reportKey counts once',
        body: NewOutputReport,
        response: { 200: OutputReport },
      },
    },
    async (request, reply) => answer(reply, await service.report(request.actor, request.body)),
  );
}
