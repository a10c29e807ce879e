import type { Tx } from '../kernel/index.ts';
import type { MachineTime, NewReservation, RateObservation, RateSum, StoredReservation } from './capacity.ts';
import type { Outage } from './outage.ts';
import { RATE_HALF_LIFE_MS } from './rate-sum.ts';

interface ReservationRow {
  id: string;
  machine_id: string;
  allocation_id: string;
  site_id: string;
  factory_org_id: string;
  from: number;
  to: number;
  quantity: number;
}
const RESERVATION = `id, machine_id, allocation_id, site_id, factory_org_id, lower(period) AS "from", upper(period) AS "to", quantity`;

/** Creates the network's row when missing and holds its lock until the transaction ends. */
export async function lockVersion(tx: Tx, networkId: string): Promise<number> {
  await tx.run('INSERT INTO capacity_version (network_id, version) VALUES ($1, 1) ON CONFLICT DO NOTHING', [
    networkId,
  ]);
  await tx.one('SELECT FROM capacity_version WHERE network_id = $1 FOR UPDATE', [networkId]);
  return readVersion(tx, networkId);
}

/** After a change of reservations. The row is locked already, or becomes so. */
export async function bumpVersion(tx: Tx, networkId: string): Promise<number> {
  await tx.run(
    `INSERT INTO capacity_version (network_id, version) VALUES ($1, 1)
     ON CONFLICT (network_id) DO UPDATE SET version = capacity_version.version + 1`,
    [networkId],
  );
  return readVersion(tx, networkId);
}

/** After a change of anything else that a plan rests on. */
export async function bumpRebuild(tx: Tx, networkId: string): Promise<number> {
  await tx.run(
    `INSERT INTO capacity_rebuild (network_id, version) VALUES ($1, 1)
     ON CONFLICT (network_id) DO UPDATE SET version = capacity_rebuild.version + 1`,
    [networkId],
  );
  return readVersion(tx, networkId);
}

/** Both halves together: every committed change moves the sum by one. */
export async function readVersion(tx: Tx, networkId: string): Promise<number> {
  const { version } = await tx.one<{ version: number }>(
    `SELECT coalesce((SELECT version FROM capacity_version WHERE network_id = $1), 0)
          + coalesce((SELECT version FROM capacity_rebuild WHERE network_id = $1), 0) AS version`,
    [networkId],
  );
  return version;
}

/** A reservation that shares an instant with one of the rows, or undefined. */
export async function findOverlap(
  tx: Tx,
  networkId: string,
  rows: readonly NewReservation[],
): Promise<StoredReservation | undefined> {
  const found = await tx.rows<ReservationRow>(
    `SELECT r.id, r.machine_id, r.allocation_id, r.site_id, r.factory_org_id, lower(r.period) AS "from",
            upper(r.period) AS "to", r.quantity
       FROM unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[]) AS asked (machine_id, starts, ends)
       JOIN reservation r ON r.network_id = $1 AND r.machine_id = asked.machine_id
        AND r.period && tstzrange(asked.starts, asked.ends)
      LIMIT 1`,
    [
      networkId,
      rows.map((row) => row.machineId),
      rows.map((row) => new Date(row.from)),
      rows.map((row) => new Date(row.to)),
    ],
  );
  return found[0] && toReservation(found[0]);
}

export async function insertReservations(
  tx: Tx,
  networkId: string,
  rows: readonly StoredReservation[],
): Promise<void> {
  await tx.run(
    `INSERT INTO reservation (network_id, id, machine_id, site_id, factory_org_id, allocation_id, period, quantity)
     SELECT $1, id, machine_id, site_id, factory_org_id, allocation_id, tstzrange(starts, ends), quantity
       FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::timestamptz[], $8::timestamptz[], $9::int[])
         AS fresh (id, machine_id, site_id, factory_org_id, allocation_id, starts, ends, quantity)`,
    [
      networkId,
      rows.map((row) => row.id),
      rows.map((row) => row.machineId),
      rows.map((row) => row.siteId),
      rows.map((row) => row.factoryOrganisationId),
      rows.map((row) => row.allocationId),
      rows.map((row) => new Date(row.from)),
      rows.map((row) => new Date(row.to)),
      rows.map((row) => row.quantity),
    ],
  );
}

/** Deletes what begins at or after the instant and cuts what runs over it; returns the time that became free. */
export async function freeFrom(
  tx: Tx,
  networkId: string,
  allocationIds: readonly string[],
  fromInstant: number | undefined,
): Promise<MachineTime[]> {
  const from = fromInstant === undefined ? null : new Date(fromInstant);
  const gone = await tx.rows<{ machine_id: string; from: number; to: number }>(
    `DELETE FROM reservation WHERE network_id = $1 AND allocation_id = ANY ($2)
        AND ($3::timestamptz IS NULL OR lower(period) >= $3)
     RETURNING machine_id, lower(period) AS "from", upper(period) AS "to"`,
    [networkId, allocationIds, from],
  );
  const cut =
    from === null
      ? []
      : await tx.rows<{ machine_id: string; from: number; to: number }>(
          `WITH running AS (
             SELECT id, upper(period) AS ends FROM reservation
              WHERE network_id = $1 AND allocation_id = ANY ($2) AND period @> $3::timestamptz)
           UPDATE reservation r SET period = tstzrange(lower(r.period), $3) FROM running
            WHERE r.network_id = $1 AND r.id = running.id
           RETURNING r.machine_id, upper(r.period) AS "from", running.ends AS "to"`,
          [networkId, allocationIds, from],
        );
  return [...gone, ...cut].map((row) => ({
    machineId: row.machine_id,
    startMs: row.from,
    endMs: row.to,
  }));
}

export async function listReservations(
  tx: Tx,
  networkId: string,
  from: number,
  to: number,
): Promise<StoredReservation[]> {
  const rows = await tx.rows<ReservationRow>(
    `SELECT ${RESERVATION} FROM reservation
      WHERE network_id = $1 AND upper(period) > $2 AND lower(period) < $3 ORDER BY lower(period), id`,
    [networkId, new Date(from), new Date(to)],
  );
  return rows.map(toReservation);
}

export async function addToRate(
  tx: Tx,
  { networkId, machineId, itemId, pieces, runningMin, at }: RateObservation,
  factoryOrganisationId: string,
): Promise<void> {
  await tx.run(
    `INSERT INTO capacity_rate AS r (network_id, machine_id, item_id, factory_org_id, pieces, running_min, measured_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (network_id, machine_id, item_id) DO UPDATE SET
       pieces = r.pieces * power(0.5, greatest(0, extract(epoch FROM $7 - r.measured_at))::float8 / $8) + $5,
       running_min = r.running_min * power(0.5, greatest(0, extract(epoch FROM $7 - r.measured_at))::float8 / $8) + $6,
       measured_at = greatest(r.measured_at, $7)`,
    [networkId, machineId, itemId, factoryOrganisationId, pieces, runningMin, new Date(at), HALF_LIFE_S],
  );
}
const HALF_LIFE_S = RATE_HALF_LIFE_MS / 1_000;

export async function listRates(tx: Tx, networkId: string): Promise<RateSum[]> {
  const rows = await tx.rows<RateRow>(
    `SELECT machine_id, item_id, pieces, running_min, measured_at FROM capacity_rate WHERE network_id = $1
      ORDER BY machine_id, item_id`,
    [networkId],
  );
  return rows.map(toRate);
}

export async function findRates(
  tx: Tx,
  networkId: string,
  machineIds: readonly string[],
  itemId: string,
): Promise<RateSum[]> {
  const rows = await tx.rows<RateRow>(
    `SELECT machine_id, item_id, pieces, running_min, measured_at FROM capacity_rate
      WHERE network_id = $1 AND machine_id = ANY ($2) AND item_id = $3`,
    [networkId, machineIds, itemId],
  );
  return rows.map(toRate);
}

interface OutageRow {
  network_id: string;
  machine_id: string;
  site_id: string;
  since: number;
  expected_until: number;
}

export async function putOutage(
  tx: Tx,
  networkId: string,
  outage: Outage,
  factoryOrganisationId: string,
): Promise<void> {
  await tx.run(
    `INSERT INTO capacity_outage (network_id, machine_id, site_id, factory_org_id, since, expected_until)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (network_id, machine_id) DO UPDATE SET expected_until = $6`,
    [
      networkId,
      outage.machineId,
      outage.siteId,
      factoryOrganisationId,
      new Date(outage.since),
      new Date(outage.expectedUntil),
    ],
  );
}

export async function deleteOutage(
  tx: Tx,
  networkId: string,
  machineId: string,
): Promise<Outage | undefined> {
  const row = await tx.maybe<OutageRow>(
    `DELETE FROM capacity_outage WHERE network_id = $1 AND machine_id = $2
     RETURNING network_id, machine_id, site_id, since, expected_until`,
    [networkId, machineId],
  );
  return row && toOutage(row);
}

export async function lockOutage(tx: Tx, networkId: string, machineId: string): Promise<Outage | undefined> {
  const row = await tx.maybe<OutageRow>(
    `SELECT network_id, machine_id, site_id, since, expected_until FROM capacity_outage
      WHERE network_id = $1 AND machine_id = $2 FOR UPDATE`,
    [networkId, machineId],
  );
  return row && toOutage(row);
}

/** Over all networks: outages that run out before the instant. */
export async function listEndingOutages(
  tx: Tx,
  before: number,
): Promise<{ readonly networkId: string; readonly machineId: string }[]> {
  const rows = await tx.rows<OutageRow>(
    'SELECT network_id, machine_id FROM capacity_outage WHERE expected_until < $1 ORDER BY network_id, machine_id',
    [new Date(before)],
  );
  return rows.map((row) => ({ networkId: row.network_id, machineId: row.machine_id }));
}

interface RateRow {
  machine_id: string;
  item_id: string;
  pieces: number;
  running_min: number;
  measured_at: number;
}

const toRate = (row: RateRow): RateSum => ({
  machineId: row.machine_id,
  itemId: row.item_id,
  pieces: row.pieces,
  runningMin: row.running_min,
  at: row.measured_at,
});

const toOutage = (row: OutageRow): Outage => ({
  machineId: row.machine_id,
  siteId: row.site_id,
  since: row.since,
  expectedUntil: row.expected_until,
});

const toReservation = (row: ReservationRow): StoredReservation => ({
  id: row.id,
  machineId: row.machine_id,
  allocationId: row.allocation_id,
  siteId: row.site_id,
  factoryOrganisationId: row.factory_org_id,
  from: row.from,
  to: row.to,
  quantity: row.quantity,
});
