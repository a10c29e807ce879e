import { type CountTrack, createTrack } from '../ingest/index.ts';
import type { Tx } from '../kernel/index.ts';
import type { HourRow } from './hour-fold.ts';
import type { Standing } from './machine-minutes.ts';

const HOUR_MS = 3_600_000;

export interface GatewayKey {
  readonly orgId: string;
  readonly networkId: string;
  readonly gatewayId: string;
}

/** Where counting stands at the end of an hour, with the hour (since the epoch). */
export interface Checkpoint {
  readonly hour: number;
  readonly track: CountTrack;
}
interface CheckpointRow {
  hour: number;
  minutes: number[];
  counts: number[];
  midnights: number[];
}
// As float8, because the driver gives int8 arrays as texts; counts are below 2^53.
const CHECKPOINT = 'hour, end_minute AS minutes, end_count::float8[] AS counts, end_midnight AS midnights';

export async function putHour(tx: Tx, key: GatewayKey, row: HourRow): Promise<void> {
  await tx.run(
    `INSERT INTO hour_roll_up (org_id, gateway_id, hour, network_id, pieces, running_s, energy_wh, records, restarts,
                               state_minutes, end_minute, end_count, end_midnight)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
     ON CONFLICT (org_id, gateway_id, hour) DO UPDATE SET
       pieces = excluded.pieces, running_s = excluded.running_s, energy_wh = excluded.energy_wh, records = excluded.records,
       restarts = excluded.restarts, state_minutes = excluded.state_minutes, end_minute = excluded.end_minute,
       end_count = excluded.end_count, end_midnight = excluded.end_midnight`,
    [
      key.orgId,
      key.gatewayId,
      new Date(row.hour * HOUR_MS),
      key.networkId,
      row.pieces,
      row.runningS,
      row.energyWh,
      row.records,
      row.restarts,
      row.stateMinutes,
      [...row.end.minute],
      [...row.end.count],
      [...row.end.midnight],
    ],
  );
}

/** The last roll-up before `hour`, sized for `machines`. */
export async function readCheckpoint(
  tx: Tx,
  key: GatewayKey,
  hour: number,
  machines: number,
): Promise<Checkpoint | undefined> {
  const row = await tx.maybe<CheckpointRow>(
    `SELECT ${CHECKPOINT} FROM hour_roll_up WHERE org_id = $1 AND gateway_id = $2 AND hour < $3 ORDER BY hour DESC LIMIT 1`,
    [key.orgId, key.gatewayId, new Date(hour * HOUR_MS)],
  );
  return row && toCheckpoint(row, machines);
}

/** The first two roll-ups at or after `hour`: the hour itself, and what follows from it. */
export async function readCheckpointsFrom(
  tx: Tx,
  key: GatewayKey,
  hour: number,
  machines: number,
): Promise<Checkpoint[]> {
  const rows = await tx.rows<CheckpointRow>(
    `SELECT ${CHECKPOINT} FROM hour_roll_up WHERE org_id = $1 AND gateway_id = $2 AND hour >= $3 ORDER BY hour LIMIT 2`,
    [key.orgId, key.gatewayId, new Date(hour * HOUR_MS)],
  );
  return rows.map((row) => toCheckpoint(row, machines));
}

/** The first two hours at or after `hour` that are rolled up; hours since the epoch. */
export async function readHoursFrom(tx: Tx, key: GatewayKey, hour: number): Promise<number[]> {
  const rows = await tx.rows<{ hour: number }>(
    'SELECT hour FROM hour_roll_up WHERE org_id = $1 AND gateway_id = $2 AND hour >= $3 ORDER BY hour LIMIT 2',
    [key.orgId, key.gatewayId, new Date(hour * HOUR_MS)],
  );
  return rows.map((row) => row.hour / HOUR_MS);
}

function toCheckpoint(row: CheckpointRow, machines: number): Checkpoint {
  const track = createTrack(machines);
  track.minute.set(row.minutes.slice(0, machines));
  track.count.set(row.counts.slice(0, machines));
  track.midnight.set(row.midnights.slice(0, machines));
  return { hour: row.hour / HOUR_MS, track };
}

/** Where one machine stands after the last roll-up in [from, before); hours since the epoch. */
export async function readStanding(
  tx: Tx,
  orgId: string,
  gatewayId: string,
  position: number,
  from: number,
  before: number,
): Promise<(Standing & { readonly hour: number }) | undefined> {
  const row = await tx.maybe<{ hour: number; minute: number | null; count: number; midnight: number }>(
    `SELECT hour, end_minute[$5] AS minute, end_count[$5] AS count, end_midnight[$5] AS midnight FROM hour_roll_up
      WHERE org_id = $1 AND gateway_id = $2 AND hour >= $3 AND hour < $4 ORDER BY hour DESC LIMIT 1`,
    [orgId, gatewayId, new Date(from * HOUR_MS), new Date(before * HOUR_MS), position + 1],
  );
  if (row === undefined || row.minute === null || row.minute < 0) return undefined;
  return { hour: row.hour / HOUR_MS, minute: row.minute, count: row.count, midnight: row.midnight };
}

export interface MachineHour {
  /** Hours since the epoch. */
  readonly hour: number;
  readonly pieces: number;
  readonly runningS: number;
  readonly energyWh: number;
  readonly records: number;
}

/** One machine's hours in [from, to) as rolled up, added over the gateways it reported through. */
export async function readMachineHours(
  tx: Tx,
  orgId: string,
  places: readonly { readonly gatewayId: string; readonly position: number }[],
  from: number,
  to: number,
): Promise<MachineHour[]> {
  const rows = await tx.rows<MachineHour>(
    `SELECT h.hour, sum(h.pieces[p.at]) AS pieces, sum(h.running_s[p.at]) AS "runningS",
            sum(h.energy_wh[p.at]) AS "energyWh", sum(h.records[p.at]) AS records
       FROM unnest($2::uuid[], $3::int[]) AS p (gateway_id, at) JOIN hour_roll_up h USING (gateway_id)
      WHERE h.org_id = $1 AND h.hour >= $4 AND h.hour < $5 AND h.records[p.at] > 0
      GROUP BY h.hour ORDER BY h.hour`,
    [
      orgId,
      places.map(({ gatewayId }) => gatewayId),
      places.map(({ position }) => position + 1),
      new Date(from * HOUR_MS),
      new Date(to * HOUR_MS),
    ],
  );
  return rows.map((row) => ({ ...row, hour: row.hour / HOUR_MS }));
}
