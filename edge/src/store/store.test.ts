import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EdgeAlarm, EdgeBuffer, MachineRecord } from '@millrace/contract';
import { afterEach, describe, expect, test } from 'vitest';
import { FolderInUse, openStore, type Store } from './index.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 2, 2, 3, 0);
const ALL = { items: 1_000_000, bytes: 1e9, before: Number.POSITIVE_INFINITY };
const FAST: EdgeBuffer = { fsyncMs: 10, quotaMiB: 8 };

const folders: string[] = [];
const stores: Store[] = [];
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-store-'));
  folders.push(folder);
  return folder;
};
async function open(folder: string, buffer: EdgeBuffer = FAST, faults: string[] = []): Promise<Store> {
  const store = await openStore({ folder, buffer, now: () => START, onFault: (words) => faults.push(words) });
  stores.push(store);
  return store;
}
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close().catch(() => undefined);
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const record = (count: number, more: Partial<MachineRecord> = {}): MachineRecord => ({
  machine: 'M1',
  minute: START + count * MINUTE,
  runningS: 60,
  count,
  ...more,
});
const alarm = (id: string): EdgeAlarm => ({
  id,
  machine: 'M1',
  rule: 'HOT',
  severity: 'warning',
  phase: 'raised',
  at: START,
  value: 1,
  limit: null,
});
const append = (store: Store, count: number): number => {
  const appended = store.append({ kind: 'records', records: [record(count)] });
  if ('refused' in appended) throw new TypeError(appended.refused);
  return appended.sequence;
};
async function countsIn(store: Store): Promise<number[]> {
  const { entries } = await store.read('records', 1, ALL);
  return entries.flatMap((entry) =>
    entry.kind === 'records' ? entry.records.map(({ count }) => count) : [],
  );
}
const logsIn = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('.log'));

describe('the store', () => {
  test('gives back what was appended, in order, after it was opened again', async () => {
    const folder = newFolder();
    const store = await open(folder);
    for (const count of [1, 2, 3]) append(store, count);
    store.append({ kind: 'alarms', alarms: [alarm('a')] });
    await store.close();
    const again = await open(folder);
    expect(await countsIn(again)).toEqual([1, 2, 3]);
    expect((await again.read('alarms', 1, ALL)).entries).toMatchObject([
      { kind: 'alarms', sequence: 1, items: 1, alarms: [alarm('a')] },
    ]);
    expect(again.health()).toMatchObject({ waiting: 4, dropped: 0, oldestAt: START });
    expect(append(again, 4)).toBe(4);
  });

  test('gives nothing before it is on the disk, and tells when it is', async () => {
    const store = await open(newFolder(), { ...FAST, fsyncMs: 60_000 });
    let told = 0;
    const end = store.subscribe(() => told++);
    append(store, 1);
    expect(store.durableEnd('records')).toBe(0);
    expect(await countsIn(store)).toEqual([]);
    expect(store.health().waiting).toBe(1);
    await store.flush();
    expect([told, store.durableEnd('records'), await countsIn(store)]).toEqual([1, 1, [1]]);
    end();
    append(store, 2);
    await store.flush();
    expect(told).toBe(1);
  });

  test('brings a group to the disk as soon as it has the configured bytes, without waiting for the time', async () => {
    const store = await open(newFolder(), { fsyncMs: 60_000, fsyncBytes: 4_096, quotaMiB: 8 });
    for (let count = 0; count < 40; count++) append(store, count);
    await expect.poll(() => store.durableEnd('records')).toBeGreaterThan(0);
  });

  test('does not give again what was acknowledged, also after it was opened again', async () => {
    const folder = newFolder();
    const store = await open(folder);
    for (const count of [1, 2, 3, 4]) append(store, count);
    await store.flush();
    const { entries } = await store.read('records', 2, { ...ALL, items: 2 });
    store.acknowledge(entries);
    store.acknowledge(entries);
    expect(await countsIn(store)).toEqual([1, 4]);
    expect(store.firstWaiting('records')).toBe(1);
    await store.close();
    const again = await open(folder);
    expect(await countsIn(again)).toEqual([1, 4]);
    expect(again.health()).toMatchObject({ waiting: 2, dropped: 0 });
  });

  test('keeps a checkpoint of patches by key, and forgets a key that is set to null', async () => {
    const folder = newFolder();
    const store = await open(folder);
    store.saveCheckpoint({ M1: { count: 1 }, M2: { count: 2 } });
    store.append({ kind: 'records', records: [record(1)] }, { M1: { count: 7 } });
    store.saveCheckpoint({ M2: null, M3: [3] });
    await store.close();
    const again = await open(folder);
    expect(again.checkpoint()).toEqual({ M1: { count: 7 }, M3: [3] });
    again.saveCheckpoint({ M3: [4] });
    await again.close();
    expect((await open(folder)).checkpoint()).toEqual({ M1: { count: 7 }, M3: [4] });
  });

  test('removes files when everything in them is acknowledged, and goes on counting', async () => {
    const folder = newFolder();
    const store = await open(folder);
    // A file is a sixteenth of the quota.
    const signals = Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`signal-${i}`, i]));
    for (let count = 0; count < 3_000; count++) {
      store.append({ kind: 'records', records: [record(count, { signals })] });
      if (count % 100 === 0) await store.flush();
    }
    await store.flush();
    expect(logsIn(folder).length).toBeGreaterThan(3);
    const { entries } = await store.read('records', 1, ALL);
    expect(entries).toHaveLength(3_000);
    store.acknowledge(entries);
    await expect.poll(() => logsIn(folder).length, { timeout: 10_000 }).toBeLessThan(3);
    await store.close();
    const again = await open(folder);
    expect(again.health()).toMatchObject({ waiting: 0, dropped: 0, oldestAt: null });
    expect(append(again, 1)).toBe(3_001);
  });

  test('keeps a long outage small although the checkpoint is written all the time', async () => {
    const folder = newFolder();
    const store = await open(folder);
    const state = 'x'.repeat(20_000);
    for (let count = 0; count < 1_200; count++) {
      if (count % 10 === 0) append(store, count / 10);
      store.saveCheckpoint({ M1: `${count} ${state}` });
      await store.flush();
    }
    // Written: 24 MB, three times the quota.
    await expect.poll(() => store.health().bytes, { timeout: 10_000 }).toBeLessThan(2 * 1_048_576);
    expect(await countsIn(store)).toEqual(Array.from({ length: 120 }, (_, count) => count));
    await store.close();
    const again = await open(folder);
    expect(await countsIn(again)).toEqual(Array.from({ length: 120 }, (_, count) => count));
    expect(again.checkpoint()).toEqual({ M1: `1199 ${state}` });
    expect(again.health()).toMatchObject({ waiting: 120, dropped: 0 });
  });

  test('is refused to a second agent, and free again when the first has closed it', async () => {
    const folder = newFolder();
    const store = await open(folder);
    await expect(open(folder)).rejects.toBeInstanceOf(FolderInUse);
    append(store, 1);
    await store.close();
    expect(await countsIn(await open(folder))).toEqual([1]);
  });

  test('lies in a folder whose name is longer than a socket may be called', async () => {
    const above = join(newFolder(), 'deep'.repeat(20));
    mkdirSync(above);
    const folder = join(above, 'deeper'.repeat(10));
    const store = await open(folder);
    await expect(open(folder)).rejects.toBeInstanceOf(FolderInUse);
    await store.close();
    await open(folder);
  });

  test('read while it is written never takes what comes in for damage', async () => {
    const faults: string[] = [];
    const store = await open(newFolder(), { fsyncMs: 10, fsyncBytes: 4_096, quotaMiB: 8 }, faults);
    const got: number[] = [];
    let written = 0;
    const write = async (): Promise<void> => {
      for (; written < 400; written++) {
        append(store, written);
        if (written % 3 === 0) await store.flush();
      }
      await store.flush();
    };
    const read = async (): Promise<void> => {
      for (let next = 1; next <= 400; ) {
        const reading = await store.read('records', next, ALL);
        got.push(...reading.entries.map(({ sequence }) => sequence));
        next = reading.next;
        if (reading.entries.length === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await Promise.all([write(), read()]);
    expect(got).toEqual(Array.from({ length: 400 }, (_, i) => i + 1));
    expect([faults, store.health().dropped]).toEqual([[], 0]);
  });

  test('counts what it keeps apart, also after it was opened again', async () => {
    const folder = newFolder();
    const store = await open(folder);
    await store.quarantine([{ at: START, code: 'too-old', message: 'too old', item: record(1) }]);
    expect(store.health().quarantined).toBe(1);
    await store.close();
    expect((await open(folder)).health().quarantined).toBe(1);
  });
});

describe('a full quota', () => {
  const signals = Object.fromEntries(
    Array.from({ length: 32 }, (_, i) => [`signal-${i}`.padEnd(60, '-'), i]),
  );
  const fill = async (store: Store, to: number): Promise<number> => {
    let refused = 0;
    for (let count = 0; count < to; count++) {
      if ('refused' in store.append({ kind: 'records', records: [record(count, { signals })] })) refused++;
      if (count % 50 === 0) await store.flush();
    }
    await store.flush();
    return refused;
  };

  test('gives up the oldest, counts them, and says which minutes they were of', async () => {
    const folder = newFolder();
    const store = await open(folder, { ...FAST, whenFull: 'drop-oldest' });
    expect(await fill(store, 6_000)).toBe(0);
    const counts = await countsIn(store);
    const first = counts[0] ?? 0;
    expect(first).toBeGreaterThan(0);
    expect(counts).toEqual(Array.from({ length: 6_000 - first }, (_, i) => first + i));
    const { dropped, bytes, quotaBytes, waiting } = store.health();
    expect([dropped, waiting]).toEqual([first, 6_000 - first]);
    expect(bytes).toBeLessThanOrEqual(quotaBytes);
    const [loss] = store.losses();
    expect(store.losses()).toHaveLength(1);
    expect(loss).toMatchObject({ reason: 'quota', records: first, alarms: 0 });
    expect([loss?.fromMinute, loss?.toMinute]).toEqual([START, START + (first - 1) * MINUTE]);
    await store.close();
    const again = await open(folder);
    expect(again.health()).toMatchObject({ dropped: first, waiting: 6_000 - first });
    expect(again.losses()).toEqual([loss]);
  });

  test('refuses the newest when it is told to, counts them, and takes again when there is room', async () => {
    const folder = newFolder();
    const store = await open(folder, { ...FAST, whenFull: 'drop-newest' });
    const refused = await fill(store, 6_000);
    expect(refused).toBeGreaterThan(0);
    expect(store.full()).toBe('quota');
    expect(await countsIn(store)).toEqual(Array.from({ length: 6_000 - refused }, (_, i) => i));
    expect(store.health().dropped).toBe(refused);
    store.saveCheckpoint({ M1: 'goes on' });
    await store.flush();
    const { entries } = await store.read('records', 1, ALL);
    store.acknowledge(entries);
    await expect.poll(() => store.full(), { timeout: 10_000 }).toBeUndefined();
    await store.close();
    const again = await open(folder, { ...FAST, whenFull: 'drop-newest' });
    expect(again.health()).toMatchObject({ dropped: refused, waiting: 0 });
    expect(again.checkpoint()).toEqual({ M1: 'goes on' });
  });
});
