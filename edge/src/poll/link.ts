import { connect, type Socket } from 'node:net';
import { DriverFault } from '../driver/index.ts';
import { faultWords, rest } from '../net/index.ts';

/** A request that had no usable answer. */
export interface NoAnswer {
  readonly failed: string;
  /** Nothing came in time. */
  readonly silent: boolean;
  /** It went out: whether a write was carried out is then unknown. */
  readonly sent: boolean;
}

/** One way of asking and answering on a stream of bytes: `Q` is asked, `A` answered. */
export interface Dialect<Q, A extends object> {
  /** Answers do not name their request: after a silence only a new connection tells a late one from the present one … */
  readonly renewsAfterSilence: boolean;
  /** … and on that one what comes within so long is not listened to. */
  readonly quietMs: number;
  frame(request: Q): Buffer;
  /** Takes in bytes. Gives the answer to the request under way when it is whole, or why these bytes can be none. */
  take(bytes: Buffer, request: Q | undefined): A | { readonly fault: string } | undefined;
  /** Part of an answer was taken in. */
  readonly isMidway: boolean;
  /** Forgets what was taken in. */
  reset(): void;
  /** What is said first on a new connection; gives the reason when the far side does not want it. */
  greet?(ask: (request: Q) => Promise<A | NoAnswer>): Promise<string | undefined>;
}

export interface LinkSettings {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  /** Least pause between an answer and the next request. */
  readonly pauseMs: number;
}

interface LinkEvents {
  lost(reason: string): void;
  latency(ms: number): void;
}

/** Requests that fail one after another, whatever the reason, before the far side counts as gone. */
const LOST_AFTER = 3;
/** Requests that wait for their turn: polling has one, the rest are people looking and commands. */
const MAX_WAITING = 64;

const ENDED = { failed: 'the far side closed the connection', silent: false, sent: false };

/** One TCP connection with one request under way at a time, as simple devices need it. */
export class Link<Q, A extends object> {
  readonly #settings: LinkSettings;
  readonly #dialect: Dialect<Q, A>;
  readonly #events: LinkEvents;
  #socket: Socket | undefined;
  /** The stream may be out of step, or has ended: a new connection before the next request. */
  #stale = true;
  /** Whoever makes the connection says that it failed. */
  #greeting = false;
  #isLost = false;
  #failures = 0;
  #waiting = 0;
  #turn: Promise<unknown> = Promise.resolve();
  /** Settles the request under way. */
  #settle: ((answer: A | NoAnswer) => void) | undefined;
  #request: Q | undefined;
  readonly #closing = new AbortController();

  constructor(settings: LinkSettings, dialect: Dialect<Q, A>, events: LinkEvents) {
    this.#settings = settings;
    this.#dialect = dialect;
    this.#events = events;
  }

  async open(): Promise<void> {
    await this.#renew();
  }

  /** Never rejects. */
  ask(request: Q): Promise<A | NoAnswer> {
    if (this.#waiting >= MAX_WAITING)
      return Promise.resolve({ failed: 'too many requests are waiting', silent: false, sent: false });
    this.#waiting += 1;
    const answer = this.#turn.then(() => this.#exchange(request)).finally(() => (this.#waiting -= 1));
    this.#turn = answer.then(() => rest(this.#settings.pauseMs, this.#closing.signal));
    return answer;
  }

  close(): void {
    this.#closing.abort();
    this.#settle?.({ failed: 'the connection was closed', silent: true, sent: true });
    this.#socket?.destroy();
  }

  async #exchange(request: Q): Promise<A | NoAnswer> {
    const closed: NoAnswer = { failed: 'the connection is closed', silent: false, sent: false };
    if (this.#closing.signal.aborted) return closed;
    if (this.#stale) {
      try {
        await this.#renew();
      } catch (fault) {
        const failed = fault instanceof Error ? fault.message : String(fault);
        this.#lose(failed);
        return { failed, silent: false, sent: false };
      }
    }
    const socket = this.#socket;
    if (!socket || this.#closing.signal.aborted) return closed;
    const began = performance.now();
    const answer = this.#stale ? ENDED : await this.#send(socket, request);
    if (isNoAnswer(answer)) this.#failed(answer.failed);
    else {
      this.#failures = 0;
      if (!this.#closing.signal.aborted) this.#events.latency(performance.now() - began);
    }
    return answer;
  }

  #send(socket: Socket, request: Q): Promise<A | NoAnswer> {
    return new Promise((resolve) => {
      const { timeoutMs } = this.#settings;
      const timer = setTimeout(() => {
        // After half an answer nobody knows where the next one begins.
        if (this.#dialect.renewsAfterSilence || this.#dialect.isMidway) this.#stale = true;
        this.#settle?.({ failed: `no answer within ${timeoutMs} ms`, silent: true, sent: true });
      }, timeoutMs);
      this.#request = request;
      this.#settle = (answer) => {
        clearTimeout(timer);
        this.#settle = undefined;
        this.#request = undefined;
        resolve(answer);
      };
      socket.write(this.#dialect.frame(request));
    });
  }

  #received(bytes: Buffer): void {
    const answer = this.#dialect.take(bytes, this.#request);
    if (answer === undefined) return;
    if (!('fault' in answer)) {
      this.#settle?.(answer);
      return;
    }
    this.#stale = true;
    this.#dialect.reset();
    this.#settle?.({ failed: answer.fault, silent: false, sent: true });
    // A far side that talks on and on is not listened to until the next request.
    this.#socket?.destroy();
  }

  #failed(reason: string): void {
    this.#failures += 1;
    if (this.#failures >= LOST_AFTER) this.#lose(`${reason}, ${this.#failures} times in a row`);
  }

  #lose(reason: string): void {
    if (this.#isLost || this.#closing.signal.aborted) return;
    this.#isLost = true;
    this.#events.lost(reason);
  }

  async #renew(): Promise<void> {
    this.#socket?.destroy();
    this.#dialect.reset();
    const isFirst = this.#socket === undefined;
    this.#socket = await this.#dial();
    if (this.#closing.signal.aborted) this.#socket.destroy();
    this.#stale = false;
    if (!isFirst) await rest(this.#dialect.quietMs, this.#closing.signal);
    const { greet } = this.#dialect;
    const socket = this.#socket;
    this.#greeting = true;
    const refusal = await greet?.call(this.#dialect, (request) => this.#send(socket, request));
    this.#greeting = false;
    if (refusal === undefined) return;
    this.#stale = true;
    socket.destroy();
    throw new DriverFault(`${this.#who}: ${refusal}`);
  }

  get #who(): string {
    return `${this.#settings.host}:${this.#settings.port}`;
  }

  #dial(): Promise<Socket> {
    const { host, port, timeoutMs } = this.#settings;
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true, keepAlive: true });
      const fail = (reason: string) => {
        clearTimeout(timer);
        this.#closing.signal.removeEventListener('abort', aborted);
        socket.destroy();
        reject(new DriverFault(reason));
      };
      const timer = setTimeout(() => fail(`${this.#who} does not answer within ${timeoutMs} ms`), timeoutMs);
      const aborted = () => fail('the connection was closed');
      this.#closing.signal.addEventListener('abort', aborted, { once: true });
      socket.once('error', (fault) => fail(faultWords(this.#who, fault)));
      socket.once('connect', () => {
        clearTimeout(timer);
        this.#closing.signal.removeEventListener('abort', aborted);
        this.#listen(socket);
        resolve(socket);
      });
      if (this.#closing.signal.aborted) aborted();
    });
  }

  /** A far side that ends the connection between two requests is asked for a new one; in the middle of one it is gone. */
  #listen(socket: Socket): void {
    let reason: string = ENDED.failed;
    socket.on('data', (bytes) => {
      if (socket === this.#socket) this.#received(bytes);
    });
    socket.on('error', (fault) => (reason = faultWords(this.#who, fault)));
    socket.on('close', () => {
      if (socket !== this.#socket) return;
      this.#stale = true;
      if (!this.#settle) return;
      this.#settle({ failed: reason, silent: false, sent: true });
      if (!this.#greeting) this.#lose(reason);
    });
  }
}

/** Of a write that had no answer. */
export function writeFault({ failed, sent }: NoAnswer): DriverFault {
  return new DriverFault(sent ? `${failed}; it may have been written` : failed, { unanswered: sent });
}

/** Narrower than `in`, which cannot tell for a type that is not known yet. */
export function isNoAnswer<A extends object>(answer: A | NoAnswer): answer is NoAnswer {
  return 'failed' in answer;
}
