/** Years 2000 to 2270: in seconds and in milliseconds the two ranges do not meet, so the unit needs no setting. */
const FIRST_S = 946_684_800;
const LAST_S = 9_466_848_000;
/** With zone, else nobody knows which midnight it means. [RFC 3339 §5.6] */
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/;
/** Names that the forms and their neighbours use beside a value. */
const TIME_NAMES = ['timestamp_ms', 'timestamp', 'ts', 'time'] as const;

/** Epoch ms of what a payload gives as a time, or undefined when it is none. */
export function parseSourceTime(raw: unknown): number | undefined {
  if (typeof raw === 'string') {
    if (!ISO.test(raw)) return undefined;
    const at = Date.parse(raw);
    return Number.isFinite(at) && at >= FIRST_S * 1_000 && at < LAST_S * 1_000 ? at : undefined;
  }
  if (typeof raw !== 'number') return undefined;
  if (raw >= FIRST_S && raw < LAST_S) return Math.round(raw * 1_000);
  if (raw >= FIRST_S * 1_000 && raw < LAST_S * 1_000) return Math.round(raw);
  return undefined;
}

/** The time that stands beside a value in the same object. */
export function timeBeside(object: unknown): number | undefined {
  if (typeof object !== 'object' || object === null || Array.isArray(object)) return undefined;
  for (const name of TIME_NAMES) {
    if (!Object.hasOwn(object, name)) continue;
    const at = parseSourceTime((object as Readonly<Record<string, unknown>>)[name]);
    if (at !== undefined) return at;
  }
  return undefined;
}
