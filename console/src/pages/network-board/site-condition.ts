import type { Board } from '@millrace/contract';

export type BoardSite = Board['sites'][number];
export const SITE_CONDITIONS = ['running', 'attention', 'trouble', 'idle', 'silent'] as const;
export type SiteCondition = (typeof SITE_CONDITIONS)[number];

/** From this share of machines down on, a site is in trouble and not merely worth a look. */
const TROUBLE_SHARE = 0.2;

/** One word for a whole site, worst first. */
export function conditionOf(site: BoardSite): SiteCondition {
  if (site.connected === 0) return 'silent';
  if (site.down / site.machines >= TROUBLE_SHARE) return 'trouble';
  if (site.down > 0) return 'attention';
  return site.running > 0 ? 'running' : 'idle';
}
