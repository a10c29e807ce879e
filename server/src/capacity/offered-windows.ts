import { calendarWindows, clip, type Interval, localDays } from '@millrace/engine';
import type { MachineCalendar } from '../registry/index.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Windows are computed some days wider than asked, so that a clock that moves on finds them again. */
const SLACK_BEFORE_MS = 2 * DAY_MS;
const SLACK_AFTER_MS = 14 * DAY_MS;
/** Distinct calendars in memory; a network of 1,000 sites in 30 zones has about a hundred. */
const ENTRIES_MAX = 4_000;

/** Working windows by calendar, zone and offered share: time zone arithmetic is the slowest part of planning. */
export interface OfferedWindows {
  keyOf(calendar: MachineCalendar, offeredPercent: number): string;
  /** Whole windows that share an instant with [from, to); sorted and disjoint. */
  of(calendar: MachineCalendar, offeredPercent: number, from: number, to: number): readonly Interval[];
}

interface Entry {
  readonly fromMs: number;
  readonly toMs: number;
  readonly windows: readonly Interval[];
}

export function createOfferedWindows(): OfferedWindows {
  const entries = new Map<string, Entry>();
  const keyOf = (calendar: MachineCalendar, offeredPercent: number): string =>
    `${calendar.key}|${offeredPercent}`;
  return {
    keyOf,
    of: (calendar, offeredPercent, from, to) => {
      const key = keyOf(calendar, offeredPercent);
      let entry = entries.get(key);
      if (!entry || entry.fromMs > from || entry.toMs < to) {
        if (entries.size >= ENTRIES_MAX) entries.clear();
        entry = compute(calendar, offeredPercent, from, to);
        entries.set(key, entry);
      }
      return entry.windows.filter((window) => window.endMs > from && window.startMs < to);
    },
  };
}

function compute(calendar: MachineCalendar, offeredPercent: number, from: number, to: number): Entry {
  const fromMs = Math.floor(from / DAY_MS) * DAY_MS - SLACK_BEFORE_MS;
  const toMs = Math.ceil(to / DAY_MS) * DAY_MS + SLACK_AFTER_MS;
  const windows = calendarWindows(calendar.calendar, calendar.zone, fromMs, toMs);
  // What lies within a day of the edges may be cut by them: it is not given out.
  return {
    fromMs: fromMs + DAY_MS,
    toMs: toMs - DAY_MS,
    windows: offeredPart(windows, calendar.zone, offeredPercent),
  };
}

/**
 * The share of each local day's working time that the network gets: the first part of the day, in whole minutes. Planning
 * and capacity figures use the same windows, so nothing is sold that was not offered.
 */
export function offeredPart(
  windows: readonly Interval[],
  zone: string,
  offeredPercent: number,
): readonly Interval[] {
  if (offeredPercent >= 100) return windows;
  const [first, last] = [windows[0], windows.at(-1)];
  if (!first || !last || offeredPercent <= 0) return [];
  return localDays(first.startMs, last.endMs, zone).flatMap((day) => {
    const worked = clip(windows, day);
    const workedMs = worked.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
    let restMs = Math.floor((workedMs * offeredPercent) / 100 / MINUTE_MS) * MINUTE_MS;
    return worked.flatMap(({ startMs, endMs }) => {
      const takenMs = Math.min(restMs, endMs - startMs);
      restMs -= takenMs;
      return takenMs > 0 ? [{ startMs, endMs: startMs + takenMs }] : [];
    });
  });
}
