import type {
  Allocation,
  CapacityBlock,
  DeclineOffer,
  MachineWork,
  NewCapacityBlock,
  NewOutputReport,
  OutputReport,
  ProductionOrder,
  ProductionState,
  WorkCenterCapacity,
} from '@millrace/contract';
import { useQuery } from '@tanstack/react-query';
import { allOf } from './all-of.ts';
import { earningsOf } from './earnings.ts';
import type { Page, Rows } from './page.ts';
import { request } from './request.ts';

const OFTEN_MS = 10_000;
const ROWS_MAX = 200;

export function useOffers(siteId: string | undefined) {
  return useQuery({
    queryKey: ['offers', siteId],
    queryFn: ({ signal }) =>
      request<Page<Allocation>>('GET', '/allocations', {
        query: { state: 'offered', siteId, limit: ROWS_MAX },
        signal,
      }),
    refetchInterval: OFTEN_MS,
  });
}

/** What production earned, from every order made or being made; a minute old is fresh enough for money. */
export function useEarnings(siteId: string | undefined, organisationId: string | undefined) {
  return useQuery({
    queryKey: ['earnings', siteId, organisationId],
    queryFn: async ({ signal }) => {
      const [production, made, making] = await Promise.all([
        allOf<ProductionOrder>('/production-orders', signal, { siteId }),
        allOf<Allocation>('/allocations', signal, { siteId, state: 'produced' }),
        allOf<Allocation>('/allocations', signal, { siteId, state: 'in-production' }),
      ]);
      return earningsOf(production, [...made, ...making], organisationId);
    },
    refetchInterval: OFTEN_MS * 6,
    staleTime: OFTEN_MS * 6,
  });
}

/** `open` = running first, then what is released to begin. */
export function useProductionOrders(siteId: string | undefined, state?: ProductionState | 'open') {
  return useQuery({
    queryKey: ['production-orders', siteId, state],
    queryFn: async ({ signal }) => {
      const ask = (one: ProductionState | undefined) =>
        request<Page<ProductionOrder>>('GET', '/production-orders', {
          query: { siteId, state: one, limit: ROWS_MAX },
          signal,
        });
      if (state !== 'open') return ask(state);
      const [running, released] = await Promise.all([ask('running'), ask('released')]);
      return { rows: [...running.rows, ...released.rows], nextCursor: null } satisfies Page<ProductionOrder>;
    },
    refetchInterval: OFTEN_MS,
  });
}

export function useProductionOrder(id: string) {
  return useQuery({
    queryKey: ['production-order', id],
    queryFn: ({ signal }) => request<ProductionOrder>('GET', `/production-orders/${id}`, { signal }),
    refetchInterval: OFTEN_MS,
  });
}

export function useOutputReports(productionOrderId: string) {
  return useQuery({
    queryKey: ['output-reports', productionOrderId],
    queryFn: ({ signal }) =>
      request<Rows<OutputReport>>('GET', `/production-orders/${productionOrderId}/reports`, { signal }),
    refetchInterval: OFTEN_MS,
  });
}

export function useMachineWork(siteId: string | undefined, organisationId: string | undefined) {
  return useQuery({
    queryKey: ['machine-work', siteId, organisationId],
    queryFn: ({ signal }) =>
      request<Rows<MachineWork>>('GET', '/machine-work', { query: { siteId, organisationId }, signal }),
    refetchInterval: OFTEN_MS,
  });
}

export function useSiteCapacity(siteId: string | undefined, span: { from: number; to: number }) {
  return useQuery({
    queryKey: ['site-capacity', siteId, span],
    queryFn: ({ signal }) =>
      request<Rows<WorkCenterCapacity>>('GET', '/capacity', {
        query: { siteId, ...span, grain: 'day' },
        signal,
      }),
    enabled: siteId !== undefined,
    refetchInterval: OFTEN_MS * 3,
    placeholderData: (before) => before,
  });
}

export function useCapacityBlocks(siteId: string | undefined) {
  return useQuery({
    queryKey: ['capacity-blocks', siteId],
    queryFn: ({ signal }) =>
      request<Rows<CapacityBlock>>('GET', '/capacity-blocks', { query: { siteId }, signal }),
    enabled: siteId !== undefined,
  });
}

export const factory = {
  accept: (allocationId: string) => request<Allocation>('POST', `/allocations/${allocationId}/accept`),
  decline: (allocationId: string, body: DeclineOffer) =>
    request<Allocation>('POST', `/allocations/${allocationId}/decline`, { body }),
  report: (body: NewOutputReport) => request<OutputReport>('POST', '/output-reports', { body }),
  block: (body: NewCapacityBlock) => request<CapacityBlock>('POST', '/capacity-blocks', { body }),
  unblock: (id: string) => request<void>('DELETE', `/capacity-blocks/${id}`),
};
