import type { ConnectionHealth } from '@millrace/contract';
import type { DriverBatch, HostTag } from './host-options.ts';

/** Lists whose samples may still be on their way; more changes in a second are not made by people. */
const LISTS_MAX = 16;
const MINUTE_MS = 60_000;

/** The tags of a connection by the lists they were subscribed in, and how they are. */
export interface TagTally {
  current(): { readonly generation: number; readonly tags: readonly HostTag[] };
  list(generation: number): readonly HostTag[] | undefined;
  relist(tags: readonly HostTag[]): { readonly generation: number; readonly tags: readonly HostTag[] };
  count(batch: Omit<DriverBatch, 'connection'>): void;
  health(): Pick<ConnectionHealth, 'tags' | 'tagsBad' | 'samplesPerMin'>;
}

export function createTagTally(now: () => number, first: readonly HostTag[]): TagTally {
  const lists = new Map<number, readonly HostTag[]>([[0, first]]);
  let generation = 0;
  let tags = first;
  let bad = new Uint8Array(first.length).fill(1);
  let minute = now();
  let samples = 0;
  let samplesBefore = 0;
  const turn = (): void => {
    const passed = now() - minute;
    if (passed >= 0 && passed < MINUTE_MS) return;
    samplesBefore = passed >= 0 && passed < 2 * MINUTE_MS ? samples : 0;
    samples = 0;
    minute = now();
  };
  return {
    current: () => ({ generation, tags }),
    list: (wanted) => lists.get(wanted),
    relist: (next) => {
      generation++;
      tags = next;
      bad = new Uint8Array(next.length).fill(1);
      lists.set(generation, next);
      lists.delete(generation - LISTS_MAX);
      return { generation, tags };
    },
    count: (batch) => {
      turn();
      samples += batch.samples.length;
      if (batch.tags !== tags) return;
      for (const { tag, quality } of batch.samples) bad[tag] = quality === 'good' ? 0 : 1;
    },
    health: () => {
      turn();
      const tagsBad = bad.reduce((sum, one) => sum + one, 0);
      return { tags: tags.length, tagsBad, samplesPerMin: samplesBefore || samples };
    },
  };
}
