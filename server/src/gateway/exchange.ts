import { CONFIG_VERSION_MAX, type EdgeExchange, type EdgeOrders } from '@millrace/contract';
import { type Access, type Actor, scopeOf } from '../access/index.ts';
import { type Kernel, PLATFORM, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import type { Commands } from './commands.ts';
import type { HealthBook } from './health.ts';
import { configAfter, markApplied, markRefused } from './store-config.ts';
import { gatewaysToWake } from './store-exchange.ts';
import { handOutRequests, storeAnswer } from './store-request.ts';
import { createTurnstile } from './turnstile.ts';
import type { WaitRoom } from './wait-room.ts';

/** What was handed out and not answered comes again after this: the answer that carried it may have been lost. */
const TELL_AGAIN_MS = 3_000;
/** The same for a configuration, which may be megabytes. */
const CONFIG_AGAIN_MS = 5_000;
/** Connections for agents at one time: after a restart all of them come at once, and people must not wait behind them. */
const CONNECTIONS_MAX = 6;
/** Words of one agent taken in at one time: a line, a word in between, and broken ones whose word still stands in the queue. */
const ASKING_MAX = 16;
/** Gateways whose last word on their configuration is remembered; a forgotten one costs an UPDATE that changes nothing. */
const REMEMBERED_MAX = 20_000;

/** The agent's one open line. */
export interface Exchange {
  /** `signal` aborts when nobody listens to the answer any more. */
  exchange(gateway: Actor, told: EdgeExchange, signal: AbortSignal): Promise<EdgeOrders | Refusal>;
  /** Wakes those for whom there is something and whose wake-up was missed. */
  lookAfter(): Promise<void>;
}

export interface ExchangeParts {
  readonly kernel: Kernel;
  readonly access: Access;
  readonly book: HealthBook;
  readonly commands: Commands;
  readonly room: WaitRoom;
}

/** What an agent said of its configuration last, and when it was handed one. */
interface Known {
  word: string;
  handedOut: number;
  handedOutAt: number;
  /** Its lines that are before or in the turnstile, and do not wait. */
  asking: number;
}

export function createExchange(parts: ExchangeParts): Exchange {
  const { kernel, book, room } = parts;
  const { db, clock } = kernel;
  const knownOf = createKnown();
  const turnstile = createTurnstile(CONNECTIONS_MAX);
  const pass = async <T>(known: Known, work: () => Promise<T>): Promise<T> => {
    known.asking++;
    try {
      return await turnstile(work);
    } finally {
      known.asking--;
    }
  };

  return {
    exchange: async (gateway, told, signal) => {
      if (!room.hasRoom()) return BUSY;
      const { networkId, organisationId, id: gatewayId } = gateway;
      const known = knownOf(gatewayId);
      // One that asks without end stands in nobody else's way.
      if (known.asking >= ASKING_MAX) return TOO_MANY_LINES;
      const heardAt = clock.wallNow();
      book.hear({ networkId, gatewayId, organisationId, heardAt, waitS: told.waitS, health: told.health });
      await pass(known, () => takeIn(parts, gateway, told, known));
      const settled = told.outcomes.map(({ id }) => id);
      const endsAt = heardAt + told.waitS * 1_000;
      while (true) {
        // First in the room, then to the books: nothing that comes in between is missed.
        const wait = room.wait(
          { networkId, gatewayId, seenVersion: asVersion(told.seenVersion) },
          Math.max(0, endsAt - clock.wallNow()),
        );
        let how: 'woken' | 'over' | 'gone' = 'over';
        try {
          const orders = await pass(known, () =>
            db.transaction(scopeOf(gateway), (tx) => collect(parts, tx, gateway, told, known)),
          );
          if (!isEmpty(orders) || settled.length > 0 || clock.wallNow() >= endsAt || signal.aborted)
            return { ...orders, settled };
          how = await Promise.race([wait.over, aborted(signal)]);
        } finally {
          wait.end();
        }
        if (how !== 'woken') return { ...NOTHING, settled, now: clock.wallNow() };
      }
    },
    lookAfter: async () => {
      const waiting = room.waiting();
      if (waiting.length === 0) return;
      const now = clock.wallNow();
      const woken = await db.transaction(PLATFORM, (tx) =>
        gatewaysToWake(tx, waiting, now, now - TELL_AGAIN_MS),
      );
      for (const gatewayId of woken) room.wake(gatewayId);
    },
  };
}

/** Everything the agent says, in one transaction; nothing when it says what it said before. */
async function takeIn(
  { kernel, commands }: ExchangeParts,
  gateway: Actor,
  told: EdgeExchange,
  known: Known,
): Promise<void> {
  const { answers, outcomes, faults, seenVersion } = told;
  const { configSource, configVersion } = told.health;
  const running = configSource === 'platform' ? asVersion(configVersion) : 0;
  const word = JSON.stringify([running, seenVersion, faults]);
  const isNews = word !== known.word;
  if (!isNews && answers.length === 0 && outcomes.length === 0) return;
  const { networkId, id: gatewayId } = gateway;
  const now = kernel.clock.wallNow();
  await kernel.db.transaction(scopeOf(gateway), async (tx) => {
    if (isNews && running > 0) await markApplied(tx, networkId, gatewayId, running, now);
    const seen = asVersion(seenVersion);
    if (isNews && seen > 0 && seen !== running && faults.length > 0) {
      await markRefused(tx, networkId, gatewayId, seen, faults);
    }
    for (const { id, answer } of answers) await storeAnswer(tx, networkId, gatewayId, now, id, answer);
    // In one order, so that two lines of the same agent never wait for each other.
    for (const { id, outcome } of outcomes.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
      await commands.settle(tx, gateway, id, outcome);
    }
  });
  known.word = word;
}

async function collect(
  { kernel, access, commands }: ExchangeParts,
  tx: Tx,
  gateway: Actor,
  told: EdgeExchange,
  known: Known,
): Promise<EdgeOrders> {
  const { networkId, id: gatewayId } = gateway;
  const now = kernel.clock.wallNow();
  const toldBefore = now - TELL_AGAIN_MS;
  const newest = await configAfter(tx, networkId, gatewayId, asVersion(told.seenVersion));
  const isFresh = newest && (newest.version !== known.handedOut || known.handedOutAt < now - CONFIG_AGAIN_MS);
  const requests = await handOutRequests(tx, networkId, gatewayId, now, toldBefore);
  const ordered = await commands.handOut(tx, gateway, toldBefore);
  const token = await access.gatewayTokens.successor(tx, gateway);
  if (isFresh) {
    known.handedOut = newest.version;
    known.handedOutAt = now;
  }
  return {
    config: isFresh ? newest : null,
    requests,
    commands: ordered,
    settled: [],
    now,
    ...(token === undefined ? {} : { token }),
  };
}

/** 0 = none; what can be no version of ours counts as none, too. */
const asVersion = (told: number | null): number =>
  told !== null && told > 0 && told <= CONFIG_VERSION_MAX ? told : 0;
const NOTHING: EdgeOrders = { config: null, requests: [], commands: [], settled: [] };
const isEmpty = ({ config, requests, commands, token }: EdgeOrders): boolean =>
  config === null && requests.length === 0 && commands.length === 0 && token === undefined;

function createKnown(): (gatewayId: string) => Known {
  const all = new Map<string, Known>();
  return (gatewayId) => {
    const before = all.get(gatewayId);
    if (before) return before;
    const oldest = all.size >= REMEMBERED_MAX ? all.keys().next().value : undefined;
    if (oldest !== undefined) all.delete(oldest);
    const fresh = { word: '', handedOut: 0, handedOutAt: 0, asking: 0 };
    all.set(gatewayId, fresh);
    return fresh;
  };
}

function aborted(signal: AbortSignal): Promise<'gone'> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve('gone'), { once: true }));
}

const TOO_MANY_LINES = refuse(
  'too-many-lines',
  429,
  `This gateway has ${ASKING_MAX} exchanges under way already; an agent needs one. Does a second agent use its token?`,
  { values: { retryAfterS: 5 } },
);
const BUSY = refuse(
  'too-many-agents',
  503,
  'More agents wait here than this process can hold; come back in a few seconds.',
  { values: { retryAfterS: 5 } },
);
