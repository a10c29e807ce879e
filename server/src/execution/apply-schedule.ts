import type { ApplySchedule, SiteSchedule } from '@millrace/contract';
import { type Actor, recordAudit } from '../access/index.ts';
import { isRefusal, notFound, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import type { Retimed, StoredSubLot } from '../matching/index.ts';
import { evidenceOf } from './execution.ts';
import { type Floor, type FloorOperation, outsideHeld, type Placed } from './floor.ts';
import { readFloor } from './read-floor.ts';
import { refuseMoved } from './schedule-basis.ts';
import { type ScheduleSources, siteFor, siteSchedule } from './site-schedule.ts';
import { operationsOf } from './store.ts';
import {
  markApplied,
  openOperationsOfSite,
  openOrdersOfSite,
  type Proposal,
  type RetimedOperation,
  retimeOperations,
  retimeOrders,
  takeProposal,
} from './store-schedule.ts';
import type { OperationRow, ProductionOrderRow } from './view.ts';

const MINUTE_MS = 60_000;
/** People are not told of a finish that moves by less. */
const NEWS_MS = 15 * MINUTE_MS;
/** Names in a refusal; the console has the whole list in the proposal. */
const NAMED_MAX = 5;

interface MovedOrder {
  readonly order: ProductionOrderRow;
  readonly plannedStart: number;
  readonly plannedFinish: number;
}

/** The proposal becomes the plan: reservations, sub-lots, operations and forecasts in one transaction, or nothing at all. */
export async function applySchedule(
  sources: ScheduleSources,
  actor: Actor,
  siteId: string,
  wish: ApplySchedule,
): Promise<SiteSchedule | Refusal> {
  const { shop } = sources;
  const { networkId } = actor;
  const site = await siteFor(shop, actor, siteId);
  if (isRefusal(site)) return site;
  const { directory, organisationId } = site;
  const { db } = shop.kernel;
  // Without locks and in the factory's own scope: machines and other people's reservations do not move often.
  const proposal = await db.transaction({ kind: 'network', networkId }, (tx) =>
    takeProposal(tx, networkId, siteId, wish.snapshotHash),
  );
  if (!proposal) return notFound('proposal');
  if (shop.kernel.clock.now() >= proposal.fenceMs) return TOO_OLD;
  const refused = await db.transaction({ kind: 'network', networkId }, async (tx) => {
    // Nobody changes reservations of the network from here to the end; then orders, then operations, as everywhere.
    await shop.capacity.lockPlan(tx, networkId);
    if (!(await takeProposal(tx, networkId, siteId, wish.snapshotHash))) return notFound('proposal');
    await openOrdersOfSite(tx, networkId, siteId, 'lock');
    await openOperationsOfSite(tx, networkId, siteId, 'lock');
    const floor = await readFloor(shop, tx, directory, { siteId, fenceMs: proposal.fenceMs });
    if (!floor || floor.factoryOrganisationId !== organisationId) return notFound('site');
    return carryOut(sources, tx, actor, floor, proposal, wish.acceptLater === true);
  });
  return refused ?? siteSchedule(sources, actor, siteId);
}

const TOO_OLD = refuse(
  'proposal-too-old',
  409,
  'The first work of the proposal should have begun by now; compute again.',
);

async function carryOut(
  { shop }: ScheduleSources,
  tx: Tx,
  actor: Actor,
  floor: Floor,
  proposal: Proposal,
  acceptLater: boolean,
): Promise<Refusal | undefined> {
  const { networkId, siteId, nowMs } = floor;
  const orderIds = [...new Set(proposal.work.map(({ productionOrderId }) => productionOrderId))];
  const all = Map.groupBy(await operationsOf(tx, networkId, orderIds), (row) => row.production_order_id);
  const ended = new Set(
    [...all.values()]
      .flat()
      .filter(isDone)
      .map(({ id }) => id),
  );
  const stale = refuseMoved(floor, proposal, ended);
  if (stale) return stale;
  const placed = new Map(proposal.placed.map((one) => [one.operationId, one]));
  const operations = floor.operations.map((operation) =>
    moveOperation(floor, operation, placed.get(operation.row.id)),
  );
  const byOperation = new Map(operations.map((one) => [one.id, one]));
  const orders = floor.orders.flatMap((order) => moveOrder(order, all.get(order.id) ?? [], byOperation));
  const later = acceptLater ? undefined : refuseLater(orders);
  if (later) return later;
  const refused = await shop.matching.retime(
    tx,
    networkId,
    nowMs,
    orders.map(({ order }) => retimed(floor, order, all.get(order.id) ?? [], byOperation, placed)),
  );
  if (refused) return refused.code === 'overbooked' ? OVERTAKEN : refused;
  await retimeOperations(tx, networkId, operations);
  await retimeOrders(
    tx,
    networkId,
    orders.map(({ order, plannedStart, plannedFinish }) => ({ id: order.id, plannedStart, plannedFinish })),
  );
  await tell(shop, tx, actor, floor, proposal, orders);
  await markApplied(tx, networkId, siteId, proposal.snapshotHash, actor.label, nowMs);
  return undefined;
}

const OVERTAKEN = refuse(
  'world-moved',
  409,
  'Orders or machines have changed since the proposal was made; compute again.',
  { values: { what: 'reservation' } },
);

const isDone = ({ state }: OperationRow): boolean => state === 'done';

/** What runs stays where it is; only its end is known better. */
function moveOperation(floor: Floor, operation: FloorOperation, to: Placed | undefined): RetimedOperation {
  const { row } = operation;
  const kept = {
    id: row.id,
    machineId: row.machine_id,
    machineCode: row.machine_code,
    setUpMinutes: row.set_up_minutes,
    ratePerHour: row.rate_per_hour,
  };
  if (!to) return { ...kept, plannedStart: row.planned_start, plannedEnd: row.planned_end };
  const plannedEnd = Math.max(to.to, floor.nowMs + MINUTE_MS);
  if (row.state === 'running') return { ...kept, plannedStart: row.planned_start, plannedEnd };
  const way = operation.alternatives.find(({ machineId }) => machineId === to.machineId);
  return {
    id: row.id,
    machineId: to.machineId,
    machineCode: floor.machines.find(({ id }) => id === to.machineId)?.code ?? row.machine_code,
    plannedStart: to.from,
    plannedEnd: to.to,
    // After the same item nothing has to be set up, and the forecast must not reckon with it.
    setUpMinutes: to.runFrom > to.from ? Math.round(operation.setUpMs / MINUTE_MS) : 0,
    ratePerHour: way?.ratePerHour ?? row.rate_per_hour,
  };
}

function moveOrder(
  order: ProductionOrderRow,
  operations: readonly OperationRow[],
  moved: ReadonlyMap<string, RetimedOperation>,
): MovedOrder[] {
  const times = operations
    .filter(({ state }) => state !== 'withdrawn')
    .map((row) => moved.get(row.id) ?? { plannedStart: row.planned_start, plannedEnd: row.planned_end });
  if (!operations.some(({ id }) => moved.has(id))) return [];
  return [
    {
      order,
      plannedStart: Math.min(...times.map(({ plannedStart }) => plannedStart)),
      plannedFinish: Math.max(...times.map(({ plannedEnd }) => plannedEnd)),
    },
  ];
}

/** Later than promised, and later than people know already: that is said before it is done. */
function refuseLater(orders: readonly MovedOrder[]): Refusal | undefined {
  const later = orders.filter(
    ({ order, plannedFinish }) =>
      plannedFinish > Math.max(order.promised_finish, order.planned_finish) + MINUTE_MS,
  );
  if (later.length === 0) return undefined;
  const named = later.slice(0, NAMED_MAX).map(({ order }) => order.production_no);
  const orderNos = later.length > NAMED_MAX ? `${named.join(', ')} …` : named.join(', ');
  return refuse('schedule-finishes-later', 409, `Orders would finish later than promised: ${orderNos}.`, {
    values: { count: later.length, orders: orderNos },
    fields: [{ pointer: '/body/acceptLater', message: 'confirm that these orders may finish later' }],
  });
}

/** The allocation behind an order: all its sub-lots, and what of them has to be reserved from now on. */
function retimed(
  floor: Floor,
  order: ProductionOrderRow,
  operations: readonly OperationRow[],
  moved: ReadonlyMap<string, RetimedOperation>,
  placed: ReadonlyMap<string, Placed>,
): Retimed {
  const lots = operations.filter(({ state, quantity }) => state !== 'withdrawn' && quantity > 0);
  const subLots = lots.map((row): StoredSubLot => {
    const to = moved.get(row.id);
    return {
      machineId: to?.machineId ?? row.machine_id,
      machineCode: to?.machineCode ?? row.machine_code,
      stepIndex: row.step_index,
      quantity: row.quantity,
      setUpMs: (to?.setUpMinutes ?? row.set_up_minutes) * MINUTE_MS,
      startAt: to?.plannedStart ?? row.planned_start,
      endAt: to?.plannedEnd ?? row.planned_end,
    };
  });
  const held = lots.flatMap((row) => {
    const to = placed.get(row.id);
    if (!moved.has(row.id) || !to) return [];
    const machine = floor.machines.find(({ id }) => id === to.machineId);
    const span = { startMs: Math.max(floor.nowMs, to.from), endMs: to.to };
    return outsideHeld(machine, span).map(({ startMs, endMs }) => ({
      machineId: to.machineId,
      from: startMs,
      to: endMs,
      quantity: Math.max(1, row.quantity - row.good_quantity),
    }));
  });
  return { allocationId: order.allocation_id, lineId: order.line_id, subLots, held };
}

/** The story of every order whose finish moved, the news of the site, and who did it. */
async function tell(
  shop: ScheduleSources['shop'],
  tx: Tx,
  actor: Actor,
  floor: Floor,
  { snapshotHash, figures, pins }: Proposal,
  orders: readonly MovedOrder[],
): Promise<void> {
  const news = orders.filter(
    ({ order, plannedFinish }) => Math.abs(plannedFinish - order.planned_finish) >= NEWS_MS,
  );
  await shop.orders.recordSteps(
    tx,
    news.map(({ order, plannedFinish }) => ({
      networkId: floor.networkId,
      orderId: order.order_id,
      lineId: order.line_id,
      kind: 'rescheduled' as const,
      actor: actor.label,
      at: floor.nowMs,
      siteName: order.site_name,
      quantity: order.quantity,
      detail: {
        productionNo: order.production_no,
        plannedFinish: order.planned_finish,
        projectedFinish: plannedFinish,
      },
      evidence: evidenceOf(order.id),
    })),
  );
  const isLater = ({ order, plannedFinish }: MovedOrder): boolean => plannedFinish > order.planned_finish;
  await shop.kernel.bus.publish(tx, floor.networkId, 'schedule-applied', {
    siteId: floor.siteId,
    orders: orders.length,
    earlier: news.filter((one) => !isLater(one)).length,
    later: news.filter(isLater).length,
    lateBefore: figures.before.lateOrders,
    lateAfter: figures.after.lateOrders,
    by: actor.label,
  });
  await recordAudit(tx, actor, {
    action: 'schedule.apply',
    subject: `site/${floor.siteId}`,
    detail: { site: floor.siteName, snapshotHash, orders: orders.length, pins: pins.length, ...figures },
  });
}
