import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EdgeBuffer } from '@millrace/contract';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { type Disk, REAL_DISK } from './disk.ts';
import { openStore, type Store } from './index.ts';

const START = Date.UTC(2026, 2, 2, 3, 0);
const ALL = { items: 1e6, bytes: 1e9, before: Number.POSITIVE_INFINITY };
const ends: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-full-'));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};
/** The real disk, which refuses while it is told to. */
function breakable(): { disk: Disk; broken: { code: string | undefined; at: 'write' | 'sync' } } {
  const broken: { code: string | undefined; at: 'write' | 'sync' } = { code: undefined, at: 'write' };
  const check = (at: 'write' | 'sync'): void => {
    if (broken.code === undefined || broken.at !== at) return;
    throw Object.assign(new TypeError(`${broken.code}: as told`), { code: broken.code });
  };
  const disk: Disk = {
    write: async (file, bytes, position) => {
      // Like a real one, it takes a part before it refuses.
      if (broken.code !== undefined && broken.at === 'write')
        await REAL_DISK.write(file, bytes.subarray(0, bytes.length >> 1), position);
      check('write');
      await REAL_DISK.write(file, bytes, position);
    },
    sync: async (file) => {
      check('sync');
      await REAL_DISK.sync(file);
    },
  };
  return { disk, broken };
}
/** The real disk, which takes nothing that makes a file longer while it is told to: as one without room. */
function fillable(): { disk: Disk; full: { is: boolean } } {
  const full = { is: false };
  const disk: Disk = {
    ...REAL_DISK,
    write: async (file, bytes, position) => {
      if (full.is && position + bytes.length > (await file.stat()).size)
        throw Object.assign(new TypeError('ENOSPC: as told'), { code: 'ENOSPC' });
      await REAL_DISK.write(file, bytes, position);
    },
  };
  return { disk, full };
}
async function open(
  folder: string,
  buffer: EdgeBuffer,
  disk: Disk = REAL_DISK,
  faults: string[] = [],
): Promise<Store> {
  const store = await openStore({
    folder,
    buffer: { fsyncMs: 10, ...buffer },
    now: () => START,
    disk,
    onFault: (words) => faults.push(words),
  });
  ends.push(() => store.close().catch(() => undefined));
  return store;
}
const signals = Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`signal-${i}`.padEnd(60, '-'), i]));
const append = (store: Store, count: number, more: object = {}) =>
  store.append(
    {
      kind: 'records',
      records: [{ machine: 'M1', minute: START + count * 60_000, runningS: 60, count, ...more }],
    },
    { counted: count },
  );
async function countsIn(store: Store): Promise<number[]> {
  const { entries } = await store.read('records', 1, ALL);
  return entries.flatMap((entry) =>
    entry.kind === 'records' ? entry.records.map(({ count }) => count) : [],
  );
}
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe.each(['ENOSPC', 'EIO'])('a disk that answers %s', (code) => {
  test.each(['write', 'sync'] as const)(
    'to a %s: entries wait in memory, the log stays readable, and nothing is lost when it takes again',
    async (at) => {
      const folder = newFolder();
      const { disk, broken } = breakable();
      const faults: string[] = [];
      const store = await open(folder, {}, disk, faults);
      append(store, 0);
      await store.durable();
      Object.assign(broken, { code, at });
      for (let count = 1; count < 50; count++) append(store, count);
      await store.flush();
      await expect.poll(() => faults.length).toBe(1);
      expect(await countsIn(store)).toEqual([0]);
      expect(store.health()).toMatchObject({ waiting: 50, dropped: 0 });
      broken.code = undefined;
      await store.durable();
      expect(faults).toHaveLength(2);
      expect(await countsIn(store)).toEqual(range(0, 50));
      await store.close();
      const again = await open(folder, {});
      expect(await countsIn(again)).toEqual(range(0, 50));
      expect(again.checkpoint()).toEqual({ counted: 49 });
      expect(again.health()).toMatchObject({ waiting: 50, dropped: 0 });
    },
  );
});

const machines = Array.from({ length: 100 }, (_, number) => `M-${number}`);
/** As the machines of a hall save themselves: some 350 bytes each. */
const patchOf = (turn: number): Record<string, unknown> =>
  Object.fromEntries(machines.map((machine) => [machine, { turn, saved: 'x'.repeat(330) }]));

describe('a disk that stays full', () => {
  test('a disk that is full for two hours costs a hundred machines nothing', async () => {
    const { disk, broken } = breakable();
    const store = await open(newFolder(), {}, disk);
    broken.code = 'ENOSPC';
    for (let minute = 0; minute < 120; minute++) {
      const records = machines.map((machine) => ({
        ...{ machine, minute: START + minute * 60_000, runningS: 60, count: minute + 10_000 },
        state: 'running' as const,
      }));
      store.saveCheckpoint(patchOf(2 * minute));
      const appended = store.append({ kind: 'records', records }, patchOf(2 * minute + 1));
      expect(appended).toEqual({ sequence: minute + 1 });
    }
    broken.code = undefined;
    await store.durable();
    expect(store.health()).toMatchObject({ waiting: 12_000, dropped: 0 });
    expect(store.checkpoint()).toMatchObject(patchOf(239));
  });

  test('uses up a bounded memory, then counts what it refuses, and remembers the number', async () => {
    const folder = newFolder();
    const { disk, broken } = breakable();
    const store = await open(folder, { whenFull: 'drop-newest' }, disk);
    append(store, 0);
    await store.durable();
    Object.assign(broken, { code: 'ENOSPC', at: 'write' });
    let count = 1;
    while (!('refused' in append(store, count, { signals }))) count++;
    for (let more = 0; more < 99; more++) append(store, count + more);
    expect(store.full()).toBe('disk');
    expect(store.health()).toMatchObject({ waiting: count, dropped: 100 });
    expect(store.health().bytes).toBeLessThan(9 * 1_048_576);
    expect(store.losses()).toMatchObject([
      { reason: 'disk', records: 100, fromMinute: START + count * 60_000 },
    ]);
    broken.code = undefined;
    await store.durable();
    expect(await countsIn(store)).toEqual(range(0, count));
    await store.close();
    expect((await open(folder, {})).health()).toMatchObject({ waiting: count, dropped: 100 });
  });

  test('loses at closing what waits in memory, and the next start counts it, once and with its minutes', async () => {
    const folder = newFolder();
    const { disk, full } = fillable();
    const store = await open(folder, {}, disk);
    append(store, 0);
    await store.durable();
    full.is = true;
    for (const count of [1, 2, 3]) append(store, count);
    await expect(store.close()).rejects.toThrow('refused to take');
    const faults: string[] = [];
    const again = await open(folder, {}, disk, faults);
    expect(faults).toEqual([expect.stringContaining('3 records')]);
    expect(again.health()).toMatchObject({ waiting: 1, dropped: 3 });
    expect(again.losses()).toEqual([
      {
        reason: 'disk',
        at: START,
        records: 3,
        alarms: 0,
        fromMinute: START + 60_000,
        toMinute: START + 180_000,
      },
    ]);
    full.is = false;
    append(again, 4);
    await again.close();
    const last = await open(folder, {});
    expect(await countsIn(last)).toEqual([0, 4]);
    expect(last.health()).toMatchObject({ waiting: 2, dropped: 3 });
    expect(last.losses()).toHaveLength(1);
  });

  test('loses nothing that reached the disk although the disk did not say so', async () => {
    const folder = newFolder();
    const { disk, broken } = breakable();
    const store = await open(folder, {}, disk);
    append(store, 0);
    await store.durable();
    Object.assign(broken, { code: 'EIO', at: 'sync' });
    append(store, 1);
    await expect(store.close()).rejects.toThrow('refused to take');
    const again = await open(folder, {});
    expect(await countsIn(again)).toEqual([0, 1]);
    expect(again.health()).toMatchObject({ waiting: 2, dropped: 0 });
  });

  test('that does not even take the count tells it, and keeps what was durable', async () => {
    const folder = newFolder();
    const { disk, broken } = breakable();
    const faults: string[] = [];
    const store = await open(folder, {}, disk, faults);
    append(store, 0);
    await store.durable();
    Object.assign(broken, { code: 'EROFS', at: 'write' });
    append(store, 1);
    await expect(store.close()).rejects.toThrow('refused to take');
    expect(faults).toContainEqual(expect.stringContaining('could not be written'));
    expect(await countsIn(await open(folder, {}))).toEqual([0]);
  });
});

/** A file system of its own with 4 MiB, or why there is none. */
function mountSmall(): { folder: string } | { missing: string } {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-tmpfs-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'pipe' });
    return { folder };
  } catch (cause) {
    rmSync(folder, { recursive: true, force: true });
    return {
      missing:
        process.getuid?.() === 0 ? `mount refuses: ${String(cause).split('\n')[0]}` : 'only root may mount',
    };
  }
}
const small = mountSmall();

afterAll(() => {
  if ('missing' in small) return;
  execFileSync('umount', ['-l', small.folder]);
  rmSync(small.folder, { recursive: true, force: true });
});

describe('a real file system of 4 MiB', () => {
  test.skipIf('missing' in small)(
    `that fills up gives up the oldest or refuses the newest, counts them, and everything else is there${'missing' in small ? ` (skipped: ${small.missing})` : ''}`,
    async () => {
      if ('missing' in small) return;
      const folder = join(small.folder, 'log');
      const faults: string[] = [];
      const store = await open(folder, { quotaMiB: 8, whenFull: 'drop-oldest' }, REAL_DISK, faults);
      // Somebody else fills it while the agent runs, and tidies up later.
      let count = 0;
      for (; count < 500; count++) append(store, count, { signals });
      await store.flush();
      const stuff = join(small.folder, 'stuff');
      writeFileSync(stuff, Buffer.alloc(1_500_000));
      for (; count < 1_500; count++) {
        append(store, count, { signals });
        if (count % 50 === 0) await store.flush();
      }
      await expect.poll(() => faults.length).toBeGreaterThan(0);
      expect(await countsIn(store)).toEqual(range(0, store.durableEnd('records')));
      rmSync(stuff);
      await store.durable();
      expect(await countsIn(store)).toEqual(range(0, 1_500));
      // Now it is the log itself that does not fit: 8 MiB of quota on 4 MiB of disk.
      let refused = 0;
      for (; count < 9_000; count++) {
        if ('refused' in append(store, count, { signals })) refused++;
        if (count % 500 === 0) await store.flush();
      }
      await expect.poll(() => store.health().dropped, { timeout: 10_000 }).toBeGreaterThan(0);
      expect(store.health().waiting + store.health().dropped).toBe(9_000);
      const before = await countsIn(store);
      expect(before.length).toBeGreaterThan(100);
      await store.close().catch(() => undefined);
      const again = await open(folder, { quotaMiB: 8 });
      const counts = await countsIn(again);
      expect(counts).toEqual([...new Set(counts)].sort((a, b) => a - b));
      expect(counts.slice(0, before.length)).toEqual(before);
      expect(refused).toBeLessThanOrEqual(again.health().dropped);
      // What memory held when it was closed is neither here nor forgotten.
      expect(again.health().waiting + again.health().dropped).toBe(9_000);
      expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    },
  );
});
