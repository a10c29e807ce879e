import type { Site } from '@millrace/contract';
import { useSyncExternalStore } from 'react';
import { useSites } from '../../api/registry.ts';
import { useMe } from '../../api/session.ts';
import { actsFor } from '../../app/permission.ts';
import { recall, remember } from '../../app/remembered.ts';

export const EVERY_SITE = 'every';
const KEY = 'factory.site';
const CHANGED = 'millrace:factory-site';

/** The site whose work is shown; one choice for all factory pages. A factory sees its own sites, an operator all. */
export function useChosenSite() {
  const me = useMe();
  const all = useSites();
  const kept = useSyncExternalStore(subscribe, () => recall(KEY));
  const isFactory = actsFor(me, 'factory');
  const sites: readonly Site[] = (all.data ?? []).filter(
    (site) => !isFactory || site.organisationId === me?.acting.organisationId,
  );
  const chosen = sites.find(({ id }) => id === kept) ?? (sites.length === 1 ? sites[0] : undefined);
  const choose = (siteId: string) => {
    remember(KEY, siteId);
    window.dispatchEvent(new Event(CHANGED));
  };
  return { siteId: chosen?.id, site: chosen, sites, isPending: all.isPending, choose };
}

function subscribe(changed: () => void): () => void {
  window.addEventListener(CHANGED, changed);
  return () => window.removeEventListener(CHANGED, changed);
}
