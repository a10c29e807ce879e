import type { CalendarKind } from './network.ts';

/** A site's local day, minute of day and ISO weekday at an instant. */
export interface LocalTime {
  readonly day: string;
  readonly minuteOfDay: number;
  readonly weekday: number;
}

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const formats = new Map<string, Intl.DateTimeFormat>();

export function localTime(instant: number, zone: string): LocalTime {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, value]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes): string => parts.get(name) ?? '';
  return {
    day: `${part('year')}-${part('month')}-${part('day')}`,
    minuteOfDay: Number(part('hour')) * 60 + Number(part('minute')),
    weekday: WEEKDAYS.indexOf(part('weekday')) + 1,
  };
}

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      hourCycle: 'h23',
      weekday: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
    formats.set(zone, format);
  }
  return format;
}

interface ShiftPattern {
  readonly name: string;
  readonly weekdays: readonly number[];
  readonly from: string;
  readonly to: string;
}
/** What is imported as the site's calendar, and what the simulated people keep to. */
export const SHIFT_PATTERNS: Readonly<Record<CalendarKind, readonly ShiftPattern[]>> = {
  'one-shift': [{ name: 'Day', weekdays: [1, 2, 3, 4, 5], from: '08:00', to: '16:00' }],
  'two-shift': [
    { name: 'Early', weekdays: [1, 2, 3, 4, 5, 6], from: '06:00', to: '14:00' },
    { name: 'Late', weekdays: [1, 2, 3, 4, 5, 6], from: '14:00', to: '22:00' },
  ],
  'three-shift': [
    { name: 'Early', weekdays: [1, 2, 3, 4, 5, 6, 7], from: '06:00', to: '14:00' },
    { name: 'Late', weekdays: [1, 2, 3, 4, 5, 6, 7], from: '14:00', to: '22:00' },
    { name: 'Night', weekdays: [1, 2, 3, 4, 5, 6, 7], from: '22:00', to: '06:00' },
  ],
};

export function isOnShift(kind: CalendarKind, local: LocalTime): boolean {
  return SHIFT_PATTERNS[kind].some((shift) => {
    const [from, to] = [minutes(shift.from), minutes(shift.to)];
    if (from < to)
      return shift.weekdays.includes(local.weekday) && local.minuteOfDay >= from && local.minuteOfDay < to;
    const yesterday = ((local.weekday + 5) % 7) + 1;
    return (
      (shift.weekdays.includes(local.weekday) && local.minuteOfDay >= from) ||
      (shift.weekdays.includes(yesterday) && local.minuteOfDay < to)
    );
  });
}

function minutes(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
}
