import type { ReadValue } from '@millrace/contract';
import type { DriverContext, Sample, TagAddress } from '../driver/index.ts';
import { Cadence } from './cadence.ts';
import type { RawResult } from './raw-value.ts';

/** Of one tag, by its index: what was read, or why nothing was. */
export interface Reading {
  readonly tag: number;
  readonly result: RawResult;
}
/** Told of what came in one answer. */
export type Report = (readings: readonly Reading[]) => void;

/** Reads the same tags round after round. */
export interface Rounds {
  /** Ends early when `isStopped`; must not reject. Tags at rest are not told of again. */
  round(report: Report, isStopped: () => boolean): Promise<void>;
}

/** What every driver that asks at intervals does with its tags. */
export class Polling {
  readonly #context: DriverContext;
  readonly #periodMs: number;
  readonly #rounds: (tags: readonly TagAddress[]) => Rounds;
  #cadence: Cadence | undefined;
  /** Of the tags given last; a round of earlier ones finds itself out of date. */
  #subscription = 0;

  constructor(context: DriverContext, periodMs: number, rounds: (tags: readonly TagAddress[]) => Rounds) {
    this.#context = context;
    this.#periodMs = periodMs;
    this.#rounds = rounds;
  }

  /** Polls these tags from now on, in place of those before. */
  subscribe(tags: readonly TagAddress[]): void {
    this.stop();
    if (tags.length === 0) return;
    const subscription = this.#subscription;
    const rounds = this.#rounds(tags);
    const isStopped = () => subscription !== this.#subscription;
    const report = (readings: readonly Reading[]) => {
      if (!isStopped()) this.#context.sink(this.#samples(readings));
    };
    const skipped = (beats: number) => this.#context.skipped?.(beats);
    this.#cadence = new Cadence(this.#periodMs, () => rounds.round(report, isStopped), skipped);
    this.#cadence.start();
  }

  /** One round beside the others, answered in the order asked. */
  async read(tags: readonly TagAddress[]): Promise<readonly ReadValue[]> {
    const samples: Sample[] = [];
    const report = (readings: readonly Reading[]) => {
      for (const sample of this.#samples(readings)) samples[sample.tag] = sample;
    };
    await this.#rounds(tags).round(report, () => false);
    return tags.map(({ address }, tag): ReadValue => {
      const { value = null, quality = 'bad', at = null, error = null } = samples[tag] ?? {};
      return { address, value, quality, at, error };
    });
  }

  /** Nothing is told after it. */
  stop(): void {
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
