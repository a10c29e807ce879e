import Fastify, { type FastifyInstance } from 'fastify';

const PREFIX = '/docs';

/**
 * The pages that show the OpenAPI document. Their program is 4 MB of text that takes 25 MB of memory, and most platforms
 * never show them: they are loaded when somebody asks, into an application of their own that is only spoken to from here.
 */
export function addApiPages(app: FastifyInstance): void {
  let pages: Promise<FastifyInstance> | undefined;
  const open = async (): Promise<FastifyInstance> => {
    const { default: scalar } = await import('@scalar/fastify-api-reference');
    const inner = Fastify();
    await inner.register(scalar, {
      routePrefix: PREFIX,
      configuration: { url: '/api/openapi.json', telemetry: false },
    });
    await inner.ready();
    return inner;
  };
  for (const url of [PREFIX, `${PREFIX}/*`]) {
    app.get(url, { schema: { hide: true } }, async (request, reply) => {
      // A failed attempt is not kept.
      pages ??= open().catch((error: unknown) => {
        pages = undefined;
        throw error;
      });
      const page = await (await pages).inject({ method: 'GET', url: request.url });
      const { 'content-type': type, location } = page.headers;
      if (location !== undefined) reply.header('location', String(location));
      return reply.code(page.statusCode).type(String(type)).send(page.rawPayload);
    });
  }
  app.addHook('onClose', async () => (await pages)?.close());
}
