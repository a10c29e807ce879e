import { useSites } from '../../api/registry.ts';
import { useDomainNow } from '../../app/domain-clock.ts';
import { dayOf } from '../../ui/format.ts';

/** Today as the factory counts it: its midnight, not the reader's. */
export function useSiteDay(siteId: string | undefined): { today: string | null; zone: string | undefined } {
  const sites = useSites();
  const now = useDomainNow(30_000);
  if (siteId === undefined || sites.isPending) return { today: null, zone: undefined };
  const zone = sites.data?.find(({ id }) => id === siteId)?.zone;
  return { today: dayOf(now, zone), zone };
}
