import { decodeCursor, isRefusal, type Refusal, refuse } from '../kernel/index.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The id a page goes on from; null = from the newest. */
export function idOfCursor(cursor: string | undefined): string | null | Refusal {
  const after = decodeCursor(cursor, 1);
  if (after === undefined || isRefusal(after)) return after ?? null;
  return UUID.test(String(after[0])) ? String(after[0]) : BAD_CURSOR;
}

/** The version a page goes on from; null = from the newest. */
export function versionOfCursor(cursor: string | undefined): number | null | Refusal {
  const after = decodeCursor(cursor, 1);
  if (after === undefined || isRefusal(after)) return after ?? null;
  const [version] = after;
  return Number.isInteger(version) && Number(version) < 2 ** 31 ? Number(version) : BAD_CURSOR;
}

/** As far as the contract's instants go. */
const LAST_INSTANT = 7_258_118_400_000;

/** Instant, gateway and id of the alarm a page goes on from. */
export function alarmOfCursor(
  cursor: string | undefined,
): readonly [number, string, string] | undefined | Refusal {
  const after = decodeCursor(cursor, 3);
  if (after === undefined || isRefusal(after)) return after;
  const [at, gatewayId, id] = after;
  const isInstant = typeof at === 'number' && Number.isInteger(at) && at >= 0 && at <= LAST_INSTANT;
  if (!isInstant || typeof gatewayId !== 'string' || !UUID.test(gatewayId)) return BAD_CURSOR;
  return typeof id === 'string' && !id.includes('\0') ? [at, gatewayId, id] : BAD_CURSOR;
}

const BAD_CURSOR = refuse(
  'bad-cursor',
  400,
  'The cursor is not one this list gave out; start again without it.',
);
