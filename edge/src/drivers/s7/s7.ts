import type { ReadValue, S7Settings, TagValue } from '@millrace/contract';
import type { Driver, DriverContext, Sample, TagAddress } from '../../driver/driver.ts';
import { Cadence, Link } from '../../poll/index.ts';
import { S7Dialect, type S7Link } from './dialect.ts';
import { Reader, type Reading } from './reader.ts';
import { writeTag } from './writer.ts';

/** ISO-on-TCP. [RFC 1006 §1] */
const DEFAULT_PORT = 102;
const DEFAULT_TIMEOUT_MS = 3_000;
const DEFAULT_POLL_MS = 1_000;

/** Siemens S7-300, 400, 1200, 1500 and LOGO! by absolute addresses. */
export class S7Driver implements Driver {
  readonly #context: DriverContext;
  readonly #settings: S7Settings;
  readonly #dialect: S7Dialect;
  readonly #link: S7Link;
  #cadence: Cadence | undefined;
  /** Of the tags given last; a round of earlier ones finds itself out of date. */
  #subscription = 0;

  constructor(context: DriverContext) {
    this.#context = context;
    // Checked against the schema by the host before. [DriverContext.settings]
    this.#settings = context.settings as S7Settings;
    const { host, port = DEFAULT_PORT, rack, slot, timeoutMs = DEFAULT_TIMEOUT_MS } = this.#settings;
    this.#dialect = new S7Dialect(rack, slot);
    this.#link = new Link({ host, port, timeoutMs, pauseMs: 0 }, this.#dialect, context);
  }

  connect(): Promise<void> {
    return this.#link.open();
  }

  async subscribe(tags: readonly TagAddress[]): Promise<void> {
    this.#stop();
    if (tags.length === 0) return;
    const subscription = this.#subscription;
    const isStopped = () => subscription !== this.#subscription;
    const report = (readings: readonly Reading[]) => {
      if (!isStopped()) this.#context.sink(this.#samples(readings));
    };
    let { pdu } = this.#dialect;
    let reader = new Reader(this.#link, pdu, tags);
    const beat = async () => {
      // A connection that was made anew may have agreed on another length.
      if (pdu !== this.#dialect.pdu) reader = new Reader(this.#link, this.#dialect.pdu, tags);
      pdu = this.#dialect.pdu;
      await reader.round(report, isStopped);
    };
    const skipped = (beats: number) => this.#context.skipped?.(beats);
    this.#cadence = new Cadence(this.#settings.pollMs ?? DEFAULT_POLL_MS, beat, skipped);
    this.#cadence.start();
  }

  async read(tags: readonly TagAddress[]): Promise<readonly ReadValue[]> {
    const samples: Sample[] = [];
    const report = (readings: readonly Reading[]) => {
      for (const sample of this.#samples(readings)) samples[sample.tag] = sample;
    };
    await new Reader(this.#link, this.#dialect.pdu, tags).round(report, () => false);
    return tags.map(({ address }, tag): ReadValue => {
      const { value = null, quality = 'bad', at = null, error = null } = samples[tag] ?? {};
      return { address, value, quality, at, error };
    });
  }

  write(tag: TagAddress, value: Exclude<TagValue, null>): Promise<void> {
    return writeTag(this.#link, tag, value);
  }

  async close(): Promise<void> {
    this.#stop();
    this.#link.close();
  }

  #stop(): void {
    this.#subscription += 1;
    this.#cadence?.stop();
    this.#cadence = undefined;
  }

  #samples(readings: readonly Reading[]): Sample[] {
    const at = this.#context.now();
    return readings.map(({ tag, result }) =>
      'value' in result
        ? { tag, value: result.value, quality: 'good', at }
        : { tag, value: null, quality: 'bad', at, error: result.fault },
    );
  }
}
