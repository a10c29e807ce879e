import type {
  Allocation,
  NewOrder,
  NewReceipt,
  Order,
  OrderRow,
  OrderStep,
  Promise_,
  PromiseRequest,
  Shipment,
} from '@millrace/contract';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { Page, Rows } from './page.ts';
import { type QueryValues, request } from './request.ts';

const LIST_EVERY_MS = 10_000;
const PAGE_ROWS = 100;

/** A list read page by page: `rows` so far, `more` for the next. */
export function useList<T>(path: string, filter: QueryValues, everyMs = LIST_EVERY_MS) {
  return useInfiniteQuery({
    queryKey: ['list', path, filter],
    queryFn: ({ pageParam, signal }) =>
      request<Page<T>>('GET', path, { query: { limit: PAGE_ROWS, ...filter, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
    refetchInterval: everyMs,
    placeholderData: (before) => before,
  });
}

export function useOrders(filter: QueryValues) {
  return useList<OrderRow>('/orders', filter);
}

export function useOrder(orderId: string) {
  return useQuery({
    queryKey: ['order', orderId],
    queryFn: ({ signal }) => request<Order>('GET', `/orders/${orderId}`, { signal }),
    refetchInterval: LIST_EVERY_MS,
  });
}

export function useOrderSteps(orderId: string) {
  return useQuery({
    queryKey: ['order-steps', orderId],
    queryFn: ({ signal }) => request<Rows<OrderStep>>('GET', `/orders/${orderId}/steps`, { signal }),
    refetchInterval: LIST_EVERY_MS,
  });
}

export function useOrderAllocations(orderId: string) {
  return useQuery({
    queryKey: ['order-allocations', orderId],
    queryFn: ({ signal }) =>
      request<Page<Allocation>>('GET', '/allocations', { query: { orderId, limit: 500 }, signal }),
    refetchInterval: LIST_EVERY_MS,
  });
}

export function useOrderShipments(orderId: string) {
  return useQuery({
    queryKey: ['order-shipments', orderId],
    queryFn: ({ signal }) =>
      request<Page<Shipment>>('GET', '/shipments', { query: { orderId, limit: 200 }, signal }),
    refetchInterval: LIST_EVERY_MS,
  });
}

/** Where the buyer's last order went: the best guess for the next one. */
export function useLastDestination() {
  return useQuery({
    queryKey: ['last-destination'],
    queryFn: async ({ signal }) => {
      const page = await request<Page<OrderRow>>('GET', '/orders', {
        query: { limit: 1, sort: 'submittedAt' },
        signal,
      });
      const last = page.rows[0];
      if (!last) return null;
      return (await request<Order>('GET', `/orders/${last.orderId}`, { signal })).destination;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function usePromise(question: PromiseRequest | null) {
  return useQuery({
    queryKey: ['promise', question],
    queryFn: ({ signal }) => request<Promise_>('POST', '/promises', { body: question, signal }),
    enabled: question !== null,
    placeholderData: (before) => before,
    // An answer rests on the capacity of its moment.
    staleTime: 15_000,
    refetchInterval: 30_000,
    retry: false,
  });
}

export const orders = {
  submit: (body: NewOrder) => request<Order>('POST', '/orders', { body }),
  cancel: (orderId: string, reason: string) =>
    request<Order>('POST', `/orders/${orderId}/cancel`, { body: { reason } }),
  receive: (shipmentId: string, body: NewReceipt) =>
    request<Shipment>('POST', `/shipments/${shipmentId}/receipt`, { body }),
};
