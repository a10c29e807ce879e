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
