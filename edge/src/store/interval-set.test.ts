import fc from 'fast-check';
import { expect, test } from 'vitest';
import { INTERVALS_MAX, IntervalSet } from './interval-set.ts';

test('a set of intervals says the same as a set of numbers', () => {
  const range = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.nat(6));
  fc.assert(
    fc.property(fc.array(range, { maxLength: 30 }), (ranges) => {
      const set = new IntervalSet();
      const model = new Set<number>();
      for (const [from, length] of ranges) {
        expect(set.add(from, from + length)).toBe(true);
        for (let one = from; one <= from + length; one++) model.add(one);
      }
      for (let one = 0; one <= 70; one++) {
        expect(set.has(one)).toBe(model.has(one));
        let outside = one;
        while (model.has(outside)) outside++;
        expect(set.firstOutside(one)).toBe(outside);
        expect(set.covers(one, one + 3)).toBe([0, 1, 2, 3].every((more) => model.has(one + more)));
      }
      expect(set.last()).toBe(Math.max(0, ...model));
      const intervals = set.toArray();
      // Disjoint, sorted, and never touching.
      for (const [i, [from]] of intervals.entries()) {
        if (i > 0) expect(from).toBeGreaterThan((intervals[i - 1]?.[1] ?? 0) + 1);
      }
      expect(new IntervalSet(intervals).toArray()).toEqual(intervals);
    }),
  );
});

test('a set that has all its holes takes what closes one, and nothing that makes another', () => {
  const set = new IntervalSet();
  for (let i = 1; i <= INTERVALS_MAX; i++) expect(set.add(3 * i, 3 * i)).toBe(true);
  expect(set.add(1, 1)).toBe(false);
  expect(set.add(4, 5)).toBe(true);
  expect(set.add(1, 1)).toBe(true);
});
