import { DeviceMapping, Id, NewDeviceMapping, PageOf, PageQuery } from '@millrace/contract';
import { Type } from 'typebox';
import { type App, answer } from '../kernel/index.ts';
import type { Mappings } from './mapping.ts';

const tags = ['ingest'];

export function addMappingRoutes(app: App, mappings: Mappings): void {
  app.get(
    '/api/v3/device-mappings',
    {
      config: { action: 'mapping.read' },
      schema: {
        tags,
        summary: 'Devices of another telemetry form, each bound to a machine',
        querystring: PageQuery,
        response: { 200: PageOf(DeviceMapping) },
      },
    },
    async (request, reply) => answer(reply, await mappings.list(request.actor, request.query)),
  );
  app.post(
    '/api/v3/device-mappings',
    {
      config: { action: 'mapping.write' },
      schema: {
        tags,
        summary: 'Bind a device to a machine; its token is shown once',
        body: NewDeviceMapping,
        response: { 201: Type.Object({ mapping: DeviceMapping, token: Type.String() }) },
      },
    },
    async (request, reply) => answer(reply, await mappings.create(request.actor, request.body), 201),
  );
  app.delete(
    '/api/v3/device-mappings/:id',
    {
      config: { action: 'mapping.write' },
      schema: {
        tags,
        summary: 'Unbind a device; its token is void at once',
        params: Type.Object({ id: Id }),
        response: { 200: DeviceMapping },
      },
    },
    async (request, reply) => answer(reply, await mappings.revoke(request.actor, request.params.id)),
  );
}
