import type { BrowseNode, MtconnectAdapterSettings, ReadValue } from '@millrace/contract';
import type { Driver, DriverContext, Sample, TagAddress } from '../../driver/index.ts';
import { type MtconnectEntry, observedKey, takeObservation } from '../../mtconnect/index.ts';
import { AdapterLink } from './adapter-link.ts';
import { nodesOf } from './key-nodes.ts';

/** Data items of one adapter that are remembered for browsing; the largest public device model has under 1,000. */
const KEYS = 4_096;
/** An adapter sends all it knows at once when somebody connects: after so long without a new key that is over. */
const SETTLED_MS = 200;
interface Latest {
  readonly text: string;
  readonly at: number;
}

/** Values come when they change; what was sent at the beginning stands until then. */
export class AdapterDriver implements Driver {
  readonly #context: DriverContext;
  readonly #link: AdapterLink;
  #closed = false;
  #tags: readonly TagAddress[] = [];
  readonly #byKey = new Map<string, number[]>();
  readonly #latest = new Map<string, Latest>();
  /** Of the packet that is being read. */
  #samples: Sample[] = [];
  readonly #waiting = new Set<() => void>();
  #silence: NodeJS.Timeout | undefined;

  constructor(context: DriverContext) {
    this.#context = context;
    this.#link = new AdapterLink(context.settings as MtconnectAdapterSettings, {
      entries: (entries, at) => this.#take(entries, at ?? context.now()),
      turn: () => this.#turn(),
      latency: (ms) => context.latency(ms),
      ended: (reason) => this.#lost(reason),
    });
  }

  async connect(): Promise<void> {
    await this.#link.connect();
  }

  async subscribe(tags: readonly TagAddress[]): Promise<void> {
    this.#tags = tags;
    this.#byKey.clear();
    tags.forEach((tag, index) => {
      const key = observedKey(tag.address);
      this.#byKey.set(key, [...(this.#byKey.get(key) ?? []), index]);
    });
    const known = tags.flatMap((tag, index) => {
      const latest = this.#latest.get(observedKey(tag.address));
      return latest === undefined ? [] : [sampleOf(index, tag, latest)];
    });
    if (known.length > 0) this.#context.sink(known);
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#tellSilent(), this.#link.timeoutMs);
  }

  async read(tags: readonly TagAddress[]): Promise<readonly ReadValue[]> {
    await this.#until(() => tags.every((tag) => this.#latest.has(observedKey(tag.address))));
    return tags.map((tag): ReadValue => {
      const latest = this.#latest.get(observedKey(tag.address));
      const base = { address: tag.address };
      if (latest === undefined) {
        return { ...base, value: null, quality: 'bad', at: null, error: this.#neverSent(tag.address) };
      }
      const taken = takeObservation(latest.text, tag.address, tag.type);
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
    return [...this.#latest].flatMap(([key, { text }]) => nodesOf(key, text)).slice(0, limit);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#silence);
    this.#link.close();
    for (const wake of this.#waiting) wake();
  }

  #take(entries: readonly MtconnectEntry[], at: number): void {
    for (const { key, text } of entries) {
      const indices = this.#byKey.get(key) ?? [];
      const latest = { text, at };
      if (indices.length > 0 || this.#latest.has(key) || this.#latest.size < KEYS)
        this.#latest.set(key, latest);
      for (const index of indices) {
        const tag = this.#tags[index];
        if (tag !== undefined) this.#samples.push(sampleOf(index, tag, latest));
      }
    }
  }

  #turn(): void {
    const samples = this.#samples;
    this.#samples = [];
    if (samples.length > 0 && !this.#closed) this.#context.sink(samples);
    for (const wake of this.#waiting) wake();
  }

  #lost(reason: string): void {
    if (this.#closed) return;
    this.#turn();
    this.#closed = true;
    clearTimeout(this.#silence);
    this.#context.lost(reason);
  }

  /** Not every key is sent at the beginning, but one that never comes is probably misspelt. */
  #tellSilent(): void {
    const at = this.#context.now();
    const silent = this.#tags.flatMap((tag, index): Sample[] =>
      this.#latest.has(observedKey(tag.address))
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
    const deadline = performance.now() + this.#link.timeoutMs;
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
  return { tag: index, at: latest.at, ...takeObservation(latest.text, tag.address, tag.type) };
}
