import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Disk, REAL_DISK } from './disk.ts';
import { NotStored, openStore, type Store, type StreamName } from './index.ts';

const START = Date.UTC(2026, 2, 2, 3, 0);
/** Half a segment of an 8 MiB quota: files are closed, shortened and merged all the time. */
const LARGE = 'x'.repeat(200_000);

type Step =
  | { readonly do: 'append'; readonly stream: StreamName; readonly items: number; readonly patch: boolean }
  | { readonly do: 'checkpoint'; readonly large: boolean }
  | { readonly do: 'flush' | 'acknowledge-all' }
  /** On a disk that is full still, if it was, or has room again. */
  | { readonly do: 'reopen'; readonly stays: boolean }
  | { readonly do: 'acknowledge'; readonly stream: StreamName; readonly part: number }
  | { readonly do: 'disk'; readonly refuses: boolean };

const stream = fc.constantFrom<StreamName>('records', 'alarms');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      stream,
      items: fc.integer({ min: 1, max: 4 }),
      patch: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('checkpoint' as const), large: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('reopen' as const), stays: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('acknowledge-all' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('acknowledge' as const), stream, part: fc.nat(7) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('disk' as const), refuses: fc.boolean() }) },
);

/** What the store must have: appended in order, some of it acknowledged. */
class Model {
  readonly entries: Record<StreamName, { readonly sequence: number; readonly items: number }[]> = {
    records: [],
    alarms: [],
  };
  readonly last: Record<StreamName, number> = { records: 0, alarms: 0 };
  counted = 0;
  filler: string | undefined;
  /** Items that only memory had when the store was closed on a full disk. */
  dropped = 0;

  forgetUnwritten(store: Store): void {
    for (const name of ['records', 'alarms'] as const) {
      const end = store.durableEnd(name);
      for (const { sequence, items } of this.entries[name]) if (sequence > end) this.dropped += items;
      this.entries[name] = this.entries[name].filter(({ sequence }) => sequence <= end);
    }
    const { counted = 0, filler } = store.checkpoint() as { counted?: number; filler?: string };
    this.counted = counted;
    this.filler = filler;
  }
}

async function apply(store: Store, model: Model, one: Step, disk: { refuses: boolean }): Promise<void> {
  if (one.do === 'append') {
    const sequence = ++model.last[one.stream];
    const at = START + sequence * 60_000;
    const entry =
      one.stream === 'records'
        ? {
            kind: one.stream,
            records: Array.from({ length: one.items }, (_, i) => ({
              machine: `M${i}`,
              minute: at,
              runningS: 60,
              count: sequence,
            })),
          }
        : {
            kind: one.stream,
            alarms: Array.from({ length: one.items }, (_, i) => ({
              id: `${sequence}-${i}`,
              machine: 'M',
              rule: 'R',
              severity: 'info' as const,
              phase: 'raised' as const,
              at,
              value: sequence,
              limit: null,
            })),
          };
    if (one.patch) model.counted++;
    expect(store.append(entry, one.patch ? { counted: model.counted } : undefined)).toEqual({ sequence });
    model.entries[one.stream].push({ sequence, items: one.items });
  } else if (one.do === 'checkpoint') {
    model.filler = one.large ? LARGE : undefined;
    store.saveCheckpoint({ filler: model.filler ?? null });
  } else if (one.do === 'flush') await store.flush();
  else if (one.do === 'disk') disk.refuses = one.refuses;
  else if (one.do === 'acknowledge' || one.do === 'acknowledge-all') {
    const streams: readonly StreamName[] = one.do === 'acknowledge' ? [one.stream] : ['records', 'alarms'];
    for (const name of streams) {
      const { entries } = await store.read(name, 1, {
        items: 1e6,
        bytes: 1e9,
        before: Number.POSITIVE_INFINITY,
      });
      const gone = entries.filter(({ sequence }) => one.do !== 'acknowledge' || sequence % 8 === one.part);
      store.acknowledge(gone);
      const sequences = new Set(gone.map(({ sequence }) => sequence));
      model.entries[name] = model.entries[name].filter(({ sequence }) => !sequences.has(sequence));
    }
  }
}

async function check(store: Store, model: Model): Promise<void> {
  for (const name of ['records', 'alarms'] as const) {
    const { entries } = await store.read(name, 1, {
      items: 1e6,
      bytes: 1e9,
      before: Number.POSITIVE_INFINITY,
    });
    expect(entries.map(({ sequence, items }) => ({ sequence, items }))).toEqual(model.entries[name]);
    for (const entry of entries) {
      const values =
        entry.kind === 'records'
          ? entry.records.map(({ count }) => count)
          : entry.alarms.map(({ value }) => value);
      expect(values).toEqual(Array.from({ length: entry.items }, () => entry.sequence));
    }
  }
  const items = [...model.entries.records, ...model.entries.alarms].reduce((sum, one) => sum + one.items, 0);
  expect(store.health()).toMatchObject({ waiting: items, dropped: model.dropped });
  const { counted = 0, filler } = store.checkpoint();
  expect([counted, filler]).toEqual([model.counted, model.filler]);
}

test('whatever is appended, acknowledged, refused by the disk and opened again, what waits is what a list would have', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const folder = mkdtempSync(join(tmpdir(), 'millrace-model-'));
      const broken = { refuses: false };
      const disk: Disk = {
        ...REAL_DISK,
        write: async (file, bytes, position) => {
          if (broken.refuses && position + bytes.length > (await file.stat()).size)
            throw Object.assign(new TypeError('full'), { code: 'ENOSPC' });
          await REAL_DISK.write(file, bytes, position);
        },
        // The order of writes is what is looked at here; what a power cut does to them has its own tests.
        sync: async () => undefined,
      };
      const open = (): Promise<Store> =>
        openStore({ folder, buffer: { fsyncMs: 60_000, quotaMiB: 8 }, now: () => START, disk });
      const model = new Model();
      let store = await open();
      try {
        for (const one of steps) {
          if (one.do === 'reopen') {
            broken.refuses &&= one.stays;
            await store.flush();
            model.forgetUnwritten(store);
            await store.close().catch((cause: unknown) => expect(cause).toBeInstanceOf(NotStored));
            store = await open();
            await check(store, model);
          } else await apply(store, model, one, broken);
        }
        broken.refuses = false;
        await store.flush();
        await check(store, model);
      } finally {
        broken.refuses = false;
        await store.close();
        rmSync(folder, { recursive: true, force: true });
      }
    }),
    { numRuns: 60 },
  );
});
