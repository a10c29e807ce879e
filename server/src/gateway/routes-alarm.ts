import {
  EDGE_ALARMS_MAX,
  EdgeAlarmAnswer,
  EdgeAlarmUpload,
  Id,
  Instant,
  OneOf,
  PageOf,
  PageQuery,
  StoredEdgeAlarm,
} from '@millrace/contract';
import { Type } from 'typebox';
import { type App, answer, refusalAnswer, refuse } from '../kernel/index.ts';
import type { Alarms } from './alarms.ts';

const tags = ['alarm'];

export function alarmRoutes(app: App, alarms: Alarms): void {
  app.post(
    '/api/v3/edge-alarms',
    {
      config: { action: 'alarm.upload' },
      schema: {
        tags,
        summary: 'Upload alarms of a gateway; answered when they are durable, each known by its id',
        body: EdgeAlarmUpload,
        response: { 200: EdgeAlarmAnswer },
      },
      // Checked one by one: a bad alarm must not hold back the good ones for ever.
      validatorCompiler: () => () => true,
    },
    async (request, reply) => {
      const list = alarmsIn(request.body);
      return list ? answer(reply, await alarms.upload(request.actor, list)) : refusalAnswer(reply, NO_UPLOAD);
    },
  );
  app.get(
    '/api/v3/alarms',
    {
      config: { action: 'alarm.read' },
      schema: {
        tags,
        summary: 'Alarms of the rules on gateways, newest first',
        querystring: Type.Intersect([
          PageQuery,
          Type.Object({
            machineId: Type.Optional(Id),
            gatewayId: Type.Optional(Id),
            severity: Type.Optional(OneOf(['info', 'warning', 'critical'])),
            /** Raised and not cleared since. */
            active: Type.Optional(Type.Boolean()),
            from: Type.Optional(Instant),
            to: Type.Optional(Instant),
          }),
        ]),
        response: { 200: PageOf(StoredEdgeAlarm) },
      },
    },
    async (request, reply) => answer(reply, await alarms.list(request.actor, request.query)),
  );
}

function alarmsIn(body: unknown): readonly unknown[] | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { v, alarms } = body as { readonly v?: unknown; readonly alarms?: unknown };
  if (v !== 1 || !Array.isArray(alarms)) return undefined;
  return alarms.length > 0 && alarms.length <= EDGE_ALARMS_MAX ? alarms : undefined;
}

const NO_UPLOAD = refuse(
  'not-an-alarm-upload',
  400,
  `The body must be {"v": 1, "alarms": [1 to ${EDGE_ALARMS_MAX} of them]}.`,
);
