import type {
  MachineWork,
  Operation,
  OutputReport,
  ProductionOrder,
  ProductionState,
} from '@millrace/contract';
import type { OperationState } from './production-order.ts';

export interface ProductionOrderRow {
  readonly network_id: string;
  readonly id: string;
  readonly production_no: string;
  readonly allocation_id: string;
  readonly line_id: string;
  readonly order_id: string;
  readonly order_no: string;
  readonly item_id: string;
  readonly item_code: string;
  readonly item_name: string;
  readonly site_id: string;
  readonly site_name: string;
  readonly work_center_id: string;
  readonly factory_org_id: string;
  readonly buyer_org_id: string;
  readonly priority: number;
  readonly state: ProductionState;
  readonly quantity: number;
  readonly good_quantity: number;
  readonly scrap_quantity: number;
  readonly told_quantity: number;
  readonly minimum_shipment: number;
  readonly planned_start: number;
  readonly planned_finish: number;
  readonly projected_finish: number;
  readonly promised_finish: number;
  readonly slip_told: number | null;
  readonly line_told_finish: number;
  readonly transit_ms: number;
  readonly requested_at: number;
  readonly released_at: number;
  readonly started_at: number | null;
  readonly completed_at: number | null;
}

export interface OperationRow {
  readonly network_id: string;
  readonly id: string;
  readonly production_order_id: string;
  readonly machine_id: string;
  readonly machine_code: string;
  readonly factory_org_id: string;
  readonly buyer_org_id: string;
  readonly site_id: string;
  readonly item_id: string;
  readonly item_code: string;
  readonly step_index: number;
  readonly state: OperationState;
  readonly quantity: number;
  readonly counted: number;
  readonly manual_good: number;
  readonly scrap_quantity: number;
  readonly good_quantity: number;
  readonly running_s: number;
  readonly rated_pieces: number;
  readonly rated_running_s: number;
  readonly planned_start: number;
  readonly planned_end: number;
  readonly started_at: number | null;
  readonly finished_at: number | null;
  readonly set_up_minutes: number;
  readonly rate_per_hour: number;
}

export interface ReportRow {
  readonly id: string;
  readonly operation_id: string;
  readonly source: OutputReport['source'];
  readonly good: number;
  readonly scrap: number;
  readonly scrap_reason: string | null;
  readonly note: string | null;
  readonly at: number;
  readonly reported_by: string | null;
}

export function viewProductionOrder(
  row: ProductionOrderRow,
  operations: readonly OperationRow[],
): ProductionOrder {
  return {
    id: row.id,
    productionNo: row.production_no,
    allocationId: row.allocation_id,
    lineId: row.line_id,
    orderNo: row.order_no,
    itemId: row.item_id,
    itemCode: row.item_code,
    itemName: row.item_name,
    siteId: row.site_id,
    siteName: row.site_name,
    factoryOrganisationId: row.factory_org_id,
    workCenterId: row.work_center_id,
    priority: row.priority,
    state: row.state,
    quantity: row.quantity,
    goodQuantity: row.good_quantity,
    scrapQuantity: row.scrap_quantity,
    plannedStart: row.planned_start,
    plannedFinish: row.planned_finish,
    projectedFinish: row.projected_finish,
    startedAt: row.started_at,
    completedAt: row.completed_at,
    operations: operations.map(viewOperation),
  };
}

function viewOperation(row: OperationRow): Operation {
  return {
    id: row.id,
    productionOrderId: row.production_order_id,
    machineId: row.machine_id,
    machineCode: row.machine_code,
    stepIndex: row.step_index,
    state: row.state,
    quantity: row.quantity,
    goodQuantity: row.good_quantity,
    scrapQuantity: row.scrap_quantity,
    plannedStart: row.planned_start,
    plannedEnd: row.planned_end,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    setUpMinutes: row.set_up_minutes,
    ratePerHour: row.rate_per_hour,
  };
}

export function viewMachineWork(row: OperationRow & { readonly production_no: string }): MachineWork {
  return {
    machineId: row.machine_id,
    machineCode: row.machine_code,
    operationId: row.id,
    productionNo: row.production_no,
    itemId: row.item_id,
    itemCode: row.item_code,
    quantity: row.quantity + row.scrap_quantity,
    goodQuantity: row.good_quantity,
    ratePerHour: row.rate_per_hour,
    setUpMinutes: row.set_up_minutes,
    plannedStart: row.planned_start,
    plannedEnd: row.planned_end,
    state: row.state === 'running' ? 'running' : 'queued',
  };
}

export function viewReport(row: ReportRow): OutputReport {
  return {
    id: row.id,
    operationId: row.operation_id,
    source: row.source,
    good: row.good,
    scrap: row.scrap,
    scrapReason: row.scrap_reason,
    at: row.at,
    reportedBy: row.reported_by,
  };
}
