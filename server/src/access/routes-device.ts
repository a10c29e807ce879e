import {
  ApiKey,
  AuditEntry,
  AuditVerification,
  DomainClock,
  Gateway,
  GatewayToken,
  Id,
  NewApiKey,
  NewApiKeySecret,
  NewGateway,
  PageOf,
  PageQuery,
} from '@millrace/contract';
import { Type } from 'typebox';
import { type App, answer, type Clock } from '../kernel/index.ts';
import type { Lists } from './lists.ts';
import type { Action } from './policy.ts';
import type { Devices } from './service-device.ts';

const tags = ['access'];
const config = (action: Action) => ({ action });
const params = Type.Object({ id: Id });

export interface DeviceRoutes {
  readonly devices: Devices;
  readonly lists: Lists;
  readonly clock: Clock;
}

export function deviceRoutes(app: App, parts: DeviceRoutes): void {
  keyRoutes(app, parts);
  gatewayRoutes(app, parts);
  auditRoutes(app, parts);
  app.get(
    '/api/v3/clock',
    {
      config: config('clock.read'),
      schema: { tags: ['clock'], summary: 'Domain and wall clock', response: { 200: DomainClock } },
    },
    async () => ({ now: parts.clock.now(), wallNow: parts.clock.wallNow(), speed: parts.clock.speed }),
  );
}

function keyRoutes(app: App, { devices, lists }: DeviceRoutes): void {
  app.get(
    '/api/v3/api-keys',
    {
      config: config('key.read'),
      schema: { tags, summary: 'API keys', querystring: PageQuery, response: { 200: PageOf(ApiKey) } },
    },
    async (request, reply) => answer(reply, await lists.apiKeys(request.actor, request.query)),
  );
  app.post(
    '/api/v3/api-keys',
    {
      config: config('key.write'),
      schema: {
        tags,
        summary: 'Create an API key; the secret is shown once',
        body: NewApiKey,
        response: { 201: NewApiKeySecret },
      },
    },
    async (request, reply) => answer(reply, await devices.createKey(request.actor, request.body), 201),
  );
  app.delete(
    '/api/v3/api-keys/:id',
    {
      config: config('key.write'),
      schema: { tags, summary: 'Revoke an API key', params, response: { 200: ApiKey } },
    },
    async (request, reply) => answer(reply, await devices.revokeKey(request.actor, request.params.id)),
  );
}

function gatewayRoutes(app: App, { devices, lists }: DeviceRoutes): void {
  app.get(
    '/api/v3/gateways',
    {
      config: config('gateway.read'),
      schema: { tags, summary: 'Gateways', querystring: PageQuery, response: { 200: PageOf(Gateway) } },
    },
    async (request, reply) => answer(reply, await lists.gateways(request.actor, request.query)),
  );
  app.post(
    '/api/v3/gateways',
    {
      config: config('gateway.write'),
      schema: {
        tags,
        summary: 'Register a gateway; its token is shown once',
        body: NewGateway,
        response: { 201: GatewayToken },
      },
    },
    async (request, reply) => answer(reply, await devices.createGateway(request.actor, request.body), 201),
  );
  app.post(
    '/api/v3/gateways/:id/token',
    {
      config: config('gateway.write'),
      schema: {
        tags,
        summary: 'A new token; the old one stops working',
        params,
        response: { 200: GatewayToken },
      },
    },
    async (request, reply) => answer(reply, await devices.rotateGateway(request.actor, request.params.id)),
  );
  app.delete(
    '/api/v3/gateways/:id',
    {
      config: config('gateway.write'),
      schema: { tags, summary: 'Revoke a gateway', params, response: { 200: Gateway } },
    },
    async (request, reply) => answer(reply, await devices.revokeGateway(request.actor, request.params.id)),
  );
}

function auditRoutes(app: App, { lists }: DeviceRoutes): void {
  app.get(
    '/api/v3/audit',
    {
      config: config('audit.read'),
      schema: {
        tags,
        summary: 'Audit entries, newest first; the operator sees the network, others their organisation',
        querystring: Type.Intersect([
          PageQuery,
          Type.Object({
            action: Type.Optional(Type.String({ maxLength: 64, description: 'how the action begins' })),
            actor: Type.Optional(Type.String({ maxLength: 254, description: 'part of the name' })),
          }),
        ]),
        response: { 200: PageOf(AuditEntry) },
      },
    },
    async (request, reply) => answer(reply, await lists.audit(request.actor, request.query)),
  );
  app.get(
    '/api/v3/audit/verification',
    {
      config: config('audit.read'),
      schema: {
        tags,
        summary: 'Follow the hash chain of the whole network',
        response: { 200: AuditVerification },
      },
    },
    async (request, reply) => answer(reply, await lists.verification(request.actor)),
  );
}
