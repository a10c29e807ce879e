import { calendarWindows, durationMs, localDay } from '@millrace/engine';
import { expect, test } from 'vitest';
import { createOfferedWindows, offeredPart } from './offered-windows.ts';

const HOUR = 3_600_000;
const monday = localDay('2026-03-02', 'Europe/Berlin');
const ROUND_THE_CLOCK = {
  weekly: ([1, 2, 3, 4, 5, 6, 7] as const).map((weekday) => ({ weekday, from: '00:00', to: '24:00' })),
  exceptions: [],
};

test('a site that offers a quarter gives the first quarter of each local day, whatever the span looked at', () => {
  const windows = calendarWindows(
    ROUND_THE_CLOCK,
    'Europe/Berlin',
    monday.startMs,
    monday.startMs + 96 * HOUR,
  );
  const offered = offeredPart(windows, 'Europe/Berlin', 25);
  expect(offered).toHaveLength(4);
  expect(offered[0]).toEqual({ startMs: monday.startMs, endMs: monday.startMs + 6 * HOUR });
  expect(offeredPart(windows, 'Europe/Berlin', 0)).toEqual([]);
  expect(offeredPart(windows, 'Europe/Berlin', 100)).toBe(windows);
});

test('the share holds on the day the clock goes forward', () => {
  const sunday = localDay('2026-03-29', 'Europe/Berlin');
  const windows = calendarWindows(ROUND_THE_CLOCK, 'Europe/Berlin', sunday.startMs, sunday.endMs);
  expect(durationMs(windows)).toBe(23 * HOUR);
  expect(durationMs(offeredPart(windows, 'Europe/Berlin', 50))).toBe(11.5 * HOUR);
});

test('windows are the same whenever they are asked for', () => {
  const calendar = { key: 'k', zone: 'Asia/Kolkata', calendar: ROUND_THE_CLOCK };
  const far = createOfferedWindows();
  far.of(calendar, 60, monday.startMs - 40 * 24 * HOUR, monday.startMs - 39 * 24 * HOUR);
  const near = createOfferedWindows();
  const span = [monday.startMs + 5 * HOUR, monday.startMs + 200 * HOUR] as const;
  expect(far.of(calendar, 60, ...span)).toEqual(near.of(calendar, 60, ...span));
});
