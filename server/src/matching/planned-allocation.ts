import type { Allocation as EngineAllocation } from '@millrace/engine';
import type { NewReservation } from '../capacity/index.ts';
import type { Kernel } from '../kernel/index.ts';
import type { StoredLine } from '../orders/index.ts';
import { offerExpiry } from './allocation.ts';
import type { LineOutcome } from './decide.ts';
import type { StoredAllocation } from './matching.ts';
import { capabilityIdOf } from './snapshot-input.ts';
import type { World } from './world.ts';

/** What the engine placed, as it is stored and offered. */
export function freshAllocations(
  kernel: Kernel,
  world: World,
  found: readonly LineOutcome[],
  runId: string,
): StoredAllocation[] {
  const lines = new Map(world.lines.map((line) => [line.id, line]));
  return found.flatMap(({ lineId, come }) => {
    const line = lines.get(lineId);
    return line ? come.map((planned) => toStored(kernel, world, line, planned, runId)) : [];
  });
}

function toStored(
  kernel: Kernel,
  world: World,
  line: StoredLine,
  planned: EngineAllocation,
  runId: string,
): StoredAllocation {
  const capabilityId = capabilityIdOf(planned.capabilityId);
  const capability = world.directory.capability(capabilityId);
  const site = world.directory.site(planned.siteId);
  const state = site?.autoAccept ? 'accepted' : 'offered';
  return {
    networkId: world.networkId,
    id: kernel.ids(),
    lineId: line.id,
    orderId: line.orderId,
    orderNo: line.orderNo,
    lineNo: line.lineNo,
    itemId: line.itemId,
    siteId: planned.siteId,
    workCenterId: capability?.workCenterId ?? planned.siteId,
    capabilityId,
    factoryOrganisationId: site?.organisationId ?? planned.siteId,
    buyerOrganisationId: line.buyerOrganisationId,
    runId,
    quantity: planned.quantity,
    state,
    lock: planned.lock,
    origin: planned.origin,
    priority: line.priority,
    requestedAt: line.requestedAt,
    currency: capability?.currency ?? 'USD',
    ...timesOf(kernel, world, planned, state),
  };
}

function timesOf(
  kernel: Kernel,
  world: World,
  planned: EngineAllocation,
  state: string,
): Pick<
  StoredAllocation,
  'startAt' | 'finishAt' | 'arriveAt' | 'costMinor' | 'terms' | 'offerExpiresAt' | 'subLots'
> {
  const { offerMinutes } = kernel.config;
  return {
    startAt: planned.startMs,
    finishAt: planned.finishMs,
    arriveAt: planned.arriveMs,
    costMinor: planned.costMinor,
    terms: { ...planned.score },
    offerExpiresAt: state === 'offered' ? offerExpiry(world.now, planned.startMs, offerMinutes) : null,
    subLots: planned.subLots.map((lot) => ({
      machineId: lot.machineId,
      machineCode: world.directory.machine(lot.machineId)?.code ?? '?',
      stepIndex: lot.stepIndex,
      quantity: lot.quantity,
      setUpMs: lot.setUpMs,
      startAt: lot.startMs,
      endAt: lot.endMs,
    })),
  };
}

/** The same offer at another time. */
export function moveTo(
  kernel: Kernel,
  world: World,
  from: StoredAllocation,
  to: EngineAllocation,
  runId: string,
): StoredAllocation {
  const times = timesOf(kernel, world, to, from.state);
  // The time to answer does not start again because the work was moved; it only never outlives the new start.
  const offerExpiresAt =
    from.offerExpiresAt === null
      ? null
      : Math.min(from.offerExpiresAt, times.offerExpiresAt ?? from.offerExpiresAt);
  return { ...from, ...times, offerExpiresAt, lock: to.lock, origin: to.origin, runId };
}

export function reservationsOf(kernel: Kernel, allocations: readonly StoredAllocation[]): NewReservation[] {
  return allocations.flatMap((allocation) =>
    allocation.subLots.map((lot) => ({
      id: kernel.ids(),
      machineId: lot.machineId,
      allocationId: allocation.id,
      from: lot.startAt,
      to: lot.endAt,
      quantity: lot.quantity,
    })),
  );
}
