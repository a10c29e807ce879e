import type { WorkCenterCapacity } from '@millrace/contract';
import { type Interval, localDays } from '@millrace/engine';
import { readGrantedFields } from '../access/index.ts';
import type { Tx } from '../kernel/index.ts';
import type {
  Directory,
  RegisteredCapability,
  RegisteredMachine,
  RegisteredWorkCenter,
  Registry,
} from '../registry/index.ts';
import { toMinutes } from './bucket-minutes.ts';
import type { RateSum } from './capacity.ts';
import { sumMachines } from './machine-sums.ts';
import { isInService, windowsFor } from './machine-time.ts';
import type { OfferedWindows } from './offered-windows.ts';
import { measuredOnly, rateOf } from './rate-sum.ts';
import { asShared } from './shared-capacity.ts';
import { createSlices } from './slices.ts';
import * as store from './store.ts';
import { sharedRates } from './store-figures.ts';
import { readTakenTime } from './taken-time.ts';

const HOUR_MS = 3_600_000;
/** A local day may begin up to a day before and end up to a day after the instants asked for. */
export const DAY_MS = 24 * HOUR_MS;
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

export type DatedBucket = Interval & { readonly day: string };

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
  const granted = await readGrantedFields(tx, 'capacity');
  const span = { from: query.from - DAY_MS, to: query.to + DAY_MS };
  const whose = granted.size > 0 ? 'own and shared' : 'own';
  const taken = await readTakenTime(tx, registry, networkId, span, whose);
  const rates = ratesByMachine(await readRates(tx, networkId, granted.size > 0));
  const capabilities = Map.groupBy(directory.capabilities(), ({ workCenterId }) => workCenterId);
  const windowsOf = windowsFor(directory, windows, span.from, span.to);
  const slices = createSlices();
  const rows: WorkCenterCapacity[] = [];
  for (const center of visibleCenters(tx, directory, query, granted)) {
    const site = directory.site(center.siteId);
    if (!site) continue;
    const machines = machinesOf(directory, center.id, query.from);
    const spans = bucketSpans(site.zone, query.from, query.to, query.grain);
    const sums = await sumMachines(machines, windowsOf, taken, spans, now, slices);
    const row: WorkCenterCapacity = {
      workCenterId: center.id,
      workCenterName: center.name,
      siteId: site.id,
      siteName: site.name,
      organisationId: center.organisationId,
      ...ratesOf(directory, capabilities.get(center.id) ?? [], machines, rates, now),
      buckets: sums.map((bucket, i) => toMinutes(bucket, spans[i]?.day ?? '')),
    };
    const opened = granted.get(center.organisationId);
    rows.push(opened ? asShared(row, opened) : row);
  }
  return rows;
}

/** What the transaction may see, and with grants also what others share. */
export function visibleCenters(
  { scope }: Tx,
  directory: Directory,
  { siteId, workCenterId }: Pick<CapacityQuery, 'siteId' | 'workCenterId'>,
  granted: ReadonlyMap<string, unknown> = NOTHING,
): RegisteredWorkCenter[] {
  return [...directory.workCenters()].filter(
    (center) =>
      (siteId === undefined || center.siteId === siteId) &&
      (workCenterId === undefined || center.id === workCenterId) &&
      (scope.kind !== 'organisation' ||
        center.organisationId === scope.organisationId ||
        granted.has(center.organisationId)),
  );
}
const NOTHING: ReadonlyMap<string, unknown> = new Map();

export function machinesOf(directory: Directory, workCenterId: string, at: number): RegisteredMachine[] {
  return directory.machinesOfWorkCenter(workCenterId).filter((machine) => isInService(machine, at));
}

/** What a grant hides counts as not measured; the row it leads to is blanked anyway. */
async function readRates(tx: Tx, networkId: string, withShared: boolean): Promise<RateSum[]> {
  const own = await store.listRates(tx, networkId);
  if (!withShared) return own;
  const shared = await sharedRates(tx, networkId);
  return [
    ...own,
    ...shared.map((row) => ({ ...row, pieces: row.pieces ?? 0, runningMin: row.runningMin ?? 0 })),
  ];
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
  capabilities: readonly RegisteredCapability[],
  machines: readonly RegisteredMachine[],
  byMachine: ReadonlyMap<string, readonly RateSum[]>,
  now: number,
): Pick<WorkCenterCapacity, 'source' | 'confidence' | 'ageMs' | 'rates'> {
  const sums = machines.flatMap((machine) => byMachine.get(machine.id) ?? []);
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
