import type { FastifyReply, FastifyRequest } from 'fastify';
import { type App, Bug, type Refusal, refusalAnswer, refuse } from '../kernel/index.ts';
import type { Actor } from './actor.ts';
import { type Action, can, isAction } from './policy.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route does, from the policy table; a route under /api/v3 without one does not start. */
    action?: Action;
  }
  interface FastifyRequest {
    /** Who asks. Null only on routes whose action is `public`, which do not read it. */
    actor: Actor;
  }
}

/** The name of the browser's session cookie. */
export const SESSION_COOKIE = 'millrace_session';
const PREFIX = '/api/v3';
const CSRF_HEADER = 'x-millrace-csrf';
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface Authenticators {
  bearer(token: string, address: string): Promise<Actor | Refusal>;
  session(cookie: string): Promise<Actor | null>;
  /** Where people reach the platform, when that is not the address of the request (a proxy that renames). */
  readonly publicUrl: string | undefined;
}

export interface GuardedRoute {
  readonly method: string;
  readonly url: string;
  readonly action: Action;
}

/** Authentication, policy and cross-site protection of every route under /api/v3, in one hook. Answers with those routes, which grow as modules add theirs. */
export function guard(app: App, authenticators: Authenticators): readonly GuardedRoute[] {
  const guarded: GuardedRoute[] = [];
  app.decorateRequest('actor', null as unknown as Actor); // set by the hook before any handler that may read it
  app.addHook('onRoute', (route) => {
    if (!route.url.startsWith(PREFIX)) return;
    const action = route.config?.action;
    if (!isAction(action)) {
      throw new Bug(`${String(route.method)} ${route.url} has no action of the policy table`);
    }
    for (const method of [route.method].flat()) guarded.push({ method, url: route.url, action });
  });
  app.addHook('onRequest', async (request, reply) => {
    const url = request.routeOptions.url;
    if (url === undefined || !url.startsWith(PREFIX)) return;
    const refusal = await admit(request, authenticators);
    if (!refusal) return;
    challenge(reply, refusal);
    return refusalAnswer(reply, refusal);
  });
  return guarded;
}

function challenge(reply: FastifyReply, refusal: Refusal): void {
  if (refusal.status === 401) reply.header('www-authenticate', 'Bearer realm="millrace"');
  const retryAfter = refusal.values?.retryAfterS;
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
}

async function admit(request: FastifyRequest, authenticators: Authenticators): Promise<Refusal | undefined> {
  const action = request.routeOptions.config.action;
  if (!isAction(action)) throw new Bug(`${request.url} has no action`);
  const unsafe = !SAFE_METHODS.has(request.method);
  if (unsafe && !isSameOrigin(request, authenticators.publicUrl)) return CROSS_ORIGIN;
  if (action === 'public') return undefined;
  const actor = await identify(request, authenticators, unsafe);
  if ('refused' in actor) return actor;
  request.actor = actor;
  if (can(actor, action)) return undefined;
  return refuse('forbidden', 403, `Your role does not allow ${action}.`, { values: { action } });
}

async function identify(
  request: FastifyRequest,
  authenticators: Authenticators,
  unsafe: boolean,
): Promise<Actor | Refusal> {
  const header = request.headers.authorization;
  if (header !== undefined) {
    const token = /^Bearer +([\w.~+/=-]+)$/i.exec(header)?.[1];
    return token === undefined ? BAD_TOKEN : authenticators.bearer(token, request.ip);
  }
  const cookie = request.cookies[SESSION_COOKIE];
  const actor = cookie === undefined ? null : await authenticators.session(cookie);
  if (!actor) return NOT_SIGNED_IN;
  // A page of another origin cannot set this header without a permission we never give.
  return unsafe && request.headers[CSRF_HEADER] !== '1' ? CSRF_MISSING : actor;
}

/** Browsers send Origin with every state-changing request; programs send none. */
function isSameOrigin(request: FastifyRequest, publicUrl: string | undefined): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  const from = URL.parse(origin);
  if (!from) return false;
  return from.host === host || (publicUrl !== undefined && from.origin === URL.parse(publicUrl)?.origin);
}

const NOT_SIGNED_IN = refuse('not-signed-in', 401, 'Sign in first, or send an API key or gateway token.');
export const BAD_TOKEN = refuse(
  'bad-token',
  401,
  'The token of this request is unknown, expired or revoked.',
);
const CSRF_MISSING = refuse(
  'csrf-header-missing',
  403,
  'A browser request that changes something must carry the header x-millrace-csrf: 1.',
);
const CROSS_ORIGIN = refuse('cross-origin', 403, 'This request comes from a page of another origin.');
