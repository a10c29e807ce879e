import type { BrowseNode, MtconnectAgentSettings, ReadValue } from '@millrace/contract';
import {
  type Driver,
  type DriverContext,
  DriverFault,
  type Sample,
  type TagAddress,
} from '../../driver/index.ts';
import { takeObservation } from '../../mtconnect/index.ts';
import { rest } from '../../net/index.ts';
import { AgentLink } from './agent-link.ts';
import type { DeviceModel } from './device-model.ts';
import { ItemValues, keyOf, type LatestValue } from './item-values.ts';
import { keepPosition, type Position, takePosition } from './position-file.ts';
import type { AgentDocument } from './streams.ts';

/** A stream that breaks is taken up where it stopped; after so many tries without one document the connection is lost. */
const RETRIES = 3;
const RETRY_MS = 100;

/** `creationTime` has whole seconds, and documents take some time: so little says nothing of a clock. */
const CLOCKS_AGREE_MS = 2_000;

type StreamsDocument = Extract<AgentDocument, { kind: 'streams' }>;

/** The agent numbers what it observes, so that a broken stream goes on with the next number. */
export class AgentDriver implements Driver {
  readonly #context: DriverContext;
  readonly #stop = new AbortController();
  #link: AgentLink | undefined;
  #model: DeviceModel | undefined;
  readonly #values = new ItemValues();
  #tags: readonly TagAddress[] = [];
  readonly #byKey = new Map<string, number[]>();
  #position: Position = { instanceId: '', next: 0 };
  #bufferSize = 0;
  /** Observations before this sequence were made while nobody listened; 0 when all of them have been told. */
  #presentFrom = 0;
  /** Of the agent's clock against ours, ms. */
  #agentClockMs = 0;
  #feeding = false;

  constructor(context: DriverContext) {
    this.#context = context;
  }

  async connect(): Promise<void> {
    const link = new AgentLink(this.#context.settings as MtconnectAgentSettings, (ms) => {
      if (!this.#stop.signal.aborted) this.#context.latency(ms);
    });
    this.#link = link;
    if (this.#stop.signal.aborted) link.close();
    this.#model = await link.probe();
    this.#begin(await this.#current());
  }

  async subscribe(tags: readonly TagAddress[]): Promise<void> {
    if (!this.#feeding) await this.#resume();
    this.#tags = tags;
    this.#byKey.clear();
    const at = this.#context.now();
    const samples = tags.flatMap((tag, index): Sample[] => {
      const item = this.#items.find(tag.address);
      if (typeof item === 'string') return [{ tag: index, value: null, quality: 'bad', at, error: item }];
      const key = keyOf(item.id, tag.address);
      this.#byKey.set(key, [...(this.#byKey.get(key) ?? []), index]);
      const latest = this.#values.get(key);
      return latest === undefined ? [] : [this.#sampleOf(index, tag, latest)];
    });
    if (samples.length > 0) this.#context.sink(samples);
    if (this.#feeding) return;
    this.#feeding = true;
    void this.#feed();
  }

  async read(tags: readonly TagAddress[]): Promise<readonly ReadValue[]> {
    const values = await this.#fresh();
    return tags.map((tag): ReadValue => {
      const item = this.#items.find(tag.address);
      const latest = typeof item === 'string' ? undefined : values.get(keyOf(item.id, tag.address));
      const none = { address: tag.address, value: null, quality: 'bad', at: null } as const;
      if (typeof item === 'string') return { ...none, error: item };
      if (latest === undefined) return { ...none, error: `the agent tells no value of ${tag.address}` };
      const taken = takeObservation(latest.text, tag.address, tag.type);
      return {
        address: tag.address,
        value: taken.value,
        quality: taken.quality,
        at: latest.at,
        error: taken.error ?? null,
      };
    });
  }

  async browse(parent: string | undefined, limit: number): Promise<readonly BrowseNode[]> {
    const values = await this.#fresh();
    const valueAt = (id: string, address: string): BrowseNode['value'] => {
      const latest = values.get(id);
      return latest === undefined ? undefined : takeObservation(latest.text, address).value;
    };
    return this.#items.browse(parent, valueAt).slice(0, limit);
  }

  async close(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    this.#link?.close();
    if (!this.#feeding) return;
    try {
      keepPosition(this.#context.folder(), this.#position);
    } catch {
      // Without a place to keep it the next connection begins with the present values.
    }
  }

  get #who(): string {
    return this.#link?.who ?? 'The agent';
  }

  get #items(): DeviceModel {
    if (this.#model === undefined) throw new DriverFault('not connected');
    return this.#model;
  }

  async #current(at?: number): Promise<StreamsDocument> {
    if (this.#link === undefined) throw new DriverFault('not connected');
    const document = await this.#link.current(at);
    if (document.kind === 'error') throw new DriverFault(`${this.#link.who} refuses: ${document.text}`);
    return document;
  }

  async #fresh(): Promise<ItemValues> {
    const values = new ItemValues();
    for (const observation of (await this.#current()).observations)
      values.take(observation, this.#context.now());
    return values;
  }

  #begin(document: StreamsDocument): void {
    this.#values.clear();
    for (const observation of document.observations) this.#values.take(observation, this.#context.now());
    this.#position = { instanceId: document.instanceId, next: document.nextSequence };
    this.#bufferSize = document.bufferSize;
  }

  /** Goes on where an orderly close stopped, if the agent still remembers: what happened meanwhile then comes with its own time. */
  async #resume(): Promise<void> {
    const kept = this.#kept();
    const newest = await this.#current();
    const receivedAt = this.#context.now();
    this.#begin(newest);
    if (kept === undefined || kept.instanceId !== newest.instanceId) return;
    // The picture just before the first missed observation must still be in the buffer.
    if (kept.next - 1 < newest.firstSequence || kept.next >= newest.nextSequence) return;
    const then = await this.#link?.current(kept.next - 1);
    if (then?.kind !== 'streams' || then.instanceId !== newest.instanceId) return;
    this.#begin(then);
    this.#position = kept;
    this.#presentFrom = newest.nextSequence;
    const clockMs = (newest.createdAt ?? receivedAt) - receivedAt;
    this.#agentClockMs = Math.abs(clockMs) > CLOCKS_AGREE_MS ? clockMs : 0;
  }

  #kept(): Position | undefined {
    try {
      return takePosition(this.#context.folder());
    } catch {
      // A disk that refuses does not keep the machine from being read.
      return undefined;
    }
  }

  async #feed(): Promise<void> {
    const { signal } = this.#stop;
    let failures = 0;
    while (!signal.aborted && this.#link !== undefined) {
      const link = this.#link;
      try {
        await link.sample(this.#position.next, this.#bufferSize, (document) => {
          if (!signal.aborted) this.#take(document);
          failures = 0;
        });
      } catch (fault) {
        failures += 1;
        const message = fault instanceof Error ? fault.message : String(fault);
        if (failures > RETRIES || !(fault instanceof DriverFault) || fault.lasting) this.#lost(message);
      }
      const pauseMs = failures === 0 ? link.intervalMs : failures * RETRY_MS;
      await rest(pauseMs, signal);
    }
  }

  #take(document: AgentDocument): void {
    if (document.kind === 'error') {
      if (document.codes.includes('OUT_OF_RANGE')) {
        this.#lost(
          `${this.#who} was restarted or has overwritten what was not read yet: values are missing, the present ones follow`,
        );
      }
      throw new DriverFault(`${this.#who} refuses: ${document.text}`);
    }
    if (document.instanceId !== this.#position.instanceId) {
      this.#lost(`${this.#who} was restarted and numbers its observations anew: the present values follow`);
      return;
    }
    if (document.firstSequence > this.#position.next) {
      this.#lost(
        `${this.#who} has overwritten what was not read yet: values are missing, the present ones follow`,
      );
      return;
    }
    const samples: Sample[] = [];
    for (const observation of document.observations) {
      if (observation.sequence < this.#position.next) continue;
      if (observation.sequence >= this.#presentFrom) samples.push(...this.#arrive());
      for (const [key, latest] of this.#values.take(observation, this.#context.now())) {
        for (const index of this.#byKey.get(key) ?? []) {
          const tag = this.#tags[index];
          if (tag !== undefined) samples.push(this.#sampleOf(index, tag, latest));
        }
      }
    }
    const next = Math.max(this.#position.next, document.nextSequence);
    this.#position = { instanceId: document.instanceId, next };
    if (next >= this.#presentFrom) samples.push(...this.#arrive());
    if (samples.length > 0) this.#context.sink(samples);
  }

  /** All that was missed has been told, and what was last said is true now. */
  #arrive(): Sample[] {
    if (this.#presentFrom === 0) return [];
    this.#presentFrom = 0;
    const keys = [...this.#byKey];
    return keys.flatMap(([key, indexes]) => {
      const latest = this.#values.get(key);
      if (latest === undefined) return [];
      return indexes.flatMap((index) => {
        const tag = this.#tags[index];
        return tag === undefined ? [] : [this.#sampleOf(index, tag, latest)];
      });
    });
  }

  #sampleOf(tag: number, { address, type }: TagAddress, { text, at }: LatestValue): Sample {
    const taken = takeObservation(text, address, type);
    const history = this.#presentFrom === 0 ? {} : { historyAt: at - this.#agentClockMs };
    return { tag, at, ...taken, ...history };
  }

  #lost(reason: string): void {
    if (this.#stop.signal.aborted) return;
    void this.close();
    this.#context.lost(reason.startsWith(this.#who) ? reason : `${this.#who}: ${reason}`);
  }
}
