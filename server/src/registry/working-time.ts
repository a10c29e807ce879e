import { calendarWindows, type Interval, localDay, normalize } from '@millrace/engine';
import type { CalendarPattern } from './calendar.ts';
import type { MachineCalendar, ShiftSpan } from './registry.ts';

/** Computed windows are kept in pieces of this length, so that callers with different spans share them. */
const CHUNK_MS = 32 * 86_400_000;
/** 20,000 pieces of about 60 windows are some 50 MB; enough for 3 months of 6,000 different calendars. */
const CHUNKS_MAX = 20_000;
/** Asking for more is a mistake of the caller; planning looks months ahead, not decades. */
const SPAN_MAX_MS = 1_500 * 86_400_000;
/** A shift of one day may reach into the next, and the local day may be 25 hours long. */
const SHIFT_REACH_MS = 26 * 3_600_000;

/** Working windows by calendar; time-zone arithmetic is slow, so each piece is computed once. */
export interface WorkingTime {
  windows(calendar: MachineCalendar, from: number, to: number): Interval[];
  shifts(calendar: MachineCalendar, pattern: CalendarPattern, day: string): ShiftSpan[];
}

export function createWorkingTime(): WorkingTime {
  const chunks = new Map<string, readonly Interval[]>();
  const chunk = ({ key, zone, calendar }: MachineCalendar, index: number): readonly Interval[] => {
    const name = `${key}#${index}`;
    const known = chunks.get(name);
    if (known) return known;
    const windows = calendarWindows(calendar, zone, index * CHUNK_MS, (index + 1) * CHUNK_MS);
    const oldest = chunks.size >= CHUNKS_MAX ? chunks.keys().next().value : undefined;
    if (oldest !== undefined) chunks.delete(oldest);
    chunks.set(name, windows);
    return windows;
  };
  return {
    windows: (calendar, from, asked) => {
      const to = Math.min(asked, from + SPAN_MAX_MS);
      const found: Interval[] = [];
      for (let index = Math.floor(from / CHUNK_MS); index * CHUNK_MS < to; index++) {
        for (const { startMs, endMs } of chunk(calendar, index)) {
          if (startMs < to && endMs > from) {
            found.push({ startMs: Math.max(startMs, from), endMs: Math.min(endMs, to) });
          }
        }
      }
      return normalize(found);
    },
    shifts: ({ zone }, pattern, day) => shiftsOfDay(pattern, zone, day),
  };
}

/** One by one through the engine's calendar, because it joins shifts that touch. */
function shiftsOfDay(pattern: CalendarPattern, zone: string, day: string): ShiftSpan[] {
  const { startMs, endMs } = localDay(day, zone);
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay() || 7;
  const exception = pattern.exceptions.find((one) => one.day === day);
  const shifts = exception?.shifts ?? pattern.shifts.filter((shift) => shift.weekday === weekday);
  return shifts
    .flatMap(({ name, from, to }) =>
      calendarWindows(
        { weekly: [], exceptions: [{ date: day, shifts: [{ from, to }] }] },
        zone,
        startMs,
        endMs + SHIFT_REACH_MS,
      ).map((window) => ({ name, from: window.startMs, to: window.endMs })),
    )
    .sort((a, b) => a.from - b.from);
}
