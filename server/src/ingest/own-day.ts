import { ABSENT } from './batch.ts';
import { createDayFinder } from './local-day.ts';

/** Minutes since the local midnight of a minute's zone, when it lies in the day that its record names; else ABSENT. */
export type OwnDay = (zone: string, minute: number, date: string) => number;

const findDay = createDayFinder();

/** Remembers the last answer: the records of an upload nearly always ask the same. */
export function createOwnDay(): OwnDay {
  const last = { zone: '', minute: -1, date: '', start: 0 };
  return (zone, minute, date) => {
    if (zone !== last.zone || minute !== last.minute) {
      const day = findDay(zone, minute);
      last.zone = zone;
      last.minute = minute;
      last.date = day.date;
      last.start = day.start;
    }
    return date === last.date ? minute - last.start : ABSENT;
  };
}
