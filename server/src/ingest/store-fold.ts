import type { Tx } from '../kernel/index.ts';
import { FUTURE_MS_MAX } from './decode-v3.ts';
import type { DeviceHead, Sample, Standing } from './fold-minute.ts';
import { MINUTE_MS } from './local-day.ts';
import { parseFloats, parseInts } from './pg-array.ts';

export interface DirtyMinute {
  readonly orgId: string;
  readonly networkId: string;
  /** Minutes since the epoch. */
  readonly minute: number;
  readonly marks: number;
}

/** Minutes that began before `before` (epoch ms), oldest first. */
export async function readDirtyMinutes(tx: Tx, before: number, limit: number): Promise<DirtyMinute[]> {
  const rows = await tx.rows<DirtyMinute>(
    `SELECT org_id AS "orgId", network_id AS "networkId", minute, marks FROM telemetry_minute_dirty
      WHERE minute < $1 ORDER BY minute, org_id LIMIT $2`,
    [new Date(before), limit],
  );
  return rows.map((row) => ({ ...row, minute: row.minute / MINUTE_MS }));
}

/** Unless it was marked again meanwhile: then what came is not folded yet. */
export async function clearMinute(tx: Tx, { orgId, minute, marks }: DirtyMinute): Promise<void> {
  await tx.run('DELETE FROM telemetry_minute_dirty WHERE org_id = $1 AND minute = $2 AND marks = $3', [
    orgId,
    new Date(minute * MINUTE_MS),
    marks,
  ]);
}

/** Arrays stay text until they are parsed: the driver would make a string of every number first. */
const AS_TEXT = { getTypeParser: () => (value: unknown) => value };

interface GroupRow {
  readonly received_at: string;
  readonly id: string;
  readonly first_ms: string;
  readonly values: string;
  readonly machines: string;
  readonly signals_json: string;
  readonly message_machine: string;
  readonly message_at_ms: string;
  readonly value_message: string;
  readonly value_signal: string;
  readonly value: string;
  readonly text_message: string | null;
  readonly text_signal: string | null;
  readonly texts_json: string | null;
}

/** Some 2 MB of text; the loop in between lets others have their turn. */
const PAGE_ROWS = 200;

/** Everything said at an instant in [from, to), by machine. */
export async function readTelemetry(
  tx: Tx,
  orgId: string,
  from: number,
  to: number,
): Promise<Map<string, Sample[]>> {
  const series = new Map<string, Sample[]>();
  let after: readonly [string, string] = ['-infinity', '00000000-0000-0000-0000-000000000000'];
  for (;;) {
    const { rows } = await tx.client.query<GroupRow>({
      text: `SELECT received_at, id, round(extract(epoch FROM first_at) * 1000)::int8 AS first_ms, array_to_string(machines, ',') AS machines,
                array_to_json(signals) AS signals_json, message_machine, message_at_ms, value_message, value_signal, value,
                text_message, text_signal, array_to_json(text_value) AS texts_json
           FROM telemetry_group
          WHERE org_id = $1 AND last_at >= $2 AND first_at < $3 AND received_at >= $4 AND (received_at, id) > ($5, $6)
          ORDER BY received_at, id LIMIT ${PAGE_ROWS}`,
      // A device's clock may be ahead of the one that stamped the receipt.
      values: [orgId, new Date(from), new Date(to), new Date(from - FUTURE_MS_MAX - MINUTE_MS), ...after],
      types: AS_TEXT,
    });
    for (const row of rows) unpack(row, from, to, series);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_ROWS) return series;
    after = [last.received_at, last.id];
  }
}

function unpack(row: GroupRow, from: number, to: number, series: Map<string, Sample[]>): void {
  const machines = row.machines.split(',');
  const signals = JSON.parse(row.signals_json) as string[];
  const machineOf = ints(row.message_machine);
  const atMs = ints(row.message_at_ms);
  const firstAt = Number(row.first_ms);
  const put = (message: number, signal: number, value: number | string): void => {
    const at = firstAt + (atMs[message] as number);
    if (at < from || at >= to) return;
    const machine = machines[machineOf[message] as number] as string;
    const sample = { at, name: signals[signal] as string, value };
    const samples = series.get(machine);
    if (samples) samples.push(sample);
    else series.set(machine, [sample]);
  };
  const messages = ints(row.value_message);
  const names = ints(row.value_signal);
  parseFloats(row.value).forEach((value, i) => {
    put(messages[i] as number, names[i] as number, value);
  });
  if (row.texts_json === null) return;
  const textMessages = ints(row.text_message ?? '{}');
  const textNames = ints(row.text_signal ?? '{}');
  (JSON.parse(row.texts_json) as string[]).forEach((value, i) => {
    put(textMessages[i] as number, textNames[i] as number, value);
  });
}

/** An element takes two characters at least. */
function ints(text: string): Int32Array {
  const target = new Int32Array(text.length >> 1);
  return target.subarray(0, parseInts(text, target, 0, -1));
}

interface HeadRow {
  readonly machineId: string;
  readonly minute: number;
  readonly countBefore: number | null;
  readonly countAfter: number | null;
  readonly runningBefore: boolean | null;
  readonly runningBeforeAt: number | null;
  readonly runningAfter: boolean | null;
  readonly runningAfterAt: number | null;
}

export async function readHeads(
  tx: Tx,
  orgId: string,
  machineIds: readonly string[],
): Promise<Map<string, DeviceHead>> {
  const rows = await tx.rows<HeadRow>(
    `SELECT machine_id AS "machineId", minute, count_before AS "countBefore", count_after AS "countAfter",
            running_before AS "runningBefore", running_before_at AS "runningBeforeAt", running_after AS "runningAfter",
            running_after_at AS "runningAfterAt"
       FROM device_head WHERE org_id = $1 AND machine_id = ANY ($2::uuid[])`,
    [orgId, machineIds],
  );
  return new Map(rows.map((row) => [row.machineId, toHead(row)]));
}

function toHead(row: HeadRow): DeviceHead {
  return {
    minute: row.minute / MINUTE_MS,
    before: { count: row.countBefore, running: row.runningBefore, runningAt: row.runningBeforeAt },
    after: { count: row.countAfter, running: row.runningAfter, runningAt: row.runningAfterAt },
  };
}

/** A head never goes back: another process may have folded further. */
export async function writeHeads(
  tx: Tx,
  orgId: string,
  networkId: string,
  heads: ReadonlyMap<string, DeviceHead>,
): Promise<void> {
  const all = [...heads].sort(([a], [b]) => (a < b ? -1 : 1));
  const standing = (of: (head: DeviceHead) => Standing): [unknown[], unknown[], unknown[]] => [
    all.map(([, head]) => of(head).count),
    all.map(([, head]) => of(head).running),
    all.map(([, head]) => at(of(head).runningAt)),
  ];
  await tx.run(
    `INSERT INTO device_head AS h (org_id, network_id, machine_id, minute, count_before, running_before, running_before_at,
       count_after, running_after, running_after_at)
     SELECT $1, $2, * FROM unnest($3::uuid[], $4::timestamptz[], $5::float8[], $6::boolean[], $7::timestamptz[], $8::float8[],
       $9::boolean[], $10::timestamptz[])
     ON CONFLICT (org_id, machine_id) DO UPDATE SET minute = excluded.minute, count_before = excluded.count_before,
       running_before = excluded.running_before, running_before_at = excluded.running_before_at,
       count_after = excluded.count_after, running_after = excluded.running_after,
       running_after_at = excluded.running_after_at
     WHERE h.minute <= excluded.minute`,
    [
      orgId,
      networkId,
      all.map(([machineId]) => machineId),
      all.map(([, head]) => new Date(head.minute * MINUTE_MS)),
      ...standing(({ before }) => before),
      ...standing(({ after }) => after),
    ],
  );
}

const at = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));
