import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { EdgeAlarm, EdgeBuffer, MachineRecord } from '@millrace/contract';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { type Disk, REAL_DISK } from './disk.ts';
import { openStore, readQuarantine, resendThere, type Store } from './index.ts';
import { type Quarantined, quarantineLines } from './quarantine-file.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 2, 2, 3, 0);
const ALL = { items: 1_000_000, bytes: 1e9, before: Number.POSITIVE_INFINITY };

const ends: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-quarantine-'));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};
interface World {
  buffer?: EdgeBuffer;
  disk?: Disk;
  now?: () => number;
}
async function open(folder: string, { buffer = {}, disk = REAL_DISK, now = () => START }: World = {}) {
  const store = await openStore({ folder, buffer: { fsyncMs: 10, quotaMiB: 8, ...buffer }, now, disk });
  ends.push(() => store.close().catch(() => undefined));
  return store;
}
const refusedRecord = (machine: string, minute: number, code = 'unknown-machine'): Quarantined => ({
  at: START,
  code,
  message: `The platform says ${code}.`,
  item: { machine, minute: START + minute * MINUTE, runningS: 60, count: minute },
});
const refusedAlarm = (machine: string, id: string): Quarantined => ({
  at: START,
  code: 'unknown-machine',
  message: '',
  item: {
    ...{ id, machine, rule: 'HOT', severity: 'warning', phase: 'raised' },
    ...{ at: START, value: 1, limit: null },
  },
});
async function waitingIn(store: Store): Promise<(MachineRecord | EdgeAlarm)[]> {
  const both = [await store.read('records', 1, ALL), await store.read('alarms', 1, ALL)];
  const entries = both.flatMap((reading) => reading.entries);
  return entries.flatMap<MachineRecord | EdgeAlarm>((entry) =>
    entry.kind === 'records' ? entry.records : entry.alarms,
  );
}
const minutesOf = async (store: Store): Promise<number[]> =>
  (await waitingIn(store)).map((item) => ('minute' in item ? (item.minute - START) / MINUTE : -1));
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe('the quarantine', () => {
  test('tells what lies in it by reason and machine, the most first, also after a restart and without an agent', async () => {
    const folder = newFolder();
    const store = await open(folder);
    await store.quarantine([
      refusedRecord('M1', 3, 'too-old'),
      refusedRecord('M2', 5),
      refusedRecord('M2', 9),
    ]);
    await store.quarantine([refusedRecord('M2', 7), refusedAlarm('M3', 'a')]);
    const groups = [
      ...[
        {
          code: 'unknown-machine',
          machine: 'M2',
          items: 3,
          fromAt: START + 5 * MINUTE,
          toAt: START + 9 * MINUTE,
        },
      ],
      ...[{ code: 'too-old', machine: 'M1', items: 1, fromAt: START + 3 * MINUTE, toAt: START + 3 * MINUTE }],
      ...[{ code: 'unknown-machine', machine: 'M3', items: 1, fromAt: START, toAt: START }],
    ];
    expect(store.health()).toMatchObject({ quarantined: 5, quarantine: groups, dropped: 0, waiting: 0 });
    expect(await readQuarantine(folder)).toEqual({ groups, items: 5, damaged: 0 });
    await store.close();
    expect((await open(folder)).health()).toMatchObject({ quarantined: 5, quarantine: groups });
  });

  test('gives back what is selected, in its order, and keeps the rest', async () => {
    const folder = newFolder();
    const store = await open(folder);
    const rows = range(0, 300).map((minute) => refusedRecord(minute % 3 === 0 ? 'M1' : 'M2', minute));
    await store.quarantine([...rows, refusedAlarm('M1', 'a'), refusedRecord('M1', 300, 'too-old')]);
    const selection = { machine: 'M1', code: 'unknown-machine' };
    expect(await store.resend(selection)).toEqual({ items: 101, left: 0, until: START });
    expect(await minutesOf(store)).toEqual([...range(0, 100).map((i) => i * 3), -1]);
    expect(store.health()).toMatchObject({ waiting: 101, quarantined: 201, dropped: 0 });
    await store.close();
    const again = await open(folder);
    expect(again.health()).toMatchObject({ waiting: 101, quarantined: 201 });
    expect(await again.resend({})).toEqual({ items: 201, left: 0, until: START });
    expect(again.health()).toMatchObject({ waiting: 302, quarantined: 0 });
    expect(again.health().quarantine).toBeUndefined();
    expect(existsSync(join(folder, 'quarantine.jsonl'))).toBe(false);
    expect(await again.resend({})).toEqual({ items: 0, left: 0, until: 0 });
  });

  test('gives back the records of one machine as those of another', async () => {
    const store = await open(newFolder());
    await store.quarantine([refusedRecord('PRES-1', 1), refusedRecord('M2', 2), refusedAlarm('PRES-1', 'a')]);
    await store.resend({ machine: 'PRES-1', as: 'PRESS-1' });
    const found = await waitingIn(store);
    expect(found.map(({ machine }) => machine)).toEqual(['PRESS-1', 'PRESS-1']);
    expect(store.health().quarantine).toMatchObject([{ machine: 'M2', items: 1 }]);
  });

  test('gives back as many at once as one upload has, the oldest first, and says how many are left', async () => {
    const store = await open(newFolder());
    await store.quarantine(range(0, 10_005).map((minute) => refusedRecord('M1', minute)));
    expect(await store.resend({})).toEqual({ items: 10_000, left: 5, until: START });
    expect(store.health()).toMatchObject({ waiting: 10_000, quarantined: 5 });
    expect(await store.resend({ until: START })).toEqual({ items: 5, left: 0, until: START });
    expect(await minutesOf(store)).toEqual(range(0, 10_005));
  });

  test('does not give what came back since the first asking to who asks for the rest', async () => {
    let now = START;
    const store = await open(newFolder(), { now: () => now });
    await store.quarantine([refusedRecord('M1', 1)]);
    const first = await store.resend({});
    expect(first).toMatchObject({ items: 1, until: START });
    now += 1;
    await store.quarantine([{ ...refusedRecord('M1', 1), at: now }]);
    expect(await store.resend({ until: START })).toMatchObject({ items: 0, left: 0 });
    expect(await store.resend({})).toMatchObject({ items: 1 });
  });

  test('steps over damaged lines, keeps them, and lets a torn one not take the next with it', async () => {
    const folder = newFolder();
    const path = join(folder, 'quarantine.jsonl');
    const good = JSON.stringify(refusedRecord('M1', 1));
    writeFileSync(path, `rubbish\n${good}\n{"at":1}\n${good.slice(0, 40)}`);
    const store = await open(folder);
    expect(store.health().quarantined).toBe(1);
    await store.quarantine([refusedRecord('M1', 2)]);
    expect(await readQuarantine(folder)).toMatchObject({ items: 2, damaged: 3 });
    expect(await store.resend({})).toMatchObject({ items: 2, left: 0 });
    expect(await minutesOf(store)).toEqual([1, 2]);
    expect(readFileSync(path, 'utf8')).toBe(`rubbish\n{"at":1}\n${good.slice(0, 40)}\n`);
  });

  test('that cannot be read keeps nobody from collecting, and is left as it is', async () => {
    const folder = newFolder();
    // Opened like a file, and refused at the first read.
    mkdirSync(join(folder, 'quarantine.jsonl'));
    const store = await open(folder);
    expect(store.health()).toMatchObject({ quarantined: 0, dropped: 0 });
    await expect(store.resend({})).rejects.toThrow('EISDIR');
    await store.quarantine([refusedRecord('M1', 1)]);
    expect(store.health()).toMatchObject({ quarantined: 0, dropped: 1 });
    expect(statSync(join(folder, 'quarantine.jsonl')).isDirectory()).toBe(true);
  });

  test('counts as lost what newer ones take the place of', async () => {
    const store = await open(newFolder());
    const large = (minute: number): Quarantined => ({
      ...refusedRecord('M1', minute),
      message: 'x'.repeat(900_000),
    });
    for (let minute = 0; minute < 21; minute++) await store.quarantine([large(minute)]);
    const { quarantined, dropped } = store.health();
    expect([quarantined + dropped, dropped]).toEqual([21, 10]);
    expect(store.losses()).toMatchObject([
      { reason: 'quota', records: 10, fromMinute: START, toMinute: START + 9 * MINUTE },
    ]);
  });

  test('read from any bytes never fails and finds every good line', async () => {
    const path = join(newFolder(), 'lines');
    const words = fc.string({ unit: fc.constantFrom('a', '"', '\\', '\u2028', '\r', '\n', '工', '\0') });
    const part = fc.oneof(
      fc.record({ row: words }),
      fc.record({ rubbish: fc.uint8Array({ maxLength: 40 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 20 }), async (parts) => {
        const good: string[] = [];
        writeFileSync(path, '');
        for (const one of parts) {
          if ('row' in one) good.push(one.row);
          const line =
            'row' in one ? JSON.stringify({ ...refusedRecord('M1', 1), message: one.row }) : one.rubbish;
          appendFileSync(path, line);
          appendFileSync(path, '\n');
        }
        const found: string[] = [];
        for await (const { row } of quarantineLines(path)) if (row !== undefined) found.push(row.message);
        expect(found).toEqual(good);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a resend', () => {
  test('never pushes out what waits: without room in the quota it is refused and changes nothing', async () => {
    const folder = newFolder();
    const store = await open(folder, { buffer: { quotaMiB: 8, whenFull: 'drop-oldest' } });
    await store.quarantine(range(0, 3_000).map((minute) => refusedRecord('M1', minute)));
    const signals = Object.fromEntries(range(0, 32).map((i) => [`signal-${i}`.padEnd(60, '-'), i]));
    for (let minute = 0; store.health().bytes < 8.2e6; minute++) {
      const record = { machine: 'M2', minute: START + minute * MINUTE, runningS: 0, count: 0, signals };
      store.append({ kind: 'records', records: Array.from({ length: 20 }, () => record) });
    }
    const before = store.health();
    expect(await store.resend({})).toEqual({ refused: 'quota' });
    expect(store.health()).toMatchObject({ quarantined: 3_000, dropped: 0, waiting: before.waiting });
  });

  test('on a disk that refuses lets go of nothing', async () => {
    const broken = { is: false };
    const write: Disk['write'] = async (file, bytes, position) => {
      if (broken.is && position + bytes.length > (await file.stat()).size)
        throw Object.assign(new TypeError('full'), { code: 'ENOSPC' });
      await REAL_DISK.write(file, bytes, position);
    };
    const store = await open(newFolder(), { disk: { ...REAL_DISK, write } });
    await store.quarantine([refusedRecord('M1', 1), refusedRecord('M2', 2)]);
    broken.is = true;
    store.saveCheckpoint({ counted: 1 });
    await store.flush();
    expect(await store.resend({ machine: 'M1' })).toEqual({ refused: 'disk' });
    await store.quarantine([refusedRecord('M3', 3)]);
    expect(store.health()).toMatchObject({ quarantined: 2, dropped: 1 });
    broken.is = false;
    await store.durable();
    expect(await store.resend({ machine: 'M1' })).toMatchObject({ items: 1 });
    expect(await minutesOf(store)).toEqual([1]);
  });

  test('that is killed anywhere leaves everything in the log or in the quarantine', async () => {
    const folder = newFolder();
    const store = await open(folder);
    await store.quarantine(range(0, 2_000).map((minute) => refusedRecord(`M${minute % 40}`, minute)));
    await store.close();
    for (const words of [1, 7, 13]) {
      await runAndKill(folder, words);
      const after = await open(folder);
      const rows: number[] = [];
      for await (const { row } of quarantineLines(join(folder, 'quarantine.jsonl')))
        if (row !== undefined && 'minute' in row.item) rows.push((row.item.minute - START) / MINUTE);
      expect(after.health().quarantined).toBe(rows.length);
      expect(rows.length).toBeLessThan(2_000);
      const all = new Set([...rows, ...(await minutesOf(after))]);
      expect(all.size).toBe(2_000);
      await after.close();
    }
  });
});

/** Sends one machine after the other again, tells each, and is killed after so many words. */
async function runAndKill(folder: string, words: number): Promise<void> {
  const program = `
import { openStore } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
const store = await openStore({ folder: process.argv[1], buffer: { fsyncMs: 10, quotaMiB: 8 }, now: Date.now });
for (let number = 0; ; number = (number + 1) % 40) {
  await store.resend({ machine: 'M' + number });
  process.stdout.write('sent\\n');
}
`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  let said = 0;
  for await (const _ of createInterface({ input: child.stdout })) if (++said === words) child.kill('SIGKILL');
  await ended;
}

describe('an agent that runs on the folder', () => {
  test('sends again what another process of the same user asks for; nobody answers when none runs', async () => {
    const folder = newFolder();
    expect(await resendThere(folder, {})).toBeUndefined();
    const store = await open(folder);
    await store.quarantine([refusedRecord('M1', 1), refusedRecord('M2', 2)]);
    expect(await resendThere(folder, { machine: 'M2' })).toEqual({ items: 1, left: 0, until: START });
    expect(await minutesOf(store)).toEqual([2]);
    await store.close();
    expect(await resendThere(folder, {})).toBeUndefined();
  });

  test('closes whoever says nonsense, answers the next, and ends while one says nothing', async () => {
    const folder = newFolder();
    const store = await open(folder);
    const say = async (text: string): Promise<string> => {
      const socket = connect(join(folder, 'lock'));
      let heard = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        heard += chunk;
      });
      socket.on('error', () => undefined);
      socket.write(text);
      await new Promise<void>((done) => socket.once('close', () => done()));
      return heard;
    };
    expect(await say('x'.repeat(100_000))).toBe('');
    expect(await say('{"resend": 7}\n')).toContain('error');
    expect(await say('no json\n')).toContain('error');
    expect(await resendThere(folder, {})).toMatchObject({ items: 0 });
    const silent = connect(join(folder, 'lock'));
    await new Promise<void>((done) => silent.once('connect', () => done()));
    await store.close();
    silent.destroy();
    expect(statSync(folder).isDirectory()).toBe(true);
    expect(existsSync(join(folder, 'lock'))).toBe(false);
  });
});
