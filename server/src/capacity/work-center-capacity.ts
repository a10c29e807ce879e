import type { CapacityBucket, CapacitySummary, WorkCenterCapacity } from '@millrace/contract';
import { type Interval, localDays } from '@millrace/engine';
import type { Tx } from '../kernel/index.ts';
import type { Directory, RegisteredMachine, RegisteredWorkCenter, Registry } from '../registry/index.ts';
import { sumByDay, toMinutes } from './bucket-minutes.ts';
import type { RateSum } from './capacity.ts';
import { bucketsOf, isInService, type MachineTimes, readMachineTimes, windowsOf } from './machine-time.ts';
import type { OfferedWindows } from './offered-windows.ts';
import { measuredOnly, rateOf } from './rate-sum.ts';
import * as store from './store.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Beyond two days nobody plans by the hour, and the answer would only be long. */
export const HOURS_MAX = 48;
/** From here on the rate is called measured; below, the declaration still speaks louder. */
const MEASURED_FROM = 0.5;

export interface CapacityQuery {
  readonly from: number;
  readonly to: number;
  readonly siteId?: string | undefined;
  readonly workCenterId?: string | undefined;
  readonly grain: 'hour' | 'day';
}

/** What a reader needs besides the transaction. */
export interface CapacitySources {
  readonly registry: Registry;
  readonly windows: OfferedWindows;
}

type DatedBucket = Interval & { readonly day: string };

/** Local days whole, so that a day's figures never depend on the moment of the question; hours counted from midnight. */
export function bucketSpans(zone: string, from: number, to: number, grain: 'hour' | 'day'): DatedBucket[] {
  const days = localDays(from, to, zone).map(({ date, startMs, endMs }) => ({ day: date, startMs, endMs }));
  if (grain === 'day') return days;
  const hours: DatedBucket[] = [];
  for (const { day, startMs, endMs } of days) {
    for (let at = startMs; at < endMs && hours.length < HOURS_MAX; at += HOUR_MS) {
      const end = Math.min(at + HOUR_MS, endMs);
      if (end > from && at < to) hours.push({ day, startMs: at, endMs: end });
    }
  }
  return hours;
}

export async function readCapacity(
  tx: Tx,
  { registry, windows }: CapacitySources,
  networkId: string,
  query: CapacityQuery,
  now: number,
): Promise<WorkCenterCapacity[]> {
  const directory = await registry.directory(networkId);
  // A local day may begin up to a day before and end up to a day after the instants asked for.
  const [from, to] = [query.from - DAY_MS, query.to + DAY_MS];
  const times = await readMachineTimes(tx, registry, networkId, from, to);
  const rates = ratesByMachine(await store.listRates(tx, networkId));
  const rows: WorkCenterCapacity[] = [];
  for (const center of visibleCenters(tx, directory, query)) {
    const site = directory.site(center.siteId);
    if (!site) continue;
    const machines = machinesOf(directory, center.id, query.from);
    const spans = bucketSpans(site.zone, query.from, query.to, query.grain);
    const buckets = bucketsOf(
      machines,
      (machine) => windowsOf(directory, windows, machine, from, to),
      times,
      spans,
      now,
    ).map((bucket, i) => toMinutes(bucket, spans[i]?.day ?? ''));
    rows.push({
      workCenterId: center.id,
      workCenterName: center.name,
      siteId: site.id,
      siteName: site.name,
      organisationId: center.organisationId,
      ...ratesOf(directory, center, machines, rates, now),
      buckets,
    });
  }
  return rows;
}

function visibleCenters(
  tx: Tx,
  directory: Directory,
  { siteId, workCenterId }: Pick<CapacityQuery, 'siteId' | 'workCenterId'>,
): RegisteredWorkCenter[] {
  const { scope } = tx;
  return [...directory.workCenters()].filter(
    (center) =>
      (siteId === undefined || center.siteId === siteId) &&
      (workCenterId === undefined || center.id === workCenterId) &&
      (scope.kind !== 'organisation' || center.organisationId === scope.organisationId),
  );
}

function machinesOf(directory: Directory, workCenterId: string, at: number): RegisteredMachine[] {
  return directory.machinesOfWorkCenter(workCenterId).filter((machine) => isInService(machine, at));
}

function ratesByMachine(sums: readonly RateSum[]): Map<string, RateSum[]> {
  const byMachine = new Map<string, RateSum[]>();
  for (const sum of sums) {
    const list = byMachine.get(sum.machineId);
    if (list) list.push(sum);
    else byMachine.set(sum.machineId, [sum]);
  }
  return byMachine;
}

function ratesOf(
  directory: Directory,
  center: RegisteredWorkCenter,
  machines: readonly RegisteredMachine[],
  byMachine: ReadonlyMap<string, readonly RateSum[]>,
  now: number,
): Pick<WorkCenterCapacity, 'source' | 'confidence' | 'ageMs' | 'rates'> {
  const sums = machines.flatMap((machine) => byMachine.get(machine.id) ?? []);
  const capabilities = [...directory.capabilities()].filter(({ workCenterId }) => workCenterId === center.id);
  const rates = capabilities.map((capability) => {
    const mine = sums.filter((sum) => sum.itemId === capability.itemId);
    const rate = rateOf(mine, capability.ratePerHour, now);
    return {
      itemId: capability.itemId,
      itemCode: directory.item(capability.itemId)?.code ?? '?',
      declaredPerHour: capability.ratePerHour,
      measuredPerHour: measuredOnly(mine, now),
      usedPerHour: rate.piecesPerHour,
      confidence: rate.confidence,
    };
  });
  const confidence = rates.reduce((best, rate) => Math.max(best, rate.confidence), 0);
  const newest = sums.reduce((at, sum) => Math.max(at, sum.at), Number.NEGATIVE_INFINITY);
  const planned = rates.some((rate) => rate.measuredPerHour !== null);
  return {
    source: confidence >= MEASURED_FROM ? 'measured' : planned ? 'planned' : 'declared',
    confidence,
    ageMs: Number.isFinite(newest) ? Math.max(0, Math.round(now - newest)) : null,
    rates,
  };
}

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
  const [from, to] = [query.from - DAY_MS, query.to + DAY_MS];
  const times: MachineTimes = await readMachineTimes(tx, registry, networkId, from, to);
  const bySite = new Map<string, RegisteredMachine[]>();
  for (const center of visibleCenters(tx, directory, { siteId: query.siteId })) {
    const list = bySite.get(center.siteId) ?? [];
    list.push(...machinesOf(directory, center.id, query.from));
    bySite.set(center.siteId, list);
  }
  return [...bySite].map(([siteId, machines]) => {
    const spans = spansOf(directory.site(siteId)?.zone ?? 'UTC');
    const found = bucketsOf(
      machines,
      (machine) => windowsOf(directory, windows, machine, from, to),
      times,
      spans,
      now,
    );
    return { siteId, buckets: found.map((bucket, i) => toMinutes(bucket, spans[i]?.day ?? '')) };
  });
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
