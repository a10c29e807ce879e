import { createDayFinder } from './local-day.ts';

/** Whether a minute of a zone lies in the local day that its record names. */
export type OwnDay = (zone: string, minute: number, date: string) => boolean;

const findDay = createDayFinder();

/** Remembers the last answer: the records of an upload nearly always ask the same. */
export function createOwnDay(): OwnDay {
  const last = { zone: '', minute: -1, date: '' };
  return (zone, minute, date) => {
    if (zone !== last.zone || minute !== last.minute) {
      last.zone = zone;
      last.minute = minute;
      last.date = findDay(zone, minute).date;
    }
    return date === last.date;
  };
}
