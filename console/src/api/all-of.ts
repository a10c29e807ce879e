import type { Page } from './page.ts';
import { type QueryValues, request } from './request.ts';

/** Largest page of the API's lists. */
const PAGE_MAX = 500;
/** Whoever needs more rows than this at once needs another question, not a longer answer. */
const PAGES_MAX = 20;

/** A whole list, page by page. */
export async function allOf<T>(
  path: string,
  signal: AbortSignal,
  query: QueryValues = {},
): Promise<readonly T[]> {
  const rows: T[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const page = await request<Page<T>>('GET', path, {
      query: { ...query, limit: PAGE_MAX, cursor },
      signal,
    });
    rows.push(...page.rows);
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }
  return rows;
}
