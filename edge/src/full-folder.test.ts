import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandOutcome } from '@millrace/contract';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { openCommandJournal } from './command/index.ts';
import { replaceFile } from './identity/index.ts';

const KIB = 1_024;
const START = Date.UTC(2026, 2, 2);
const LATER = START + 3_600_000;
const executed: CommandOutcome = { state: 'executed', refusal: null, detail: null, readBack: 5, at: START };

/** A file system of its own with 256 KiB, or why there is none. */
function mountSmall(): { folder: string } | { missing: string } {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-full-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder], { stdio: 'pipe' });
    return { folder };
  } catch (cause) {
    rmSync(folder, { recursive: true, force: true });
    const refused = `mount refuses: ${String(cause).split('\n')[0]}`;
    return { missing: process.getuid?.() === 0 ? refused : 'only root may mount' };
  }
}
const small = mountSmall();
const folder = 'folder' in small ? small.folder : '';
const stuff = join(folder, 'stuff');
const why = 'missing' in small ? ` (skipped: ${small.missing})` : '';

afterAll(() => {
  if (folder === '') return;
  execFileSync('umount', ['-l', folder]);
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  for (const name of folder === '' ? [] : readdirSync(folder)) rmSync(join(folder, name));
});

/** Somebody else's files take what is left, but for so much. */
function fill(leftBytes: number): void {
  writeFileSync(stuff, Buffer.alloc(256 * KIB - usedBytes() - leftBytes));
}
const usedBytes = (): number => {
  const [, , used] =
    execFileSync('df', ['-B1', folder], { encoding: 'utf8' }).split('\n')[1]?.split(/\s+/) ?? [];
  return Number(used);
};

describe.skipIf('missing' in small)(`a data folder without room${why}`, () => {
  test('keeps the old text whole when the new one fits in part, and nothing beside it', () => {
    const path = join(folder, 'config.json');
    replaceFile(path, 'as it was');
    fill(32 * KIB);
    for (let attempt = 0; attempt < 3; attempt++)
      expect(() => replaceFile(path, 'x'.repeat(100 * KIB))).toThrow('ENOSPC');
    expect(readFileSync(path, 'utf8')).toBe('as it was');
    expect(readdirSync(folder).sort()).toEqual(['config.json', 'stuff']);
  });

  test('does not keep the journal from being read: what was begun is unknown, and no command is trusted', () => {
    const before = openCommandJournal(folder, () => START);
    before.start('a', LATER);
    before.close();
    // A power cut amid a line, that fills its page.
    const file = join(folder, 'commands.journal');
    appendFileSync(file, '#'.repeat(4 * KIB - readFileSync(file).length));
    fill(0);
    for (let start = 0; start < 2; start++) {
      const journal = openCommandJournal(folder, () => START);
      expect(journal.untold()).toMatchObject([{ id: 'a', outcome: { state: 'unknown' } }]);
      expect(journal.distrustedUntil).toBeGreaterThan(LATER);
      journal.close();
    }
    rmSync(stuff);
    openCommandJournal(folder, () => START).close();
    expect(readFileSync(file, 'utf8')).not.toContain('#');
    const whole = openCommandJournal(folder, () => START);
    expect(whole.distrustedUntil).toBeGreaterThan(LATER);
    whole.close();
  });

  test('stops new commands, and not the line on which the platform settles old ones', () => {
    const journal = openCommandJournal(folder, () => START);
    journal.start('a', LATER);
    journal.end('a', executed, LATER);
    const file = join(folder, 'commands.journal');
    fill(0);
    // Its last page still has room, as on any disk.
    while (room(() => journal.start(`b${readFileSync(file).length}`, LATER)));
    journal.settle(['a']);
    expect(journal.untold().map(({ id }) => id)).toEqual(['a']);
    rmSync(stuff);
    journal.settle(['a']);
    expect(journal.untold()).toEqual([]);
    journal.close();
  });
});

function room(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (cause) {
    expect(cause).toMatchObject({ code: 'ENOSPC' });
    return false;
  }
}
