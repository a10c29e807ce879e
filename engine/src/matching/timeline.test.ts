import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Timeline } from './timeline.ts';

const SPAN = 60;
const change = fc.record({
  add: fc.boolean(),
  start: fc.nat(SPAN - 1),
  length: fc.integer({ min: 1, max: 9 }),
});
const changes = fc.array(change, { maxLength: 30 });

/** The slow truth: one flag per unit of time. */
function replay(list: readonly { add: boolean; start: number; length: number }[]): {
  timeline: Timeline;
  busy: boolean[];
} {
  const timeline = new Timeline();
  const busy = Array.from({ length: SPAN + 20 }, () => false);
  for (const { add, start, length } of list) {
    if (add) timeline.add(start, start + length);
    else timeline.remove(start, start + length);
    busy.fill(add, start, start + length);
  }
  return { timeline, busy };
}

function free(busy: readonly boolean[], start: number, length: number): boolean {
  return start >= 0 && !busy.slice(start, start + length).includes(true);
}

test('a timeline finds the same gaps as a list of flags', () => {
  fc.assert(
    fc.property(changes, fc.nat(SPAN), fc.integer({ min: 1, max: 12 }), (list, edge, length) => {
      const { timeline, busy } = replay(list);
      let forward = edge;
      while (!free(busy, forward, length)) forward++;
      expect(timeline.fitForward(edge, length)).toBe(forward);
      let backward = edge - length;
      while (backward >= 0 && !free(busy, backward, length)) backward--;
      expect(Math.max(-1, timeline.fitBackward(edge, length))).toBe(Math.max(-1, backward));
      expect(timeline.isFree(edge, edge + length)).toBe(free(busy, edge, length));
    }),
    { numRuns: 500 },
  );
});

test('what lies wholly in a pause takes no time, and still nothing may span it', () => {
  const timeline = new Timeline();
  timeline.add(10, 10);
  expect(timeline.fitForward(0, 10)).toBe(0);
  expect(timeline.fitForward(5, 8)).toBe(10);
  expect(timeline.fitBackward(15, 8)).toBe(2);
  expect(timeline.isFree(8, 12)).toBe(false);
  expect(timeline.isFree(10, 12)).toBe(true);
});

test('a copy does not follow the original', () => {
  const timeline = new Timeline();
  timeline.add(0, 5);
  const copy = timeline.clone();
  timeline.add(5, 9);
  expect(copy.isFree(5, 9)).toBe(true);
  copy.remove(0, 2);
  expect(timeline.isFree(0, 2)).toBe(false);
  const third = copy.clone();
  copy.add(0, 1);
  expect(third.isFree(0, 2)).toBe(true);
});
