import type { CapacityBlock } from '@millrace/contract';
import type { BlockedInterval, Interval } from '@millrace/engine';
import type { Tx } from '../kernel/index.ts';
import type { Directory, RegisteredMachine, Registry } from '../registry/index.ts';
import type { StoredReservation } from './capacity.ts';
import type { OfferedWindows } from './offered-windows.ts';
import * as store from './store.ts';

/** Everything that lays claim to machines in a span of time, by machine. */
export interface MachineTimes {
  readonly blocks: ReadonlyMap<string, readonly BlockedInterval[]>;
  readonly reservations: ReadonlyMap<string, readonly StoredReservation[]>;
}

const ENGINE_KIND: Readonly<Record<CapacityBlock['kind'], BlockedInterval['kind']>> = {
  maintenance: 'maintenance',
  down: 'breakdown',
  'own-work': 'other',
  closed: 'other',
};

export async function readMachineTimes(
  tx: Tx,
  registry: Registry,
  networkId: string,
  from: number,
  to: number,
): Promise<MachineTimes> {
  const blocks = new Map<string, BlockedInterval[]>();
  for (const block of await registry.listBlocks(tx, networkId, from, to)) {
    append(blocks, block.machineId, {
      startMs: block.from,
      endMs: block.to,
      kind: ENGINE_KIND[block.kind],
    });
  }
  const reservations = new Map<string, StoredReservation[]>();
  for (const row of await store.listReservations(tx, networkId, from, to)) {
    append(reservations, row.machineId, row);
  }
  return { blocks, reservations };
}

function append<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

/** In service at some instant from `at` on. */
export function isInService(machine: RegisteredMachine, at: number): boolean {
  return machine.retiredAt === null || machine.retiredAt > at;
}

/**
 * Offered windows of a machine: own calendar before site's before default, cut to the site's offered share. Machines of
 * the same calendar and share get the very same list, so that what they have in common is found by identity.
 */
export function windowsFor(
  directory: Directory,
  windows: OfferedWindows,
  from: number,
  to: number,
): (machine: RegisteredMachine) => readonly Interval[] {
  const known = new Map<string, readonly Interval[]>();
  return (machine) => {
    const calendar = directory.calendarOf(machine);
    const offered = directory.site(machine.siteId)?.offeredPercent ?? 100;
    const key = windows.keyOf(calendar, offered);
    const found = known.get(key) ?? windows.of(calendar, offered, from, to);
    known.set(key, found);
    return found;
  };
}
