import { MACHINE_STATES } from '@millrace/contract';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { minuteState, NO_RECORD, RUNNING } from './minute-state.ts';
import { accountTime, MAINTENANCE, OUTSIDE, PLANNED, planMinutes } from './time-account.ts';

const MINUTE_MS = 60_000;
const anyState = fc.oneof(fc.nat({ max: MACHINE_STATES.length - 1 }), fc.constant(NO_RECORD));
const anySpans = fc.array(
  fc.tuple(fc.nat({ max: 300 * MINUTE_MS }), fc.nat({ max: 100 * MINUTE_MS })).map(([startMs, length]) => ({
    startMs,
    endMs: startMs + length,
  })),
  { maxLength: 5 },
);

describe('time accounting', () => {
  test('gives every minute of planned operation time exactly one class', () => {
    fc.assert(
      fc.property(fc.array(anyState, { maxLength: 240 }), anySpans, anySpans, (states, windows, blocks) => {
        const plan = planMinutes(0, states.length, windows, blocks);
        const time = accountTime(Uint8Array.from(states), plan);
        const classes =
          time.aptMin + time.austMin + time.adetMin + time.adotMin + time.apmtMin + time.unrecordedMin;
        expect(classes).toBe(time.potMin);
        expect(time.pbtMin).toBe(time.potMin - time.apmtMin);
        const running = states.filter((state) => state === RUNNING).length;
        expect(time.aptMin + time.outsidePotMin).toBe(running);
      }),
    );
  });

  test('a minute belongs to the span that holds its beginning', () => {
    const plan = planMinutes(
      10,
      6,
      [{ startMs: 11 * MINUTE_MS, endMs: 15 * MINUTE_MS }],
      [{ startMs: 12 * MINUTE_MS + 1, endMs: 13 * MINUTE_MS + 1 }],
    );
    expect([...plan]).toEqual([OUTSIDE, PLANNED, PLANNED, MAINTENANCE, PLANNED, OUTSIDE]);
  });

  test('maintenance goes before what the machine did, and production in it is told apart', () => {
    const states = Uint8Array.of(RUNNING, RUNNING, NO_RECORD);
    const time = accountTime(states, Uint8Array.of(MAINTENANCE, PLANNED, PLANNED));
    expect(time).toMatchObject({ apmtMin: 1, aptMin: 1, unrecordedMin: 1, outsidePotMin: 1, pbtMin: 2 });
  });

  test('a minute is running when the machine ran for most of it, whatever it says of itself', () => {
    const down = MACHINE_STATES.indexOf('down');
    expect(minuteState(45, down)).toBe(RUNNING);
    expect(minuteState(0, RUNNING)).toBe(MACHINE_STATES.indexOf('idle'));
    expect(minuteState(0, down)).toBe(down);
  });
});
