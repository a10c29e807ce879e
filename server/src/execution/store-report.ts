import type { Tx } from '../kernel/index.ts';
import type { ReportRow } from './view.ts';

const REPORT = 'id, operation_id, source, good, scrap, scrap_reason, note, at, reported_by';

export interface NewReportRow extends ReportRow {
  readonly networkId: string;
  readonly productionOrderId: string;
  readonly factoryOrgId: string;
  readonly buyerOrgId: string;
  readonly reportKey: string;
}

/** Undefined when this key was reported for the operation before. */
export async function insertReport(tx: Tx, report: NewReportRow): Promise<ReportRow | undefined> {
  const [inserted] = await tx.rows<ReportRow>(
    `INSERT INTO output_report (network_id, id, operation_id, production_order_id, factory_org_id, buyer_org_id, source,
            good, scrap, scrap_reason, note, report_key, at, reported_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
     ON CONFLICT (network_id, operation_id, report_key) DO NOTHING RETURNING ${REPORT}`,
    [
      report.networkId,
      report.id,
      report.operation_id,
      report.productionOrderId,
      report.factoryOrgId,
      report.buyerOrgId,
      report.source,
      report.good,
      report.scrap,
      report.scrap_reason,
      report.note,
      report.reportKey,
      new Date(report.at),
      report.reported_by,
    ],
  );
  return inserted;
}

export function reportByKey(tx: Tx, operationId: string, reportKey: string): Promise<ReportRow | undefined> {
  return tx.maybe<ReportRow>(
    `SELECT ${REPORT} FROM output_report WHERE operation_id = $1 AND report_key = $2`,
    [operationId, reportKey],
  );
}

export interface MachineOutput {
  readonly id: string;
  readonly operationId: string;
  readonly productionOrderId: string;
  readonly factoryOrgId: string;
  readonly buyerOrgId: string;
  readonly pieces: number;
  /** Start of the hour the row stands for. */
  readonly hour: number;
}

/** One row per operation and hour: a row per tick would say the same a hundred times. */
export async function addMachineOutput(
  tx: Tx,
  networkId: string,
  outputs: readonly MachineOutput[],
): Promise<void> {
  await tx.run(
    `INSERT INTO output_report AS r (network_id, id, operation_id, production_order_id, factory_org_id, buyer_org_id, source,
            good, scrap, report_key, at)
     SELECT $1, id, operation_id, order_id, factory_org_id, buyer_org_id, 'machine', pieces, 0, key, at
       FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::int[], $8::text[], $9::timestamptz[])
         AS b (id, operation_id, order_id, factory_org_id, buyer_org_id, pieces, key, at)
     ON CONFLICT (network_id, operation_id, report_key) DO UPDATE SET good = r.good + excluded.good`,
    [
      networkId,
      outputs.map(({ id }) => id),
      outputs.map(({ operationId }) => operationId),
      outputs.map(({ productionOrderId }) => productionOrderId),
      outputs.map(({ factoryOrgId }) => factoryOrgId),
      outputs.map(({ buyerOrgId }) => buyerOrgId),
      outputs.map(({ pieces }) => pieces),
      outputs.map(({ hour }) => `machine:${hour}`),
      outputs.map(({ hour }) => new Date(hour)),
    ],
  );
}

/** A production order's reports, newest first; bounded by the hours an order can last. */
export const REPORTS_MAX = 2_000;
export function reportsOf(tx: Tx, productionOrderId: string): Promise<ReportRow[]> {
  return tx.rows<ReportRow>(
    `SELECT ${REPORT} FROM output_report WHERE production_order_id = $1 ORDER BY at DESC, id DESC LIMIT ${REPORTS_MAX}`,
    [productionOrderId],
  );
}
