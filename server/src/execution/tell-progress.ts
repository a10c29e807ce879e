import { Fault, type Refusal, type Tx } from '../kernel/index.ts';
import { stepOutput } from './count-machines.ts';
import { evidenceOf, PLATFORM_ACTOR, type Shop } from './execution.ts';
import { finishedPieces, moveProduction, progressIsNews } from './production-order.ts';
import {
  operationsOf,
  productionOrder,
  type StepProgress,
  stepProgress,
  updateOperation,
  updateProductionOrder,
} from './store.ts';
import type { OperationRow, ProductionOrderRow } from './view.ts';

/** Carries what the operations know to the order, the allocation, the measured rates and the feed; one transaction each. */
export async function tellProgress(shop: Shop, networkId: string): Promise<void> {
  const scope = { kind: 'network', networkId } as const;
  const steps = await shop.kernel.db.transaction(scope, (tx) => stepProgress(tx, networkId));
  const news = [...Map.groupBy(steps, ({ id }) => id).values()]
    .map(progressOf)
    .filter(({ isNews }) => isNews);
  for (const { id, complete } of news) {
    try {
      await shop.kernel.db.transaction(scope, (tx) => tellOne(shop, tx, networkId, id, complete));
    } catch (error) {
      // What is not told stays different from what was told, so the next turn comes back to it.
      shop.kernel.log.warn({ err: error, productionOrder: id }, 'progress not told, trying again');
    }
  }
}

/** The same judgement as `standing`, on sums: what it finds is looked at again under a lock. */
function progressOf(steps: readonly StepProgress[]): { id: string; complete: boolean; isNews: boolean } {
  const last = steps.at(-1);
  if (!last) return { id: '', complete: false, isNews: false };
  const complete = steps.every(({ ended }) => ended);
  const begins = last.state === 'released' && steps.some(({ begun }) => begun);
  const good = Math.min(last.good, last.quantity);
  return {
    id: last.id,
    complete,
    isNews: complete || begins || progressIsNews(last.told_quantity, good, last.quantity),
  };
}

interface Standing {
  readonly good: number;
  readonly scrap: number;
  readonly begun: boolean;
  readonly complete: boolean;
}

function standing(order: ProductionOrderRow, operations: readonly OperationRow[]): Standing {
  return {
    good: finishedPieces(operations.map(stepOutput), order.quantity),
    scrap: operations.reduce((sum, row) => sum + row.scrap_quantity, 0),
    begun: operations.some(({ state, good_quantity }) => state === 'running' || good_quantity > 0),
    complete:
      operations.length > 0 && operations.every(({ state }) => state === 'done' || state === 'withdrawn'),
  };
}

async function tellOne(shop: Shop, tx: Tx, networkId: string, id: string, frees: boolean): Promise<void> {
  // The order of locks is the same for everyone who frees machines: the plan, then the line.
  if (frees) await shop.capacity.lockPlan(tx, networkId);
  const order = await productionOrder(tx, id, 'lock');
  if (!order || (order.state !== 'released' && order.state !== 'running')) return;
  const operations = await operationsOf(tx, networkId, [id]);
  const now = standing(order, operations);
  if (order.state === 'released' && (now.begun || now.complete)) await begin(shop, tx, order, operations);
  const produced = now.good - order.told_quantity;
  if (produced !== 0) {
    must(await shop.orders.addLineQuantities(tx, networkId, order.line_id, { produced }), order);
  }
  await recordRates(shop, tx, operations);
  await updateProductionOrder(tx, order, {
    good_quantity: now.good,
    scrap_quantity: now.scrap,
    told_quantity: now.good,
  });
  if (now.complete && frees) await complete(shop, tx, order, now.good, operations);
  else if (produced !== 0) await publishProgress(shop, tx, order, now);
}

async function begin(
  shop: Shop,
  tx: Tx,
  order: ProductionOrderRow,
  operations: readonly OperationRow[],
): Promise<void> {
  const starts = operations.flatMap(({ started_at }) => (started_at === null ? [] : [started_at]));
  const startedAt = starts.length > 0 ? Math.min(...starts) : shop.kernel.clock.now();
  await updateProductionOrder(tx, order, { state: 'running', started_at: startedAt });
  // The line before the allocation, as a match run locks them.
  must(await shop.orders.addLineQuantities(tx, order.network_id, order.line_id, { started: true }), order);
  must(await shop.matching.startProduction(tx, order.allocation_id), order);
  await shop.orders.recordStep(tx, {
    networkId: order.network_id,
    orderId: order.order_id,
    lineId: order.line_id,
    kind: 'in-production',
    actor: PLATFORM_ACTOR,
    at: startedAt,
    siteName: order.site_name,
    quantity: order.quantity,
    detail: { productionNo: order.production_no, machines: operations.map((row) => row.machine_code) },
    evidence: evidenceOf(order.id),
  });
  await shop.kernel.bus.publish(tx, order.network_id, 'production-started', {
    productionOrderId: order.id,
    allocationId: order.allocation_id,
    lineId: order.line_id,
    siteId: order.site_id,
  });
}

/** The measured rate learns from what this operation has made since it was asked last. */
async function recordRates(shop: Shop, tx: Tx, operations: readonly OperationRow[]): Promise<void> {
  for (const row of operations) {
    const pieces = row.counted - row.rated_pieces;
    const runningS = row.running_s - row.rated_running_s;
    if (pieces <= 0 || runningS <= 0) continue;
    await shop.capacity.recordRate(tx, {
      networkId: row.network_id,
      machineId: row.machine_id,
      itemId: row.item_id,
      pieces,
      runningMin: runningS / 60,
      at: shop.kernel.clock.now(),
    });
    await updateOperation(tx, row, { rated_pieces: row.counted, rated_running_s: row.running_s });
  }
}

async function complete(
  shop: Shop,
  tx: Tx,
  order: ProductionOrderRow,
  good: number,
  operations: readonly OperationRow[],
): Promise<void> {
  const ends = operations.flatMap(({ finished_at }) => (finished_at === null ? [] : [finished_at]));
  const completedAt = ends.length > 0 ? Math.max(...ends) : shop.kernel.clock.now();
  const state = moveProduction(order.state, 'complete');
  if (typeof state !== 'string') throw refused(state, order);
  await updateProductionOrder(tx, order, {
    state,
    completed_at: completedAt,
    projected_finish: completedAt,
    started_at: order.started_at ?? completedAt,
  });
  const refusal = await shop.matching.completeAllocation(tx, order.allocation_id, good);
  // Called off while the last pieces were made: what is made is shipped all the same.
  if (refusal?.code !== 'allocation-not-open') must(refusal, order);
  await shop.orders.recordStep(tx, {
    networkId: order.network_id,
    orderId: order.order_id,
    lineId: order.line_id,
    kind: 'completed',
    actor: PLATFORM_ACTOR,
    at: completedAt,
    siteName: order.site_name,
    quantity: good,
    detail: { productionNo: order.production_no },
    evidence: evidenceOf(order.id),
  });
  await shop.kernel.bus.publish(tx, order.network_id, 'production-completed', {
    productionOrderId: order.id,
    allocationId: order.allocation_id,
    lineId: order.line_id,
    orderId: order.order_id,
    siteId: order.site_id,
    goodQuantity: good,
  });
}

async function publishProgress(
  shop: Shop,
  tx: Tx,
  order: ProductionOrderRow,
  { good, scrap }: Standing,
): Promise<void> {
  await shop.kernel.bus.publish(tx, order.network_id, 'production-progressed', {
    productionOrderId: order.id,
    allocationId: order.allocation_id,
    lineId: order.line_id,
    goodQuantity: good,
    scrapQuantity: scrap,
    projectedFinish: order.projected_finish,
  });
}

/** Upstream says no to what the machines have already done: somebody has to look. */
function must(answer: Refusal | undefined, order: ProductionOrderRow): void {
  if (answer) throw refused(answer, order);
}
function refused(answer: Refusal, order: ProductionOrderRow): Fault {
  return new Fault(`${order.production_no}: ${answer.code}, ${answer.detail}`);
}
