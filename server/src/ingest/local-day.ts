import { localDays } from '@millrace/engine';
import { Bug } from '../kernel/index.ts';
import type { DaySpan } from './count.ts';

export const MINUTE_MS = 60_000;

/** A local day with its date, in minutes since the epoch. */
export interface LocalDay extends DaySpan {
  readonly date: string;
}

/** Days kept per zone: the present, its neighbours and a back-fill's. */
const KEPT_MAX = 64;

/** Finds the local day of a minute; calendar arithmetic is done once per zone and day, 23 to 25 hours long [D12]. */
export function createDayFinder(): (zone: string, minute: number) => LocalDay {
  const kept = new Map<string, LocalDay[]>();
  return (zone, minute) => {
    let days = kept.get(zone);
    if (days === undefined) {
      days = [];
      kept.set(zone, days);
    }
    for (const day of days) if (minute >= day.start && minute < day.end) return day;
    const day = findDay(zone, minute);
    days.unshift(day);
    if (days.length > KEPT_MAX) days.pop();
    return day;
  };
}

function findDay(zone: string, minute: number): LocalDay {
  const [day] = localDays(minute * MINUTE_MS, (minute + 1) * MINUTE_MS, zone);
  if (day === undefined) throw new Bug(`no local day of ${zone} at minute ${minute}`);
  // Zones with seconds in their offset ended before there were machines; a day starts on a whole minute.
  return {
    start: Math.round(day.startMs / MINUTE_MS),
    end: Math.round(day.endMs / MINUTE_MS),
    date: day.date,
  };
}
