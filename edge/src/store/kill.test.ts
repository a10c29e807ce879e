import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, test } from 'vitest';
import { openBook } from './book.ts';
import { REAL_DISK } from './disk.ts';
import { openStore } from './index.ts';

const START = Date.UTC(2026, 2, 2, 3, 0);
const ALL = { items: 1e6, bytes: 1e9, before: Number.POSITIVE_INFINITY };
const ROUNDS = 6;
const folder = mkdtempSync(join(tmpdir(), 'millrace-kill-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Appends without pause, tells what is durable and what it acknowledged, and never ends by itself. */
const AGENT = `
import { openStore } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
const store = await openStore({ folder: process.argv[1], buffer: { fsyncMs: 10, fsyncBytes: 4096, quotaMiB: 8 }, now: Date.now });
let number = store.checkpoint().counted ?? 0;
for (;;) {
  for (let i = 0; i < 1 + number % 7; i++) {
    number++;
    const record = { machine: 'M1', minute: ${START} + number * 60000, runningS: 60, count: number };
    store.append({ kind: 'records', records: [record] }, { counted: number });
  }
  await store.durable();
  process.stdout.write('durable ' + number + '\\n');
  const { entries } = await store.read('records', 1, { items: 20, bytes: 1e6, before: number - 40 });
  store.acknowledge(entries);
}
`;

/** Appends one record on a disk with room, and two on one without, and waits for its end. */
const FULL_AGENT = `
import { openStore } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
import { REAL_DISK } from ${JSON.stringify(new URL('./disk.ts', import.meta.url).href)};
let isFull = false;
const write = async (file, bytes, position) => {
  if (isFull && position + bytes.length > (await file.stat()).size)
    throw Object.assign(new TypeError('no room'), { code: 'ENOSPC' });
  await REAL_DISK.write(file, bytes, position);
};
const store = await openStore({ folder: process.argv[1], buffer: { fsyncMs: 10 }, now: Date.now, disk: { ...REAL_DISK, write } });
const append = (number) => store.append(
  { kind: 'records', records: [{ machine: 'M1', minute: ${START} + number * 60000, runningS: 60, count: number }] },
  { counted: number },
);
append(1);
await store.durable();
process.stdout.write('durable\\n');
isFull = true;
append(2);
append(3);
setInterval(() => undefined, 60_000);
`;

/** Killed somewhere after so many words; the last number it said was durable. */
async function runAndKill(words: number): Promise<number> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', AGENT, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  let durable = 0;
  let said = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    durable = Number(line.split(' ')[1]);
    said++;
    // What it still says before it is dead counts too.
    if (said === words) child.kill('SIGKILL');
  }
  await ended;
  expect(said).toBeGreaterThanOrEqual(words);
  return durable;
}

test('an agent that is killed again and again has everything that it said was durable', async () => {
  let durable = 0;
  for (let round = 0; round < ROUNDS; round++) {
    durable = await runAndKill(3 + ((round * 37) % 60));
    const store = await openStore({ folder, buffer: { quotaMiB: 8 }, now: () => START });
    const end = store.durableEnd('records');
    expect(end).toBeGreaterThanOrEqual(durable);
    const { entries } = await store.read('records', 1, ALL);
    const sequences = entries.map(({ sequence }) => sequence);
    const first = store.firstWaiting('records');
    expect(sequences).toEqual(Array.from({ length: end + 1 - first }, (_, i) => first + i));
    for (const entry of entries) expect(entry).toMatchObject({ records: [{ count: entry.sequence }] });
    expect(store.checkpoint()).toEqual({ counted: end });
    expect(store.health()).toMatchObject({ waiting: entries.length, dropped: 0 });
    await store.close();
  }
  expect(durable).toBeGreaterThan(ROUNDS * 10);
});

test('an agent that is killed while its disk is full has told the book what it could not write, and the next start counts it', async () => {
  const full = join(folder, 'full');
  const child = spawn(process.execPath, ['--input-type=module', '-e', FULL_AGENT, full], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  await once(child.stdout, 'data');
  await expect
    .poll(() => bookOf(full), { timeout: 10_000 })
    .toMatchObject({ unwritten: { streams: { records: { last: 3, appended: 3 } } } });
  child.kill('SIGKILL');
  await ended;
  const store = await openStore({ folder: full, now: () => START });
  expect(store.health()).toMatchObject({ waiting: 1, dropped: 2 });
  expect(store.losses()).toMatchObject([
    { reason: 'disk', records: 2, fromMinute: START + 120_000, toMinute: START + 180_000 },
  ]);
  expect(store.checkpoint()).toEqual({ counted: 1 });
  await store.close();
});

async function bookOf(path: string): Promise<unknown> {
  const book = await openBook(join(path, 'book'), REAL_DISK);
  await book.close();
  return book.page;
}
