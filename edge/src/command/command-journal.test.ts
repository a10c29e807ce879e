import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandOutcome } from '@millrace/contract';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openCommandJournal } from './command-journal.ts';

const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 2, 2);
const executed: CommandOutcome = { state: 'executed', refusal: null, detail: null, readBack: 5, at: START };
let folder: string;
let now: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-journal-'));
  now = START;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const open = () => openCommandJournal(folder, () => now);
const file = () => join(folder, 'commands.journal');

describe('the journal of commands', () => {
  test('keeps what ended until it is settled, and the id for a day more', () => {
    const first = open();
    first.start('a', START + HOUR_MS);
    first.end('a', executed, START + HOUR_MS);
    expect(first.untold()).toEqual([{ id: 'a', outcome: executed }]);
    first.close();
    const second = open();
    expect(second.untold()).toHaveLength(1);
    second.settle(['a', 'never heard of']);
    expect(second.untold()).toEqual([]);
    expect(() => second.start('a', START + HOUR_MS)).toThrow(/begun before/);
    now += 27 * HOUR_MS;
    second.settle([]);
    expect(second.known('a')).toBeUndefined();
    second.close();
  });

  test('says unknown of what was begun and not ended when the agent went', () => {
    const first = open();
    first.start('a', START + HOUR_MS);
    first.close();
    const second = open();
    expect(second.untold()).toMatchObject([{ id: 'a', outcome: { state: 'unknown' } }]);
    expect(() => second.start('a', START + HOUR_MS)).toThrow(/begun before/);
    second.close();
  });

  test('cut or rotten at any byte: an id that was begun is known, or no command is trusted for longer than any lives', () => {
    const journal = open();
    const begun: { id: string; from: number }[] = [];
    for (const id of ['a', 'b', 'c']) {
      journal.start(id, START + HOUR_MS);
      begun.push({ id, from: readFileSync(file()).byteLength });
      if (id !== 'b') journal.end(id, executed, START + HOUR_MS);
      if (id === 'a') journal.settle([id]);
    }
    journal.close();
    const whole = readFileSync(file());
    const damage = fc.tuple(
      fc.integer({ min: 0, max: whole.byteLength - 1 }),
      fc.constantFrom('cut', 'flip'),
      fc.integer({ min: 1, max: 255 }),
    );
    fc.assert(
      fc.property(damage, ([at, kind, bits]) => {
        const bytes = Buffer.from(kind === 'cut' ? whole.subarray(0, at) : whole);
        if (kind === 'flip') bytes[at] = (bytes[at] ?? 0) ^ bits;
        writeFileSync(file(), bytes);
        rmSync(`${file()}.distrusted`, { force: true });
        const after = open();
        const trusted = after.distrustedUntil === undefined;
        if (!trusted) expect(after.distrustedUntil).toBeGreaterThan(START + HOUR_MS);
        for (const { id, from } of begun) {
          // A cut before the end of the line means that `start` had not returned.
          const hadReturned = kind === 'flip' || at >= from;
          if (hadReturned && trusted) expect(after.known(id)).toBeDefined();
          if (trusted && id === 'b' && hadReturned) expect(after.known(id)?.outcome?.state).toBe('unknown');
        }
        after.close();
        // What was repaired is whole for the next start, and the distrust is not forgotten by it.
        const next = open();
        expect(next.distrustedUntil === undefined).toBe(trusted);
        next.close();
      }),
      { numRuns: 150 },
    );
  });

  test('trusts again when no command of before the damage can live', () => {
    const first = open();
    first.start('a', START + HOUR_MS);
    first.close();
    writeFileSync(file(), `${readFileSync(file(), 'utf8')}rubbish`);
    const second = open();
    expect(second.distrustedUntil).toBeDefined();
    second.close();
    now += 2 * HOUR_MS;
    const third = open();
    expect(third.distrustedUntil).toBeUndefined();
    third.close();
  });
});
