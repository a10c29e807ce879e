import type { FastifyRequest } from 'fastify';
import { type App, type Kernel, PLATFORM, type Refusal } from '../kernel/index.ts';
import type { Actor } from './actor.ts';
import { type AttemptLimit, createAttemptLimit } from './attempt-limit.ts';
import { BAD_TOKEN, type GuardedRoute, guard } from './authenticate.ts';
import { createBearer, REVISION_POLL_MS } from './bearer.ts';
import { createGatewayTokens, type GatewayTokens } from './gateway-token.ts';
import { createIdentity } from './identity.ts';
import { createLists } from './lists.ts';
import { createOpenAnswers, OPEN_ANSWERS_LOOK_MS } from './open-answers.ts';
import { deviceRoutes } from './routes-device.ts';
import { memberRoutes } from './routes-member.ts';
import { sessionRoutes } from './routes-session.ts';
import { createSecondFactor } from './second-factor.ts';
import { createDevices } from './service-device.ts';
import { createGrants } from './service-grant.ts';
import { createMembers } from './service-member.ts';
import { createSessions } from './service-session.ts';
import { createSetup } from './service-setup.ts';
import { createSessionActors } from './session-actors.ts';
import { createLimits, type Doors } from './sign-in.ts';
import { dropExpired } from './store-session.ts';

export interface Access {
  /** Guards every route of the app and adds its own; must come first. */
  routes(app: App): void;
  /** Every route under /api/v3 with the action the policy table knows it by. */
  guardedRoutes(): readonly GuardedRoute[];
  /**
   * For an answer that stays open: `end` is called once, seconds after the one who asked would not be let in any more, or
   * only as somebody else: signed out, another role or organisation, disabled, a key revoked or expired. The result stops it.
   */
  watch(request: FastifyRequest, end: () => void): () => void;
  /** The one-time link that creates the first operator, or null when there is one. */
  setupLink(http: string): Promise<string | null>;
  /** API key or gateway token → who it is; for doors that are not HTTP. `address` bounds guessing. */
  authenticateBearer(token: string, address?: string): Promise<Actor | Refusal>;
  readonly gatewayTokens: GatewayTokens;
}

/** A gateway with a stale token retries every minute; whoever tries hundreds of tokens in one is guessing. */
const BEARER_BOUND = { failuresMax: 300, windowMs: 60_000, lockMs: 60_000 };

/** Sessions and links end by their expiry; the sweep only keeps the tables small. */
const SWEEP_MS = 3_600_000;

export function openAccess(kernel: Kernel): Access {
  const wallNow = (): number => kernel.clock.wallNow();
  const { publicUrl } = kernel.config;
  const bearer = createBearer(kernel.db, wallNow);
  kernel.ticker.every('token-revision', REVISION_POLL_MS, bearer.refresh);
  kernel.ticker.every('expired-sessions', SWEEP_MS, () =>
    kernel.db.transaction(PLATFORM, (tx) => dropExpired(tx, wallNow())),
  );
  const guesses = createAttemptLimit(BEARER_BOUND, wallNow);
  const authenticateBearer = (token: string, address?: string): Promise<Actor | Refusal> =>
    bounded(guesses, address, (admit) => bearer.authenticate(token, admit));
  const open = createOpenAnswers(kernel.db, bearer, wallNow);
  kernel.ticker.every('open-answers', OPEN_ANSWERS_LOOK_MS, open.look);
  const identity = createIdentity(kernel);
  const actors = createSessionActors(kernel, identity);
  const doors: Doors = { kernel, identity, actors, limits: createLimits(wallNow) };
  const setup = createSetup(doors);
  const lists = createLists(kernel.db);
  let guarded: readonly GuardedRoute[] = [];
  return {
    authenticateBearer,
    gatewayTokens: createGatewayTokens(kernel.clock, bearer),
    guardedRoutes: () => guarded,
    watch: open.watch,
    setupLink: setup.link,
    routes: (app) => {
      guarded = guard(app, { bearer: authenticateBearer, session: actors.actor, publicUrl });
      sessionRoutes(app, {
        sessions: createSessions(doors),
        secondFactor: createSecondFactor(kernel, identity, doors.limits.account),
        setup,
        secure: publicUrl?.startsWith('https:') ?? false,
      });
      memberRoutes(app, { members: createMembers(doors), grants: createGrants(kernel), lists, publicUrl });
      deviceRoutes(app, { devices: createDevices(kernel, bearer), lists, clock: kernel.clock });
    },
  };
}

/**
 * A token in use passes whatever others try from its address: behind one proxy all gateways have the same. Without an
 * address nobody is bounded, because nobody can be told apart.
 */
async function bounded(
  guesses: AttemptLimit,
  address: string | undefined,
  authenticate: (admit: () => Refusal | undefined) => Promise<Actor | Refusal | null>,
): Promise<Actor | Refusal> {
  const actor = await authenticate(() => (address === undefined ? undefined : guesses.check(address)));
  if (actor) return actor;
  if (address !== undefined) guesses.fail(address);
  return BAD_TOKEN;
}
