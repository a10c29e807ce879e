import {
  ApplySchedule,
  CurrentSchedule,
  Id,
  SchedulePreview,
  SchedulePreviewRequest,
  SiteSchedule,
  StopSchedule,
} from '@millrace/contract';
import { Type } from 'typebox';
import { type App, answer } from '../kernel/index.ts';
import { applySchedule } from './apply-schedule.ts';
import {
  currentSchedule,
  previewSchedule,
  type ScheduleSources,
  siteSchedule,
  stopSchedule,
} from './site-schedule.ts';

const tags = ['execution'];
const ById = Type.Object({ id: Id });

/** The factory's own order of work: as it is, a better one, and the step from one to the other. */
export function scheduleRoutes(app: App, sources: ScheduleSources): void {
  app.get(
    '/api/v3/sites/:id/schedule',
    {
      config: { action: 'schedule.read' },
      schema: {
        tags,
        summary: 'What the site has to make, on which machine and when, in the order that people know',
        params: ById,
        response: { 200: SiteSchedule },
      },
    },
    async (request, reply) => answer(reply, await siteSchedule(sources, request.actor, request.params.id)),
  );
  app.post(
    '/api/v3/sites/:id/schedule/preview',
    {
      config: { action: 'schedule.plan' },
      schema: {
        tags,
        summary: 'Computes a better order of work around the pins, beside the one of today; moves nothing',
        params: ById,
        body: SchedulePreviewRequest,
        response: { 200: SchedulePreview },
      },
    },
    async ({ actor, params, body }, reply) =>
      answer(reply, await previewSchedule(sources, actor, params.id, body.pins ?? [])),
  );
  app.post(
    '/api/v3/sites/:id/schedule',
    {
      config: { action: 'schedule.plan' },
      schema: {
        tags,
        summary:
          'Makes a proposal the plan, all or nothing; refused when the site has moved on, or orders would finish later',
        params: ById,
        body: ApplySchedule,
        response: { 200: SiteSchedule },
      },
    },
    async ({ actor, params, body }, reply) =>
      answer(reply, await applySchedule(sources, actor, params.id, body)),
  );
  app.get(
    '/api/v3/sites/:id/schedule/current',
    {
      config: { action: 'schedule.read' },
      schema: {
        tags,
        summary: 'The computation under way: best order of work so far, and what none can be better than',
        params: ById,
        response: { 200: CurrentSchedule },
      },
    },
    async (request, reply) => answer(reply, await currentSchedule(sources, request.actor, request.params.id)),
  );
  app.post(
    '/api/v3/sites/:id/schedule/current/stop',
    {
      config: { action: 'schedule.plan' },
      schema: {
        tags,
        summary: 'Ends the computation under way, with its best order of work or with nothing',
        params: ById,
        body: StopSchedule,
        response: { 200: CurrentSchedule },
      },
    },
    async ({ actor, params, body }, reply) =>
      answer(reply, await stopSchedule(sources, actor, params.id, body.keep)),
  );
}
