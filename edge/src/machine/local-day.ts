import { Temporal } from 'temporal-polyfill';

/** One local day of a site, half-open; 23 to 25 hours, or what its zone's history says. */
export interface LocalDay {
  readonly startMs: number;
  readonly endMs: number;
  /** `yyyy-mm-dd`. */
  readonly date: string;
}

/** The local day that holds an instant, as the platform reckons it: from the first instant of its date to that of the next. */
export function localDay(instantMs: number, timeZone: string): LocalDay {
  let date = Temporal.Instant.fromEpochMilliseconds(instantMs).toZonedDateTimeISO(timeZone).toPlainDate();
  const startOf = (day: Temporal.PlainDate): number => day.toZonedDateTime(timeZone).epochMilliseconds;
  // Where the clock is set back over midnight, a moment of the day after looks like one of the day before.
  let endMs = startOf(date.add({ days: 1 }));
  if (instantMs >= endMs) date = date.add({ days: 1 });
  endMs = startOf(date.add({ days: 1 }));
  return { startMs: startOf(date), endMs, date: date.toString() };
}
