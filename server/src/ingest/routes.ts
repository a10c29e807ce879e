import { Id, Instant, LossLedger, MachineRecordUpload, RawRecord, UploadAnswer } from '@millrace/contract';
import { Type } from 'typebox';
import { scopeOf } from '../access/index.ts';
import { type App, answer, isRefusal, type Kernel, notFound, type Refusal, refuse } from '../kernel/index.ts';
import type { Registry } from '../registry/index.ts';
import type { Ingest } from './ingest.ts';
import type { IngestMetrics } from './ingest-metrics.ts';
import type { Mappings } from './mapping.ts';
import { addMappingRoutes } from './routes-mapping.ts';
import type { UploadService } from './upload.ts';

export interface IngestDoor {
  readonly kernel: Kernel;
  readonly registry: Registry;
  readonly uploads: UploadService;
  readonly mappings: Mappings;
  readonly ingest: Ingest;
  readonly metrics: IngestMetrics;
}

const tags = ['ingest'];
/** A day of a machine with the changes of the clock; more is a report, not a look. */
const RAW_SPAN_MS_MAX = 50 * 3_600_000;

export function addIngestRoutes(app: App, door: IngestDoor): void {
  // A scope of its own: the body stays bytes, because the decoder checks it record by record and by its text.
  app.register(async (scope: App) => addUploadRoute(scope, door));
  addRecordRoutes(app, door);
  addMappingRoutes(app, door.mappings);
}

function addUploadRoute(scope: App, { uploads, metrics }: IngestDoor): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
  scope.addHook('onResponse', async (_request, reply) => {
    if (reply.statusCode >= 400) metrics.refused('http', String(reply.statusCode));
  });
  scope.post(
    '/api/v3/machine-records',
    {
      // The bounded queue behind it is the limit; an address may stand for a whole park of gateways.
      config: { action: 'record.upload', rateLimit: false },
      // Its headers protect pages; a gateway has no use for a kilobyte of them in every answer.
      helmet: false,
      schema: {
        tags,
        summary: 'Upload machine records; answered when they are durable',
        body: MachineRecordUpload,
        response: { 200: UploadAnswer },
      },
      // The decoder is the validation: a bad record must not refuse the good ones.
      validatorCompiler: () => () => true,
    },
    async (request, reply) => {
      const result = await uploads.upload(request.actor, request.body as unknown as Uint8Array);
      if (isRefusal(result)) {
        const retryAfter = result.values?.retryAfterS;
        if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
        return answer(reply, result);
      }
      metrics.answered(result);
      return reply.send(result);
    },
  );
}

function addRecordRoutes(app: App, { kernel, registry, ingest }: IngestDoor): void {
  app.get(
    '/api/v3/machines/:id/loss-ledger',
    {
      config: { action: 'record.read' },
      schema: {
        tags,
        summary: 'What became of every record of a machine in the last 31 days',
        params: Type.Object({ id: Id }),
        response: { 200: LossLedger },
      },
    },
    async (request, reply) =>
      answer(
        reply,
        await kernel.db.transaction(scopeOf(request.actor), async (tx) => {
          const machine = await registry.machine(tx, request.params.id);
          return machine ? ingest.lossLedger(tx, machine.organisationId, machine.id) : notFound('machine');
        }),
      ),
  );
  app.get(
    '/api/v3/machines/:id/records',
    {
      config: { action: 'record.read' },
      schema: {
        tags,
        summary: 'Minute records as they were received',
        params: Type.Object({ id: Id }),
        querystring: Type.Object({ from: Instant, to: Instant }),
        response: { 200: Type.Object({ rows: Type.Array(RawRecord) }) },
      },
    },
    async (request, reply) => {
      const { from, to } = request.query;
      const wrong = spanRefusal(from, to);
      if (wrong) return answer(reply, wrong);
      const result = await kernel.db.transaction(scopeOf(request.actor), async (tx) => {
        const machine = await registry.machine(tx, request.params.id);
        if (!machine) return notFound('machine');
        return { rows: await ingest.rawRecords(tx, machine.organisationId, machine.id, from, to) };
      });
      return answer(reply, result);
    },
  );
}

function spanRefusal(from: number, to: number): Refusal | undefined {
  if (from < to && to - from <= RAW_SPAN_MS_MAX) return undefined;
  return refuse('bad-span', 400, 'from must lie before to, and at most 50 hours before it.', {
    fields: [{ pointer: '/querystring/to', message: 'must be after from, by 50 hours at most' }],
  });
}
