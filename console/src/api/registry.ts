import type { Item, Machine, Organisation, Site, WorkCenter } from '@millrace/contract';
import { useQuery } from '@tanstack/react-query';
import type { Page } from './page.ts';
import { request } from './request.ts';

/** The nouns change rarely; lists for pickers may be a minute old. */
const NOUN_STALE_MS = 60_000;
/** Largest page of the API; pickers read on until the end. */
const PAGE_MAX = 500;
/** A picker of more rows than this needs a search, not a longer list. */
const PAGES_MAX = 20;

async function allOf<T>(
  path: string,
  signal: AbortSignal,
  query: Record<string, string> = {},
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

export function useSites() {
  return useQuery({
    queryKey: ['sites'],
    queryFn: ({ signal }) => allOf<Site>('/sites', signal),
    staleTime: NOUN_STALE_MS,
  });
}

export function useWorkCenters() {
  return useQuery({
    queryKey: ['work-centers'],
    queryFn: ({ signal }) => allOf<WorkCenter>('/work-centers', signal),
    staleTime: NOUN_STALE_MS,
  });
}

export function useMachines(siteId: string | null) {
  return useQuery({
    queryKey: ['machines', siteId],
    queryFn: ({ signal }) => allOf<Machine>('/machines', signal, siteId ? { siteId } : {}),
    staleTime: NOUN_STALE_MS,
    enabled: siteId !== null,
  });
}

export function useItems() {
  return useQuery({
    queryKey: ['items'],
    queryFn: ({ signal }) => allOf<Item>('/items', signal),
    staleTime: NOUN_STALE_MS,
  });
}

export function useOrganisations(enabled = true) {
  return useQuery({
    queryKey: ['organisations'],
    queryFn: ({ signal }) => allOf<Organisation>('/organisations', signal),
    staleTime: NOUN_STALE_MS,
    enabled,
  });
}
