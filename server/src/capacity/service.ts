import type { Access } from '../access/index.ts';
import { type Kernel, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import type { Registry } from '../registry/index.ts';
import type { State } from '../state/index.ts';
import type {
  Capacity,
  CapacityChange,
  MachineTime,
  NewReservation,
  PlanningResources,
  StoredReservation,
} from './capacity.ts';
import { createOfferedWindows } from './offered-windows.ts';
import { watchOutages } from './outage-watch.ts';
import { readPlanningResources } from './planning.ts';
import { rateOf } from './rate-sum.ts';
import { capacityRoutes } from './routes.ts';
import * as store from './store.ts';
import { createSummaries } from './summaries.ts';
import type { CapacitySources } from './work-center-capacity.ts';

export function openCapacity(
  kernel: Kernel,
  _access: Access,
  registry: Registry,
  state?: Pick<State, 'live'>,
): Capacity {
  const sources: CapacitySources = { registry, windows: createOfferedWindows() };
  const listeners: ((change: CapacityChange) => void)[] = [];
  const changed = async (
    tx: Tx,
    networkId: string,
    what: Partial<Pick<CapacityChange, 'reserved' | 'released' | 'rebuilt'>>,
  ): Promise<void> => {
    const version = await (what.rebuilt ? store.bumpRebuild : store.bumpVersion)(tx, networkId);
    const change = { networkId, version, reserved: [], released: [], rebuilt: false, ...what };
    tx.afterCommit(() => {
      for (const listener of listeners) listener(change);
    });
  };
  watchOutages(kernel, registry, (machineId) => state?.live(machineId)?.state);
  // The registry's own changes and outages both arrive as this event: whoever keeps a plan in memory builds it anew.
  kernel.bus.subscribe(
    'capacity-version',
    ['capacity-changed', 'capability-changed'],
    async (tx, { networkId }) => changed(tx, networkId, { rebuilt: true }),
  );
  const summaries = createSummaries(kernel, sources);
  return {
    routes: (app) => capacityRoutes(app, kernel, sources, summaries.summary),
    lockPlan: (tx, networkId) => store.lockVersion(tx, networkId),
    version: (tx, networkId) => store.readVersion(tx, networkId),
    reserve: (tx, networkId, rows) => reserve(tx, registry, networkId, rows, changed),
    release: async (tx, networkId, allocationIds, fromInstant) => {
      if (allocationIds.length === 0) return;
      await store.lockVersion(tx, networkId);
      const released = await store.freeFrom(tx, networkId, allocationIds, fromInstant);
      if (released.length > 0) await changed(tx, networkId, { released });
    },
    reservations: (tx, networkId, from, to) => store.listReservations(tx, networkId, from, to),
    recordRate: async (tx, observation) => {
      const machine = (await registry.directory(observation.networkId)).machine(observation.machineId);
      if (machine && observation.runningMin > 0) {
        await store.addToRate(tx, observation, machine.organisationId);
      }
    },
    planningResources: (tx, networkId, now, horizonEnd): Promise<PlanningResources> =>
      readPlanningResources(tx, sources, networkId, now, horizonEnd),
    ratesPerHour: async (tx, networkId, machineIds, itemId, declaredPerHour) => {
      const sums = await store.findRates(tx, networkId, machineIds, itemId);
      const now = kernel.clock.now();
      return new Map(
        machineIds.map((id) => {
          const own = sums.filter(({ machineId }) => machineId === id);
          return [id, rateOf(own, declaredPerHour, now).piecesPerHour];
        }),
      );
    },
    ...summaries,
    onChange: (listener) => void listeners.push(listener),
  };
}

async function reserve(
  tx: Tx,
  registry: Registry,
  networkId: string,
  rows: readonly NewReservation[],
  changed: (tx: Tx, networkId: string, what: { reserved: MachineTime[] }) => Promise<void>,
): Promise<Refusal | undefined> {
  if (rows.length === 0) return undefined;
  // Writers take turns, so what is found free stays free; the exclusion constraint stands behind this all the same.
  await store.lockVersion(tx, networkId);
  const directory = await registry.directory(networkId);
  const stored: StoredReservation[] = [];
  for (const row of rows) {
    const machine = directory.machine(row.machineId);
    if (!machine) return overbooked(row.machineId, row.from);
    stored.push({ ...row, siteId: machine.siteId, factoryOrganisationId: machine.organisationId });
  }
  const taken = overlapWithin(rows) ?? (await store.findOverlap(tx, networkId, rows));
  if (taken) return overbooked(taken.machineId, taken.from);
  await store.insertReservations(tx, networkId, stored);
  await changed(tx, networkId, {
    reserved: rows.map(({ machineId, from, to }) => ({ machineId, startMs: from, endMs: to })),
  });
  return undefined;
}

function overlapWithin(rows: readonly NewReservation[]): NewReservation | undefined {
  const sorted = [...rows].sort((a, b) =>
    a.machineId < b.machineId ? -1 : a.machineId > b.machineId ? 1 : a.from - b.from,
  );
  return sorted.find((row, i) => {
    const before = sorted[i - 1];
    return before?.machineId === row.machineId && before.to > row.from;
  });
}

function overbooked(machineId: string, from: number): Refusal {
  return refuse('overbooked', 409, 'The machine is taken or gone for a part of this time.', {
    values: { machineId, from },
  });
}
