import {
  type CountTrack,
  clearDirtyHours,
  createTrack,
  type DirtyHour,
  lockDirtyHours,
  MINUTE_MS,
  NO_MINUTE,
  newestLayout,
  type StoredLayout,
  storedBatches,
} from '../ingest/index.ts';
import { type Kernel, PLATFORM, type Tx } from '../kernel/index.ts';
import type { Fleet } from './fleet.ts';
import { type CountRules, foldHour, type HourRow } from './hour-fold.ts';
import { type GatewayKey, putHour, readCheckpoint, readCheckpointsFrom, readStanding } from './store-hour.ts';
import type { World } from './world.ts';

const HOUR_MS = 3_600_000;
const HOUR_MIN = 60;
/** Records of an hour mostly come within these minutes of its end; later ones mark it again. */
const GRACE_MIN = 5;
/** An upload that decided not to mark the running hour has committed by then, however fast the domain clock runs. */
const GRACE_WALL_MS = 10_000;
/** Hours of one transaction: their marks are locked, and a late upload for one of them waits. */
const HOURS_MAX = 32;
/** An hour that changed changes where the next ones start; beyond the next midnight counting starts anew anyway. */
const CASCADE_MAX = 27;
/** How far back another gateway's count of a moved machine can matter: the longest local day. */
const MOVED_LOOKBACK_HOURS = 26;

export interface RollUp {
  /** Every hour that has ended and is marked; answers their number. */
  pass(): Promise<number>;
  /** The hours [from, to) of one gateway anew, in one transaction; hours since the epoch. */
  again(tx: Tx, key: GatewayKey, from: number, to: number): Promise<void>;
}

export function createRollUp(kernel: Kernel, world: World, fleet: Fleet): RollUp {
  const grace = Math.max(GRACE_MIN * MINUTE_MS, GRACE_WALL_MS * kernel.clock.speed);
  const one = (tx: Tx, key: GatewayKey, hours: readonly number[]): Promise<void> =>
    rollUpGateway(tx, key, hours, world, fleet);
  return {
    pass: async () => {
      const before = Math.floor((kernel.clock.now() - grace) / HOUR_MS);
      for (let done = 0; ; ) {
        const hours = await kernel.db.transaction(PLATFORM, async (tx) => {
          const locked = await lockDirtyHours(tx, before, HOURS_MAX);
          for (const group of Map.groupBy(locked, ({ gatewayId }) => gatewayId).values()) {
            await one(
              tx,
              group[0] as DirtyHour,
              group.map(({ hour }) => hour),
            );
          }
          if (locked.length > 0) await clearDirtyHours(tx, locked);
          return locked.length;
        });
        done += hours;
        if (hours < HOURS_MAX) return done;
      }
    },
    again: async (tx, key, from, to) => {
      const hours = Array.from({ length: to - from }, (_, i) => from + i);
      await one(tx, key, hours);
    },
  };
}

/** `hours` ascending; each together with the later ones whose start it moved. */
async function rollUpGateway(
  tx: Tx,
  key: GatewayKey,
  hours: readonly number[],
  world: World,
  fleet: Fleet,
): Promise<void> {
  const layout = await newestLayout(tx, key.orgId, key.gatewayId);
  if (layout === undefined) return;
  const rules = await countRules(layout, world);
  for (const first of hours) {
    let hour: number | undefined = first;
    for (let step = 0; hour !== undefined && step < CASCADE_MAX; step++) {
      hour = await rollUpHour(tx, key, hour, layout, rules, fleet);
    }
  }
}

/** Answers the next hour that has to be done again, because this one now ends differently. */
async function rollUpHour(
  tx: Tx,
  key: GatewayKey,
  hour: number,
  layout: StoredLayout,
  rules: CountRules,
  fleet: Fleet,
): Promise<number | undefined> {
  const machines = layout.machineIds.length;
  const before = (await readCheckpoint(tx, key, hour, machines))?.track ?? createTrack(machines);
  const [here, next] = await readCheckpointsFrom(tx, key, hour, machines);
  const known = here?.hour === hour ? here : undefined;
  const batches = await storedBatches(tx, key, hour * HOUR_MIN, (hour + 1) * HOUR_MIN);
  if (batches.length === 0 && known === undefined) return undefined;
  const track = copyTrack(before);
  await seedMoved(tx, key, hour, layout, track, fleet);
  const row: HourRow = foldHour(hour, machines, batches, track, rules);
  await putHour(tx, key, row);
  const following = known === undefined ? here : next;
  return sameTrack(known?.track ?? before, row.end) ? undefined : following?.hour;
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

/** A machine that came from another gateway goes on counting where that one stopped. */
async function seedMoved(
  tx: Tx,
  key: GatewayKey,
  hour: number,
  layout: StoredLayout,
  track: CountTrack,
  fleet: Fleet,
): Promise<void> {
  for (const [position, machineId] of layout.machineIds.entries()) {
    if (track.minute[position] !== NO_MINUTE) continue;
    for (const { gateway, position: at } of fleet.slots(machineId)) {
      const { gatewayId, orgId } = gateway.live;
      if (gatewayId === key.gatewayId || orgId !== key.orgId) continue;
      const from = hour - MOVED_LOOKBACK_HOURS;
      const standing = await readStanding(tx, orgId, gatewayId, at, from, hour);
      if (standing === undefined || standing.minute <= (track.minute[position] as number)) continue;
      track.minute[position] = standing.minute;
      track.count[position] = standing.count;
      track.midnight[position] = standing.midnight;
    }
  }
}

function copyTrack({ minute, count, midnight }: CountTrack): CountTrack {
  return { minute: minute.slice(), count: count.slice(), midnight: midnight.slice() };
}

function sameTrack(a: CountTrack, b: CountTrack): boolean {
  for (let i = 0; i < b.minute.length; i++) {
    if (a.minute[i] !== b.minute[i] || a.count[i] !== b.count[i] || a.midnight[i] !== b.midnight[i])
      return false;
  }
  return true;
}
