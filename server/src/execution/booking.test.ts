import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { book, bookingSpan, missingPieces } from './booking.ts';

const MINUTE = 60_000;

describe('booking spans', () => {
  test('follow each other without gap or overlap, whatever the clock and the records do', () => {
    const step = fc.record({ clockMs: fc.nat({ max: 30 * MINUTE }), recorded: fc.nat({ max: 20 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        let nowMs = 1_000 * MINUTE;
        let newest = 995 * MINUTE;
        let booked = 990 * MINUTE;
        let covered = 0;
        for (const { clockMs, recorded } of steps) {
          nowMs += clockMs;
          newest = Math.min(newest + recorded * MINUTE, nowMs - (nowMs % MINUTE));
          const span = bookingSpan(booked, newest, nowMs);
          if (!span) continue;
          expect(span.fromMs).toBe(booked);
          expect(span.untilMs % MINUTE).toBe(0);
          covered += span.untilMs - span.fromMs;
          booked = span.untilMs;
        }
        expect(covered).toBe(booked - 990 * MINUTE);
        expect(booked).toBeLessThanOrEqual(nowMs + MINUTE);
      }),
    );
  });

  test('wait for minutes that have not arrived, so that a back-fill is counted', () => {
    const now = 100_000 * MINUTE;
    expect(bookingSpan(now - 60 * MINUTE, now - 60 * MINUTE - MINUTE, now)).toBeUndefined();
    expect(bookingSpan(now - 60 * MINUTE, now - 10 * MINUTE, now)).toEqual({
      fromMs: now - 60 * MINUTE,
      untilMs: now - 9 * MINUTE,
    });
  });

  test('do not wait for ever', () => {
    const now = 100_000 * MINUTE;
    expect(bookingSpan(0, null, now)).toEqual({ fromMs: 0, untilMs: now - 24 * 60 * MINUTE });
  });
});

describe('the pieces of a span', () => {
  const operation = fc.record({
    quantity: fc.integer({ min: 1, max: 5_000 }),
    counted: fc.nat({ max: 5_000 }),
    manualGood: fc.nat({ max: 100 }),
    scrap: fc.nat({ max: 100 }),
    runningS: fc.nat({ max: 100_000 }),
  });

  test('are booked once, to the operations in their order, running time too', () => {
    fc.assert(
      fc.property(
        fc.array(operation, { minLength: 1, maxLength: 4 }),
        fc.nat({ max: 20_000 }),
        fc.nat({ max: 3_600 }),
        (due, pieces, runningS) => {
          const booked = book(due, pieces, runningS);
          const gained = booked.map((one, index) => one.counted - (due[index]?.counted ?? 0));
          const gainedS = booked.map((one, index) => one.runningS - (due[index]?.runningS ?? 0));
          const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
          expect(sum(gained)).toBe(pieces);
          expect(sum(gainedS)).toBe(runningS);
          expect(Math.min(...gained, ...gainedS)).toBeGreaterThanOrEqual(0);
          booked.forEach((one, index) => {
            const before = due[index];
            if (!before) return;
            expect(one.done).toBe(one.goodQuantity >= before.quantity);
            // The next gets something only when this one has all it needs.
            if (index < booked.length - 1) expect(gained[index]).toBe(missingPieces(before));
          });
        },
      ),
    );
  });

  test('finish one operation and begin the next, also after scrap', () => {
    const fresh = { counted: 0, manualGood: 0, scrap: 0, runningS: 0 };
    const [first, second] = book(
      [
        { ...fresh, quantity: 10, scrap: 2 },
        { ...fresh, quantity: 50 },
      ],
      20,
      600,
    );
    expect(first).toMatchObject({ counted: 12, goodQuantity: 10, done: true, runningS: 360 });
    expect(second).toMatchObject({ counted: 8, goodQuantity: 8, done: false, runningS: 240 });
  });
});
