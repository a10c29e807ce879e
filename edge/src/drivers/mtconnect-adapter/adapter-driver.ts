import { connect, type Socket } from 'node:net';
import type { BrowseNode, MtconnectAdapterSettings, ReadValue } from '@millrace/contract';
import {
  type Driver,
  type DriverContext,
  DriverFault,
  type Sample,
  type TagAddress,
} from '../../driver/driver.ts';
import { type MtconnectEntry, takeObservation } from '../../mtconnect/index.ts';
import { faultWords } from '../../net/index.ts';
import { AdapterStream } from './adapter-stream.ts';
import { meaningOf } from './meaning.ts';

/** Registered for MTConnect adapters by custom; the standard's agent uses it by default. */
const DEFAULT_PORT = 7878;
const DEFAULT_TIMEOUT_MS = 3_000;
/** Data items of one adapter that are remembered for browsing; the largest public device model has under 1,000. */
const KEYS = 4_096;
/** An adapter sends all it knows at once when somebody connects: after so long without a new key that is over. */
const SETTLED_MS = 200;
/** A half-open line of an adapter without heartbeat shows only in TCP itself. */
const KEEP_ALIVE_MS = 10_000;

interface Latest {
  readonly text: string;
  readonly at: number;
}

/** Values come when they change; what was sent at the beginning stands until then. */
export class AdapterDriver implements Driver {
  readonly #context: DriverContext;
  readonly #settings: MtconnectAdapterSettings;
  readonly #who: string;
  #socket: Socket | undefined;
  #closed = false;
  #tags: readonly TagAddress[] = [];
  readonly #byKey = new Map<string, number[]>();
  readonly #latest = new Map<string, Latest>();
  readonly #waiting = new Set<() => void>();
  #heartbeat: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;
  #heardAt = 0;
  #pingedAt = 0;

  constructor(context: DriverContext) {
    this.#context = context;
    this.#settings = context.settings as MtconnectAdapterSettings;
    this.#who = `The adapter at ${this.#settings.host}:${this.#settings.port ?? DEFAULT_PORT}`;
  }

  async connect(): Promise<void> {
    const socket = connect({ host: this.#settings.host, port: this.#settings.port ?? DEFAULT_PORT });
    this.#socket = socket;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        socket.destroy();
        reject(new DriverFault(`${this.#who} does not answer within ${this.#timeoutMs} ms`));
      }, this.#timeoutMs);
      socket.once('connect', () => resolve());
      socket.once('error', (cause) => reject(new DriverFault(faultWords(this.#who, cause), { cause })));
      socket.once('close', () => {
        clearTimeout(timer);
        reject(new DriverFault(`${this.#who} was closed`));
      });
      socket.once('connect', () => clearTimeout(timer));
    });
    this.#listen(socket);
  }

  async subscribe(tags: readonly TagAddress[]): Promise<void> {
    this.#tags = tags;
    this.#byKey.clear();
    tags.forEach((tag, index) => {
      this.#byKey.set(tag.address, [...(this.#byKey.get(tag.address) ?? []), index]);
    });
    const known = tags.flatMap((tag, index) => {
      const latest = this.#latest.get(tag.address);
      return latest === undefined ? [] : [sampleOf(index, tag, latest)];
    });
    if (known.length > 0) this.#context.sink(known);
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#tellSilent(), this.#timeoutMs);
  }

  async read(tags: readonly TagAddress[]): Promise<readonly ReadValue[]> {
    await this.#until(() => tags.every((tag) => this.#latest.has(tag.address)));
    return tags.map((tag): ReadValue => {
      const latest = this.#latest.get(tag.address);
      const base = { address: tag.address };
      if (latest === undefined) {
        return { ...base, value: null, quality: 'bad', at: null, error: this.#neverSent(tag.address) };
      }
      const taken = takeObservation(latest.text, tag.type);
      return {
        ...base,
        value: taken.value,
        quality: taken.quality,
        at: latest.at,
        error: taken.error ?? null,
      };
    });
  }

  async browse(_parent: string | undefined, limit: number): Promise<readonly BrowseNode[]> {
    let seen = -1;
    let seenAt = performance.now();
    await this.#until(() => {
      const now = performance.now();
      if (this.#latest.size !== seen) seenAt = now;
      seen = this.#latest.size;
      return seen > 0 && now - seenAt >= SETTLED_MS;
    });
    return [...this.#latest].slice(0, limit).map(([key, latest]) => {
      const meaning = meaningOf(key, latest.text);
      return {
        address: key,
        name: key,
        folder: false,
        tag: true,
        type: null,
        value: takeObservation(latest.text).value,
        ...(meaning === undefined ? {} : { meaning }),
      };
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#heartbeat);
    clearTimeout(this.#silence);
    this.#socket?.destroy();
    for (const wake of this.#waiting) wake();
  }

  get #timeoutMs(): number {
    return this.#settings.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  #listen(socket: Socket): void {
    let reason = 'closed the connection';
    const samples: Sample[] = [];
    const stream = new AdapterStream({
      entries: (entries, at) => samples.push(...this.#take(entries, at ?? this.#context.now())),
      pong: (heartbeatMs) => this.#beat(socket, heartbeatMs),
      unreadable: () => {
        reason = 'does not speak SHDR';
        socket.destroy();
      },
    });
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.setNoDelay(true);
    socket.removeAllListeners('error').removeAllListeners('close');
    socket.on('error', (cause) => {
      reason = faultWords('', cause).trim();
    });
    socket.on('close', () => {
      clearInterval(this.#heartbeat);
      this.#lost(reason);
    });
    socket.on('data', (bytes) => {
      this.#heardAt = performance.now();
      stream.push(bytes);
      if (samples.length > 0 && !this.#closed) this.#context.sink(samples.splice(0));
      for (const wake of this.#waiting) wake();
    });
    this.#ping(socket);
  }

  #take(entries: readonly MtconnectEntry[], at: number): Sample[] {
    return entries.flatMap(({ key, text }) => {
      const indices = this.#byKey.get(key) ?? [];
      const latest = { text, at };
      if (indices.length > 0 || this.#latest.has(key) || this.#latest.size < KEYS)
        this.#latest.set(key, latest);
      return indices.flatMap((index) => {
        const tag = this.#tags[index];
        return tag === undefined ? [] : [sampleOf(index, tag, latest)];
      });
    });
  }

  /** Twice without a sign of life in its own rhythm means gone. */
  #beat(socket: Socket, heartbeatMs: number): void {
    if (this.#pingedAt > 0) this.#context.latency(performance.now() - this.#pingedAt);
    this.#pingedAt = 0;
    if (this.#heartbeat !== undefined) return;
    this.#heartbeat = setInterval(() => {
      if (performance.now() - this.#heardAt > 2 * heartbeatMs) {
        socket.destroy(new DriverFault(`has been silent for ${2 * heartbeatMs} ms, two of its heartbeats`));
        return;
      }
      this.#ping(socket);
    }, heartbeatMs);
  }

  #ping(socket: Socket): void {
    this.#pingedAt = performance.now();
    socket.write('* PING\n');
  }

  #lost(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#silence);
    for (const wake of this.#waiting) wake();
    this.#context.lost(`${this.#who} ${reason}`);
  }

  /** Not every key is sent at the beginning, but one that never comes is probably misspelt. */
  #tellSilent(): void {
    const at = this.#context.now();
    const silent = this.#tags.flatMap((tag, index): Sample[] =>
      this.#latest.has(tag.address)
        ? []
        : [{ tag: index, value: null, quality: 'bad', at, error: this.#neverSent(tag.address) }],
    );
    if (silent.length > 0) this.#context.sink(silent);
  }

  #neverSent(key: string): string {
    return `the adapter has not sent ${key} so far`;
  }

  /** Resolves when it holds, the time-out is over or the line is gone. */
  async #until(holds: () => boolean): Promise<void> {
    const deadline = performance.now() + this.#timeoutMs;
    while (!holds() && !this.#closed && performance.now() < deadline) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          this.#waiting.delete(done);
          resolve();
        };
        const timer = setTimeout(done, SETTLED_MS);
        this.#waiting.add(done);
      });
    }
  }
}

function sampleOf(index: number, tag: TagAddress, latest: Latest): Sample {
  return { tag: index, at: latest.at, ...takeObservation(latest.text, tag.type) };
}
