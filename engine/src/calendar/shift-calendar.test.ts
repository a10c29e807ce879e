import { expect, test } from 'vitest';
import { durationMs } from '../interval/interval.ts';
import { calendarWindows, localDay, localDays, type ShiftCalendar } from './shift-calendar.ts';
import { workingMs } from './working-time.ts';

const HOUR_MS = 3_600_000;
const BERLIN = 'Europe/Berlin';
const at = (text: string): number => Date.parse(text);
const night: ShiftCalendar = {
  weekly: [{ weekday: 6, from: '22:00', to: '06:00' }],
  exceptions: [],
};

test('a missing calendar means Monday to Friday, eight hours of the site, never around the clock', () => {
  const windows = calendarWindows(
    undefined,
    'Asia/Shanghai',
    at('2026-01-05T00:00+08:00'),
    at('2026-01-12T00:00+08:00'),
  );
  expect(windows).toHaveLength(5);
  expect(windows[0]).toEqual({ startMs: at('2026-01-05T08:00+08:00'), endMs: at('2026-01-05T16:00+08:00') });
  expect(durationMs(windows)).toBe(40 * HOUR_MS);
});

test('a night shift lasts seven hours when the clock goes forward and nine when it goes back', () => {
  const hours = (from: string, to: string): number =>
    durationMs(calendarWindows(night, BERLIN, at(from), at(to))) / HOUR_MS;
  expect(hours('2026-03-28T00:00Z', '2026-03-30T00:00Z')).toBe(7);
  expect(hours('2026-10-24T00:00Z', '2026-10-26T00:00Z')).toBe(9);
  expect(hours('2026-06-06T00:00Z', '2026-06-08T00:00Z')).toBe(8);
});

test('a shift keeps its wall-clock time on both sides of the change', () => {
  const day: ShiftCalendar = {
    weekly: [5, 1].map((weekday) => ({ weekday: weekday as 1 | 5, from: '08:00', to: '16:00' })),
    exceptions: [],
  };
  const windows = calendarWindows(day, BERLIN, at('2026-03-27T00:00Z'), at('2026-03-31T00:00Z'));
  expect(windows.map((window) => new Date(window.startMs).toISOString())).toEqual([
    '2026-03-27T07:00:00.000Z',
    '2026-03-30T06:00:00.000Z',
  ]);
});

test('a day of the change has 23 or 25 hours, and days cover the span without a gap', () => {
  const length = (date: string): number => {
    const day = localDay(date, BERLIN);
    return (day.endMs - day.startMs) / HOUR_MS;
  };
  expect(length('2026-03-29')).toBe(23);
  expect(length('2026-10-25')).toBe(25);
  const days = localDays(at('2026-03-28T12:00Z'), at('2026-03-31T12:00Z'), BERLIN);
  expect(days.map((day) => day.date)).toEqual(['2026-03-28', '2026-03-29', '2026-03-30', '2026-03-31']);
  for (let i = 1; i < days.length; i++) expect(days[i]?.startMs).toBe(days[i - 1]?.endMs);
});

test('an exception replaces the shifts of its day, and a holiday has none', () => {
  const calendar: ShiftCalendar = {
    weekly: [1, 2, 3].map((weekday) => ({ weekday: weekday as 1 | 2 | 3, from: '08:00', to: '16:00' })),
    exceptions: [
      { date: '2026-01-05', shifts: [] },
      { date: '2026-01-06', shifts: [{ from: '10:00', to: '12:00' }] },
    ],
  };
  const windows = calendarWindows(calendar, 'UTC', at('2026-01-05T00:00Z'), at('2026-01-08T00:00Z'));
  expect(durationMs(windows)).toBe((2 + 8) * HOUR_MS);
});

test('a shift of yesterday that reaches past midnight is seen, cut at the edge', () => {
  const windows = calendarWindows(night, 'UTC', at('2026-01-11T02:00Z'), at('2026-01-11T23:00Z'));
  expect(windows).toEqual([{ startMs: at('2026-01-11T02:00Z'), endMs: at('2026-01-11T06:00Z') }]);
});

test('around the clock is one window without seams, also over the change', () => {
  const round: ShiftCalendar = {
    weekly: ([1, 2, 3, 4, 5, 6, 7] as const).map((weekday) => ({ weekday, from: '00:00', to: '24:00' })),
    exceptions: [],
  };
  const from = at('2026-03-25T00:00Z');
  const to = at('2026-04-02T00:00Z');
  expect(calendarWindows(round, BERLIN, from, to)).toEqual([{ startMs: from, endMs: to }]);
  expect(workingMs(calendarWindows(round, BERLIN, from, to), from, to)).toBe(to - from);
});
