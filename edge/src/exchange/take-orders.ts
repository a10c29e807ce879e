import { EdgeAnswer, EdgeOrders, EdgeRequest, Id, Nullable } from '@millrace/contract';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Log } from '../log/index.ts';

/** Configuration and requests are taken in any form: a wrong one is refused in words, one of a newer platform too, and the line goes on. */
const OrdersForm = Type.Object({
  ...EdgeOrders.properties,
  requests: Type.Array(Type.Object({ id: Id, request: Type.Unknown() })),
  config: Nullable(Type.Object({ version: Type.Integer(), config: Type.Unknown() })),
});

/** What the platform may want of the agent. */
export interface Orders {
  /** Stored before it is used. */
  rotate(token: string): void;
  offerConfig(version: number, config: unknown): Promise<void>;
  answer(request: EdgeRequest): Promise<EdgeAnswer>;
  /** Returns how many were not known before. */
  takeCommands(commands: EdgeOrders['commands']): number;
  settle(ids: readonly string[]): void;
}

/** Answers of requests that wait to be told, at most as many as one exchange may carry. */
const ANSWERS_MAX = 64;
/** Eight trees of a thousand nodes would be more than the platform reads in one body. */
const ANSWERS_BYTES_MAX = 2 * 1_048_576;
/** A person looks at one gateway with a few windows; more at once would press on the machines. */
const REQUESTS_AT_ONCE = 4;
/** Ids remembered so that a request that comes on both lines is answered once. */
const REMEMBERED_MAX = 512;
/** Whoever asked has given up by then (requests expire after 30 s). */
const ANSWER_WITHIN_MS = 28_000;

/** Puts into effect what comes on either line, each thing once. */
export class OrderTaker {
  readonly #orders: Orders;
  readonly #log: Log;
  readonly #ready: () => void;
  readonly #form = Compile(OrdersForm);
  readonly #requestForm = Compile(EdgeRequest);
  readonly #answerForm = Compile(EdgeAnswer);
  readonly #answers = new Map<string, EdgeAnswer>();
  readonly #remembered = new Set<string>();
  readonly #waiting: { readonly id: string; readonly request: unknown }[] = [];
  #running = 0;
  /** The platform's new token could not be stored. */
  #isTokenLeft = false;

  /** `ready` is called when an answer waits to be told. */
  constructor(orders: Orders, log: Log, ready: () => void) {
    this.#orders = orders;
    this.#log = log;
    this.#ready = ready;
  }

  /** How much of it was new, and the platform's clock; undefined when it is no answer of a platform. */
  async take(
    body: unknown,
  ): Promise<{ readonly news: number; readonly now: number | undefined } | undefined> {
    if (!this.#form.Check(body)) return undefined;
    const { token, config, requests, commands, settled, now } = body;
    let news = 0;
    if (token !== undefined && this.#rotate(token)) news++;
    this.#orders.settle(settled);
    for (const { id, request } of requests) {
      if (this.#isKnown(id) || this.#waiting.length >= ANSWERS_MAX) continue;
      this.#waiting.push({ id, request });
      news++;
    }
    this.#work();
    if (config !== null) {
      await this.#orders.offerConfig(config.version, config.config);
      news++;
    }
    // Last: they were given under the newest configuration, and by the clock that this very answer tells.
    news += this.#orders.takeCommands(commands);
    return { news, now };
  }

  /** Those that wait, as many as go into one exchange and at least one. */
  answers(): { id: string; answer: EdgeAnswer }[] {
    const ready: { id: string; answer: EdgeAnswer }[] = [];
    let bytes = 0;
    for (const [id, answer] of this.#answers) {
      bytes += Buffer.byteLength(JSON.stringify(answer));
      if (ready.length > 0 && bytes > ANSWERS_BYTES_MAX) break;
      ready.push({ id, answer });
    }
    return ready;
  }

  /** The platform has them, or will not have them. */
  done(answers: readonly { readonly id: string }[]): void {
    for (const { id } of answers) this.#answers.delete(id);
  }

  /** A disk that is full keeps nothing but the token from being taken; the platform says it again until it is used. */
  #rotate(token: string): boolean {
    try {
      this.#orders.rotate(token);
    } catch (cause) {
      if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
      if (!this.#isTokenLeft)
        this.#log.error('the new token cannot be stored; the old one is used on', { why: cause.message });
      this.#isTokenLeft = true;
      return false;
    }
    this.#isTokenLeft = false;
    this.#log.info('the platform gave a new token; it is stored and used from now on');
    return true;
  }

  #isKnown(id: string): boolean {
    if (this.#remembered.has(id)) return true;
    this.#remembered.add(id);
    if (this.#remembered.size > REMEMBERED_MAX) {
      const [oldest] = this.#remembered;
      if (oldest !== undefined) this.#remembered.delete(oldest);
    }
    return false;
  }

  #work(): void {
    while (this.#running < REQUESTS_AT_ONCE) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#running++;
      void this.#answer(next.id, next.request);
    }
  }

  async #answer(id: string, request: unknown): Promise<void> {
    const given = this.#requestForm.Check(request) ? await inTime(this.#orders.answer(request)) : TOO_NEW;
    // What a driver of somebody's makes of it must not make the platform refuse the whole line.
    const answer = this.#answerForm.Check(given)
      ? given
      : failed('the driver answered in a form that cannot be told');
    this.#running--;
    const [oldest] = this.#answers.keys();
    // Nobody fetched them: whoever asked first waited longest and is gone.
    if (this.#answers.size >= ANSWERS_MAX && oldest !== undefined) this.#answers.delete(oldest);
    this.#answers.set(id, answer);
    this.#ready();
    this.#work();
  }
}

const failed = (error: string): EdgeAnswer => ({ error: error.slice(0, 500), latencyMs: null });
const TOO_NEW = failed("the gateway's agent does not know this question; a newer version of it does");

async function inTime(answer: Promise<EdgeAnswer>): Promise<EdgeAnswer> {
  const { promise, resolve } = Promise.withResolvers<EdgeAnswer>();
  const late = failed(`the far side did not answer within ${ANSWER_WITHIN_MS / 1_000} s`);
  const timer = setTimeout(() => resolve(late), ANSWER_WITHIN_MS);
  try {
    return await Promise.race([answer, promise]);
  } catch (cause) {
    return failed(`it could not be asked: ${cause instanceof Error ? cause.message : String(cause)}`);
  } finally {
    clearTimeout(timer);
  }
}
