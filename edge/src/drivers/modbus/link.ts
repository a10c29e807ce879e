import { connect, type Socket } from 'node:net';
import { DriverFault } from '../../driver/driver.ts';
import type { Framing } from './frame.ts';
import { checkAnswer, type Exception, type Request } from './pdu.ts';

/** What became of a request. `silent` = nothing came in time; whether a write was carried out is then unknown. */
export type Answer =
  | { readonly data: Buffer }
  | { readonly exception: Exception }
  | { readonly failed: string; readonly silent: boolean };

interface LinkSettings {
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
/** On a serial line behind a converter, an answer to an earlier request may still be under way when a connection is new. */
const SERIAL_QUIET_MS = 250;

const ENDED = { failed: 'the far side closed the connection', silent: false } as const;

/** One TCP connection with one request under way at a time, as simple devices need it. */
export class Link {
  readonly #settings: LinkSettings;
  readonly #framing: Framing;
  readonly #events: LinkEvents;
  #socket: Socket | undefined;
  /** The stream may be out of step, or has ended: a new connection before the next request. */
  #stale = true;
  #failures = 0;
  #waiting = 0;
  #turn: Promise<unknown> = Promise.resolve();
  /** Settles the request under way. */
  #settle: ((answer: Answer) => void) | undefined;
  #request: Request | undefined;
  readonly #closing = new AbortController();

  constructor(settings: LinkSettings, framing: Framing, events: LinkEvents) {
    this.#settings = settings;
    this.#framing = framing;
    this.#events = events;
  }

  async open(): Promise<void> {
    await this.#renew();
  }

  /** Never rejects. */
  ask(request: Request): Promise<Answer> {
    if (this.#waiting >= MAX_WAITING)
      return Promise.resolve({ failed: 'too many requests are waiting', silent: false });
    this.#waiting += 1;
    const answer = this.#turn.then(() => this.#exchange(request)).finally(() => (this.#waiting -= 1));
    this.#turn = answer.then(() => this.#pause(this.#settings.pauseMs));
    return answer;
  }

  close(): void {
    this.#closing.abort();
    this.#settle?.({ failed: 'the connection was closed', silent: true });
    this.#socket?.destroy();
  }

  async #exchange(request: Request): Promise<Answer> {
    const closed: Answer = { failed: 'the connection is closed', silent: false };
    if (this.#closing.signal.aborted) return closed;
    if (this.#stale) {
      try {
        await this.#renew();
      } catch (fault) {
        const failed = fault instanceof Error ? fault.message : String(fault);
        this.#lose(failed);
        return { failed, silent: false };
      }
    }
    const socket = this.#socket;
    if (!socket || this.#closing.signal.aborted) return closed;
    const began = performance.now();
    const answer: Answer = this.#stale ? ENDED : await this.#send(socket, request);
    if ('failed' in answer) this.#failed(answer.failed);
    else {
      this.#failures = 0;
      if (!this.#closing.signal.aborted) this.#events.latency(performance.now() - began);
    }
    return answer;
  }

  #send(socket: Socket, request: Request): Promise<Answer> {
    return new Promise((resolve) => {
      const { timeoutMs } = this.#settings;
      const timer = setTimeout(() => {
        if (!this.#framing.numbered) this.#stale = true;
        this.#settle?.({ failed: `no answer within ${timeoutMs} ms`, silent: true });
      }, timeoutMs);
      this.#request = request;
      this.#settle = (answer) => {
        clearTimeout(timer);
        this.#settle = undefined;
        this.#request = undefined;
        resolve(answer);
      };
      socket.write(this.#framing.frame(request));
    });
  }

  #received(bytes: Buffer): void {
    this.#framing.push(bytes);
    for (let frame = this.#framing.next(); frame; frame = this.#framing.next()) {
      const request = this.#request;
      if ('fault' in frame) {
        this.#stale = true;
        this.#framing.reset();
        this.#settle?.({ failed: frame.fault, silent: false });
        return;
      }
      if (!request) continue;
      const verdict =
        frame.unit === request.unit
          ? checkAnswer(request, frame.pdu)
          : { fault: `unit ${frame.unit} answered in place of unit ${request.unit}` };
      if ('fault' in verdict) this.#stale = true;
      this.#settle?.('fault' in verdict ? { failed: verdict.fault, silent: false } : verdict);
    }
  }

  #failed(reason: string): void {
    this.#failures += 1;
    if (this.#failures >= LOST_AFTER) this.#lose(`${reason}, ${this.#failures} times in a row`);
  }

  #lose(reason: string): void {
    if (!this.#closing.signal.aborted) this.#events.lost(reason);
  }

  async #renew(): Promise<void> {
    this.#socket?.destroy();
    this.#framing.reset();
    const isFirst = this.#socket === undefined;
    this.#socket = await this.#dial();
    if (this.#closing.signal.aborted) this.#socket.destroy();
    this.#stale = false;
    if (!this.#framing.numbered && !isFirst) await this.#pause(SERIAL_QUIET_MS);
  }

  #dial(): Promise<Socket> {
    const { host, port, timeoutMs } = this.#settings;
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true, keepAlive: true });
      const fail = (reason: string) => {
        clearTimeout(timer);
        this.#closing.signal.removeEventListener('abort', aborted);
        socket.destroy();
        reject(new DriverFault(`${host}:${port} cannot be reached: ${reason}`));
      };
      const timer = setTimeout(() => fail(`no connection within ${timeoutMs} ms`), timeoutMs);
      const aborted = () => fail('the connection was closed');
      this.#closing.signal.addEventListener('abort', aborted, { once: true });
      socket.once('error', (fault) => fail(fault.message));
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
    socket.on('error', (fault) => (reason = fault.message));
    socket.on('close', () => {
      if (socket !== this.#socket) return;
      this.#stale = true;
      if (!this.#settle) return;
      this.#settle({ failed: reason, silent: false });
      this.#lose(reason);
    });
  }

  async #pause(ms: number): Promise<void> {
    if (ms <= 0 || this.#closing.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#closing.signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#closing.signal.addEventListener('abort', done);
    });
  }
}
