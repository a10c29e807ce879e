import type {
  MachineWork,
  OutputReport,
  PageQuery,
  ProductionOrder,
  SharedProgress,
} from '@millrace/contract';
import { type Access, type Actor, scopeOf } from '../access/index.ts';
import type { Capacity } from '../capacity/index.ts';
import {
  decodeCursor,
  isRefusal,
  type Kernel,
  notFound,
  PAGE_DEFAULT,
  PLATFORM,
  type Refusal,
  refuse,
  toPage,
} from '../kernel/index.ts';
import type { Matching } from '../matching/index.ts';
import type { Orders } from '../orders/index.ts';
import type { Registry } from '../registry/index.ts';
import type { State } from '../state/index.ts';
import { countMachines } from './count-machines.ts';
import { type Execution, type Shop, storedView } from './execution.ts';
import { createForecastMemory, forecastNetwork } from './forecast.ts';
import { releaseProductionOrder } from './release.ts';
import { reportOutput } from './report.ts';
import { productionRoutes } from './routes.ts';
import { scheduleRoutes } from './routes-schedule.ts';
import { createScheduleWatch } from './schedule-watch.ts';
import { createShopThread } from './shop-thread.ts';
import { networksAtWork, operationsOf, ordersOfLines, productionOrder } from './store.ts';
import {
  listMachineWork,
  listProductionOrders,
  listSharedProgress,
  type ProductionFilter,
} from './store-list.ts';
import { reportsOf } from './store-report.ts';
import { tellProgress } from './tell-progress.ts';
import { viewMachineWork, viewProductionOrder, viewReport } from './view.ts';
import { withdraw } from './withdraw.ts';

/** Pieces reach the order this often at the latest; a domain minute is the finest thing machines report. */
const COUNT_TURN = { domainMs: 60_000, wallMinMs: 2_000, wallMaxMs: 5_000 };
/** A forecast costs a look at every open operation; minutes do not change it. */
const FORECAST_TURN = { domainMs: 10 * 60_000, wallMinMs: 5_000, wallMaxMs: 60_000 };

export interface ProductionQuery extends ProductionFilter {
  readonly cursor?: string;
  readonly limit?: number;
}

export interface ProductionService {
  list(
    actor: Actor,
    query: ProductionQuery,
  ): Promise<{ rows: ProductionOrder[]; nextCursor: string | null } | Refusal>;
  one(actor: Actor, id: string): Promise<ProductionOrder | Refusal>;
  /** What others share by grant. */
  shared(
    actor: Actor,
    query: PageQuery,
  ): Promise<{ rows: SharedProgress[]; nextCursor: string | null } | Refusal>;
  machineWork(
    actor: Actor,
    filter: { siteId?: string; organisationId?: string },
  ): Promise<{ rows: MachineWork[] }>;
  report: (actor: Actor, fresh: Parameters<typeof reportOutput>[2]) => Promise<OutputReport | Refusal>;
  reports(actor: Actor, id: string): Promise<{ rows: OutputReport[] } | Refusal>;
}

export function openExecution(
  kernel: Kernel,
  _access: Access,
  registry: Registry,
  state: State,
  capacity: Capacity,
  orders: Orders,
  matching: Matching,
): Execution {
  const shop: Shop = { kernel, registry, state, capacity, orders, matching };
  kernel.bus.subscribe('execution-release', ['allocation-accepted'], (tx, event) =>
    releaseProductionOrder(shop, tx, event.payload.allocationId),
  );
  kernel.bus.subscribe('execution-withdraw', ['allocation-withdrawn', 'allocation-recalled'], (tx, event) =>
    withdraw(shop, tx, event),
  );
  const memory = createForecastMemory(registry);
  const everywhere = async (work: (networkId: string) => Promise<void>): Promise<void> => {
    for (const networkId of await kernel.db.transaction(PLATFORM, networksAtWork)) await work(networkId);
  };
  const count = async (networkId: string): Promise<void> => {
    await countMachines(shop, networkId);
    await tellProgress(shop, networkId);
  };
  const forecast = (networkId: string): Promise<void> => forecastNetwork(shop, memory, networkId);
  if (kernel.config.roles.includes('worker')) {
    const { ticker, clock } = kernel;
    ticker.every('execution-count', wallMs(COUNT_TURN, clock.speed), () => everywhere(count));
    ticker.every('execution-forecast', wallMs(FORECAST_TURN, clock.speed), () => everywhere(forecast));
  }
  const service = createService(shop);
  const thread = createShopThread();
  const schedules = { shop, thread, watch: createScheduleWatch(kernel) };
  return {
    routes: (app) => {
      productionRoutes(app, service);
      scheduleRoutes(app, schedules);
    },
    stop: () => thread.stop(),
    productionOrder: async (tx, id) => {
      const row = await productionOrder(tx, id);
      return row && storedView(row);
    },
    openArrival: async (tx, networkId, lineId) => {
      const open = (await ordersOfLines(tx, networkId, [lineId])).filter(
        ({ state }) => state === 'released' || state === 'running',
      );
      return open.length === 0 ? null : Math.max(...open.map((row) => row.projected_finish + row.transit_ms));
    },
    tick: async () => {
      await everywhere(count);
      await everywhere(forecast);
    },
  };
}

interface Turn {
  readonly domainMs: number;
  readonly wallMinMs: number;
  readonly wallMaxMs: number;
}
const wallMs = ({ domainMs, wallMinMs, wallMaxMs }: Turn, speed: number): number =>
  Math.min(wallMaxMs, Math.max(wallMinMs, domainMs / speed));

function createService(shop: Shop): ProductionService {
  const { db } = shop.kernel;
  return {
    list: (actor, query) => list(shop, actor, query),
    shared: (actor, query) => listShared(shop, actor, query),
    one: (actor, id) =>
      db.transaction(scopeOf(actor), async (tx) => {
        const row = await productionOrder(tx, id);
        if (!row) return notFound('production order');
        return viewProductionOrder(row, await operationsOf(tx, row.network_id, [row.id]));
      }),
    machineWork: (actor, filter) =>
      db.transaction(scopeOf(actor), async (tx) => ({
        rows: (await listMachineWork(tx, filter)).map(viewMachineWork),
      })),
    report: (actor, fresh) => reportOutput(shop, actor, fresh),
    reports: (actor, id) =>
      db.transaction(scopeOf(actor), async (tx) => {
        if (!(await productionOrder(tx, id))) return notFound('production order');
        return { rows: (await reportsOf(tx, id)).map(viewReport) };
      }),
  };
}

async function list(
  shop: Shop,
  actor: Actor,
  { cursor, limit = PAGE_DEFAULT, ...filter }: ProductionQuery,
): Promise<{ rows: ProductionOrder[]; nextCursor: string | null } | Refusal> {
  const position = decodeCursor(cursor, 2);
  if (isRefusal(position)) return position;
  const after = position && { plannedStart: Number(position[0]), id: String(position[1]) };
  return shop.kernel.db.transaction(scopeOf(actor), async (tx) => {
    const page = toPage(await listProductionOrders(tx, filter, after, limit + 1), limit, (row) => [
      row.planned_start,
      row.id,
    ]);
    const operations = Map.groupBy(
      await operationsOf(
        tx,
        actor.networkId,
        page.rows.map(({ id }) => id),
      ),
      (row) => row.production_order_id,
    );
    return {
      rows: page.rows.map((row) => viewProductionOrder(row, operations.get(row.id) ?? [])),
      nextCursor: page.nextCursor,
    };
  });
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

async function listShared(
  shop: Shop,
  actor: Actor,
  { cursor, limit = PAGE_DEFAULT }: PageQuery,
): Promise<{ rows: SharedProgress[]; nextCursor: string | null } | Refusal> {
  const position = decodeCursor(cursor, 1);
  if (isRefusal(position)) return position;
  const after = position ? String(position[0]) : null;
  if (after !== null && !UUID.test(after)) return BAD_CURSOR;
  return shop.kernel.db.transaction(scopeOf(actor), async (tx) =>
    toPage(await listSharedProgress(tx, actor.networkId, after, limit + 1), limit, (row) => [
      row.productionOrderId,
    ]),
  );
}

const BAD_CURSOR = refuse(
  'bad-cursor',
  400,
  'The cursor is not one this list gave out; start again without it.',
);
