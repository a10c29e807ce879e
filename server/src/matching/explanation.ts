import type { Explanation } from '@millrace/contract';
import type { LineRefusals, RefusalReason, SiteRefusal } from '@millrace/engine';
import type { Directory } from '../registry/index.ts';
import { pointsOf } from './decide.ts';
import type { StoredAllocation } from './matching.ts';

/** A reader compares a handful; a network has a thousand sites. The nearest misses are kept. */
const REFUSED_MAX = 50;
const HOUR_MS = 3_600_000;

type Chosen = Explanation['chosen'][number];
type Refused = Explanation['refused'][number];

/** Why here: the points of each part that stands, as the run that placed it counted them. */
export function chosenOf(directory: Directory, standing: readonly StoredAllocation[]): Chosen[] {
  return standing.map(({ siteId, quantity, arriveAt, terms }) => ({
    siteId,
    siteName: directory.site(siteId)?.name ?? '?',
    quantity,
    arriveAt,
    terms: { ...terms },
    total: pointsOf(terms) + (terms.change ?? 0),
  }));
}

/** Why not there: the first hard reason, or by how many points it would have been worse. */
export function refusedOf(
  directory: Directory,
  refusals: LineRefusals | undefined,
  chosen: readonly Chosen[],
  recalledSites: readonly string[],
): Refused[] {
  const chosenPoints = chosen.reduce((sum, { total }) => sum + total, 0);
  const here = new Set(chosen.map(({ siteId }) => siteId));
  return [...(refusals?.sites ?? [])]
    .filter(({ siteId }) => !here.has(siteId))
    .sort((a, b) => nearness(a) - nearness(b) || (a.scoreDelta ?? 0) - (b.scoreDelta ?? 0))
    .slice(0, REFUSED_MAX)
    .map(({ siteId, reason, lateMs, scoreDelta }) => ({
      siteId,
      siteName: directory.site(siteId)?.name ?? '?',
      reason: reasonOf(reason, recalledSites.includes(siteId)),
      values: {
        ...(lateMs === undefined ? {} : { hoursLate: Math.round((lateMs / HOUR_MS) * 10) / 10 }),
        ...(scoreDelta === undefined ? {} : { worseBy: Math.round(scoreDelta) }),
      },
      terms: null,
      total: scoreDelta === undefined ? null : chosenPoints + scoreDelta,
    }));
}

/** The engine knows only that a site is to be left out; whether it said no or was too slow is ours to say. */
function reasonOf(reason: RefusalReason, wasRecalled: boolean): string {
  if (reason === 'declined' && wasRecalled) return 'recalled-before';
  return reason === 'higher-score' ? 'score' : reason;
}

/** Those that nearly got it come first. */
const NEARNESS: readonly RefusalReason[] = ['higher-score', 'no-capacity-by-date', 'no-capacity-in-horizon'];
function nearness({ reason }: SiteRefusal): number {
  const at = NEARNESS.indexOf(reason);
  return at < 0 ? NEARNESS.length : at;
}
