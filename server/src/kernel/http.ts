import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import fastifyStatic from '@fastify/static';
import swagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import underPressure from '@fastify/under-pressure';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RawServerDefault,
} from 'fastify';
import Fastify, { LogController } from 'fastify';
import { addApiPages } from './api-pages.ts';
import type { Config } from './config.ts';
import { mapError, refusalAnswer } from './http-problem.ts';
import { serializerFor, validatorFor } from './http-schema.ts';
import type { Kernel } from './kernel.ts';
import { refuse } from './refusal.ts';

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** JSON bodies; a machine-record upload of 10,000 records is about 1 MB. Imports raise it for their own route. */
const BODY_BYTES_MAX = 2 * 1024 * 1024;
/** A client that sends its request slower than this is cut off (slow-loris). */
const REQUEST_TIMEOUT_MS = 20_000;
/** Node looks for such clients every 30 s by default, which would more than double the bound. */
const SLOW_CLIENT_CHECK_MS = 5_000;
/**
 * Per minute and credential, or address where there is none; ingest has its own bounded queue. Guessing credentials gains
 * nothing: `access` counts failures by address.
 */
const REQUESTS_PER_MINUTE = 6_000;
/** Beyond this event-loop delay new requests are answered 503 with Retry-After. */
const EVENT_LOOP_DELAY_MAX_MS = 2_000;

const CONSOLE_DIST = fileURLToPath(new URL('../../../console/dist/', import.meta.url));

export async function createApp(kernel: Kernel): Promise<App> {
  const app = Fastify({
    loggerInstance: kernel.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES_MAX,
    trustProxy: trusted(kernel.config.trustProxy),
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: REQUEST_TIMEOUT_MS * 3,
    http: { connectionsCheckingInterval: SLOW_CLIENT_CHECK_MS },
    genReqId: () => kernel.ids(),
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.setValidatorCompiler(validatorFor);
  app.setSerializerCompiler(serializerFor);
  app.setErrorHandler(mapError);
  app.setNotFoundHandler((request, reply) => spaOrNotFound(request.method, request.url, reply));
  await app.register(helmet, { contentSecurityPolicy: { directives: CONTENT_SECURITY } });
  await app.register(cookie);
  await app.register(rateLimit, { max: REQUESTS_PER_MINUTE, timeWindow: '1 minute', keyGenerator: callerOf });
  await app.register(underPressure, { maxEventLoopDelay: EVENT_LOOP_DELAY_MAX_MS, retryAfter: 5 });
  await app.register(swagger, { openapi: OPENAPI });
  addApiPages(app);
  if (existsSync(CONSOLE_DIST)) {
    await app.register(fastifyStatic, {
      root: CONSOLE_DIST,
      wildcard: false,
      maxAge: '1h',
      immutable: false,
    });
  }
  addOperatingRoutes(app, kernel);
  return app;
}

/**
 * Fastify takes no bare number: how many proxies there are does not say that the caller came through them. Whoever gives
 * a number vouches that nothing else reaches the port, see docs/guide/operating.md.
 */
function trusted(
  proxies: Config['trustProxy'],
): false | string[] | ((address: string, hop: number) => boolean) {
  if (proxies === undefined) return false;
  return typeof proxies === 'number' ? (_address, hop) => hop < proxies : proxies;
}

/** Whom a request counts for; many programs may share one address. Hashed, because the key is kept in memory. */
function callerOf({ headers, ip }: FastifyRequest): string {
  const { authorization } = headers;
  return authorization === undefined ? ip : createHash('sha256').update(authorization).digest('base64');
}

const CONTENT_SECURITY = {
  defaultSrc: ["'self'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:', 'blob:'],
  fontSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  // Plain HTTP is the default on a shop-floor network; TLS belongs to the proxy in front.
  upgradeInsecureRequests: null,
};

const OPENAPI = {
  openapi: '3.1.0' as const,
  info: {
    title: 'Millrace',
    version: '3.0.0',
    description: 'From a pulse on a machine to a kept promise. Every screen uses this API too.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  components: {
    securitySchemes: {
      bearer: { type: 'http' as const, scheme: 'bearer', description: 'API key or gateway token' },
      session: { type: 'apiKey' as const, in: 'cookie' as const, name: 'millrace_session' },
    },
  },
};

function addOperatingRoutes(app: App, kernel: Kernel): void {
  const hide = { hide: true };
  app.get('/healthz', { schema: hide }, async () => ({ ok: true }));
  app.get('/readyz', { schema: hide }, async (_request, reply) => {
    const problems = await kernel.readiness();
    return reply.code(problems.length === 0 ? 200 : 503).send({ ready: problems.length === 0, problems });
  });
  app.get('/metrics', { schema: hide }, async (_request, reply) =>
    reply.type(kernel.metrics.registry.contentType).send(await kernel.metrics.registry.metrics()),
  );
  app.get('/api/openapi.json', { schema: hide }, async (_request, reply) =>
    reply.type('application/json').send(JSON.stringify(app.swagger())),
  );
}

/** The console routes in the browser: every page address that is not a file or the API gets the one HTML page. */
function spaOrNotFound(method: string, url: string, reply: FastifyReply): unknown {
  const isPage = method === 'GET' && !url.startsWith('/api/') && !/\.[a-z0-9]+($|\?)/.test(url);
  if (isPage && existsSync(`${CONSOLE_DIST}index.html`)) {
    return reply.header('cache-control', 'no-cache').sendFile('index.html');
  }
  return refusalAnswer(reply, refuse('no-such-route', 404, 'There is nothing at this address.'));
}
