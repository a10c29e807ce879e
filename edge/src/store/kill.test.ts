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

/** A store on a disk that takes nothing more while `isFull`. */
const FILLABLE = `
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
const say = (words) => process.stdout.write(words + '\\n');
`;
/** Appends one record on a disk with room, and two on one without, and waits for its end. */
const FULL_AGENT = `${FILLABLE}
append(1);
await store.durable();
say('durable');
isFull = true;
append(2);
append(3);
setInterval(() => undefined, 60_000);
`;
/** Its disk is full every other while. */
const FLIPPING_AGENT = `${FILLABLE}
let number = store.checkpoint().counted ?? 0;
for (let turn = 0; ; turn++) {
  isFull = turn % 9 > 4;
  for (let i = 0; i < 1 + turn % 3; i++) append(++number);
  await store.flush();
  say((isFull ? 'waits ' : 'durable ') + number);
}
`;

/** Killed somewhere after so many words; all of them. */
async function runAndKill(program: string, path: string, words: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    // What it still says before it is dead counts too.
    if (said.length === words) child.kill('SIGKILL');
  }
  await ended;
  expect(said.length).toBeGreaterThanOrEqual(words);
  return said;
}
const numberIn = (words: string | undefined): number => Number(words?.split(' ')[1] ?? 0);

test('an agent that is killed again and again has everything that it said was durable', async () => {
  let durable = 0;
  for (let round = 0; round < ROUNDS; round++) {
    durable = numberIn((await runAndKill(AGENT, folder, 3 + ((round * 37) % 60))).at(-1));
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

test('an agent that is killed on a disk that fills up and is emptied has what was durable, and counts all that is missing', async () => {
  const path = join(folder, 'flipping');
  let dropped = 0;
  // Where the kill falls is for the machine to say: until one has fallen on what waited for the disk.
  for (let round = 0; round < 3 || dropped === 0; round++) {
    const words = [7, 13, 26][round % 3] ?? 7;
    const said = await runAndKill(FLIPPING_AGENT, path, words);
    const store = await openStore({ folder: path, now: () => START });
    const { entries } = await store.read('records', 1, ALL);
    const counts = entries.flatMap((one) =>
      one.kind === 'records' ? one.records.map(({ count }) => count) : [],
    );
    const durable = numberIn(said.findLast((line) => line.startsWith('durable')));
    expect(counts).toContain(durable);
    // Nothing that is here counts as lost, and nothing that had its place in the sequence is forgotten.
    expect(entries.length + store.health().dropped).toBe(store.durableEnd('records'));
    expect(store.health().dropped).toBeGreaterThanOrEqual(dropped);
    expect(store.checkpoint()).toEqual({ counted: counts.at(-1) });
    dropped = store.health().dropped;
    expect(store.losses().every(({ reason }) => reason === 'disk')).toBe(true);
    await store.close();
  }
});

async function bookOf(path: string): Promise<unknown> {
  const book = await openBook(join(path, 'book'), REAL_DISK);
  await book.close();
  return book.page;
}
