import type { Tx } from '../kernel/index.ts';

/** Rows read in one go: some milliseconds of work, whatever a network has reserved. */
const FETCH_ROWS = 5_000;

export interface TakenRow {
  readonly machineId: string;
  /** Blocked, else reserved. */
  readonly blocked: boolean;
  readonly from: number;
  readonly to: number;
}

const RESERVED = `SELECT machine_id AS "machineId", false AS blocked, lower(period) AS "from", upper(period) AS "to"
  FROM reservation WHERE network_id = $1 AND upper(period) > $2 AND lower(period) < $3`;
const SHARED = `SELECT machine_id AS "machineId", blocked, starts AS "from", ends AS "to" FROM shared_taken_time($1, $2)`;

/** Reserved machine time that shares an instant with [from, to), in no order and in portions; one reader at a time in a transaction, to its end. */
export async function* reservedTime(
  tx: Tx,
  networkId: string,
  from: number,
  to: number,
): AsyncGenerator<TakenRow[]> {
  await tx.run(`DECLARE reserved_time NO SCROLL CURSOR FOR ${RESERVED}`, [
    networkId,
    new Date(from),
    new Date(to),
  ]);
  for (;;) {
    const rows = await tx.rows<TakenRow>(`FETCH ${FETCH_ROWS} FROM reserved_time`);
    if (rows.length > 0) yield rows;
    if (rows.length < FETCH_ROWS) break;
  }
  await tx.run('CLOSE reserved_time');
}

/** Time of machines whose organisation shares figures that depend on it. */
export function sharedTakenTime(tx: Tx, from: number, to: number): Promise<TakenRow[]> {
  return tx.rows<TakenRow>(SHARED, [new Date(from), new Date(to)]);
}

export interface SharedRateRow {
  readonly machineId: string;
  readonly itemId: string;
  /** Null where the grant does not open rates. */
  readonly pieces: number | null;
  /** Null where the grant opens nothing but the age. */
  readonly runningMin: number | null;
  readonly at: number;
}

export function sharedRates(tx: Tx, networkId: string): Promise<SharedRateRow[]> {
  return tx.rows<SharedRateRow>(
    `SELECT machine_id AS "machineId", item_id AS "itemId", pieces, running_min AS "runningMin", measured_at AS at
       FROM shared_capacity_rate WHERE network_id = $1`,
    [networkId],
  );
}
