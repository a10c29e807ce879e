import { basename } from 'node:path';
import type { BrowseNode, PulseSettings, ReadValue } from '@millrace/contract';
import type { Driver, DriverContext, Sample, TagAddress } from '../../driver/index.ts';
import { GpioChip } from './gpio-chip.ts';
import { PulseFile } from './pulse-file.ts';
import type { Edge, EdgeSink, PulseSource } from './pulse-source.ts';

/** Each edge is a sample, in its order: pieces are counted from them, so none may be left out. */
export class PulseDriver implements Driver {
  readonly #context: DriverContext;
  readonly #source: PulseSource;
  #closed = false;
  #tags: readonly TagAddress[] = [];
  readonly #byLine = new Map<number, number[]>();

  constructor(context: DriverContext) {
    this.#context = context;
    const { device } = context.settings as PulseSettings;
    const now = (): number => context.now();
    const sink: EdgeSink = {
      edges: (edges) => this.#take(edges),
      ended: (reason) => this.#lost(reason),
    };
    this.#source = basename(device).startsWith('gpiochip')
      ? new GpioChip(device, now, sink)
      : new PulseFile(device, now, sink);
  }

  async connect(): Promise<void> {
    await this.#source.open();
  }

  async subscribe(tags: readonly TagAddress[]): Promise<void> {
    this.#tags = tags;
    this.#byLine.clear();
    tags.forEach((tag, index) => {
      const line = Number(tag.address);
      this.#byLine.set(line, [...(this.#byLine.get(line) ?? []), index]);
    });
    const faults = await this.#source.watch([...this.#byLine.keys()]);
    const at = this.#context.now();
    const bad = [...faults].flatMap(([line, error]) =>
      (this.#byLine.get(line) ?? []).map((tag): Sample => ({ tag, value: null, quality: 'bad', at, error })),
    );
    if (bad.length > 0 && !this.#closed) this.#context.sink(bad);
  }

  async read(tags: readonly TagAddress[]): Promise<readonly ReadValue[]> {
    const levels = await this.#source.levels([...new Set(tags.map((tag) => Number(tag.address)))]);
    const at = this.#context.now();
    return tags.map((tag): ReadValue => {
      const level = levels.get(Number(tag.address));
      return typeof level === 'boolean'
        ? { address: tag.address, value: levelAs(tag, level), quality: 'good', at, error: null }
        : {
            address: tag.address,
            value: null,
            quality: 'bad',
            at,
            error: level ?? 'the state of the line is not known',
          };
    });
  }

  async browse(_parent: string | undefined, limit: number): Promise<readonly BrowseNode[]> {
    return (await this.#source.lines())
      .slice(0, limit)
      .map(({ line, name }) => ({ address: String(line), name, folder: false, tag: true, type: 'bool' }));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#source.close();
  }

  #take(edges: readonly Edge[]): void {
    if (this.#closed) return;
    const samples = edges.flatMap(({ line, on, at }) =>
      (this.#byLine.get(line) ?? []).flatMap((index): Sample[] => {
        const tag = this.#tags[index];
        return tag === undefined ? [] : [{ tag: index, value: levelAs(tag, on), quality: 'good', at }];
      }),
    );
    if (samples.length > 0) this.#context.sink(samples);
  }

  #lost(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#context.lost(reason);
  }
}

/** A tag that wants a number gets 0 or 1. */
function levelAs(tag: TagAddress, on: boolean): boolean | number {
  return tag.type === undefined || tag.type === 'bool' ? on : Number(on);
}
