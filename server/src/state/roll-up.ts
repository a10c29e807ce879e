import {
  clearDirtyHours,
  type DirtyHour,
  lockDirtyHours,
  MINUTE_MS,
  newestLayout,
  type StoredLayout,
} from '../ingest/index.ts';
import { type Kernel, PLATFORM, type Tx } from '../kernel/index.ts';
import type { Fleet } from './fleet.ts';
import type { CountRules } from './hour-fold.ts';
import { kinOf } from './kin.ts';
import { type RolledGateway, rollUpHour } from './roll-up-hour.ts';
import { createRollUpQueue } from './roll-up-queue.ts';
import { type GatewayKey, readHoursFrom } from './store-hour.ts';
import type { World } from './world.ts';

const HOUR_MS = 3_600_000;
/** Records of an hour mostly come within these minutes of its end; later ones mark it again. */
const GRACE_MIN = 5;
/** An upload that decided not to mark the running hour has committed by then, however fast the domain clock runs. */
const GRACE_WALL_MS = 10_000;
/** Hours of one transaction: their marks are locked, and a late upload for one of them waits. */
const HOURS_MAX = 32;

export interface RollUp {
  /** Every hour that has ended and is marked; answers their number. */
  pass(): Promise<number>;
  /** The hours [from, to) of one gateway anew, in one transaction; hours since the epoch. */
  again(tx: Tx, key: GatewayKey, from: number, to: number): Promise<void>;
}

export function createRollUp(kernel: Kernel, world: World, fleet: Fleet): RollUp {
  const grace = Math.max(GRACE_MIN * MINUTE_MS, GRACE_WALL_MS * kernel.clock.speed);
  return {
    pass: async () => {
      const before = Math.floor((kernel.clock.now() - grace) / HOUR_MS);
      for (let done = 0; ; ) {
        const hours = await kernel.db.transaction(PLATFORM, async (tx) => {
          const locked = await lockDirtyHours(tx, before, HOURS_MAX);
          await rollUp(tx, locked, world, fleet);
          if (locked.length > 0) await clearDirtyHours(tx, locked);
          return locked.length;
        });
        done += hours;
        if (hours < HOURS_MAX) return done;
      }
    },
    again: async (tx, key, from, to) => {
      const hours = Array.from({ length: to - from }, (_, i) => ({ ...key, hour: from + i }));
      await rollUp(tx, hours, world, fleet);
    },
  };
}

/**
 * The marked hours, and what they change elsewhere: the later ones whose start they move, and those of gateways that share a
 * machine. Earliest first, so that everything an hour rests on is done before it.
 */
async function rollUp(tx: Tx, marked: readonly DirtyHour[], world: World, fleet: Fleet): Promise<void> {
  const queue = createRollUpQueue(marked);
  const known = new Map<string, RolledGateway | undefined>();
  for (let next = queue.take(); next !== undefined; next = queue.take()) {
    const { key, hour, isMarked } = next;
    if (!known.has(key.gatewayId)) known.set(key.gatewayId, await rolledGateway(tx, key, world, fleet));
    const gateway = known.get(key.gatewayId);
    if (gateway === undefined) continue;
    const { endsElsewhere, following } = await rollUpHour(tx, gateway, hour);
    if (endsElsewhere && following !== undefined) queue.add(key, following, next);
    for (const kin of gateway.kin) {
      const hours = isMarked || endsElsewhere ? await readHoursFrom(tx, kin.key, hour) : [];
      for (const theirs of hours)
        if (theirs === hour ? isMarked : endsElsewhere) queue.add(kin.key, theirs, next);
    }
  }
}

async function rolledGateway(
  tx: Tx,
  { orgId, networkId, gatewayId }: GatewayKey,
  world: World,
  fleet: Fleet,
): Promise<RolledGateway | undefined> {
  const layout = await newestLayout(tx, orgId, gatewayId);
  if (layout === undefined) return undefined;
  const key = { orgId, networkId, gatewayId };
  return { key, layout, rules: await countRules(layout, world), kin: kinOf(fleet, layout) };
}

async function countRules(
  { networkId, machineIds, increments }: StoredLayout,
  world: World,
): Promise<CountRules> {
  const directory = await world.registry.directory(networkId);
  const machines = machineIds.map((id) => directory.machine(id));
  return {
    increments,
    modulusOf: (position) => machines[position]?.countModulus ?? null,
    dayOf: (position, minute) => world.dayOf(machines[position]?.zone ?? 'UTC', minute),
  };
}
