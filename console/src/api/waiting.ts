import type { Allocation, OrderRow, Shipment } from '@millrace/contract';
import { useQuery } from '@tanstack/react-query';
import { actsFor, may } from '../app/permission.ts';
import type { Page } from './page.ts';
import { request } from './request.ts';
import { useMe } from './session.ts';

/** Things that wait for a person, by page. */
export type Waiting = Readonly<{ offers: number; ordersAtRisk: number; arrivals: number }>;
/** A badge may be half a minute old; the pages themselves are fresher. */
const ASK_AGAIN_MS = 30_000;

export function useWaiting(): Waiting {
  const me = useMe();
  const offers = useQuery({
    queryKey: ['waiting', 'offers'],
    queryFn: () => countOf<Allocation>('/allocations', { state: 'offered' }),
    enabled: actsFor(me, 'factory') && may(me, 'allocation.read'),
    refetchInterval: ASK_AGAIN_MS,
  });
  const atRisk = useQuery({
    queryKey: ['waiting', 'orders-at-risk'],
    queryFn: () => countOf<OrderRow>('/orders', { atRisk: true }),
    enabled: may(me, 'order.read'),
    refetchInterval: ASK_AGAIN_MS,
  });
  const arrivals = useQuery({
    queryKey: ['waiting', 'arrivals'],
    queryFn: () => countOf<Shipment>('/shipments', { state: 'arrived' }),
    enabled: may(me, 'shipment.receive') && actsFor(me, 'buyer', 'hospital'),
    refetchInterval: ASK_AGAIN_MS,
  });
  return { offers: offers.data ?? 0, ordersAtRisk: atRisk.data ?? 0, arrivals: arrivals.data ?? 0 };
}

async function countOf<T>(path: string, query: Record<string, string | boolean>): Promise<number> {
  const page = await request<Page<T>>('GET', path, { query: { ...query, limit: 100 } });
  return page.total ?? page.rows.length;
}
