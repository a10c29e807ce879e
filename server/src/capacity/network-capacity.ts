import type { CapacityBucket, CapacitySummary } from '@millrace/contract';
import type { Tx } from '../kernel/index.ts';
import type { RegisteredMachine } from '../registry/index.ts';
import { sumByDay, toMinutes } from './bucket-minutes.ts';
import { sumMachines } from './machine-sums.ts';
import { windowsFor } from './machine-time.ts';
import { createSlices } from './slices.ts';
import { readTakenTime } from './taken-time.ts';
import {
  bucketSpans,
  type CapacitySources,
  DAY_MS,
  type DatedBucket,
  machinesOf,
  visibleCenters,
} from './work-center-capacity.ts';

/** One site's machines with its own days: the unit of the network's total and of the sold share. */
interface SiteBuckets {
  readonly siteId: string;
  readonly buckets: readonly CapacityBucket[];
}

/** Capacity of every visible site in the spans that `spansOf` gives for its zone; spans may overlap each other. */
async function readSites(
  tx: Tx,
  { registry, windows }: CapacitySources,
  networkId: string,
  query: { readonly from: number; readonly to: number; readonly siteId?: string | undefined },
  spansOf: (zone: string) => readonly DatedBucket[],
  now: number,
): Promise<SiteBuckets[]> {
  const directory = await registry.directory(networkId);
  const around = { from: query.from - DAY_MS, to: query.to + DAY_MS };
  const taken = await readTakenTime(tx, registry, networkId, around, 'own');
  const bySite = new Map<string, RegisteredMachine[]>();
  for (const center of visibleCenters(tx, directory, { siteId: query.siteId })) {
    const list = bySite.get(center.siteId) ?? [];
    for (const machine of machinesOf(directory, center.id, query.from)) list.push(machine);
    bySite.set(center.siteId, list);
  }
  const windowsOf = windowsFor(directory, windows, around.from, around.to);
  const slices = createSlices();
  const spansByZone = new Map<string, readonly DatedBucket[]>();
  const sites: SiteBuckets[] = [];
  for (const [siteId, machines] of bySite) {
    const zone = directory.site(siteId)?.zone ?? 'UTC';
    const spans = spansByZone.get(zone) ?? spansOf(zone);
    spansByZone.set(zone, spans);
    const sums = await sumMachines(machines, windowsOf, taken, spans, now, slices);
    sites.push({ siteId, buckets: sums.map((bucket, i) => toMinutes(bucket, spans[i]?.day ?? '')) });
  }
  return sites;
}

/** Each site's capacity in [from, to), as one bucket. */
export async function readSiteTotals(
  tx: Tx,
  sources: CapacitySources,
  networkId: string,
  from: number,
  to: number,
  now: number,
): Promise<Map<string, CapacityBucket>> {
  const span = { day: '', startMs: from, endMs: to };
  const sites = await readSites(tx, sources, networkId, { from, to }, () => [span], now);
  return new Map(
    sites.flatMap(({ siteId, buckets: [bucket] }) => (bucket ? [[siteId, bucket] as const] : [])),
  );
}

/** Days and hours ahead come out of one sweep over the machines: the board asks for them all the time. */
export async function readSummary(
  tx: Tx,
  sources: CapacitySources,
  networkId: string,
  query: { readonly from: number; readonly to: number; readonly siteId?: string | undefined },
  now: number,
): Promise<CapacitySummary> {
  const ahead = [DAY_MS, 7 * DAY_MS].map((ms) => ({ day: '', startMs: now, endMs: now + ms }));
  const span = {
    ...query,
    from: Math.min(query.from, now),
    to: Math.max(query.to, now + 7 * DAY_MS),
  };
  const sites = await readSites(
    tx,
    sources,
    networkId,
    span,
    (zone) => [...ahead, ...bucketSpans(zone, query.from, query.to, 'day')],
    now,
  );
  const idleHours = (index: number): number => {
    const minutes = sites.reduce((sum, { buckets }) => sum + (buckets[index]?.availableMin ?? 0), 0);
    return Math.round(minutes / 6) / 10;
  };
  return {
    buckets: sumByDay(sites.flatMap(({ buckets }) => buckets.slice(ahead.length))),
    idleHours24h: idleHours(0),
    idleHours7d: idleHours(1),
  };
}
