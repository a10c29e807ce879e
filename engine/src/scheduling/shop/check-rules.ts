import type { ShopProblemCode } from './shop-schedule.ts';

/** A year 2200 or so: an instant beyond is a slip of units. */
const LATEST_MS = 7_258_118_400_000;

export type Note = (code: ShopProblemCode, subjectId: string, detail: string) => void;

export function isInstant(value: number): boolean {
  return Number.isSafeInteger(value) && Math.abs(value) <= LATEST_MS;
}

/** Whole milliseconds, at least `least`, at most a hundred years. */
export function isDuration(value: number, least = 0): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= 3_155_760_000_000;
}

export function checkUnique(
  twice: (id: string) => string,
  rows: readonly { readonly id: string }[],
  note: Note,
): ReadonlySet<string> {
  const seen = new Set<string>();
  for (const { id } of rows) {
    if (seen.has(id)) note('duplicate', id, twice(id));
    seen.add(id);
  }
  return seen;
}
