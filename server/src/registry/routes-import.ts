import { ImportKind, ImportReport } from '@millrace/contract';
import { Type } from 'typebox';
import { type App, answer, isRefusal, refusalAnswer, refuse } from '../kernel/index.ts';
import { CSV_BYTES_MAX } from './csv.ts';
import type { Imports } from './import.ts';

const tags = ['import'];
const Kind = Type.Object({ kind: ImportKind });

export function importRoutes(app: App, imports: Imports): void {
  app.get(
    '/api/v3/imports/:kind/template',
    {
      config: { action: 'registry.read' },
      schema: { tags, summary: 'A CSV file with the header and one example row', params: Kind },
    },
    async (request, reply) => {
      const text = imports.template(request.params.kind);
      if (isRefusal(text)) return refusalAnswer(reply, text);
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="millrace-${request.params.kind}.csv"`)
        .send(text);
    },
  );
  // A scope of its own: only this route takes CSV, and only it takes so much.
  app.register(async (scope) => {
    scope.addContentTypeParser(
      'text/csv',
      { parseAs: 'buffer', bodyLimit: CSV_BYTES_MAX },
      (_request, body, done) => done(null, body),
    );
    (scope as App).post(
      '/api/v3/imports/:kind',
      {
        config: { action: 'import.run' },
        bodyLimit: CSV_BYTES_MAX,
        schema: {
          tags,
          summary: 'Import a CSV file (UTF-8, text/csv). All rows land or none; errors name row and column',
          consumes: ['text/csv'],
          params: Kind,
          querystring: Type.Object({ dryRun: Type.Optional(Type.Boolean()) }),
          response: { 200: ImportReport },
        },
      },
      async (request, reply) => {
        const { body } = request;
        if (!Buffer.isBuffer(body)) return refusalAnswer(reply, NOT_CSV);
        const { dryRun } = request.query;
        return answer(reply, await imports.run(request.actor, request.params.kind, body, dryRun ?? false));
      },
    );
  });
}

const NOT_CSV = refuse('wrong-content-type', 415, 'Send the file as text/csv.');
