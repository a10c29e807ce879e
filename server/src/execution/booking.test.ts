import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { book, bookingSpan } from './booking.ts';

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

test('every piece is booked once and the operation is done with its last good one', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5_000 }),
      fc.array(fc.nat({ max: 500 }), { maxLength: 40 }),
      fc.nat({ max: 20 }),
      (quantity, spans, scrap) => {
        let counted = 0;
        let runningS = 0;
        for (const pieces of spans) {
          const result = book({ quantity, counted, manualGood: 0, scrap, runningS }, pieces, 30);
          expect(result.counted).toBe(counted + pieces);
          expect(result.done).toBe(result.goodQuantity >= quantity);
          ({ counted, runningS } = result);
        }
        expect(counted).toBe(spans.reduce((sum, pieces) => sum + pieces, 0));
        expect(runningS).toBe(spans.length * 30);
      },
    ),
  );
});
