import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  clip,
  durationMs,
  type Interval,
  intersect,
  normalize,
  overlaps,
  subtract,
  union,
} from './interval.ts';

const SPAN = 40;
const interval = fc
  .tuple(fc.nat(SPAN), fc.nat(SPAN))
  .map(([a, b]): Interval => ({ startMs: Math.min(a, b), endMs: Math.max(a, b) }));
const intervals = fc.array(interval, { maxLength: 8 });

/** The slow truth: which instants are held. */
function instants(list: readonly Interval[]): boolean[] {
  return Array.from({ length: SPAN }, (_, t) => list.some((span) => span.startMs <= t && t < span.endMs));
}

test('union, intersection and difference hold exactly the instants that logic says', () => {
  fc.assert(
    fc.property(intervals, intervals, (a, b) => {
      const inA = instants(a);
      const inB = instants(b);
      expect(instants(union(a, b))).toEqual(inA.map((held, t) => held || inB[t]));
      expect(instants(intersect(a, b))).toEqual(inA.map((held, t) => held && inB[t]));
      expect(instants(subtract(a, b))).toEqual(inA.map((held, t) => held && !inB[t]));
    }),
  );
});

test('every result is in normal form, so that doing it again changes nothing', () => {
  fc.assert(
    fc.property(intervals, intervals, (a, b) => {
      for (const list of [union(a, b), intersect(a, b), subtract(a, b)])
        expect(normalize(list)).toEqual(list);
    }),
  );
});

test('the order of intervals does not matter and durations add up', () => {
  fc.assert(
    fc.property(intervals, intervals, (a, b) => {
      expect(union(a, b)).toEqual(union(b, a));
      expect(durationMs(a)).toBe(durationMs(intersect(a, b)) + durationMs(subtract(a, b)));
      expect(durationMs(a)).toBe(instants(a).filter(Boolean).length);
    }),
  );
});

test('intervals that only touch share nothing', () => {
  expect(overlaps({ startMs: 0, endMs: 5 }, { startMs: 5, endMs: 9 })).toBe(false);
  expect(
    normalize([
      { startMs: 0, endMs: 5 },
      { startMs: 5, endMs: 9 },
    ]),
  ).toEqual([{ startMs: 0, endMs: 9 }]);
  expect(clip([{ startMs: 0, endMs: 5 }], { startMs: 5, endMs: 9 })).toEqual([]);
});
