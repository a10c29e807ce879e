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

export async function readSites(
  tx: Tx,
  sources: CapacitySources,
  networkId: string,
  query: {
    readonly from: number;
    readonly to: number;
    readonly siteId?: string | undefined;
    /** One bucket [from, to) instead of local days. */
    readonly whole?: boolean;
  },
  now: number,
): Promise<SiteBuckets[]> {
  const { registry, windows } = sources;
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
    const spans: DatedBucket[] = query.whole
      ? [{ day: '', startMs: query.from, endMs: query.to }]
      : bucketSpans(directory.site(siteId)?.zone ?? 'UTC', query.from, query.to, 'day');
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

export async function readSummary(
  tx: Tx,
  sources: CapacitySources,
  networkId: string,
  query: { readonly from: number; readonly to: number; readonly siteId?: string | undefined },
  now: number,
): Promise<CapacitySummary> {
  const { siteId } = query;
  const days = await readSites(tx, sources, networkId, query, now);
  const idleHours = async (aheadMs: number): Promise<number> => {
    const ahead = { from: now, to: now + aheadMs, siteId, whole: true };
    const sites = await readSites(tx, sources, networkId, ahead, now);
    const minutes = sites.reduce((sum, site) => sum + (site.buckets[0]?.availableMin ?? 0), 0);
    return Math.round(minutes / 6) / 10;
  };
  return {
    buckets: sumByDay(days.flatMap((site) => site.buckets)),
    idleHours24h: await idleHours(DAY_MS),
    idleHours7d: await idleHours(7 * DAY_MS),
  };
}
