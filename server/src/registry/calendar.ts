import { createHash } from 'node:crypto';
import type { CalendarException, Shift } from '@millrace/contract';
import { DEFAULT_SHIFT_CALENDAR, type ShiftCalendar, type Weekday } from '@millrace/engine';
import { type Refusal, refuse } from '../kernel/index.ts';

/** What is kept of a calendar: its pattern and the days that differ from it. */
export interface CalendarPattern {
  readonly shifts: readonly Shift[];
  readonly exceptions: readonly CalendarException[];
}

/** What a machine works that nobody gave a calendar: Mon–Fri 8 h, never around the clock. */
export const DEFAULT_PATTERN: CalendarPattern = {
  shifts: DEFAULT_SHIFT_CALENDAR.weekly.map((shift) => ({ name: 'Day', ...shift })),
  exceptions: [],
};

const DAY_MIN = 1_440;
const WEEK_MIN = 7 * DAY_MIN;

/** Overlapping shifts would count the same machine minute twice in reports; a day must not have two meanings. */
export function checkPattern({ shifts, exceptions }: CalendarPattern): Refusal | undefined {
  const weekly = firstOverlap(
    shifts.map((shift) => span((shift.weekday - 1) * DAY_MIN, shift)),
    WEEK_MIN,
  );
  if (weekly) return overlapping('/body/shifts', weekly);
  const days = new Set<string>();
  for (const [index, exception] of exceptions.entries()) {
    const pointer = `/body/exceptions/${index}`;
    if (days.has(exception.day)) {
      return refuse('day-repeated', 422, `The calendar has two exceptions for ${exception.day}.`, {
        fields: [{ pointer: `${pointer}/day`, message: 'is already there' }],
        values: { day: exception.day },
      });
    }
    days.add(exception.day);
    if (!isRealDay(exception.day)) {
      return refuse('no-such-day', 422, `${exception.day} is not a day of the calendar.`, {
        fields: [{ pointer: `${pointer}/day`, message: 'does not exist' }],
        values: { day: exception.day },
      });
    }
    const clash = firstOverlap(exception.shifts.map((shift) => span(0, shift)));
    if (clash) return overlapping(`${pointer}/shifts`, clash);
  }
  return undefined;
}

interface MinuteSpan {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

function span(dayStart: number, { name, from, to }: { name: string; from: string; to: string }): MinuteSpan {
  const start = minuteOfDay(from);
  const end = minuteOfDay(to);
  return { name, start: dayStart + start, end: dayStart + (end > start ? end : end + DAY_MIN) };
}

function minuteOfDay(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
}

/** With a `cycle` the last span is also compared with the first one of the next round. */
function firstOverlap(
  spans: readonly MinuteSpan[],
  cycle?: number,
): readonly [MinuteSpan, MinuteSpan] | undefined {
  const sorted = spans.toSorted((a, b) => a.start - b.start);
  let longest: MinuteSpan | undefined;
  for (const next of sorted) {
    if (longest && next.start < longest.end) return [longest, next];
    if (!longest || next.end > longest.end) longest = next;
  }
  const first = sorted[0];
  if (cycle !== undefined && first && longest && first !== longest && first.start + cycle < longest.end) {
    return [longest, first];
  }
  return undefined;
}

function overlapping(pointer: string, [a, b]: readonly [MinuteSpan, MinuteSpan]): Refusal {
  return refuse('shifts-overlap', 422, `The shifts “${a.name}” and “${b.name}” overlap.`, {
    fields: [{ pointer, message: `“${a.name}” and “${b.name}” overlap` }],
    values: { first: a.name, second: b.name },
  });
}

function isRealDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

/** The engine's words for the same pattern. */
export function toShiftCalendar({ shifts, exceptions }: CalendarPattern): ShiftCalendar {
  return {
    weekly: shifts.map(({ weekday, from, to }) => ({ weekday: weekday as Weekday, from, to })),
    exceptions: exceptions.map((exception) => ({
      date: exception.day,
      shifts: exception.shifts.map(({ from, to }) => ({ from, to })),
    })),
  };
}

/** Equal for equal patterns: machines that work alike share their windows, whoever's calendar it is. */
export function patternKey(pattern: CalendarPattern): string {
  const content = JSON.stringify([
    pattern.shifts.map(({ name, weekday, from, to }) => [weekday, from, to, name]).sort(),
    pattern.exceptions
      .map(({ day, shifts }) => [day, shifts.map(({ name, from, to }) => [from, to, name]).sort()])
      .sort(),
  ]);
  return createHash('sha256').update(content).digest('base64url').slice(0, 16);
}
