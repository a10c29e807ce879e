import type { App, Kernel, Refusal } from '../kernel/index.ts';
import type { Actor } from './actor.ts';
import { type AttemptLimit, createAttemptLimit } from './attempt-limit.ts';
import { BAD_TOKEN, guard } from './authenticate.ts';
import { createBearer, REVISION_POLL_MS } from './bearer.ts';

export interface Access {
  /** Guards every route of the app from here on, and adds its own; must come first. */
  routes(app: App): void;
  /** The one-time link that creates the first operator, or null when there is one. */
  setupLink(http: string): Promise<string | null>;
  /** API key or gateway token → who it is; for doors that are not HTTP. `address` bounds guessing. */
  authenticateBearer(token: string, address?: string): Promise<Actor | Refusal>;
}

/** A gateway with a stale token retries every minute; whoever tries hundreds of tokens in one is guessing. */
const BEARER_BOUND = { failuresMax: 300, windowMs: 60_000, lockMs: 60_000 };

export function openAccess(kernel: Kernel): Access {
  const wallNow = (): number => kernel.clock.wallNow();
  const bearer = createBearer(kernel.db, wallNow);
  const guesses = createAttemptLimit(BEARER_BOUND, wallNow);
  kernel.ticker.every('token-revision', REVISION_POLL_MS, bearer.refresh);
  const authenticateBearer = (token: string, address = ''): Promise<Actor | Refusal> =>
    bounded(guesses, address, () => bearer.authenticate(token));
  return {
    authenticateBearer,
    setupLink: async () => null,
    routes: (app) => {
      guard(app, {
        bearer: authenticateBearer,
        session: async () => null,
        publicUrl: kernel.config.publicUrl,
      });
    },
  };
}

async function bounded(
  guesses: AttemptLimit,
  address: string,
  authenticate: () => Promise<Actor | null>,
): Promise<Actor | Refusal> {
  const locked = guesses.check(address);
  if (locked) return locked;
  const actor = await authenticate();
  if (actor) return actor;
  guesses.fail(address);
  return BAD_TOKEN;
}
