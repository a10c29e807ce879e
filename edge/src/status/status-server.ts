import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { Log } from '../log/index.ts';
import { metricsText } from './metrics.ts';
import { statusPage } from './status-page.ts';
import type { StatusSource } from './status-source.ts';
import { wordsFor } from './status-words.ts';

export interface StatusServerOptions {
  readonly source: StatusSource;
  /** Loopback unless whoever starts the agent says otherwise. */
  readonly host: string;
  readonly port: number;
  now(): number;
  readonly log: Log;
}
/** The page on the box itself, which works without the platform. */
export interface StatusServer {
  /** Where it listens; null when the port could not be had. */
  readonly port: number | null;
  close(): Promise<void>;
}

/** A few phones and one Prometheus. */
const CONNECTIONS_MAX = 32;
/** A reader that sends its question by the byte is cut off. */
const REQUEST_MS = 10_000;
const IDLE_MS = 5_000;
const HEADERS = {
  vary: 'accept-language',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
} as const;

/** Shows how the agent is to whoever stands beside the box. A port that is taken costs the page, not the agent. */
export async function openStatusServer(options: StatusServerOptions): Promise<StatusServer> {
  const server = createServer((request, response) => send(response, replyTo(request, options)));
  server.maxConnections = CONNECTIONS_MAX;
  server.requestTimeout = REQUEST_MS;
  server.headersTimeout = REQUEST_MS;
  server.keepAliveTimeout = IDLE_MS;
  const port = await listen(server, options);
  return {
    port,
    close: async () => {
      if (port === null) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      server.closeAllConnections();
      await promise;
    },
  };
}

async function listen(server: Server, { host, port, log }: StatusServerOptions): Promise<number | null> {
  const { promise, resolve } = Promise.withResolvers<number | null>();
  server.on('error', (cause) => {
    log.warn('there is no status page', { host, port, why: cause.message });
    resolve(null);
  });
  server.listen({ host, port }, () => {
    const address = server.address();
    resolve(typeof address === 'object' && address !== null ? address.port : null);
  });
  return promise;
}

interface Reply {
  readonly status: number;
  readonly type: 'text/html' | 'text/plain' | 'application/json';
  readonly body: string;
}
const text = (status: number, body: string): Reply => ({ status, type: 'text/plain', body: `${body}\n` });

function replyTo(request: IncomingMessage, { source, now }: StatusServerOptions): Reply {
  if (!isOurName(request.headers.host)) return text(421, 'This is not the name of this box.');
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return text(405, 'There is nothing to change here.');
  const [path] = (request.url ?? '/').split('?');
  switch (path) {
    case '/': {
      const body = statusPage(source, wordsFor(request.headers['accept-language']), now());
      return { status: 200, type: 'text/html', body };
    }
    case '/status.json':
      return { status: 200, type: 'application/json', body: `${JSON.stringify(statusJson(source))}\n` };
    case '/metrics':
      return { status: 200, type: 'text/plain', body: metricsText(source, now()) };
    case '/healthz': {
      const illness = source.illness();
      return text(illness === undefined ? 200 : 503, illness ?? 'ok');
    }
    default:
      return text(404, 'Not found. There are / /status.json /metrics /healthz');
  }
}

/** The same as the page, for programs. */
function statusJson(source: StatusSource): object {
  return {
    gateway: source.gateway ?? null,
    link: source.link() ?? null,
    config: source.config(),
    untoldCommands: source.untoldCommands(),
    illness: source.illness() ?? null,
    health: source.health(),
    tags: source.tags(),
  };
}

function send(response: ServerResponse, { status, type, body }: Reply): void {
  response.writeHead(status, { ...HEADERS, 'content-type': `${type}; charset=utf-8` }).end(body);
}

/**
 * A web page elsewhere may point its own name at this box's address and read what a browser here can (DNS rebinding). An
 * address or the box's own name cannot be rebound.
 */
function isOurName(header: string | undefined): boolean {
  const host = /^\[(.+)\](?::\d{1,5})?$/.exec(header ?? '')?.[1] ?? (header ?? '').replace(/:\d{1,5}$/, '');
  const own = hostname().toLowerCase();
  return isIP(host) !== 0 || ['localhost', own, `${own}.local`].includes(host.toLowerCase());
}
