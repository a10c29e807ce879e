import { type Interval, normalize } from '@millrace/engine';
import type { PlanningMachine } from '../capacity/index.ts';
import { rateOf } from '../capacity/index.ts';
import type { Tx } from '../kernel/index.ts';
import { PLANNED_AVAILABILITY } from '../matching/index.ts';
import type { Directory } from '../registry/index.ts';
import type { Shop } from './execution.ts';
import type { Floor, FloorAlternative, FloorMachine, FloorOperation } from './floor.ts';
import { queued } from './forecast.ts';
import { remainingMs } from './projection.ts';
import { lastItems, openOperationsOfSite, openOrdersOfSite } from './store-schedule.ts';
import type { OperationRow, ProductionOrderRow } from './view.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Behind the last planned finish there must be room for an order of work that is worse. */
const ROOM_MS = 60 * DAY_MS;
/** As far as machines are planned anywhere. */
const HORIZON_MAX_MS = 400 * DAY_MS;
/** Whoever stands at a machine has read what comes next: it is not moved. Domain time … */
const FENCE_MS = 30 * MINUTE_MS;
/** … and as long as a person needs to read a proposal and decide about it, wall time. */
const REVIEW_WALL_MS = 3 * MINUTE_MS;
/** The fence lies on a round time: people read it. */
const FENCE_STEP_MS = 5 * MINUTE_MS;

/** What a floor is made of besides the site: the fence of a proposal that is looked at again, else a new one. */
export interface FloorWish {
  readonly siteId: string;
  readonly fenceMs?: number;
}

export function fenceFor(nowMs: number, speed: number): number {
  const at = nowMs + Math.max(FENCE_MS, REVIEW_WALL_MS * speed);
  return Math.ceil(at / FENCE_STEP_MS) * FENCE_STEP_MS;
}

/** Read in the factory's own scope: nothing of other factories comes in. Undefined when there is no such site. */
export async function readFloor(
  shop: Shop,
  tx: Tx,
  directory: Directory,
  { siteId, fenceMs }: FloorWish,
): Promise<Floor | undefined> {
  const { networkId } = directory;
  const { clock } = shop.kernel;
  const site = directory.site(siteId);
  if (!site) return undefined;
  const nowMs = clock.now();
  const orders = await openOrdersOfSite(tx, networkId, siteId);
  const rows = await openOperationsOfSite(tx, networkId, siteId);
  const lastMs = orders.reduce(
    (latest, order) => Math.max(latest, order.planned_finish, order.promised_finish),
    nowMs,
  );
  const horizonMs = Math.min(nowMs + HORIZON_MAX_MS, lastMs + ROOM_MS);
  const resources = await shop.capacity.planningResources(tx, networkId, nowMs, horizonMs);
  const ofSite = resources.machines.filter((machine) => machine.siteId === siteId);
  const items = await lastItems(
    tx,
    networkId,
    ofSite.map(({ id }) => id),
  );
  const ours = new Set(orders.map((order) => order.allocation_id));
  const machines = ofSite.map((machine) =>
    toMachine(machine, resources.calendars[machine.calendarKey] ?? [], ours, {
      name: directory.machine(machine.id)?.name ?? machine.code,
      itemId: items.get(machine.id),
    }),
  );
  const rates = new Map(resources.rates.map((sum) => [`${sum.machineId} ${sum.itemId}`, sum]));
  const perHour = (machineId: string, itemId: string, declared: number): number => {
    const sum = rates.get(`${machineId} ${itemId}`);
    return sum ? rateOf([sum], declared, nowMs).piecesPerHour : declared;
  };
  return {
    networkId,
    siteId,
    siteName: site.name,
    factoryOrganisationId: site.organisationId,
    zone: site.zone,
    nowMs,
    fenceMs: fenceMs ?? fenceFor(nowMs, clock.speed),
    machines: machines.sort((a, b) => (a.code < b.code ? -1 : 1)),
    orders,
    operations: operationsOn(directory, orders, rows, machines, perHour),
  };
}

function toMachine(
  machine: PlanningMachine,
  windows: readonly Interval[],
  ours: ReadonlySet<string>,
  more: Pick<FloorMachine, 'name' | 'itemId'>,
): FloorMachine {
  const others = machine.reserved.filter(({ allocationId }) => !ours.has(allocationId));
  return {
    id: machine.id,
    code: machine.code,
    workCenterId: machine.workCenterId,
    windows,
    blocked: normalize(machine.blocked.map(({ startMs, endMs }) => ({ startMs, endMs }))),
    held: normalize(others.map(({ startMs, endMs }) => ({ startMs, endMs }))),
    ...more,
  };
}

type RateLookup = (machineId: string, itemId: string, declaredPerHour: number) => number;

function operationsOn(
  directory: Directory,
  orders: readonly ProductionOrderRow[],
  rows: readonly OperationRow[],
  machines: readonly FloorMachine[],
  perHour: RateLookup,
): FloorOperation[] {
  const orderById = new Map(orders.map((order) => [order.id, order]));
  const capabilities = new Map<string, { ratePerHour: number; setUpMinutes: number }>();
  for (const one of directory.capabilities()) capabilities.set(`${one.workCenterId} ${one.itemId}`, one);
  const byCenter = Map.groupBy(machines, ({ workCenterId }) => workCenterId);
  const known = new Set(machines.map(({ id }) => id));
  return rows.flatMap((row): FloorOperation[] => {
    const order = orderById.get(row.production_order_id);
    // A machine that was retired under its work has no time any more: recall takes care of it, not the schedule.
    if (!order || !known.has(row.machine_id)) return [];
    const capability = capabilities.get(`${order.work_center_id} ${row.item_id}`);
    const declared = capability?.ratePerHour ?? row.rate_per_hour;
    const others = hasBegun(row) ? [] : (byCenter.get(order.work_center_id) ?? []);
    const ids = [row.machine_id, ...others.map(({ id }) => id).filter((id) => id !== row.machine_id)];
    return [
      {
        row,
        remaining: Math.max(0, row.quantity - row.good_quantity),
        setUpMs: (capability?.setUpMinutes ?? row.set_up_minutes) * MINUTE_MS,
        alternatives: ids.map((id) => alternative(row, id, perHour(id, row.item_id, declared))),
      },
    ];
  });
}

/** Pieces of one operation are counted on one machine: once there are some, it stays there. */
const hasBegun = (row: OperationRow): boolean =>
  row.state === 'running' || row.counted > 0 || row.good_quantity > 0;

/** Short stops are reckoned with by the share of its time that a machine really runs. */
function alternative(row: OperationRow, machineId: string, ratePerHour: number): FloorAlternative {
  const workMs = hasBegun(row)
    ? remainingMs(queued(row))
    : (Math.max(0, row.quantity - row.good_quantity) / Math.max(ratePerHour, Number.EPSILON)) * HOUR_MS;
  const runMs = Math.max(MINUTE_MS, Math.ceil(workMs / PLANNED_AVAILABILITY));
  return { machineId, runMs, ratePerHour };
}
