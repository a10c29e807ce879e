import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffLines } from './line-diff.ts';

describe('the difference between two texts', () => {
  it('shows what changed with three lines around it, and how much is left out', () => {
    const before = ['a', 'b', 'c', 'd', 'e', 'f'].join('\n');
    expect(diffLines(before, before.replace('e', 'E'))).toEqual([
      { kind: 'left-out', text: '1' },
      { kind: 'same', text: 'b' },
      { kind: 'same', text: 'c' },
      { kind: 'same', text: 'd' },
      { kind: 'removed', text: 'e' },
      { kind: 'added', text: 'E' },
      { kind: 'same', text: 'f' },
    ]);
  });

  it('leads from the one to the other for any texts', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 7 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = diffLines(before, after);
        if (lines.some(({ kind }) => kind === 'left-out')) return;
        const side = (other: string) => lines.filter(({ kind }) => kind !== other).map((one) => one.text);
        expect(side('added').join('\n')).toBe(before);
        expect(side('removed').join('\n')).toBe(after);
      }),
    );
  });
});
