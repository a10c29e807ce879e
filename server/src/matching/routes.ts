import {
  CurrentMatchRun,
  Explanation,
  HourValueTable,
  Id,
  MatchReplay,
  MatchRun,
  MatchRunDetail,
  NewOverride,
  Override,
  OverridePreview,
  PageOf,
  PageQuery,
  Promise_,
  PromiseRequest,
  StopMatchRun,
} from '@millrace/contract';
import { Type } from 'typebox';
import { type Actor, scopeOf } from '../access/index.ts';
import { type App, answer, isRefusal, notFound, PAGE_DEFAULT, refuse, toPage } from '../kernel/index.ts';
import type { HourValueBook } from './hour-value.ts';
import { type OverrideSources, previewOverride, recordOverride } from './override-service.ts';
import { instantAndId } from './page-position.ts';
import type { PromiseBases } from './promise-basis.ts';
import { promiseLine } from './promise-line.ts';
import { replayRun } from './replay.ts';
import { AllocationRows, allocationRoutes } from './routes-allocation.ts';
import { listOverrides } from './store-override.ts';
import { findExplanation, findRun, pageRuns } from './store-run.ts';
import { toView } from './view.ts';

export type RouteSources = OverrideSources & {
  readonly bases: PromiseBases;
  readonly hourValues: HourValueBook;
};

const ById = Type.Object({ id: Id });
/** A line that a person decides about more often has another problem than its list. */
const OVERRIDES_MAX = 500;
/** Two weeks: what is farther away has no price yet. */
const VALUE_DAYS = 14;

export function matchingRoutes(app: App, sources: RouteSources): void {
  promiseRoutes(app, sources);
  currentRunRoutes(app, sources);
  runRoutes(app, sources);
  allocationRoutes(app, sources);
  explanationRoutes(app, sources);
  hourValueRoutes(app, sources);
  overrideRoutes(app, sources);
}

function promiseRoutes(app: App, sources: RouteSources): void {
  app.post(
    '/api/v3/promises',
    {
      config: { action: 'promise.ask' },
      schema: {
        tags: ['matching'],
        summary:
          'Capable-to-promise: when could this line arrive, from where, at what cost; reserves nothing',
        body: PromiseRequest,
        response: { 200: Promise_ },
      },
    },
    async (request, reply) => answer(reply, await promiseLine(sources, request.actor, request.body)),
  );
}

function runRoutes(app: App, sources: RouteSources): void {
  const { kernel, planner } = sources;
  app.get(
    '/api/v3/match-runs',
    {
      config: { action: 'match.read' },
      schema: {
        tags: ['matching'],
        summary: 'Planning runs, newest first',
        querystring: PageQuery,
        response: { 200: PageOf(MatchRun) },
      },
    },
    async (request, reply) => {
      const { limit = PAGE_DEFAULT, cursor } = request.query;
      const before = instantAndId(cursor);
      if (isRefusal(before)) return answer(reply, before);
      const { actor } = request;
      const runs = await kernel.db.transaction(scopeOf(actor), (tx) =>
        pageRuns(tx, actor.networkId, before, limit + 1),
      );
      return answer(
        reply,
        toPage(runs, limit, (run) => [run.startedAt, run.id]),
      );
    },
  );
  app.post(
    '/api/v3/match-runs',
    {
      config: { action: 'match.run' },
      schema: {
        tags: ['matching'],
        summary: 'Plans the network now and looks at unanswered offers again',
        body: Type.Object({}),
        response: { 200: MatchRun },
      },
    },
    async (request, reply) => {
      const run = await planner.plan(request.actor.networkId, { trigger: 'manual' });
      return answer(reply, run ?? refuse('nothing-to-plan', 409, 'There is nothing to plan.'));
    },
  );
  app.get(
    '/api/v3/match-runs/:id',
    {
      config: { action: 'match.read' },
      schema: {
        tags: ['matching'],
        summary: 'One run and what it moved, in words',
        params: ById,
        response: { 200: MatchRunDetail },
      },
    },
    async (request, reply) => {
      const found = await kernel.db.transaction(scopeOf(request.actor), (tx) =>
        findRun(tx, request.params.id),
      );
      return answer(reply, found ?? notFound('match run'));
    },
  );
  app.post(
    '/api/v3/match-runs/:id/replay',
    {
      config: { action: 'match.run' },
      schema: {
        tags: ['matching'],
        summary: 'Decides again from the stored snapshot: is it the same plan, byte for byte?',
        params: ById,
        response: { 200: MatchReplay },
      },
    },
    async (request, reply) => answer(reply, await replayRun(sources, request.actor, request.params.id)),
  );
}

/** The run under way, which has no number yet. */
function currentRunRoutes(app: App, { planner }: RouteSources): void {
  app.get(
    '/api/v3/match-runs/current',
    {
      config: { action: 'match.read' },
      schema: {
        tags: ['matching'],
        summary: 'The run under way: phase, best plan so far, and what no plan can be better than',
        response: { 200: CurrentMatchRun },
      },
    },
    async (request, reply) =>
      answer(reply, { running: (await planner.watch.current(request.actor.networkId)) ?? null }),
  );
  app.post(
    '/api/v3/match-runs/current/stop',
    {
      config: { action: 'match.run' },
      schema: {
        tags: ['matching'],
        summary: 'Ends the run under way, with its best plan so far or without any change',
        body: StopMatchRun,
        response: { 200: CurrentMatchRun },
      },
    },
    async (request, reply) => {
      const { networkId } = request.actor;
      const refusal = await planner.watch.stop(networkId, request.body.keep);
      if (refusal) return answer(reply, refusal);
      return answer(reply, { running: (await planner.watch.current(networkId)) ?? null });
    },
  );
}

function explanationRoutes(app: App, { kernel }: RouteSources): void {
  app.get(
    '/api/v3/lines/:id/explanation',
    {
      config: { action: 'match.read' },
      schema: {
        tags: ['matching'],
        summary: 'Why these sites, why not those',
        params: ById,
        response: { 200: Explanation },
      },
    },
    async (request, reply) => {
      const { actor, params } = request;
      const found = await kernel.db.transaction(scopeOf(actor), (tx) =>
        findExplanation(tx, actor.networkId, params.id),
      );
      return answer(reply, found ? { lineId: params.id, ...found } : notFound('explanation'));
    },
  );
}

function hourValueRoutes(app: App, { hourValues }: RouteSources): void {
  app.get(
    '/api/v3/hour-values',
    {
      config: { action: 'match.read' },
      schema: {
        tags: ['matching'],
        summary: 'What one more machine hour would be worth, by work center and day: where capacity is short',
        querystring: Type.Object({ days: Type.Optional(Type.Integer({ minimum: 1, maximum: 60 })) }),
        response: { 200: HourValueTable },
      },
    },
    async (request, reply) =>
      answer(reply, await hourValues.read(request.actor.networkId, request.query.days ?? VALUE_DAYS)),
  );
}

function overrideRoutes(app: App, sources: RouteSources): void {
  app.post(
    '/api/v3/overrides/preview',
    {
      config: { action: 'override.write' },
      schema: {
        tags: ['matching'],
        summary: 'What a decision would cost; nothing is kept',
        body: NewOverride,
        response: { 200: OverridePreview },
      },
    },
    async (request, reply) => answer(reply, await previewOverride(sources, request.actor, request.body)),
  );
  app.post(
    '/api/v3/overrides',
    {
      config: { action: 'override.write' },
      schema: {
        tags: ['matching'],
        summary: 'Locks site, quantity or date of a line, or unlocks it; plans at once',
        body: NewOverride,
        response: { 200: AllocationRows },
      },
    },
    async (request, reply) => {
      const { actor } = request;
      const allocations = await recordOverride(sources, actor, request.body);
      if (isRefusal(allocations)) return answer(reply, allocations);
      const directory = await sources.registry.directory(actor.networkId);
      return answer(reply, { allocations: allocations.map((one) => toView(actor, directory, one)) });
    },
  );
  app.get(
    '/api/v3/overrides',
    {
      config: { action: 'match.read' },
      schema: {
        tags: ['matching'],
        summary: 'Decisions of the operator, newest first',
        querystring: Type.Object({ lineId: Type.Optional(Id) }),
        response: { 200: Type.Object({ rows: Type.Array(Override) }) },
      },
    },
    async (request, reply) =>
      answer(reply, { rows: await readOverrides(sources, request.actor, request.query) }),
  );
}

async function readOverrides(
  { kernel, registry }: RouteSources,
  actor: Actor,
  { lineId }: { readonly lineId?: string },
): Promise<Override[]> {
  const directory = await registry.directory(actor.networkId);
  const rows = await kernel.db.transaction(scopeOf(actor), (tx) =>
    listOverrides(tx, actor.networkId, lineId, OVERRIDES_MAX),
  );
  return rows.map((row) => ({
    ...row,
    siteName: row.siteId === null ? null : (directory.site(row.siteId)?.name ?? '?'),
  }));
}
