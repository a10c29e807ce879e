import { currentLanguage } from '../i18n/languages.ts';

/** Every number and instant on the screen goes through here, so that language and unit are never forgotten. */
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * HOUR_MS;

export function browserZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

export function number(value: number, digits = 0): string {
  return new Intl.NumberFormat(currentLanguage(), { maximumFractionDigits: digits }).format(value);
}

/** Short form for tight places: 12.4K, 1.2万. */
export function compact(value: number): string {
  return new Intl.NumberFormat(currentLanguage(), { notation: 'compact', maximumFractionDigits: 1 }).format(
    value,
  );
}

/** `share` is 0–1. */
export function percent(share: number, digits = 0): string {
  return new Intl.NumberFormat(currentLanguage(), { style: 'percent', maximumFractionDigits: digits }).format(
    share,
  );
}

export function money(minor: number, currency: string): string {
  const format = new Intl.NumberFormat(currentLanguage(), { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(minor / 10 ** digits);
}

function unit(value: number, name: string, digits = 0): string {
  return new Intl.NumberFormat(currentLanguage(), {
    style: 'unit',
    unit: name,
    unitDisplay: 'short',
    maximumFractionDigits: digits,
  }).format(value);
}

export function hours(value: number): string {
  return unit(value, 'hour', Math.abs(value) < 10 ? 1 : 0);
}

export function minutes(value: number): string {
  return unit(value, 'minute', Math.abs(value) < 10 ? 1 : 0);
}

/** The two largest parts, for people: `3 d 4 h`, `12 min`. */
export function duration(ms: number): string {
  const span = Math.abs(ms);
  if (span < MINUTE_MS) return unit(Math.round(span / 1_000), 'second');
  if (span < HOUR_MS) return unit(Math.floor(span / MINUTE_MS), 'minute');
  if (span < DAY_MS) return twoUnits(span, HOUR_MS, 'hour', MINUTE_MS, 'minute');
  return twoUnits(span, DAY_MS, 'day', HOUR_MS, 'hour');
}

function twoUnits(span: number, largeMs: number, large: string, smallMs: number, small: string): string {
  const whole = Math.floor(span / largeMs);
  const rest = Math.floor((span % largeMs) / smallMs);
  return rest === 0 ? unit(whole, large) : `${unit(whole, large)} ${unit(rest, small)}`;
}

/** `mm:ss` or `h:mm:ss` for a countdown. */
export function countdown(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1_000));
  const two = (value: number) => String(value).padStart(2, '0');
  const wholeHours = Math.floor(total / 3_600);
  const rest = `${two(Math.floor((total % 3_600) / 60))}:${two(total % 60)}`;
  return wholeHours > 0 ? `${wholeHours}:${rest}` : rest;
}

const SHAPES = {
  full: { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' },
  'full-zone': {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  },
  moment: { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' },
  time: { hour: '2-digit', minute: '2-digit' },
  seconds: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
  day: { year: 'numeric', month: 'short', day: 'numeric' },
  'short-day': { month: 'numeric', day: 'numeric' },
  weekday: { weekday: 'short', month: 'short', day: 'numeric' },
  'weekday-only': { weekday: 'short' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

export function instant(at: number, shape: keyof typeof SHAPES = 'moment', zone?: string): string {
  return new Intl.DateTimeFormat(currentLanguage(), {
    ...SHAPES[shape],
    hourCycle: 'h23',
    ...(zone ? { timeZone: zone } : {}),
  }).format(at);
}

/** Calendar day of an instant, `yyyy-mm-dd`, in the zone. */
export function dayOf(at: number, zone?: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    ...(zone ? { timeZone: zone } : {}),
  });
  return parts.format(at);
}

/** A day has no zone: shown as written. */
export function calendarDay(
  day: string,
  shape: 'day' | 'short-day' | 'weekday' | 'weekday-only' = 'weekday',
): string {
  return instant(Date.parse(`${day}T12:00:00Z`), shape, 'UTC');
}

/** Value of `<input type="datetime-local">` in the browser's zone, and back. */
export function toLocalInput(at: number): string {
  const local = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${local.getFullYear()}-${two(local.getMonth() + 1)}-${two(local.getDate())}`;
  return `${date}T${two(local.getHours())}:${two(local.getMinutes())}`;
}

export function fromLocalInput(value: string): number | null {
  const at = new Date(value).getTime();
  return Number.isNaN(at) ? null : at;
}
