import { Email, Id, Me, Name, Password } from '@millrace/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { type App, answer, isRefusal, type Refusal } from '../kernel/index.ts';
import { SESSION_COOKIE } from './authenticate.ts';
import type { SessionOrigin } from './identity.ts';
import type { SecondFactor } from './second-factor.ts';
import type { Sessions } from './service-session.ts';
import type { Setup } from './service-setup.ts';
import type { SignedIn } from './sign-in.ts';

/** The session itself decides when it ends; the cookie only has to live longer. */
const COOKIE_MAX_AGE_S = 90 * 24 * 3_600;
const Token = Type.String({ minLength: 1, maxLength: 256 });
const TotpCode = Type.String({ pattern: '^\\d{6}$' });
const Language = Me.properties.language;
/** Old passwords may be shorter than new ones must be. */
const AnyPassword = Type.String({ minLength: 1, maxLength: 256 });
const tags = ['access'];
const config = (action: 'public' | 'me.read' | 'me.write') => ({ action });
const NOTHING = { 204: Type.Null() };

export interface SessionRoutes {
  readonly sessions: Sessions;
  readonly secondFactor: SecondFactor;
  readonly setup: Setup;
  /** The cookie travels over TLS only. */
  readonly secure: boolean;
}

export function sessionRoutes(app: App, { sessions, secondFactor, setup, secure }: SessionRoutes): void {
  const enter = (reply: FastifyReply, result: SignedIn | Refusal): FastifyReply => {
    if (isRefusal(result)) return decline(reply, result);
    reply.setCookie(SESSION_COOKIE, result.cookie, {
      httpOnly: true,
      sameSite: 'lax',
      secure,
      path: '/',
      maxAge: COOKIE_MAX_AGE_S,
    });
    return reply.send(result.me);
  };
  setupRoutes(app, setup, enter);
  signInRoutes(app, sessions, enter);
  meRoutes(app, sessions, enter);
  totpRoutes(app, secondFactor);
}

function decline(reply: FastifyReply, refusal: Refusal): FastifyReply {
  const retryAfterS = refusal.values?.retryAfterS;
  if (retryAfterS !== undefined) reply.header('retry-after', String(retryAfterS));
  return answer(reply, refusal);
}

type Enter = (reply: FastifyReply, result: SignedIn | Refusal) => FastifyReply;

function setupRoutes(app: App, setup: Setup, enter: Enter): void {
  app.get(
    '/api/v3/setup/status',
    {
      config: config('public'),
      schema: {
        tags,
        summary: 'Whether the first operator has to be created',
        response: { 200: Type.Object({ needed: Type.Boolean() }) },
      },
    },
    async () => ({ needed: await setup.needed() }),
  );
  app.post(
    '/api/v3/setup',
    {
      config: config('public'),
      schema: {
        tags,
        summary: 'Create the network, its operator and the first administrator with the first-start token',
        body: Type.Object({
          token: Token,
          email: Email,
          name: Name,
          password: Password,
          networkName: Name,
          organisationName: Name,
        }),
        response: { 200: Me },
      },
    },
    async (request, reply) =>
      enter(reply, await setup.complete(request.body, originOf(request), languageOf(request))),
  );
}

function signInRoutes(app: App, sessions: Sessions, enter: Enter): void {
  app.post(
    '/api/v3/sign-in',
    {
      config: config('public'),
      schema: {
        tags,
        summary: 'Sign in with e-mail and password, and the second factor where there is one',
        body: Type.Object({ email: Email, password: AnyPassword, totp: Type.Optional(TotpCode) }),
        response: { 200: Me },
      },
    },
    async (request, reply) => enter(reply, await sessions.signIn(request.body, originOf(request))),
  );
  app.post(
    '/api/v3/sign-in/link',
    {
      config: config('public'),
      schema: {
        tags,
        summary: 'Sign in with a one-time link; an invited person chooses a password with it',
        body: Type.Object({
          token: Token,
          password: Type.Optional(Password),
          totp: Type.Optional(TotpCode),
        }),
        response: { 200: Me },
      },
    },
    async (request, reply) =>
      enter(reply, await sessions.signInByLink(request.body, originOf(request), languageOf(request))),
  );
  app.post(
    '/api/v3/sign-out',
    { config: config('public'), schema: { tags, summary: 'End the session', response: NOTHING } },
    async (request, reply) => {
      const cookie = request.cookies[SESSION_COOKIE];
      if (cookie !== undefined) await sessions.signOut(cookie);
      reply.clearCookie(SESSION_COOKIE, { path: '/' });
      return reply.code(204).send(null);
    },
  );
}

function meRoutes(app: App, sessions: Sessions, enter: Enter): void {
  app.get(
    '/api/v3/me',
    {
      config: config('me.read'),
      schema: { tags, summary: 'Who is signed in, as what, and what that allows', response: { 200: Me } },
    },
    async (request, reply) => answer(reply, await sessions.me(request.actor)),
  );
  app.patch(
    '/api/v3/me',
    {
      config: config('me.write'),
      schema: {
        tags,
        summary: 'Change own name or language',
        body: Type.Object({ language: Type.Optional(Language), name: Type.Optional(Name) }),
        response: { 200: Me },
      },
    },
    async (request, reply) => answer(reply, await sessions.updateMe(request.actor, request.body)),
  );
  app.post(
    '/api/v3/me/organisation',
    {
      config: config('me.write'),
      schema: {
        tags,
        summary: 'Act for another of own organisations',
        body: Type.Object({ organisationId: Id }),
        response: { 200: Me },
      },
    },
    async (request, reply) => {
      const cookie = request.cookies[SESSION_COOKIE] ?? '';
      return answer(reply, await sessions.actFor(request.actor, cookie, request.body.organisationId));
    },
  );
  app.post(
    '/api/v3/me/password',
    {
      config: config('me.write'),
      schema: {
        tags,
        summary: 'Change own password; every other session ends',
        body: Type.Object({ current: AnyPassword, next: Password }),
        response: { 200: Me },
      },
    },
    async (request, reply) =>
      enter(reply, await sessions.changePassword(request.actor, request.body, originOf(request))),
  );
}

function totpRoutes(app: App, secondFactor: SecondFactor): void {
  const body = Type.Object({ code: TotpCode });
  app.post(
    '/api/v3/me/totp',
    {
      config: config('me.write'),
      schema: {
        tags,
        summary: 'Begin a second factor: the secret for an authenticator app',
        response: { 200: Type.Object({ secret: Type.String(), uri: Type.String() }) },
      },
    },
    async (request, reply) => answer(reply, await secondFactor.begin(request.actor)),
  );
  app.post(
    '/api/v3/me/totp/confirm',
    {
      config: config('me.write'),
      schema: { tags, summary: 'Turn the second factor on with its first code', body, response: NOTHING },
    },
    async (request, reply) =>
      answer(reply, (await secondFactor.confirm(request.actor, request.body.code)) ?? null, 204),
  );
  app.delete(
    '/api/v3/me/totp',
    {
      config: config('me.write'),
      schema: { tags, summary: 'Remove the second factor with a code of it', body, response: NOTHING },
    },
    async (request, reply) =>
      answer(reply, (await secondFactor.remove(request.actor, request.body.code)) ?? null, 204),
  );
}

function originOf(request: FastifyRequest): SessionOrigin {
  return { address: request.ip, userAgent: request.headers['user-agent'] ?? '' };
}

/** A new account speaks the browser's language until its owner says otherwise. */
function languageOf(request: FastifyRequest): Me['language'] {
  return /^\s*zh\b/i.test(request.headers['accept-language'] ?? '') ? 'zh-CN' : 'en';
}
