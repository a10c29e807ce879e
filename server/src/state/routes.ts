import {
  CountGrain,
  CountRow,
  Day,
  Id,
  Instant,
  LiveMachine,
  MachineDay,
  MachineState,
  OneOf,
  PageOf,
} from '@millrace/contract';
import { Type } from 'typebox';
import { type App, answer, refusalAnswer } from '../kernel/index.ts';
import { SORTS } from './machine-list.ts';
import type { StateService } from './service.ts';

const MachineParams = Type.Object({ id: Id });
const MachineDayParams = Type.Object({ id: Id, day: Day });
const StatesQuery = Type.Object({
  cursor: Type.Optional(Type.String({ maxLength: 200 })),
  /** A table of ten thousand rows is one request. */
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
  q: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
  state: Type.Optional(MachineState),
  siteId: Type.Optional(Id),
  organisationId: Type.Optional(Id),
  sort: Type.Optional(OneOf(SORTS)),
});
const CountQuery = Type.Object({ grain: CountGrain, from: Instant, to: Instant });
const tags = ['state'];

export function stateRoutes(app: App, service: StateService): void {
  listRoutes(app, service);
  machineRoutes(app, service);
}

function listRoutes(app: App, service: StateService): void {
  app.get(
    '/api/v3/machine-states',
    {
      config: { action: 'state.read' },
      schema: {
        tags,
        summary: 'Machines as they are now',
        querystring: StatesQuery,
        response: { 200: PageOf(LiveMachine) },
      },
    },
    async (request, reply) => answer(reply, await service.list(request.actor, request.query)),
  );
  app.get(
    '/api/v3/machine-states/stream',
    {
      config: { action: 'state.read' },
      schema: {
        tags,
        summary: 'Machines that changed, as server-sent events: `event: machines`, data = LiveMachine[]',
        produces: ['text/event-stream'],
      },
    },
    async (request, reply) => {
      const sight = await service.sight(request.actor);
      const refusal = service.stream.refusal(sight);
      if (refusal) return refusalAnswer(reply, refusal);
      reply.hijack();
      reply.raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        // Otherwise a proxy would collect the events.
        'x-accel-buffering': 'no',
      });
      const end = service.stream.open(reply.raw, sight);
      reply.raw.on('close', service.watch(request, end));
      return reply;
    },
  );
}

function machineRoutes(app: App, service: StateService): void {
  const config = { action: 'state.read' } as const;
  app.get(
    '/api/v3/machines/:id/live',
    {
      config,
      schema: {
        tags,
        summary: 'One machine as it is now',
        params: MachineParams,
        response: { 200: LiveMachine },
      },
    },
    async (request, reply) => answer(reply, await service.live(request.actor, request.params.id)),
  );
  app.get(
    '/api/v3/machines/:id/days/:day',
    {
      config,
      schema: {
        tags,
        summary:
          'One machine on one local day: timeline, counts, time accounting, OEE with formula and inputs',
        params: MachineDayParams,
        response: { 200: MachineDay },
      },
    },
    async (request, reply) =>
      answer(reply, await service.day(request.actor, request.params.id, request.params.day)),
  );
  app.get(
    '/api/v3/machines/:id/counts',
    {
      config,
      schema: {
        tags,
        summary: 'Counts of one machine by minute, hour, shift or local day',
        params: MachineParams,
        querystring: CountQuery,
        response: { 200: Type.Object({ rows: Type.Array(CountRow) }) },
      },
    },
    async (request, reply) =>
      answer(reply, await service.counts(request.actor, request.params.id, request.query)),
  );
  app.post(
    '/api/v3/machines/:id/recompute',
    {
      config: { action: 'state.recompute' },
      schema: {
        tags,
        summary: 'Make the roll-ups of one local day anew from the raw records',
        params: MachineParams,
        body: Type.Object({ day: Day }),
        response: { 200: MachineDay },
      },
    },
    async (request, reply) =>
      answer(reply, await service.recompute(request.actor, request.params.id, request.body.day)),
  );
}
