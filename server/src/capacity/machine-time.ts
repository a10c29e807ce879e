import type { CapacityBlock } from '@millrace/contract';
import {
  type BlockedInterval,
  type CapacityMachine,
  capacityBuckets,
  clip,
  type CapacityBucket as EngineBucket,
  type Interval,
  subtract,
} from '@millrace/engine';
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

/** Offered windows of one machine: own calendar before site's before default, cut to the site's offered share. */
export function windowsOf(
  directory: Directory,
  windows: OfferedWindows,
  machine: RegisteredMachine,
  from: number,
  to: number,
): readonly Interval[] {
  const offered = directory.site(machine.siteId)?.offeredPercent ?? 100;
  return windows.of(directory.calendarOf(machine), offered, from, to);
}

/**
 * Capacity of a group of machines. A reservation is committed as long as it lies ahead and used once its time has passed,
 * unless the machine stood still then.
 */
export function bucketsOf(
  machines: readonly RegisteredMachine[],
  windowsFor: (machine: RegisteredMachine) => readonly Interval[],
  times: MachineTimes,
  buckets: readonly Interval[],
  now: number,
): EngineBucket[] {
  const classes = machines.map((machine): CapacityMachine => {
    const blocked = times.blocks.get(machine.id) ?? [];
    const reserved = (times.reservations.get(machine.id) ?? []).map(
      ({ from, to }): Interval => ({ startMs: from, endMs: to }),
    );
    return {
      windows: windowsFor(machine),
      unattainable: blocked,
      committed: clip(reserved, { startMs: now, endMs: Number.POSITIVE_INFINITY }),
      used: subtract(clip(reserved, { startMs: Number.NEGATIVE_INFINITY, endMs: now }), blocked),
    };
  });
  return capacityBuckets(classes, buckets, now);
}
