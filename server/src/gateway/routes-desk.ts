import {
  EdgeRequest,
  EnrolmentCode,
  Gateway,
  GatewayHealth,
  GatewayRequest,
  GatewaySummary,
  Id,
  PageOf,
  PageQuery,
} from '@millrace/contract';
import { Type } from 'typebox';
import { type App, answer } from '../kernel/index.ts';
import type { GatewayDesk } from './gateway.ts';

const tags = ['gateway'];
const ById = Type.Object({ id: Id });
/** Settings of one connection and 64 addresses; certificates are named, not sent. */
const REQUEST_BYTES_MAX = 128 * 1024;

/** What people see of gateways, and ask of them. */
export function deskRoutes(app: App, desk: GatewayDesk): void {
  tokenRoutes(app, desk);
  healthRoutes(app, desk);
  app.post(
    '/api/v3/gateways/:id/requests',
    {
      config: { action: 'gateway.configure' },
      bodyLimit: REQUEST_BYTES_MAX,
      schema: {
        tags,
        summary:
          'Ask the agent to test a connection, browse it, read values, or send again what was refused; answered within 30 s or not at all',
        params: ById,
        body: EdgeRequest,
        response: { 202: GatewayRequest },
      },
    },
    async ({ actor, params, body }, reply) =>
      answer(reply, await desk.requests.ask(actor, params.id, body), 202),
  );
  app.get(
    '/api/v3/gateways/:id/requests/:requestId',
    {
      config: { action: 'gateway.configure' },
      schema: {
        tags,
        summary: 'What the agent answered',
        params: Type.Object({ id: Id, requestId: Id }),
        response: { 200: GatewayRequest },
      },
    },
    async ({ actor, params }, reply) =>
      answer(reply, await desk.requests.one(actor, params.id, params.requestId)),
  );
}

function tokenRoutes(app: App, { enrolment }: GatewayDesk): void {
  app.post(
    '/api/v3/gateways/:id/enrolment-code',
    {
      config: { action: 'gateway.enrol' },
      schema: {
        tags,
        summary: 'A one-time code for an agent, shown once, valid for 30 minutes; it ends the code before',
        params: ById,
        response: { 201: EnrolmentCode },
      },
    },
    async ({ actor, params }, reply) => answer(reply, await enrolment.createCode(actor, params.id), 201),
  );
  app.post(
    '/api/v3/gateways/:id/rotation',
    {
      config: { action: 'gateway.enrol' },
      schema: {
        tags,
        summary:
          'Give the agent a new token at its next exchange; the old one dies when the new one is first used',
        params: ById,
        response: { 202: Gateway },
      },
    },
    async ({ actor, params }, reply) => answer(reply, await enrolment.askRotation(actor, params.id), 202),
  );
}

function healthRoutes(app: App, { book }: GatewayDesk): void {
  app.get(
    '/api/v3/gateway-summaries',
    {
      config: { action: 'gateway.read' },
      schema: {
        tags,
        summary: 'Every gateway with how it is: online, versions, connections, tags, buffer',
        querystring: PageQuery,
        response: { 200: PageOf(GatewaySummary) },
      },
    },
    async ({ actor, query }, reply) => answer(reply, await book.summaries(actor, query)),
  );
  app.get(
    '/api/v3/gateways/:id/health',
    {
      config: { action: 'gateway.read' },
      schema: {
        tags,
        summary: 'The last word of the agent, and how old it is',
        params: ById,
        response: { 200: GatewayHealth },
      },
    },
    async ({ actor, params }, reply) => answer(reply, await book.of(actor, params.id)),
  );
}
