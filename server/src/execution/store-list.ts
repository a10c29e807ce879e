import type { ProductionState, SharedProgress } from '@millrace/contract';
import type { Tx } from '../kernel/index.ts';
import type { OperationRow, ProductionOrderRow } from './view.ts';

export interface ProductionFilter {
  readonly siteId?: string;
  readonly orderId?: string;
  readonly state?: ProductionState;
}

/** Newest plan first; keyset on (planned_start, id). */
export function listProductionOrders(
  tx: Tx,
  filter: ProductionFilter,
  after: { plannedStart: number; id: string } | undefined,
  limit: number,
): Promise<ProductionOrderRow[]> {
  return tx.rows<ProductionOrderRow>(
    `SELECT * FROM production_order
      WHERE ($1::uuid IS NULL OR site_id = $1) AND ($2::uuid IS NULL OR order_id = $2) AND ($3::text IS NULL OR state = $3)
        AND ($4::timestamptz IS NULL OR (planned_start, id) < ($4, $5::uuid))
      ORDER BY planned_start DESC, id DESC LIMIT $6`,
    [
      filter.siteId ?? null,
      filter.orderId ?? null,
      filter.state ?? null,
      after ? new Date(after.plannedStart) : null,
      after?.id ?? null,
      limit,
    ],
  );
}

/** A network of 100,000 machines has about this many operations before it in a week. */
export const MACHINE_WORK_MAX = 50_000;

export function listMachineWork(
  tx: Tx,
  filter: { readonly siteId?: string; readonly organisationId?: string },
): Promise<(OperationRow & { readonly production_no: string })[]> {
  return tx.rows<OperationRow & { readonly production_no: string }>(
    `SELECT o.*, p.production_no FROM operation o
       JOIN production_order p ON p.network_id = o.network_id AND p.id = o.production_order_id
      WHERE o.state IN ('queued', 'running')
        AND ($1::uuid IS NULL OR o.site_id = $1) AND ($2::uuid IS NULL OR o.factory_org_id = $2)
      ORDER BY o.machine_id, o.planned_start, o.id LIMIT ${MACHINE_WORK_MAX}`,
    [filter.siteId ?? null, filter.organisationId ?? null],
  );
}

/** What others share with the acting organisation; the view decides rows and fields. */
export function listSharedProgress(
  tx: Tx,
  networkId: string,
  afterId: string | null,
  limit: number,
): Promise<SharedProgress[]> {
  return tx.rows<SharedProgress>(
    `SELECT factory_org_id AS "factoryOrganisationId", id AS "productionOrderId", production_no AS "productionNo",
            item_name AS "itemName", state, quantity, good_quantity AS "goodQuantity", scrap_quantity AS "scrapQuantity",
            planned_finish AS "plannedFinish", projected_finish AS "projectedFinish"
       FROM shared_production_progress
      WHERE network_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
    [networkId, afterId, limit],
  );
}
