import type { Board, FeedEvent } from '@millrace/contract';
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEventStream } from '../ui/event-stream.ts';
import type { Page } from './page.ts';
import { request } from './request.ts';

/** The board is read from two metres away: five seconds is live. */
const BOARD_EVERY_MS = 5_000;
/** As many events as somebody scrolls back through; older ones are in the audit and the order's story. */
const FEED_MAX = 200;

export const boardQuery = queryOptions({
  queryKey: ['board'],
  queryFn: ({ signal }) => request<Board>('GET', '/board', { signal }),
  refetchInterval: BOARD_EVERY_MS,
});

export function useFeed() {
  const client = useQueryClient();
  const key = ['events'];
  const query = useQuery({
    queryKey: key,
    queryFn: async ({ signal }) => {
      const page = await request<Page<FeedEvent>>('GET', '/events', { query: { limit: 100 }, signal });
      return page.rows;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  const live = useEventStream<FeedEvent>('/events/stream', 'feed', (event) => {
    client.setQueryData<readonly FeedEvent[]>(key, (known) => {
      if (!known || known.some((one) => one.id === event.id)) return known;
      return [event, ...known].slice(0, FEED_MAX);
    });
  });
  return { query, live };
}
