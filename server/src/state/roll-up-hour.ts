import {
  type Batch,
  type CountTrack,
  carriedBatches,
  createTrack,
  type StoredLayout,
  storedBatches,
} from '../ingest/index.ts';
import type { Tx } from '../kernel/index.ts';
import { type CountRules, foldHour, type HourBatch } from './hour-fold.ts';
import type { Kin } from './kin.ts';
import { type GatewayKey, putHour, readCheckpoint, readCheckpointsFrom, readStanding } from './store-hour.ts';

const HOUR_MIN = 60;
/** How far back another gateway's count of a moved machine can matter: the longest local day. */
const MOVED_LOOKBACK_HOURS = 26;

/** A gateway as its roll-ups know it. */
export interface RolledGateway {
  readonly key: GatewayKey;
  readonly layout: StoredLayout;
  readonly rules: CountRules;
  readonly kin: readonly Kin[];
}

/** What a roll-up means for others. */
export interface RolledHour {
  /** Counting stands elsewhere at its end than the hours after it know. */
  readonly endsElsewhere: boolean;
  /** The next hour of the gateway that is rolled up. */
  readonly following: number | undefined;
}

/** One hour of one gateway from its records, and from where counting stood before. */
export async function rollUpHour(tx: Tx, gateway: RolledGateway, hour: number): Promise<RolledHour> {
  const { key, layout, rules } = gateway;
  const machines = layout.machineIds.length;
  const start = (await readCheckpoint(tx, key, hour, machines))?.track ?? createTrack(machines);
  const [here, next] = await readCheckpointsFrom(tx, key, hour, machines);
  const known = here?.hour === hour ? here : undefined;
  const own = await storedBatches(tx, key, hour * HOUR_MIN, (hour + 1) * HOUR_MIN);
  const following = known === undefined ? here?.hour : next?.hour;
  if (own.length === 0 && known === undefined) return { endsElsewhere: false, following };
  await goOnFromKin(tx, gateway, hour, start);
  const batches = await withKin(tx, gateway, hour, own);
  const row = foldHour(hour, machines, batches, copyTrack(start), rules);
  await putHour(tx, key, row);
  return { endsElsewhere: !sameTrack(known?.track ?? start, row.end), following };
}

/** A machine that was moved goes on counting where it stood at whichever gateway heard it last. */
async function goOnFromKin(tx: Tx, { kin }: RolledGateway, hour: number, track: CountTrack): Promise<void> {
  for (const { key, shared } of kin) {
    for (const [here, there] of shared) {
      const from = hour - MOVED_LOOKBACK_HOURS;
      const standing = await readStanding(tx, key.orgId, key.gatewayId, there, from, hour);
      if (standing === undefined || standing.minute <= (track.minute[here] as number)) continue;
      track.minute[here] = standing.minute;
      track.count[here] = standing.count;
      track.midnight[here] = standing.midnight;
    }
  }
}

/** In minute order, and in that of the gateways where two of them speak for the same minute. */
async function withKin(
  tx: Tx,
  { key, layout, kin }: RolledGateway,
  hour: number,
  own: readonly Batch[],
): Promise<HourBatch[]> {
  const all: (HourBatch & { readonly gatewayId: string })[] = [];
  for (const batch of own) all.push({ batch, isKin: false, gatewayId: key.gatewayId });
  if (kin.length === 0) return all;
  for (const other of kin) {
    const { gatewayId } = other.key;
    const [from, to] = [hour * HOUR_MIN, (hour + 1) * HOUR_MIN];
    const theirs = await carriedBatches(tx, other.key, layout, other.shared, from, to);
    for (const batch of theirs) all.push({ batch, isKin: true, gatewayId });
  }
  return all.sort((a, b) => a.batch.minute - b.batch.minute || (a.gatewayId < b.gatewayId ? -1 : 1));
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
