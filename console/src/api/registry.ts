import type { Item, Machine, Organisation, Site } from '@millrace/contract';
import { useQuery } from '@tanstack/react-query';
import { allOf } from './all-of.ts';

/** The nouns change rarely; lists for pickers may be a minute old. */
const NOUN_STALE_MS = 60_000;
export function useSites() {
  return useQuery({
    queryKey: ['sites'],
    queryFn: ({ signal }) => allOf<Site>('/sites', signal),
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
