import { connect, type Socket } from 'node:net';
import type { MtconnectAdapterSettings } from '@millrace/contract';
import { DriverFault } from '../../driver/index.ts';
import type { MtconnectEntry } from '../../mtconnect/index.ts';
import { faultWords } from '../../net/index.ts';
import { AdapterStream } from './adapter-stream.ts';

/** Registered for MTConnect adapters by custom; the standard's agent uses it by default. */
const DEFAULT_PORT = 7878;
const DEFAULT_TIMEOUT_MS = 3_000;
/** A half-open line of an adapter without heartbeat shows only in TCP itself. */
const KEEP_ALIVE_MS = 10_000;

interface LinkSink {
  /** `at` is missing where the adapter leaves the time to its reader. */
  entries(entries: readonly MtconnectEntry[], at: number | undefined): void;
  /** A packet is read to its end. */
  turn(): void;
  /** A heartbeat was answered after so long. */
  latency(ms: number): void;
  ended(reason: string): void;
}

/** The TCP line to an adapter, with the heartbeat that tells whether it is alive. */
export class AdapterLink {
  readonly timeoutMs: number;
  readonly #who: string;
  readonly #to: { readonly host: string; readonly port: number };
  readonly #sink: LinkSink;
  #socket: Socket | undefined;
  #closed = false;
  #heartbeat: NodeJS.Timeout | undefined;
  #heardAt = 0;
  #pingedAt = 0;

  constructor(settings: MtconnectAdapterSettings, sink: LinkSink) {
    this.timeoutMs = settings.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#to = { host: settings.host, port: settings.port ?? DEFAULT_PORT };
    this.#who = `The adapter at ${this.#to.host}:${this.#to.port}`;
    this.#sink = sink;
  }

  async connect(): Promise<void> {
    if (this.#closed) throw new DriverFault(`${this.#who} was closed`);
    const socket = connect(this.#to);
    this.#socket = socket;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new DriverFault(`${this.#who} does not answer within ${this.timeoutMs} ms`));
        socket.destroy();
      }, this.timeoutMs);
      socket.once('error', (cause) => reject(new DriverFault(faultWords(this.#who, cause), { cause })));
      socket.once('close', () => {
        clearTimeout(timer);
        reject(new DriverFault(`${this.#who} was closed`));
      });
      socket.once('connect', () => {
        clearTimeout(timer);
        this.#listen(socket);
        resolve();
      });
    });
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#heartbeat);
    this.#socket?.destroy();
  }

  #listen(socket: Socket): void {
    const stream = new AdapterStream({
      entries: (entries, at) => this.#sink.entries(entries, at),
      pong: (heartbeatMs) => this.#beat(socket, heartbeatMs),
      unreadable: () => this.#end(`${this.#who} does not speak SHDR`),
    });
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.setNoDelay(true);
    socket.on('error', (cause) => this.#end(faultWords(this.#who, cause)));
    socket.on('close', () => this.#end(`${this.#who} closed the connection`));
    socket.on('data', (bytes) => {
      if (this.#closed) return;
      this.#heardAt = performance.now();
      stream.push(bytes);
      this.#sink.turn();
    });
    this.#ping(socket);
  }

  /** Twice without a sign of life in its own rhythm means gone. */
  #beat(socket: Socket, heartbeatMs: number): void {
    if (this.#pingedAt > 0) this.#sink.latency(performance.now() - this.#pingedAt);
    this.#pingedAt = 0;
    if (this.#heartbeat !== undefined) return;
    this.#heartbeat = setInterval(() => {
      const silent = performance.now() - this.#heardAt > 2 * heartbeatMs;
      if (silent) this.#end(`${this.#who} has been silent for ${2 * heartbeatMs} ms, two of its heartbeats`);
      else this.#ping(socket);
    }, heartbeatMs);
  }

  #ping(socket: Socket): void {
    this.#pingedAt = performance.now();
    socket.write('* PING\n');
  }

  /** The first reason is the true one; what follows are its consequences. */
  #end(reason: string): void {
    if (this.#closed) return;
    this.close();
    this.#sink.ended(reason);
  }
}
