import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRing, minuteAt, pushMinute, RING_MINUTES } from './minute-ring.ts';

test('a ring tells the last hour as it was, with its gaps, however large the numbers get', () => {
  const steps = fc.array(
    fc.tuple(
      fc.integer({ min: 1, max: 90 }),
      fc.oneof(fc.nat(300), fc.nat(70_000), fc.constant(4_000_000_000)),
    ),
    { minLength: 1, maxLength: 200 },
  );
  fc.assert(
    fc.property(steps, (pushes) => {
      const ring = createRing(2);
      const truth = new Map<number, number>();
      let newest = -1;
      for (const [ahead, value] of pushes) {
        const minute = newest + ahead;
        pushMinute(ring, 1, newest, minute, value);
        truth.set(minute, value);
        newest = minute;
      }
      for (let minute = Math.max(0, newest - RING_MINUTES + 1); minute <= newest; minute++) {
        expect(minuteAt(ring, 1, minute)).toBe(truth.get(minute));
      }
      expect(minuteAt(ring, 0, newest)).toBeUndefined();
    }),
  );
});

test('a single large number takes no more room for the others, many of them do', () => {
  const ring = createRing(32);
  pushMinute(ring, 3, -1, 7, 5_000);
  expect(ring.values.BYTES_PER_ELEMENT).toBe(1);
  for (let minute = 8; minute < 8 + RING_MINUTES; minute++) pushMinute(ring, 3, minute - 1, minute, 1);
  expect(ring.spilled?.size).toBe(0);
  for (let minute = 100; minute < 130; minute++)
    for (let machine = 0; machine < 3; machine++) pushMinute(ring, machine, minute - 1, minute, 5_000);
  expect(ring.values.BYTES_PER_ELEMENT).toBe(2);
  expect(minuteAt(ring, 0, 100)).toBe(5_000);
});
