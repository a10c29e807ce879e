import type { LateReason, OrderOfWork, SchedulePin, SiteSchedule } from '@millrace/contract';
import { clip, type Interval, type LateJob, type ShopProblem, type ShopSchedule } from '@millrace/engine';
import { type Refusal, refuse } from '../kernel/index.ts';
import type { Floor } from './floor.ts';
import { lateWeight } from './late-weight.ts';
import { overdueMs } from './shop-input.ts';

/** The picture goes a day beyond the last work: what comes after it would only squeeze it. */
const SHOWN_BEHIND_MS = 24 * 3_600_000;

/** The engine names rows by id; people know them by number. */
export function impossible(floor: Floor, problems: readonly ShopProblem[]): Refusal {
  const names = new Map<string, string>(floor.machines.map(({ id, code }) => [id, code]));
  const orderNo = new Map(floor.orders.map((order) => [order.id, order.production_no]));
  for (const [id, no] of orderNo) names.set(id, no);
  for (const { row } of floor.operations) names.set(row.id, orderNo.get(row.production_order_id) ?? row.id);
  const readable = (text: string): string =>
    text.replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => names.get(id) ?? id);
  const why = problems.map(({ detail }) => readable(detail)).join('; ');
  return refuse('schedule-impossible', 409, `No order of work is possible: ${why}.`, { values: { why } });
}

/** Per order: the part that ends last says why. */
export function lateReasons(
  floor: Floor,
  schedule: ShopSchedule,
  after: OrderOfWork,
  pins: readonly SchedulePin[],
): LateReason[] {
  const pinned = new Set(pins.map(({ operationId }) => operationId));
  const orderOf = new Map(floor.operations.map(({ row }) => [row.id, row.production_order_id]));
  const numbers = new Map(floor.orders.map((order) => [order.id, order.production_no]));
  const numberOf = (operationId: string | undefined): string | null =>
    numbers.get(orderOf.get(operationId ?? '') ?? '') ?? null;
  const byOrder = Map.groupBy(schedule.late, ({ jobId }) => orderOf.get(jobId) ?? jobId);
  return after.orders
    .filter(({ lateMs }) => lateMs > 0)
    .map(({ productionOrderId, lateMs }) => {
      const jobs = byOrder.get(productionOrderId) ?? [];
      const last = jobs.reduce<LateJob | undefined>(
        (latest, job) => (latest && latest.tardinessMs >= job.tardinessMs ? latest : job),
        undefined,
      );
      const order = floor.orders.find(({ id }) => id === productionOrderId);
      const alreadyMs = order ? overdueMs(floor, order) : 0;
      return {
        productionOrderId,
        lateMs,
        unavoidableMs: alreadyMs + Math.max(0, ...jobs.map(({ unavoidableMs }) => unavoidableMs)),
        steps: (last?.steps ?? []).map((step) => ({
          operationId: step.operationId,
          machineId: step.machineId,
          // Locked by nobody's hand: it was about to begin.
          waitedFor: step.waitedFor === 'lock' && !pinned.has(step.operationId) ? 'fence' : step.waitedFor,
          heldBy: numberOf(step.heldByOperationId),
          waitedMs: step.waitedMs,
        })),
      };
    })
    .sort((a, b) => b.lateMs - a.lateMs);
}

export function viewFloor(floor: Floor, today: OrderOfWork, lastMs: number | null): SiteSchedule {
  const shown: Interval = {
    startMs: floor.nowMs,
    endMs: Math.max(lastMs ?? 0, floor.nowMs) + SHOWN_BEHIND_MS,
  };
  const spans = (intervals: readonly Interval[]) =>
    clip(intervals, shown).map(({ startMs, endMs }) => ({ from: startMs, to: endMs }));
  return {
    siteId: floor.siteId,
    at: floor.nowMs,
    zone: floor.zone,
    machines: floor.machines.map(({ id, code, name, workCenterId, windows, blocked, held }) => ({
      id,
      code,
      name,
      workCenterId,
      windows: spans(windows),
      blocked: spans(blocked),
      held: spans(held),
    })),
    orders: floor.orders.map((order) => ({
      productionOrderId: order.id,
      productionNo: order.production_no,
      orderNo: order.order_no,
      itemCode: order.item_code,
      itemName: order.item_name,
      priority: order.priority,
      weight: lateWeight(order.priority),
      quantity: order.quantity,
      goodQuantity: order.good_quantity,
      promisedFinish: order.promised_finish,
      plannedFinish: order.planned_finish,
    })),
    work: floor.operations.map(({ row, remaining, alternatives }) => ({
      operationId: row.id,
      productionOrderId: row.production_order_id,
      stepIndex: row.step_index,
      state: row.state === 'running' ? 'running' : 'queued',
      remaining,
      machineIds: alternatives.map(({ machineId }) => machineId),
    })),
    today,
  };
}
