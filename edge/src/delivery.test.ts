import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type Delivery, openDelivery } from './delivery.ts';
import { openLog } from './log/index.ts';
import { REAL_DISK } from './store/disk.ts';
import type { Disk } from './store/index.ts';

const START = Date.UTC(2026, 2, 2, 3, 0);
const ALL = { items: 1_000, bytes: 1e9, before: Number.POSITIVE_INFINITY };
const ends: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** The real disk, which is full while it is told to be. */
function fillable(): { disk: Disk; fill(full: boolean): void } {
  let full = false;
  const write: Disk['write'] = async (file, bytes, position) => {
    if (full) throw Object.assign(new TypeError('ENOSPC: as told'), { code: 'ENOSPC' });
    await REAL_DISK.write(file, bytes, position);
  };
  return { disk: { ...REAL_DISK, write }, fill: (to) => (full = to) };
}
const append = (delivery: Delivery, count: number) =>
  delivery.store()?.append({
    kind: 'records',
    records: [{ machine: 'M1', minute: START + count * 60_000, runningS: 60, count }],
  });
async function countsIn(delivery: Delivery): Promise<number[]> {
  const { entries = [] } = (await delivery.store()?.read('records', 1, ALL)) ?? {};
  return entries.flatMap((entry) =>
    entry.kind === 'records' ? entry.records.map(({ count }) => count ?? -1) : [],
  );
}

test.each([
  ['other settings', { fsyncMs: 20, quotaMiB: 9 }],
  ['a smaller quota', { fsyncMs: 10, quotaMiB: 8 }],
])(
  'a disk that is full while the buffer gets %s costs what it refused, not the agent',
  async (_name, next) => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-delivery-'));
    const { disk, fill } = fillable();
    const lines: string[] = [];
    const log = openLog({ level: 'warn', write: (line) => lines.push(line), now: Date.now });
    const options = { folder, buffer: { fsyncMs: 10, quotaMiB: 10 }, now: () => START, log, disk };
    const delivery = await openDelivery(options);
    ends.push(async () => {
      await delivery.close();
      rmSync(folder, { recursive: true, force: true });
    });
    append(delivery, 1);
    await delivery.store()?.durable();
    fill(true);
    append(delivery, 2);
    await delivery.apply(next);
    expect(lines.join('')).toContain('the disk did not take the last records');
    expect(delivery.store()).toBeDefined();
    fill(false);
    append(delivery, 3);
    await delivery.store()?.durable();
    expect(await countsIn(delivery)).toEqual([1, 3]);
    expect(delivery.health()).toMatchObject({ quotaBytes: next.quotaMiB * 1_048_576, waiting: 2 });
    expect(delivery.illness()).toBeUndefined();
  },
);
