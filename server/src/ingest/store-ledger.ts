import type { LossLedger } from '@millrace/contract';
import type { Tx } from '../kernel/index.ts';
import type { StoredLayout } from './layout.ts';
import { encodeInts } from './pg-array.ts';

/** What a commit adds to one gateway's ledger of one day: positions of the layout. */
export interface LedgerDelta {
  readonly orgId: string;
  readonly gatewayId: string;
  readonly networkId: string;
  readonly layoutId: number;
  /** UTC day of receipt, `yyyy-mm-dd`. */
  readonly day: string;
  readonly duplicate: Int32Array;
  readonly conflict: Int32Array;
  readonly rejected: Int32Array;
  readonly late: Int32Array;
  unattributed: number;
}

const sum = (column: string): string =>
  `(SELECT array_agg(coalesce(u.a, 0) + coalesce(u.b, 0) ORDER BY u.i)
      FROM unnest(l.${column}, excluded.${column}) WITH ORDINALITY AS u (a, b, i))`;
const UPSERT = `
  INSERT INTO loss_ledger AS l (org_id, gateway_id, day, layout_id, network_id, duplicate, conflict, rejected, late, unattributed)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
  ON CONFLICT (org_id, gateway_id, day, layout_id) DO UPDATE SET
    duplicate = ${sum('duplicate')}, conflict = ${sum('conflict')}, rejected = ${sum('rejected')}, late = ${sum('late')},
    unattributed = l.unattributed + excluded.unattributed`;

/** Sorted by key, so that two writers never wait for each other in a circle. */
export async function addToLedger(tx: Tx, deltas: readonly LedgerDelta[]): Promise<void> {
  const sorted = deltas.toSorted((a, b) => compare(keyOf(a), keyOf(b)));
  for (const delta of sorted) {
    await tx.run(UPSERT, [
      delta.orgId,
      delta.gatewayId,
      delta.day,
      delta.layoutId,
      delta.networkId,
      toArray(delta.duplicate),
      toArray(delta.conflict),
      toArray(delta.rejected),
      toArray(delta.late),
      delta.unattributed,
    ]);
  }
}

const keyOf = (delta: LedgerDelta): string =>
  `${delta.orgId} ${delta.gatewayId} ${delta.day} ${delta.layoutId}`;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const toArray = (values: Int32Array): Buffer => encodeInts('int4', values, 0, values.length, values, 0);

/** Gaps listed at most; the minutes are counted in full. */
const GAPS_MAX = 100;

/** `from` bounds how far back raw rows are read. */
export async function readLossLedger(
  tx: Tx,
  machineId: string,
  layouts: readonly StoredLayout[],
  from: number,
): Promise<LossLedger> {
  const parts = layouts.map((layout) => ({ ...layout, at: layout.machineIds.indexOf(machineId) + 1 }));
  const params = [
    parts.map(({ orgId }) => orgId),
    parts.map(({ gatewayId }) => gatewayId),
    parts.map(({ layoutId }) => layoutId),
    parts.map(({ at }) => at),
    new Date(from),
  ];
  const part =
    'unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[]) AS p (org_id, gateway_id, layout_id, at)';
  const kept = await tx.one<{ accepted: number; late: number }>(
    `SELECT count(*) AS accepted, count(*) FILTER (WHERE b.late) AS late
       FROM ${part} JOIN record_batch b USING (org_id, gateway_id, layout_id)
      WHERE b.minute >= $5 AND b.running_s[p.at] IS NOT NULL`,
    params,
  );
  const told = await tx.one<{ duplicate: number; conflict: number; rejected: number; late: number }>(
    `SELECT coalesce(sum(l.duplicate[p.at]), 0) AS duplicate, coalesce(sum(l.conflict[p.at]), 0) AS conflict,
            coalesce(sum(l.rejected[p.at]), 0) AS rejected, coalesce(sum(l.late[p.at]), 0) AS late
       FROM ${part} JOIN loss_ledger l USING (org_id, gateway_id, layout_id) WHERE l.day >= ($5::timestamptz)::date`,
    params,
  );
  const gaps = await tx.rows<{ from: number; to: number; minutes: number }>(
    `SELECT before + interval '1 minute' AS "from", minute AS "to",
            (extract(epoch FROM minute - before) / 60 - 1)::int AS minutes
       FROM (SELECT b.minute, lag(b.minute) OVER (ORDER BY b.minute) AS before
               FROM ${part} JOIN record_batch b USING (org_id, gateway_id, layout_id)
              WHERE b.minute >= $5 AND b.running_s[p.at] IS NOT NULL) AS r
      WHERE minute > before + interval '1 minute' ORDER BY minute DESC`,
    params,
  );
  const { duplicate, conflict, rejected } = told;
  return {
    machineId,
    received: kept.accepted + duplicate + conflict + rejected,
    accepted: kept.accepted,
    duplicate,
    conflict,
    rejected,
    late: kept.late + told.late,
    gapMinutes: gaps.reduce((minutes, gap) => minutes + gap.minutes, 0),
    gaps: gaps.slice(0, GAPS_MAX).map((gap) => ({ from: gap.from, to: gap.to })),
  };
}
