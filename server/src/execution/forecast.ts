import type { Tx } from '../kernel/index.ts';
import type { StoredLine } from '../orders/index.ts';
import type { Registry } from '../registry/index.ts';
import { evidenceOf, PLATFORM_ACTOR, type Shop } from './execution.ts';
import { createMachineWindows, FORECAST_HORIZON_MS, type MachineWindows } from './machine-windows.ts';
import { projectMachine, type QueuedOperation, remainingMs } from './projection.ts';
import { recallSlipping } from './recall.ts';
import { type Forecast, recallIsDue, slipIsNews } from './slip.ts';
import {
  openOperations,
  openProductionOrders,
  ordersOfLines,
  productionOrder,
  setProjectedFinish,
  updateProductionOrder,
} from './store.ts';
import type { OperationRow, ProductionOrderRow } from './view.ts';

/** Smaller moves of a forecast are noise to the buyer; the further away, the noisier. */
const NEWS_MIN_MS = 30 * 60_000;
const NEWS_SHARE = 0.03;
/** A stored forecast that is this old by its own measure is written again; exact to the second it would be every turn. */
const STORED_MS = 5 * 60_000;

const newsMs = (finish: number, nowMs: number): number =>
  Math.max(NEWS_MIN_MS, (finish - nowMs) * NEWS_SHARE);

/** An allocation that could not be taken back is asked again after this, domain time: a lock may have been lifted. */
const RECALL_RETRY_MS = 60 * 60_000;

/** Kept between turns: what costs calendar arithmetic, and which recalls were refused until when. */
export interface ForecastMemory {
  readonly windowsOf: MachineWindows;
  readonly recallAgainAt: Map<string, number>;
}

export const createForecastMemory = (registry: Registry): ForecastMemory => ({
  windowsOf: createMachineWindows(registry),
  recallAgainAt: new Map(),
});

/** Projects every open production order, then tells and acts where a projection has moved enough. */
export async function forecastNetwork(
  shop: Shop,
  { windowsOf, recallAgainAt }: ForecastMemory,
  networkId: string,
): Promise<void> {
  const scope = { kind: 'network', networkId } as const;
  const nowMs = shop.kernel.clock.now();
  const moved = await shop.kernel.db.transaction(scope, async (tx) => {
    const orders = await openProductionOrders(tx, networkId);
    const operations = await openOperations(tx, networkId);
    const finishes = await projectNetwork(shop, tx, windowsOf, networkId, operations, nowMs);
    const lineIds = [...new Set(orders.map((order) => order.line_id))];
    const lines = new Map(
      (await shop.orders.linesById(tx, networkId, lineIds)).map((line) => [line.id, line]),
    );
    const byOrder = Map.groupBy(operations, (row) => row.production_order_id);
    const forecasts = orders.map((order) =>
      forecastOf(order, byOrder.get(order.id) ?? [], {
        nowMs,
        finishes,
        lineProjectedAt: lines.get(order.line_id)?.projectedAt ?? 0,
      }),
    );
    await setProjectedFinish(
      tx,
      networkId,
      forecasts.filter(({ order, finish }) => Math.abs(finish - order.projected_finish) >= STORED_MS),
    );
    return forecasts.filter((forecast) => forecast.isNews || recallMayBe(forecast, recallAgainAt, nowMs));
  });
  for (const [id, atMs] of recallAgainAt) if (atMs <= nowMs) recallAgainAt.delete(id);
  for (const forecast of moved) {
    try {
      await shop.kernel.db.transaction(scope, (tx) => act(shop, tx, networkId, forecast, recallAgainAt));
    } catch (error) {
      shop.kernel.log.warn({ err: error, productionOrder: forecast.order.id }, 'slip not told, trying again');
    }
  }
}

export interface OrderForecast {
  readonly order: ProductionOrderRow;
  readonly finish: number;
  /** Operations whose own machine is what delays the order. */
  readonly finishes: ReadonlyMap<string, number>;
  readonly remainingWorkMs: number;
  readonly isNews: boolean;
}

async function projectNetwork(
  shop: Shop,
  tx: Tx,
  windowsOf: MachineWindows,
  networkId: string,
  operations: readonly OperationRow[],
  nowMs: number,
): Promise<Map<string, number>> {
  const directory = await shop.registry.directory(networkId);
  const blocks = Map.groupBy(
    await shop.registry.listBlocks(tx, networkId, nowMs, nowMs + FORECAST_HORIZON_MS),
    (block) => block.machineId,
  );
  const finishes = new Map<string, number>();
  for (const [machineId, queue] of Map.groupBy(operations, (row) => row.machine_id)) {
    const time = {
      windows: windowsOf(directory, machineId, nowMs),
      blocked: (blocks.get(machineId) ?? []).map(({ from, to }) => ({ startMs: from, endMs: to })),
    };
    for (const [id, finish] of projectMachine(queue.map(queued), time, nowMs)) finishes.set(id, finish);
  }
  return finishes;
}

interface Basis {
  readonly nowMs: number;
  readonly finishes: ReadonlyMap<string, number>;
  readonly lineProjectedAt: number;
}

function forecastOf(
  order: ProductionOrderRow,
  own: readonly OperationRow[],
  { nowMs, finishes, lineProjectedAt }: Basis,
): OrderForecast {
  // Without open operations everything is made and the completion is about to be told.
  const finish =
    own.length > 0 ? Math.max(...own.map((row) => finishes.get(row.id) ?? 0)) : order.projected_finish;
  const remainingWorkMs = own.reduce((sum, row) => sum + remainingMs(queued(row)), 0);
  const forecast = { ...forecastValues(order), projectedFinish: finish };
  return {
    order,
    finish,
    finishes,
    remainingWorkMs,
    isNews:
      Math.abs(finish - order.line_told_finish) >= newsMs(finish, nowMs) ||
      // A planning run tells the line the plan; what is known to come later stays later.
      finish + order.transit_ms >= lineProjectedAt + newsMs(finish, nowMs) ||
      slipIsNews(forecast),
  };
}

export const queued = (row: OperationRow): QueuedOperation => ({
  id: row.id,
  productionOrderId: row.production_order_id,
  state: row.state === 'running' ? 'running' : 'queued',
  quantity: row.quantity,
  goodQuantity: row.good_quantity,
  counted: row.counted,
  runningS: row.running_s,
  plannedStart: row.planned_start,
  plannedEnd: row.planned_end,
  setUpMinutes: row.set_up_minutes,
  ratePerHour: row.rate_per_hour,
});

const forecastValues = (order: ProductionOrderRow): Forecast => ({
  plannedFinish: order.planned_finish,
  projectedFinish: order.projected_finish,
  slipTold: order.slip_told,
  transitMs: order.transit_ms,
  requestedAt: order.requested_at,
});

function recallMayBe(
  { order, finish, remainingWorkMs }: OrderForecast,
  againAt: ReadonlyMap<string, number>,
  nowMs: number,
): boolean {
  if ((againAt.get(order.id) ?? 0) > nowMs) return false;
  return recallIsDue({ ...forecastValues(order), projectedFinish: finish }, remainingWorkMs);
}

async function act(
  shop: Shop,
  tx: Tx,
  networkId: string,
  forecast: OrderForecast,
  recallAgainAt: Map<string, number>,
): Promise<void> {
  const nowMs = shop.kernel.clock.now();
  const recall = recallMayBe(forecast, recallAgainAt, nowMs);
  if (recall) await shop.capacity.lockPlan(tx, networkId);
  const order = await productionOrder(tx, forecast.order.id, 'lock');
  if (!order || (order.state !== 'released' && order.state !== 'running')) return;
  const current = { ...forecastValues(order), projectedFinish: forecast.finish };
  if (slipIsNews(current)) await tellSlip(shop, tx, order, forecast.finish);
  if (recall && (await recallSlipping(shop, tx, order, forecast.finishes))) return;
  if (recall) recallAgainAt.set(order.id, nowMs + RECALL_RETRY_MS);
  await updateProductionOrder(tx, order, { line_told_finish: forecast.finish });
  const arrival = await lineArrival(tx, order, forecast.finish);
  const line = await shop.orders.line(tx, order.line_id);
  if (line && line.projectedAt !== arrival && isKnown(line, arrival)) {
    await shop.orders.setProjected(tx, order.line_id, arrival);
  }
}

/** Earlier than the line believes only when nothing of it is on the road or waits for an answer. */
const isKnown = (line: StoredLine, arrival: number): boolean =>
  arrival > (line.projectedAt ?? 0) || (line.shippedQuantity === 0 && line.state === 'in-production');

/** A line arrives when the last of its production orders does; completed ones count with the arrival of their plan. */
async function lineArrival(tx: Tx, order: ProductionOrderRow, finish: number): Promise<number> {
  const arrivals = (await ordersOfLines(tx, order.network_id, [order.line_id]))
    .filter(({ id, state }) => id !== order.id && state !== 'recalled' && state !== 'cancelled')
    .map((other) => other.projected_finish + other.transit_ms);
  return Math.max(finish + order.transit_ms, ...arrivals);
}

async function tellSlip(shop: Shop, tx: Tx, order: ProductionOrderRow, finish: number): Promise<void> {
  await updateProductionOrder(tx, order, { slip_told: finish });
  await shop.orders.recordStep(tx, {
    networkId: order.network_id,
    orderId: order.order_id,
    lineId: order.line_id,
    kind: 'slipped',
    actor: PLATFORM_ACTOR,
    at: shop.kernel.clock.now(),
    siteName: order.site_name,
    detail: {
      productionNo: order.production_no,
      plannedFinish: order.planned_finish,
      projectedFinish: finish,
    },
    evidence: evidenceOf(order.id),
  });
  await shop.kernel.bus.publish(tx, order.network_id, 'projected-finish-slipped', {
    productionOrderId: order.id,
    allocationId: order.allocation_id,
    lineId: order.line_id,
    siteId: order.site_id,
    plannedFinish: order.planned_finish,
    projectedFinish: finish,
  });
}
