import fc from 'fast-check';
import { expect, test } from 'vitest';
import { advance, retreat } from '../../calendar/working-time.ts';
import { normalize } from '../../interval/interval.ts';
import { WorkCalendars } from './work-calendars.ts';

const windowsOf = fc
  .array(fc.tuple(fc.nat(200), fc.integer({ min: 1, max: 30 })), { minLength: 1, maxLength: 12 })
  .map((spans) => normalize(spans.map(([startMs, length]) => ({ startMs, endMs: startMs + length }))));

test('work that may pause ends and begins where the working time of the calendar says', () => {
  fc.assert(
    fc.property(
      windowsOf,
      windowsOf,
      fc.nat(250),
      fc.integer({ min: 1, max: 90 }),
      (other, windows, at, workMs) => {
        const calendars = new WorkCalendars([other, windows]);
        expect(calendars.fit(1, at, workMs, false)).toBe(advance(windows, at, workMs) ?? Infinity);
        expect(calendars.latest(1, at, workMs, false)).toBe(retreat(windows, at, workMs) ?? -Infinity);
      },
    ),
  );
});

test('work that must not pause takes the first or last window that holds it whole', () => {
  fc.assert(
    fc.property(windowsOf, fc.nat(250), fc.integer({ min: 1, max: 30 }), (windows, at, workMs) => {
      const calendars = new WorkCalendars([windows]);
      const starts = windows.map((window) => Math.max(window.startMs, at));
      const first = starts.find((start, i) => start + workMs <= (windows[i]?.endMs ?? 0));
      expect(calendars.fit(0, at, workMs, true)).toBe((first ?? Infinity) + workMs);
      const ends = windows.map((window) => Math.min(window.endMs, at));
      const last = ends.findLast((end, i) => end - workMs >= (windows[i]?.startMs ?? 0));
      expect(calendars.latest(0, at, workMs, true)).toBe((last ?? -Infinity) - workMs);
    }),
  );
});
