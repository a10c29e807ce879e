import {
  CONFIG_VERSION_MAX,
  ConfigRestore,
  GatewayConfig,
  GatewayConfigVersion,
  Id,
  NewGatewayConfig,
  PageOf,
  PageQuery,
} from '@millrace/contract';
import { Type } from 'typebox';
import { type App, answer } from '../kernel/index.ts';
import type { Configs } from './config.ts';

const tags = ['gateway'];
const ById = Type.Object({ id: Id });
const ByVersion = Type.Object({ id: Id, version: Type.Integer({ minimum: 1, maximum: CONFIG_VERSION_MAX }) });
/** A thousand machines of twenty tags. */
const CONFIG_BYTES_MAX = 6 * 1024 * 1024;

export function configRoutes(app: App, configs: Configs): void {
  readRoutes(app, configs);
  app.put(
    '/api/v3/gateways/:id/config',
    {
      config: { action: 'gateway.configure' },
      bodyLimit: CONFIG_BYTES_MAX,
      schema: {
        tags,
        summary:
          'Write the next version; refused when basedOn is not the newest, or with every fault as a pointer',
        params: ById,
        body: NewGatewayConfig,
        response: { 200: GatewayConfig },
      },
    },
    async ({ actor, params, body }, reply) => answer(reply, await configs.put(actor, params.id, body)),
  );
  app.post(
    '/api/v3/gateways/:id/config/versions/:version/restore',
    {
      config: { action: 'gateway.configure' },
      schema: {
        tags,
        summary: 'A new version with the content of an old one',
        params: ByVersion,
        body: ConfigRestore,
        response: { 200: GatewayConfig },
      },
    },
    async ({ actor, params, body }, reply) =>
      answer(reply, await configs.restore(actor, params.id, params.version, body)),
  );
}

function readRoutes(app: App, configs: Configs): void {
  const config = { action: 'gateway.read' } as const;
  app.get(
    '/api/v3/gateways/:id/config',
    {
      config,
      schema: {
        tags,
        summary: 'The newest version of the configuration, and what the agent said of it',
        params: ById,
        response: { 200: GatewayConfig },
      },
    },
    async ({ actor, params }, reply) => answer(reply, await configs.newest(actor, params.id)),
  );
  app.get(
    '/api/v3/gateways/:id/config/versions',
    {
      config,
      schema: {
        tags,
        summary: 'Versions of the configuration, newest first, without their content',
        params: ById,
        querystring: PageQuery,
        response: { 200: PageOf(GatewayConfigVersion) },
      },
    },
    async ({ actor, params, query }, reply) => answer(reply, await configs.list(actor, params.id, query)),
  );
  app.get(
    '/api/v3/gateways/:id/config/versions/:version',
    {
      config,
      schema: { tags, summary: 'One version', params: ByVersion, response: { 200: GatewayConfig } },
    },
    async ({ actor, params }, reply) => answer(reply, await configs.one(actor, params.id, params.version)),
  );
}
