import type { ModbusSettings, ReadValue, TagValue } from '@millrace/contract';
import type { Driver, DriverContext, Sample, TagAddress } from '../../driver/driver.ts';
import { Cadence, Link } from '../../poll/index.ts';
import { type ModbusLink, modbusDialect } from './dialect.ts';
import { RtuFraming, TcpFraming } from './frame.ts';
import { Reader, type Reading } from './reader.ts';
import { writeTag } from './writer.ts';

const DEFAULT_PORT = 502;
const DEFAULT_TIMEOUT_MS = 3_000;
const DEFAULT_POLL_MS = 1_000;

/** Modbus over TCP, or serial frames over TCP; several units behind one connection. */
export class ModbusDriver implements Driver {
  readonly #context: DriverContext;
  readonly #settings: ModbusSettings;
  readonly #link: ModbusLink;
  #cadence: Cadence | undefined;
  /** Of the tags given last; a round of earlier ones finds itself out of date. */
  #subscription = 0;

  constructor(context: DriverContext) {
    this.#context = context;
    // Checked against the schema by the host before. [DriverContext.settings]
    this.#settings = context.settings as ModbusSettings;
    const { host, port = DEFAULT_PORT, timeoutMs = DEFAULT_TIMEOUT_MS, pauseMs = 0 } = this.#settings;
    const framing = this.#settings.framing === 'rtu-over-tcp' ? new RtuFraming() : new TcpFraming();
    this.#link = new Link({ host, port, timeoutMs, pauseMs }, modbusDialect(framing), context);
  }

  connect(): Promise<void> {
    return this.#link.open();
  }

  async subscribe(tags: readonly TagAddress[]): Promise<void> {
    this.#stop();
    if (tags.length === 0) return;
    const subscription = this.#subscription;
    const reader = new Reader(this.#link, tags, this.#settings.gap);
    const isStopped = () => subscription !== this.#subscription;
    const report = (readings: readonly Reading[]) => {
      if (!isStopped()) this.#context.sink(this.#samples(readings));
    };
    const beat = () => reader.round(report, isStopped);
    const skipped = (beats: number) => this.#context.skipped?.(beats);
    this.#cadence = new Cadence(this.#settings.pollMs ?? DEFAULT_POLL_MS, beat, skipped);
    this.#cadence.start();
  }

  async read(tags: readonly TagAddress[]): Promise<readonly ReadValue[]> {
    const samples: Sample[] = [];
    const reader = new Reader(this.#link, tags, this.#settings.gap);
    const report = (readings: readonly Reading[]) => {
      for (const sample of this.#samples(readings)) samples[sample.tag] = sample;
    };
    await reader.round(report, () => false);
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
