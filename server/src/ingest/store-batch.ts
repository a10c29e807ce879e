import { Bug, type Tx } from '../kernel/index.ts';
import { ABSENT, type Batch, createBatch, putSignal } from './batch.ts';
import type { Layout } from './layout.ts';
import { MINUTE_MS } from './local-day.ts';
import { encodeFloats, encodeInts, parseFloats, parseInts } from './pg-array.ts';

const PARAMS = 12;
/** Rows of one statement; PostgreSQL takes 65,535 parameters, and beyond some hundred rows nothing is saved. */
export const INSERT_ROWS_MAX = 256;

function insertStatement(rows: number): string {
  const values = Array.from(
    { length: rows },
    (_, row) => `(${Array.from({ length: PARAMS }, (__, i) => `$${row * PARAMS + i + 1}`).join(',')})`,
  );
  return `INSERT INTO record_batch (org_id, gateway_id, minute, network_id, layout_id, late, running_s, cumulative, state, energy_wh, signal_values, own_day)
          VALUES ${values.join(',')} ON CONFLICT DO NOTHING RETURNING gateway_id, minute`;
}

/** Answers the batches whose key was there already. At most INSERT_ROWS_MAX at once, no key twice. */
export type InsertBatches = (tx: Tx, batches: readonly Batch[]) => Promise<ReadonlySet<Batch>>;

/** Keeps the statement for each number of rows: building the text costs as much as running it. */
export function createInsertBatches(): InsertBatches {
  const statements = new Map<number, string>();
  return async (tx, batches) => {
    let statement = statements.get(batches.length);
    if (statement === undefined) {
      statement = insertStatement(batches.length);
      statements.set(batches.length, statement);
    }
    const values: unknown[] = [];
    for (const batch of batches) pushRow(values, batch);
    const inserted = await tx.rows<{ gateway_id: string; minute: number }>(statement, values);
    if (inserted.length === batches.length) return NONE;
    const fresh = new Set(inserted.map((row) => `${row.gateway_id} ${row.minute / MINUTE_MS}`));
    return new Set(batches.filter((batch) => !fresh.has(keyOf(batch))));
  };
}
const NONE: ReadonlySet<Batch> = new Set();

export const keyOf = (batch: Batch): string => `${batch.layout.gatewayId} ${batch.minute}`;

function pushRow(target: unknown[], batch: Batch): void {
  const { layout, minute } = batch;
  target.push(
    layout.orgId,
    layout.gatewayId,
    toTimestamp(minute),
    layout.networkId,
    layout.layoutId,
    batch.late,
    ...arraysOf(batch),
  );
}

function arraysOf(
  batch: Batch,
): [Buffer, Buffer, Buffer | null, Buffer | null, Buffer | null, Buffer | null] {
  const { values, machines, layout, signals, ownDay } = batch;
  return [
    encodeInts('int2', values, 0, machines, values, 0),
    encodeInts('int4', values, machines, machines, values, 0),
    batch.hasState ? encodeInts('int2', values, 2 * machines, machines, values, 2 * machines) : null,
    batch.hasEnergy ? encodeInts('int4', values, 3 * machines, machines, values, 3 * machines) : null,
    signals === undefined ? null : encodeFloats(flatten(signals, layout.signals, machines)),
    ownDay === undefined ? null : encodeInts('int2', ownDay, 0, machines, ownDay, 0),
  ];
}

function flatten(
  signals: ReadonlyMap<string, Float64Array>,
  names: readonly string[],
  machines: number,
): Float64Array {
  const flat = new Float64Array(names.length * machines).fill(Number.NaN);
  for (const [name, values] of signals) {
    const index = names.indexOf(name);
    if (index < 0) throw new Bug(`signal ${name} is not in the layout`);
    flat.set(values, index * machines);
  }
  return flat;
}

const toTimestamp = (minute: number): string => new Date(minute * MINUTE_MS).toISOString();

/** Replaces the arrays of a row whose lock is held. */
export async function updateBatch(tx: Tx, batch: Batch): Promise<void> {
  const { layout, minute } = batch;
  await tx.run(
    `UPDATE record_batch SET layout_id = $4, running_s = $5, cumulative = $6, state = $7, energy_wh = $8, signal_values = $9,
            own_day = $10
      WHERE org_id = $1 AND gateway_id = $2 AND minute = $3`,
    [layout.orgId, layout.gatewayId, toTimestamp(minute), layout.layoutId, ...arraysOf(batch)],
  );
}

/** Arrays stay text until they are parsed into the batch. */
const AS_TEXT = { getTypeParser: () => (value: unknown) => value };
interface TextRow {
  readonly minute: string;
  readonly layout_id: string;
  readonly running_s: string;
  readonly cumulative: string;
  readonly state: string | null;
  readonly energy_wh: string | null;
  readonly signal_values: string | null;
  readonly own_day: string | null;
  readonly late: string;
}
const COLUMNS = `(extract(epoch FROM minute) / 60)::int8 AS minute, layout_id, running_s, cumulative, state, energy_wh,
  signal_values, own_day, late`;

/** Locks the row, which must be there, until the transaction ends. */
export async function lockBatch(
  tx: Tx,
  key: { readonly orgId: string; readonly gatewayId: string; readonly minute: number },
  layoutVersion: (layoutId: number) => Promise<Layout>,
): Promise<Batch> {
  const [row] = await queryText(
    tx,
    `SELECT ${COLUMNS} FROM record_batch WHERE org_id = $1 AND gateway_id = $2 AND minute = $3 FOR UPDATE`,
    [key.orgId, key.gatewayId, toTimestamp(key.minute)],
  );
  if (row === undefined) throw new Bug(`no record batch of ${key.gatewayId} at minute ${key.minute}`);
  const layout = await layoutVersion(Number(row.layout_id));
  return toBatch(row, () => layout);
}

/** Rows of one gateway in [from, to), minutes since the epoch, in minute order. */
export async function readBatches(
  tx: Tx,
  key: { readonly orgId: string; readonly gatewayId: string },
  from: number,
  to: number,
  layouts: (layoutId: number) => Layout | undefined,
): Promise<Batch[]> {
  const rows = await queryText(
    tx,
    `SELECT ${COLUMNS} FROM record_batch WHERE org_id = $1 AND gateway_id = $2 AND minute >= $3 AND minute < $4 ORDER BY minute`,
    [key.orgId, key.gatewayId, toTimestamp(from), toTimestamp(to)],
  );
  return rows.map((row) => toBatch(row, layouts));
}

async function queryText(tx: Tx, text: string, values: unknown[]): Promise<TextRow[]> {
  const result = await tx.client.query<TextRow>({ text, values, types: AS_TEXT });
  return result.rows;
}

function toBatch(row: TextRow, layouts: (layoutId: number) => Layout | undefined): Batch {
  const layout = layouts(Number(row.layout_id));
  if (layout === undefined) throw new Bug(`record batch of an unknown layout ${row.layout_id}`);
  const batch = createBatch(layout, Number(row.minute));
  const { values, machines } = batch;
  parseInts(row.running_s, values, 0, ABSENT);
  // 2^32 − 1 is a count as good as any, so a missing one is told by its running seconds alone.
  parseInts(row.cumulative, values, machines, ABSENT);
  if (row.state !== null) {
    parseInts(row.state, values, 2 * machines, ABSENT);
    batch.hasState = true;
  }
  if (row.energy_wh !== null) {
    parseInts(row.energy_wh, values, 3 * machines, ABSENT);
    batch.hasEnergy = true;
  }
  if (row.signal_values !== null) unflatten(batch, parseFloats(row.signal_values));
  if (row.own_day !== null) {
    batch.ownDay = new Int32Array(machines).fill(ABSENT);
    parseInts(row.own_day, batch.ownDay, 0, ABSENT);
  }
  for (let position = 0; position < machines; position++) if (values[position] !== ABSENT) batch.records++;
  batch.late = row.late === 't';
  return batch;
}

function unflatten(batch: Batch, flat: Float64Array): void {
  flat.forEach((value, index) => {
    if (Number.isNaN(value)) return;
    const name = batch.layout.signals[Math.floor(index / batch.machines)];
    if (name !== undefined) putSignal(batch, name, index % batch.machines, value);
  });
}

/** Days whose partitions exist or are made now; UTC, `yyyy-mm-dd`, both included. */
export async function ensureDays(tx: Tx, first: string, last: string): Promise<void> {
  await tx.rows('SELECT ensure_telemetry_days($1, $2)', [first, last]);
}

/** Marks hours for roll-up; sorted, so that two writers never wait for each other in a circle. */
export async function markHours(
  tx: Tx,
  marks: readonly {
    readonly orgId: string;
    readonly gatewayId: string;
    readonly networkId: string;
    /** Hours since the epoch. */
    readonly hour: number;
  }[],
): Promise<void> {
  await tx.run(
    `INSERT INTO record_hour_dirty AS d (org_id, gateway_id, hour, network_id)
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::uuid[]) AS m (org_id, gateway_id, hour, network_id)
      ORDER BY 1, 2, 3
     ON CONFLICT (org_id, gateway_id, hour) DO UPDATE SET marks = d.marks + 1`,
    [
      marks.map(({ orgId }) => orgId),
      marks.map(({ gatewayId }) => gatewayId),
      marks.map(({ hour }) => toTimestamp(hour * 60)),
      marks.map(({ networkId }) => networkId),
    ],
  );
}
