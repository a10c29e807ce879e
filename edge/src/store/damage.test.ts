import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBook } from './book.ts';
import { type Disk, REAL_DISK } from './disk.ts';
import { frameAt, framesIn } from './frame.ts';
import { openStore, type Store } from './index.ts';
import { createReader } from './reader.ts';
import { recover } from './recover.ts';
import { createTurn } from './turn.ts';

const START = Date.UTC(2026, 2, 2, 3, 0);
const ALL = { items: 1e6, bytes: 1e9, before: Number.POSITIVE_INFINITY };
/** Three runs of the agent, each with a file of its own. */
const RUNS = 3;
const PER_RUN = 6;

let root: string;
let original: string;
/** Bytes of the last file when so many of its entries were said to be durable. */
const durableAt: { readonly bytes: number; readonly entries: number }[] = [];

const open = (folder: string, faults: string[] = []): Promise<Store> =>
  openStore({
    folder,
    buffer: { fsyncMs: 60_000 },
    now: () => START,
    onFault: (words) => faults.push(words),
  });
const logs = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .sort();
const recordsOf = (number: number) => [
  { machine: 'M1', minute: START + number * 60_000, runningS: 60, count: number },
  {
    machine: 'M2',
    minute: START + number * 60_000,
    runningS: 30,
    count: number * 2,
    signals: { t: number / 3 },
  },
];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'millrace-damage-'));
  original = join(root, 'original');
  let number = 0;
  for (let run = 0; run < RUNS; run++) {
    const store = await open(original);
    for (let i = 0; i < PER_RUN; i++) {
      number++;
      store.append({ kind: 'records', records: recordsOf(number) }, { emitted: number });
      await store.flush();
      const last = logs(original).at(-1) ?? '';
      if (run === RUNS - 1)
        durableAt.push({ bytes: readFileSync(join(original, last)).length, entries: number });
    }
    await store.close();
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A copy whose file `index` went through `change`. */
function damaged(name: string, index: number, change: (bytes: Buffer) => Buffer): string {
  const folder = join(root, name);
  mkdirSync(folder);
  for (const file of [...logs(original), 'book']) copyFileSync(join(original, file), join(folder, file));
  const path = join(folder, logs(folder).at(index) ?? '');
  writeFileSync(path, change(readFileSync(path)));
  return folder;
}
async function look(folder: string) {
  const faults: string[] = [];
  const store = await open(folder, faults);
  const { entries } = await store.read('records', 1, ALL);
  const numbers = entries.map(({ sequence }) => sequence);
  for (const entry of entries)
    expect(entry).toMatchObject({ kind: 'records', records: recordsOf(entry.sequence), items: 2 });
  const found = {
    numbers,
    faults,
    emitted: store.checkpoint().emitted,
    health: store.health(),
    losses: store.losses(),
  };
  await store.close();
  rmSync(folder, { recursive: true, force: true });
  return found;
}
const upTo = (number: number): number[] => Array.from({ length: number }, (_, i) => i + 1);
const TOTAL = RUNS * PER_RUN;

describe('the log', () => {
  test('cut at every byte gives back what was durable before the cut, in order, with the checkpoint that belongs to it', async () => {
    const folder = damaged('cut', -1, (bytes) => bytes);
    const path = join(folder, logs(folder).at(-1) ?? '');
    // What `openStore` does first; the rest of it would make a minute of a thousand cuts.
    const book = await openBook(join(folder, 'book'), REAL_DISK);
    const lazy: Disk = { ...REAL_DISK, sync: async () => undefined };
    for (let cut = readFileSync(path).length; cut >= 0; cut--) {
      truncateSync(path, cut);
      const { log, found } = await recover(folder, book, lazy, START);
      const reader = createReader(log, createTurn(), () => {
        throw new TypeError('nothing is damaged');
      });
      const { entries } = await reader.read('records', 1, ALL);
      const whole = durableAt.findLast(({ bytes }) => bytes <= cut)?.entries ?? TOTAL - PER_RUN;
      expect(
        entries.map(({ sequence }) => sequence),
        `cut at ${cut}`,
      ).toEqual(upTo(whole));
      for (const entry of entries) expect(entry).toMatchObject({ records: recordsOf(entry.sequence) });
      // A record and what the pipeline knows of it are there together or not at all.
      expect(log.checkpoint.get('emitted'), `cut at ${cut}`).toBe(whole);
      expect([log.streams.records.waiting, found]).toEqual([whole * 2, []]);
    }
    await book.close();
    expect((await look(folder)).numbers).toEqual(upTo(TOTAL - PER_RUN));
  });

  test('with one byte changed loses the entry it is in and no other, and tells it', async () => {
    const names = logs(original);
    const sizes = names.map((name) => readFileSync(join(original, name)).length);
    await fc.assert(
      fc.asyncProperty(
        fc
          .nat(RUNS - 1)
          .chain((file) =>
            fc.tuple(fc.constant(file), fc.nat((sizes[file] ?? 1) - 1), fc.integer({ min: 1, max: 255 })),
          ),
        fc.uuid(),
        async ([file, at, mask], name) => {
          const found = await look(
            damaged(name, file, (bytes) => {
              bytes[at] = (bytes[at] ?? 0) ^ mask;
              return bytes;
            }),
          );
          const lost = upTo(TOTAL).filter((number) => !found.numbers.includes(number));
          expect(found.numbers).toEqual(upTo(TOTAL).filter((number) => !lost.includes(number)));
          expect(lost.length).toBeLessThanOrEqual(1);
          // The very last entry is a torn tail like any other: nothing on the disk says that it was whole.
          if (lost[0] === TOTAL) return;
          expect(found.health).toMatchObject({
            waiting: (TOTAL - lost.length) * 2,
            dropped: lost.length * 2,
          });
          expect(found.faults).toHaveLength(lost.length);
          expect(found.emitted).toBe(TOTAL);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('with a file gone or full of rubbish goes on with the others, and does not count the loss twice', async () => {
    const folder = damaged('rubbish', 1, (bytes) => Buffer.alloc(bytes.length, 0x5a));
    const kept = upTo(TOTAL).filter((number) => number <= PER_RUN || number > 2 * PER_RUN);
    const faults: string[] = [];
    const store = await open(folder, faults);
    expect((await store.read('records', 1, ALL)).entries.map(({ sequence }) => sequence)).toEqual(kept);
    expect(store.health()).toMatchObject({ waiting: kept.length * 2, dropped: PER_RUN * 2 });
    expect(store.losses()).toMatchObject([{ reason: 'damaged', records: PER_RUN * 2 }]);
    expect(faults).toHaveLength(1);
    expect(store.append({ kind: 'records', records: recordsOf(TOTAL + 1) })).toEqual({ sequence: TOTAL + 1 });
    await store.flush();
    store.acknowledge([{ kind: 'records', sequence: TOTAL + 1, items: 2 }]);
    await store.close();
    const again = await look(folder);
    expect(again.numbers).toEqual(kept);
    expect(again.health.dropped).toBe(PER_RUN * 2);
    expect(again.faults).toEqual([]);
  });

  test('damaged while it is open loses what is damaged, counts it, and delivers the rest', async () => {
    const folder = damaged('open', 0, (bytes) => bytes);
    const faults: string[] = [];
    const store = await open(folder, faults);
    const path = join(folder, logs(folder)[0] ?? '');
    const bytes = readFileSync(path);
    const second = [...framesIn(bytes)].filter(({ kind }) => kind === 'records')[1];
    bytes[(second?.offset ?? 0) + 60] = 0xff;
    writeFileSync(path, bytes);
    const { entries } = await store.read('records', 1, ALL);
    expect(entries.map(({ sequence }) => sequence)).toEqual(upTo(TOTAL).filter((number) => number !== 2));
    expect(store.health()).toMatchObject({ waiting: (TOTAL - 1) * 2, dropped: 2 });
    expect(faults).toHaveLength(1);
    store.acknowledge(entries);
    expect(store.health().waiting).toBe(0);
    await store.close();
  });

  test('with one byte of its book changed loses nothing and delivers at most a little again', async () => {
    const folder = damaged('book', 0, (bytes) => bytes);
    const store = await open(folder);
    store.acknowledge((await store.read('records', 1, { ...ALL, items: 8 })).entries);
    await store.close();
    const book = readFileSync(join(folder, 'book'));
    const used = fc.oneof(
      fc.nat(400),
      fc.nat(400).map((at) => at + 131_072),
    );
    await fc.assert(
      fc.asyncProperty(used, fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const changed = Buffer.from(book);
        changed[at] = (changed[at] ?? 0) ^ mask;
        writeFileSync(join(folder, 'book'), changed);
        const again = await open(folder);
        const { entries } = await again.read('records', 1, ALL);
        const numbers = entries.map(({ sequence }) => sequence);
        expect([upTo(TOTAL), upTo(TOTAL).slice(4)]).toContainEqual(numbers);
        expect(again.health()).toMatchObject({ waiting: numbers.length * 2, dropped: 0 });
        await again.close();
      }),
      { numRuns: 30 },
    );
    rmSync(folder, { recursive: true, force: true });
  });

  test('without its book delivers everything again and loses nothing', async () => {
    const folder = damaged('no-book', 0, (bytes) => bytes);
    const store = await open(folder);
    store.acknowledge((await store.read('records', 1, { ...ALL, items: 5 })).entries);
    await store.close();
    const book = readFileSync(join(folder, 'book'));
    book.fill(0xff, 0, 100);
    book.fill(0xff, 131_072, 131_172);
    writeFileSync(join(folder, 'book'), book);
    const { numbers, health, faults } = await look(folder);
    expect(numbers).toEqual(upTo(TOTAL));
    expect(health).toMatchObject({ waiting: TOTAL * 2, dropped: 0 });
    expect(faults).toHaveLength(1);
  });
});

test('bytes of any kind are never taken for a frame that nobody wrote', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
      expect([...framesIn(Buffer.from(bytes))]).toEqual([]);
      expect(typeof frameAt(Buffer.from(bytes), 0)).toBe('string');
    }),
    { numRuns: 300 },
  );
});
