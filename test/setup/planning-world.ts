import { verifyPlan } from '@millrace/engine';
import { expect } from 'vitest';
import type { PlanningMachine, ReservedInterval } from '../../server/src/capacity/index.ts';
import { type DecideOptions, type Decision, decide } from '../../server/src/matching/decide.ts';
import type { EngineThread } from '../../server/src/matching/engine-thread.ts';
import type { StoredAllocation } from '../../server/src/matching/matching.ts';
import type { StoredOverride } from '../../server/src/matching/store-override.ts';
import type { World } from '../../server/src/matching/world.ts';
import type { StoredLine } from '../../server/src/orders/index.ts';
import { createDirectory } from '../../server/src/registry/directory.ts';

const HOUR = 3_600_000;
export const NOW = Date.UTC(2026, 2, 2, 6);
const id = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const NETWORK = id(1);
const ITEM = id(2);
export const SITES = [id(10), id(11), id(12)];

/** Of a site, by its number: the n-th machine. */
export const machineOf = (site: number, no: number): string => id(100 + site * 10 + no);

function directory(
  offers: Partial<Record<number, { minimumLot?: number; state?: 'qualified' | 'applied' }>> = {},
) {
  const fresh = createDirectory(NETWORK);
  const whose = { networkId: NETWORK, organisationId: id(3), version: 1 };
  fresh.take(
    {
      calendars: [],
      sites: SITES.map((siteId, site) => ({
        ...whose,
        id: siteId,
        code: `S${site}`,
        name: `Site ${site}`,
        lat: 10,
        lon: site,
        positionApproximate: false,
        zone: 'UTC',
        offeredPercent: 100,
        autoAccept: false,
        calendarId: null,
      })),
      workCenters: SITES.map((siteId, site) => ({
        ...whose,
        id: id(50 + site),
        siteId,
        code: 'WC',
        name: 'Line',
        processCode: 'SEW',
      })),
      machines: [],
      items: [
        {
          id: ITEM,
          networkId: NETWORK,
          code: 'MASK',
          name: 'Mask',
          unit: '{piece}',
          weightGram: null,
          version: 1,
        },
      ],
      capabilities: SITES.map((siteId, site) => ({
        ...whose,
        id: id(60 + site),
        siteId,
        workCenterId: id(50 + site),
        itemId: ITEM,
        state: offers[site]?.state ?? ('qualified' as const),
        ratePerHour: 100,
        setUpMinutes: 0,
        minimumLot: offers[site]?.minimumLot ?? 1,
        unitCostMinor: 100 + site,
        currency: 'USD',
      })),
    },
    1,
  );
  return fresh;
}

/** An order line that can be made everywhere, wanted in four days. */
export function line(no: number, more: Partial<StoredLine> = {}): StoredLine {
  return {
    networkId: NETWORK,
    id: id(1_000 + no),
    orderId: id(2_000 + no),
    orderNo: `SO-${no}`,
    orderState: 'submitted',
    lineNo: 1,
    buyerOrganisationId: id(4),
    buyerName: 'Buyer',
    destination: { name: 'Store', position: { lat: 10, lon: 0 } },
    itemId: ITEM,
    itemCode: 'MASK',
    itemName: 'Mask',
    quantity: 1_000,
    cancelledQuantity: 0,
    requestedAt: NOW + 96 * HOUR,
    priority: 2,
    splitAllowed: true,
    minimumShipment: 1,
    state: 'submitted',
    unplaceable: false,
    promisedAt: null,
    projectedAt: null,
    submittedAt: NOW,
    allocatedQuantity: 0,
    producedQuantity: 0,
    shippedQuantity: 0,
    receivedQuantity: 0,
    shortQuantity: 0,
    ...more,
  };
}

interface Setting {
  readonly lines: readonly StoredLine[];
  readonly allocations?: readonly StoredAllocation[];
  readonly produced?: readonly StoredAllocation[];
  readonly overrides?: ReadonlyMap<string, readonly StoredOverride[]>;
  readonly refusedSites?: ReadonlyMap<string, readonly string[]>;
  readonly recalledSites?: ReadonlyMap<string, readonly string[]>;
  readonly blocked?: ReadonlyMap<string, PlanningMachine['blocked']>;
  readonly offers?: Parameters<typeof directory>[0];
}

/** Three sites with two machines each that work round the clock, 100 pieces an hour; the first is the cheapest. */
export function world({
  lines,
  allocations = [],
  produced,
  overrides,
  refusedSites,
  recalledSites,
  blocked,
  offers,
}: Setting): World {
  const machines = SITES.flatMap((siteId, site) =>
    [0, 1].map((no): PlanningMachine => {
      const machineId = machineOf(site, no);
      const reserved = allocations.flatMap((allocation): ReservedInterval[] =>
        allocation.subLots
          .filter((lot) => lot.machineId === machineId)
          .map((lot) => ({ allocationId: allocation.id, startMs: lot.startAt, endMs: lot.endAt })),
      );
      return {
        id: machineId,
        code: `M${no}`,
        siteId,
        workCenterId: id(50 + site),
        factoryOrganisationId: id(3),
        calendarKey: 'all',
        blocked: blocked?.get(machineId) ?? [],
        reserved,
      };
    }),
  );
  const calendars = { all: [{ startMs: NOW - 24 * HOUR, endMs: NOW + 2_000 * HOUR }] };
  return {
    networkId: NETWORK,
    now: NOW,
    horizonEnd: NOW + 60 * 24 * HOUR,
    directory: directory(offers),
    resources: { version: 1, calendars, machines, rates: [] },
    lines,
    allocations,
    produced: produced ?? [],
    overrides: overrides ?? new Map(),
    refusedSites: refusedSites ?? new Map(),
    recalledSites: recalledSites ?? new Map(),
  };
}

/** The whole of a line, offered to a site by its number. */
export function offer(of: StoredLine, site: number, more: Partial<StoredAllocation> = {}): StoredAllocation {
  const startAt = more.startAt ?? NOW + 48 * HOUR;
  const quantity = more.quantity ?? of.quantity;
  const finishAt = startAt + (quantity / 100) * HOUR;
  return {
    networkId: NETWORK,
    id: id(5_000 + site * 100 + Number(of.id.slice(-3))),
    lineId: of.id,
    orderId: of.orderId,
    orderNo: of.orderNo,
    lineNo: 1,
    itemId: ITEM,
    siteId: SITES[site] ?? '',
    workCenterId: id(50 + site),
    capabilityId: id(60 + site),
    factoryOrganisationId: id(3),
    buyerOrganisationId: id(4),
    runId: id(9),
    quantity,
    state: 'offered',
    lock: 'none',
    origin: 'auto',
    priority: of.priority,
    startAt,
    finishAt,
    arriveAt: finishAt + 9 * HOUR,
    requestedAt: of.requestedAt,
    costMinor: 0,
    currency: 'USD',
    terms: { late: 0, tardiness: 0, cost: 100_000, distance: 0, change: 0 },
    offerExpiresAt: NOW + HOUR,
    subLots: [
      {
        machineId: machineOf(site, 0),
        machineCode: 'M0',
        stepIndex: 0,
        quantity,
        setUpMs: 0,
        startAt,
        endAt: finishAt,
      },
    ],
    ...more,
  };
}

export const override = (of: StoredLine, more: Partial<StoredOverride>): StoredOverride => ({
  id: id(7_000),
  lineId: of.id,
  orderId: of.orderId,
  lock: 'site',
  siteId: null,
  quantity: null,
  finishAt: null,
  reason: 'because',
  recordedBy: 'op',
  recordedAt: NOW,
  releasedAt: null,
  ...more,
});

/** What is decided in a world; always a plan without a contradiction. */
export async function planOf(
  engine: EngineThread,
  of: World,
  options: DecideOptions = { trigger: 'order-submitted' },
): Promise<Decision> {
  const decision = await decide(engine, of, options);
  if (!decision) throw new TypeError('nothing was planned');
  expect(verifyPlan(decision.snapshot, decision.result.plan)).toEqual([]);
  return decision;
}
