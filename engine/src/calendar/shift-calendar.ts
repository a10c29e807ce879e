import { Temporal } from 'temporal-polyfill';
import { type Interval, normalize } from '../interval/interval.ts';

/** ISO 8601: 1 = Monday … 7 = Sunday. */
export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** Wall-clock times of a site, `hh:mm`, `24:00` allowed as an end. An end at or before its start lies on the next day. */
export interface ShiftTimes {
  readonly from: string;
  readonly to: string;
}

export interface WeeklyShift extends ShiftTimes {
  readonly weekday: Weekday;
}

/** What a day has instead of its weekly shifts: nothing on a holiday, or other ones. */
export interface CalendarException {
  /** Local day, `yyyy-mm-dd`. A shift belongs to the day on which it starts. */
  readonly date: string;
  readonly shifts: readonly ShiftTimes[];
}

export interface ShiftCalendar {
  readonly weekly: readonly WeeklyShift[];
  readonly exceptions: readonly CalendarException[];
}

/** What a machine without a calendar is taken to work: eight hours from Monday to Friday, never around the clock. */
export const DEFAULT_SHIFT_CALENDAR: ShiftCalendar = {
  weekly: ([1, 2, 3, 4, 5] as const).map((weekday) => ({ weekday, from: '08:00', to: '16:00' })),
  exceptions: [],
};

/** Forty years: a longer span is a mistake of the caller, and each day costs some microseconds. */
const MAX_DAYS = 14_610;

/**
 * Working windows of [fromMs, toMs) in epoch milliseconds. Wall-clock times are read in the site's IANA zone:
 * a shift 22:00–06:00 lasts seven hours in the night the clock goes forward and nine when it goes back. A time
 * that the clock skips means the instant after the jump, one that it repeats means the first [Temporal `compatible`].
 */
export function calendarWindows(
  calendar: ShiftCalendar | undefined,
  timeZone: string,
  fromMs: number,
  toMs: number,
): Interval[] {
  const { weekly, exceptions } = calendar ?? DEFAULT_SHIFT_CALENDAR;
  const shiftsByDate = new Map(exceptions.map((exception) => [exception.date, exception.shifts]));
  // One day earlier, because a night shift reaches into the first day.
  let day = localDate(fromMs, timeZone).subtract({ days: 1 });
  const lastDay = localDate(toMs, timeZone);
  const windows: Interval[] = [];
  for (let i = 0; i < MAX_DAYS && Temporal.PlainDate.compare(day, lastDay) <= 0; i++) {
    const shifts =
      shiftsByDate.get(day.toString()) ?? weekly.filter((shift) => shift.weekday === day.dayOfWeek);
    for (const shift of shifts) windows.push(shiftWindow(day, shift, timeZone));
    day = day.add({ days: 1 });
  }
  const inside: Interval[] = [];
  for (const window of normalize(windows)) {
    const startMs = Math.max(window.startMs, fromMs);
    const endMs = Math.min(window.endMs, toMs);
    if (startMs < endMs) inside.push({ startMs, endMs });
  }
  return inside;
}

/** The local day as a half-open interval; 23 to 25 hours long. */
export function localDay(date: string, timeZone: string): Interval {
  const day = Temporal.PlainDate.from(date);
  return {
    startMs: day.toZonedDateTime(timeZone).epochMilliseconds,
    endMs: day.add({ days: 1 }).toZonedDateTime(timeZone).epochMilliseconds,
  };
}

/** All local days that share an instant with [fromMs, toMs), each with its date: the day buckets of a site. */
export function localDays(
  fromMs: number,
  toMs: number,
  timeZone: string,
): (Interval & { readonly date: string })[] {
  const days: (Interval & { readonly date: string })[] = [];
  let day = localDate(fromMs, timeZone);
  for (let i = 0; i < MAX_DAYS; i++) {
    const date = day.toString();
    const span = localDay(date, timeZone);
    if (span.startMs >= toMs) break;
    days.push({ date, ...span });
    day = day.add({ days: 1 });
  }
  return days;
}

function shiftWindow(day: Temporal.PlainDate, shift: ShiftTimes, timeZone: string): Interval {
  const from = minuteOfDay(shift.from);
  const to = minuteOfDay(shift.to);
  return {
    startMs: instant(day, from, timeZone),
    endMs: instant(day, to > from ? to : to + 1440, timeZone),
  };
}

/** Minutes past 24:00 count on the next local day, by its wall clock. */
function instant(day: Temporal.PlainDate, minute: number, timeZone: string): number {
  const date = day.add({ days: Math.floor(minute / 1440) });
  const time = Temporal.PlainTime.from({ hour: Math.floor((minute % 1440) / 60), minute: minute % 60 });
  return date.toPlainDateTime(time).toZonedDateTime(timeZone).epochMilliseconds;
}

function minuteOfDay(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
}

function localDate(clockMs: number, timeZone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(clockMs).toZonedDateTimeISO(timeZone).toPlainDate();
}
