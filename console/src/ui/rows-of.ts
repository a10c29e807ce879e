import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { Page } from '../api/page.ts';

/** The rows read so far, in the shape that `Answer` takes. */
export function rowsOf<T>(query: UseInfiniteQueryResult<InfiniteData<Page<T>>>) {
  return {
    data: query.data?.pages.flatMap((page) => page.rows),
    error: query.error,
    isFetching: query.isFetching,
    refetch: query.refetch,
  } as const;
}

export function totalOf<T>(query: UseInfiniteQueryResult<InfiniteData<Page<T>>>): number | undefined {
  return query.data?.pages[0]?.total;
}
