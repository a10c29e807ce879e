import type { Interval } from '@millrace/engine';
import type { Tx } from '../kernel/index.ts';
import type { PlanningMachine, PlanningResources } from './capacity.ts';
import { isInService, readMachineTimes } from './machine-time.ts';
import * as store from './store.ts';
import type { CapacitySources } from './work-center-capacity.ts';

/** Machines, their offered time and what is already taken of it, from `now` to the horizon. */
export async function readPlanningResources(
  tx: Tx,
  { registry, windows }: CapacitySources,
  networkId: string,
  now: number,
  horizonEnd: number,
): Promise<PlanningResources> {
  // Version first: what changes while the rest is read makes it look old, never new.
  const version = await store.readVersion(tx, networkId);
  const directory = await registry.directory(networkId);
  const times = await readMachineTimes(tx, registry, networkId, now, horizonEnd);
  const calendars: Record<string, readonly Interval[]> = {};
  const machines: PlanningMachine[] = [];
  for (const machine of directory.machines()) {
    if (!isInService(machine, now)) continue;
    const calendar = directory.calendarOf(machine);
    const offered = directory.site(machine.siteId)?.offeredPercent ?? 100;
    const calendarKey = windows.keyOf(calendar, offered);
    calendars[calendarKey] ??= windows.of(calendar, offered, now, horizonEnd);
    machines.push({
      id: machine.id,
      code: machine.code,
      siteId: machine.siteId,
      workCenterId: machine.workCenterId,
      factoryOrganisationId: machine.organisationId,
      calendarKey,
      blocked: times.blocks.get(machine.id) ?? [],
      reserved: (times.reservations.get(machine.id) ?? []).map(({ allocationId, from, to }) => ({
        allocationId,
        startMs: from,
        endMs: to,
      })),
    });
  }
  machines.sort((a, b) => (a.id < b.id ? -1 : 1));
  return { version, calendars, machines, rates: await store.listRates(tx, networkId) };
}
