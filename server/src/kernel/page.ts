import { type Refusal, refuse } from './refusal.ts';

export const PAGE_DEFAULT = 50;

/** A keyset position as an opaque text: the values of the sort columns of the last row shown. */
export function encodeCursor(values: readonly (string | number | null)[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

export function decodeCursor(
  cursor: string | undefined,
  length: number,
): (string | number | null)[] | undefined | Refusal {
  if (cursor === undefined) return undefined;
  const values = parse(cursor);
  const fits =
    Array.isArray(values) &&
    values.length === length &&
    values.every((value) => value === null || typeof value === 'string' || typeof value === 'number');
  return fits
    ? (values as (string | number | null)[])
    : refuse('bad-cursor', 400, 'The cursor is not one this list gave out; start again without it.');
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
/** Cuts a result of `limit + 1` rows into the page and the cursor of the next. */
export function toPage<T>(
  rows: readonly T[],
  limit: number,
  keyOf: (row: T) => readonly (string | number | null)[],
): { rows: T[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    rows: shown,
    nextCursor: rows.length > limit && last !== undefined ? encodeCursor(keyOf(last)) : null,
  };
}
