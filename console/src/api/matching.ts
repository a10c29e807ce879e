import type {
  Allocation,
  CurrentMatchRun,
  Explanation,
  HourValueTable,
  MatchRun,
  MatchRunDetail,
  NewOverride,
  Override,
  OverridePreview,
} from '@millrace/contract';
import { useQuery } from '@tanstack/react-query';
import { useList } from './orders.ts';
import type { Page, Rows } from './page.ts';
import { request } from './request.ts';

const PLAN_EVERY_MS = 15_000;
/** Largest page of allocations the API gives; what is beyond is reached by choosing a site. */
const ALLOCATIONS_MAX = 2_000;

export type PlanQuery = Readonly<{ from: number; to: number; siteId?: string | undefined }>;

export function usePlan(query: PlanQuery) {
  return useQuery({
    queryKey: ['plan', query],
    queryFn: ({ signal }) =>
      request<Page<Allocation>>('GET', '/allocations', {
        query: { ...query, limit: ALLOCATIONS_MAX },
        signal,
      }),
    refetchInterval: PLAN_EVERY_MS,
    placeholderData: (before) => before,
  });
}

export function useRuns() {
  return useList<MatchRun>('/match-runs', {});
}

export const CURRENT_RUN = ['match-run', 'current'];
/** While a run is under way, and while none is (wall). */
const RUNNING_EVERY_MS = 400;
const WAITING_EVERY_MS = 3_000;

export function useCurrentRun() {
  return useQuery({
    queryKey: CURRENT_RUN,
    queryFn: ({ signal }) => request<CurrentMatchRun>('GET', '/match-runs/current', { signal }),
    refetchInterval: ({ state }) => (state.data?.running ? RUNNING_EVERY_MS : WAITING_EVERY_MS),
  });
}

const VALUES_EVERY_MS = 60_000;

export function useHourValues() {
  return useQuery({
    queryKey: ['hour-values'],
    queryFn: ({ signal }) => request<HourValueTable>('GET', '/hour-values', { signal }),
    refetchInterval: VALUES_EVERY_MS,
  });
}

export function useRun(runId: string) {
  return useQuery({
    queryKey: ['match-run', runId],
    queryFn: ({ signal }) => request<MatchRunDetail>('GET', `/match-runs/${runId}`, { signal }),
    // A run is history: it does not change.
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useExplanation(lineId: string) {
  return useQuery({
    queryKey: ['explanation', lineId],
    queryFn: ({ signal }) => request<Explanation>('GET', `/lines/${lineId}/explanation`, { signal }),
  });
}

/** What the operator decided about a line before, newest first. */
export function useOverrides(lineId: string) {
  return useQuery({
    queryKey: ['overrides', lineId],
    queryFn: ({ signal }) => request<Rows<Override>>('GET', '/overrides', { query: { lineId }, signal }),
  });
}

export function useOverridePreview(wish: NewOverride | null) {
  return useQuery({
    queryKey: ['override-preview', wish],
    queryFn: ({ signal }) => request<OverridePreview>('POST', '/overrides/preview', { body: wish, signal }),
    enabled: wish !== null,
    staleTime: 0,
    retry: false,
  });
}

export const matching = {
  run: () => request<MatchRun>('POST', '/match-runs', { body: {} }),
  stop: (keep: boolean) => request<CurrentMatchRun>('POST', '/match-runs/current/stop', { body: { keep } }),
  override: (body: NewOverride) =>
    request<{ allocations: readonly Allocation[] }>('POST', '/overrides', { body }),
};
