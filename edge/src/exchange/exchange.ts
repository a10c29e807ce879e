import type { AgentHealth, CommandOutcome, ConfigFault, EdgeExchange } from '@millrace/contract';
import { callPlatform, type Identity, type PlatformAnswer, PlatformUnreachable } from '../identity/index.ts';
import type { Log } from '../log/index.ts';
import { rest } from '../net/index.ts';
import { createPauses } from './pauses.ts';
import { type Orders, OrderTaker } from './take-orders.ts';

/** How the line to the platform is. */
export interface LinkState {
  /** `refused`: the platform does not take the token any more; `starting`: not asked yet. */
  readonly state: 'starting' | 'online' | 'unreachable' | 'refused';
  /** Since when, epoch ms. */
  readonly since: number;
  /** In words; null while online. */
  readonly error: string | null;
  /** Of the last good answer, epoch ms. */
  readonly heardAt: number | null;
  /** Platform's clock minus the box's, ms; null before the first answer. */
  readonly clockAheadMs: number | null;
}

export interface ExchangeOptions {
  readonly identity: Pick<Identity, 'server' | 'token'>;
  readonly orders: Orders;
  health(): AgentHealth;
  seenVersion(): number | null;
  faults(): readonly ConfigFault[];
  /** Outcomes that the platform has not settled. */
  outcomes(): readonly { readonly id: string; readonly outcome: CommandOutcome }[];
  now(): number;
  /** 0 to 1. */
  random(): number;
  /** The platform answers, for the first time or again. */
  online?(): void;
  readonly log: Log;
}

/** The line to the platform on which configuration, questions and commands come and health goes. */
export interface Exchange {
  /** Something waits to be told: does not wait for the long poll. */
  tell(): void;
  link(): LinkState;
  /** The platform's clock as known here, epoch ms; the box's own before the first answer. */
  platformNow(): number;
  close(): Promise<void>;
}

/** The platform holds the question so long; proxies end silent requests after 30 to 60 s. */
const WAIT_S = 25;
/** On top, for a slow line and a busy platform; a half-open line is noticed by it. */
const ANSWER_MS = 15_000;
/** Contract: at most so many in one exchange; the rest goes with the next. */
const OUTCOMES_MAX = 64;
const FAULTS_MAX = 100;
/** After an answer that came at once and brought nothing new: a platform that waits for us is not to be hammered. */
const NOTHING_NEW_MS = 1_000;
/** Whatever the platform says, no faster than this. */
const LEAST_PAUSE_MS = 50;

/**
 * Two lines, both outward. One waits for what the platform wants; a second, short one tells what is ready while the first
 * hangs. The waiting one is never cut in order to speak: its answer may be under way and carry a token that is said only
 * once. Everything may come on both: versions and ids of requests and commands are taken once.
 */
export function openExchange(options: ExchangeOptions): Exchange {
  return new TwoLines(options);
}

type Result =
  | { readonly kind: 'fine'; readonly news: number }
  | { readonly kind: 'trouble' | 'refused'; readonly retryAfterMs: number | undefined };

class TwoLines implements Exchange {
  readonly #options: ExchangeOptions;
  readonly #closing = new AbortController();
  readonly #taker: OrderTaker;
  readonly #waiting: Promise<void>;
  #telling: Promise<void> | undefined;
  #tellAgain = false;
  #link: LinkState;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#link = { state: 'starting', since: options.now(), error: null, heardAt: null, clockAheadMs: null };
    this.#taker = new OrderTaker(options.orders, options.log, () => this.tell());
    this.#waiting = this.#wait();
  }

  link(): LinkState {
    return this.#link;
  }

  platformNow(): number {
    return this.#options.now() + (this.#link.clockAheadMs ?? 0);
  }

  tell(): void {
    // Without a line it goes with the waiting exchange, whose loop has the patience.
    if (this.#closing.signal.aborted || this.#link.state !== 'online') return;
    this.#tellAgain = this.#telling !== undefined;
    if (this.#tellAgain) return;
    this.#telling = this.#exchange(0).then(() => {
      this.#telling = undefined;
      if (this.#tellAgain) this.tell();
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([this.#waiting, this.#telling]);
  }

  async #wait(): Promise<void> {
    const { signal } = this.#closing;
    const pauses = createPauses(this.#options.random);
    while (!signal.aborted) {
      const began = performance.now();
      const waitS = this.#link.state === 'online' ? WAIT_S : 0;
      const result = await this.#exchange(waitS);
      if (result.kind !== 'fine') {
        await rest(pauses.next(result.kind, result.retryAfterMs), signal);
        continue;
      }
      pauses.reset();
      const wasInVain = waitS > 0 && result.news === 0 && performance.now() - began < NOTHING_NEW_MS;
      await rest(wasInVain ? NOTHING_NEW_MS : LEAST_PAUSE_MS, signal);
    }
  }

  /** Never rejects. */
  async #exchange(waitS: number): Promise<Result> {
    const { identity } = this.#options;
    const token = identity.token();
    try {
      const body = this.#body(waitS);
      const answer = await callPlatform({
        server: identity.server,
        path: '/edge/exchange',
        body,
        token,
        timeoutMs: waitS * 1_000 + ANSWER_MS,
        signal: this.#closing.signal,
      });
      // The old token dies when the new one is first used, also under a question that still waits with it.
      if (isRefusal(answer) && token !== identity.token()) return { kind: 'fine', news: 1 };
      // What is in it will not be taken by asking again; a person who waits is told that nothing came.
      if (answer.status === 400 || answer.status === 413) this.#taker.done(body.answers);
      if (answer.status !== 200) return this.#trouble(wordsOf(answer), answer);
      const taken = await this.#taker.take(answer.body);
      if (taken === undefined)
        return this.#trouble('the platform answers in a form this agent does not know', answer);
      this.#taker.done(body.answers);
      this.#online(taken.now ?? answer.platformAt);
      return { kind: 'fine', news: taken.news };
    } catch (cause) {
      if (this.#closing.signal.aborted) return { kind: 'fine', news: 0 };
      const words = cause instanceof Error ? cause.message : String(cause);
      if (!(cause instanceof PlatformUnreachable)) {
        this.#options.log.error('what the platform wants could not be done', { why: words });
      }
      return this.#trouble(words);
    }
  }

  #body(waitS: number): EdgeExchange {
    const { health, seenVersion, faults, outcomes } = this.#options;
    return {
      waitS,
      health: health(),
      seenVersion: seenVersion(),
      faults: faults()
        .slice(0, FAULTS_MAX)
        .map(({ path, code, message }) => ({ path, code, message })),
      answers: this.#taker.answers(),
      outcomes: outcomes().slice(0, OUTCOMES_MAX),
    };
  }

  #online(platformAt: number | undefined): void {
    const now = this.#options.now();
    const { state, since, clockAheadMs } = this.#link;
    if (state !== 'online') {
      this.#options.log.info('the platform answers', { server: this.#options.identity.server });
      this.#options.online?.();
    }
    this.#link = {
      state: 'online',
      since: state === 'online' ? since : now,
      error: null,
      heardAt: now,
      clockAheadMs: platformAt === undefined ? clockAheadMs : platformAt - now,
    };
  }

  #trouble(words: string, answer?: PlatformAnswer): Result {
    const kind = answer !== undefined && isRefusal(answer) ? 'refused' : 'trouble';
    const state = kind === 'refused' ? 'refused' : 'unreachable';
    if (this.#link.state !== state) {
      this.#options.log.warn('no word from the platform; collecting goes on', { state, why: words });
      this.#link = { ...this.#link, since: this.#options.now() };
    }
    this.#link = { ...this.#link, state, error: words };
    return { kind, retryAfterMs: answer?.retryAfterMs };
  }
}

const isRefusal = ({ status }: PlatformAnswer): boolean => status === 401 || status === 403;

function wordsOf(answer: PlatformAnswer): string {
  if (isRefusal(answer)) {
    return 'the platform does not take this gateway’s token: it was revoked or the gateway was removed. Records are kept here; enrol again with a new code';
  }
  return `the platform answered with status ${answer.status}`;
}
