import { calendarWindows } from '@millrace/engine';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CalendarPattern,
  checkPattern,
  DEFAULT_PATTERN,
  patternKey,
  toShiftCalendar,
} from './calendar.ts';
import { createWorkingTime } from './working-time.ts';

const DAY = 86_400_000;
const time = fc
  .tuple(fc.nat(23), fc.constantFrom(0, 15, 30, 45))
  .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
const shift = fc.record({
  name: fc.constantFrom('Early', 'Late', 'Night'),
  weekday: fc.integer({ min: 1, max: 7 }),
  from: time,
  to: time,
});
const pattern: fc.Arbitrary<CalendarPattern> = fc.record({
  shifts: fc.array(shift, { maxLength: 6 }),
  exceptions: fc.constant([]),
});
const zone = fc.constantFrom('Asia/Shanghai', 'Europe/Berlin', 'America/New_York', 'UTC');
/** Around the change of the clocks in Europe and America. */
const instant = fc.integer({ min: Date.UTC(2026, 2, 1), max: Date.UTC(2026, 3, 15) });

const minutes = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
/** The slow truth: every quarter of an hour of two weeks, counted. */
function overlapsByCounting({ shifts }: CalendarPattern): boolean {
  const taken = new Set<number>();
  for (const { weekday, from, to } of shifts) {
    const start = (weekday - 1) * 1440 + minutes(from);
    const end = (weekday - 1) * 1440 + minutes(to) + (to <= from ? 1440 : 0);
    for (let minute = start; minute < end; minute += 15) {
      const key = minute % 10_080;
      if (taken.has(key)) return true;
      taken.add(key);
    }
  }
  return false;
}

describe('a calendar', () => {
  test('is refused exactly when two of its shifts share a quarter of an hour', () => {
    fc.assert(
      fc.property(pattern, (one) => {
        expect(checkPattern(one)?.code).toBe(overlapsByCounting(one) ? 'shifts-overlap' : undefined);
      }),
      { numRuns: 500 },
    );
  });

  test('has a key that depends on its content, not on the order of its shifts', () => {
    fc.assert(
      fc.property(pattern, (one) => {
        const turned = { ...one, shifts: one.shifts.toReversed() };
        expect(patternKey(turned)).toBe(patternKey(one));
        const more = {
          ...one,
          shifts: [...one.shifts, { name: 'x', weekday: 1, from: '01:00', to: '02:00' }],
        };
        expect(patternKey(more)).not.toBe(patternKey(one));
      }),
    );
  });

  test('gives the same windows in pieces as in one go, also when the clock changes', () => {
    const working = createWorkingTime();
    fc.assert(
      fc.property(pattern, zone, instant, fc.integer({ min: 0, max: 90 * DAY }), (one, where, from, span) => {
        const calendar = { key: `${where} ${patternKey(one)}`, zone: where, calendar: toShiftCalendar(one) };
        const whole = calendarWindows(calendar.calendar, where, from, from + span);
        expect(working.windows(calendar, from, from + span)).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });

  test('that nobody made is Monday to Friday, eight hours', () => {
    const calendar = { key: 'default', zone: 'UTC', calendar: toShiftCalendar(DEFAULT_PATTERN) };
    const monday = Date.UTC(2026, 2, 2);
    const shifts = createWorkingTime().shifts(calendar, DEFAULT_PATTERN, '2026-03-02');
    expect(shifts).toEqual([{ name: 'Day', from: monday + 8 * 3_600_000, to: monday + 16 * 3_600_000 }]);
  });

  test('keeps apart shifts that touch, and gives a night shift its real length', () => {
    const shifts = [
      { name: 'Late', weekday: 6, from: '14:00', to: '22:00' },
      { name: 'Night', weekday: 6, from: '22:00', to: '06:00' },
    ];
    const one = { shifts, exceptions: [] };
    const calendar = { key: 'berlin', zone: 'Europe/Berlin', calendar: toShiftCalendar(one) };
    // The night in which the clock goes forward: seven hours.
    const spans = createWorkingTime().shifts(calendar, one, '2026-03-28');
    expect(spans.map(({ name, from, to }) => [name, (to - from) / 3_600_000])).toEqual([
      ['Late', 8],
      ['Night', 7],
    ]);
  });
});
