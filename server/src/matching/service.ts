import { type Access, listNetworks } from '../access/index.ts';
import type { Capacity } from '../capacity/index.ts';
import type { Kernel } from '../kernel/index.ts';
import type { Orders } from '../orders/index.ts';
import type { Registry } from '../registry/index.ts';
import { createEngineThread } from './engine-thread.ts';
import { createHourValueBook } from './hour-value.ts';
import type { Matching } from './matching.ts';
import { acceptOffer, declineOffer, type OfferSources, watchExpiry } from './offers.ts';
import { createPlanner } from './planner.ts';
import { cancelLines, completeAllocation, recall, startProduction } from './production.ts';
import { createPromiseBases } from './promise-basis.ts';
import { retime } from './retime.ts';
import { matchingRoutes } from './routes.ts';
import { findAllocation } from './store-allocation.ts';

/** Once a night, wall clock: offers that nobody has answered may find a better plan. */
const NIGHTLY = '15 2 * * *';
/** A run that is under way may finish within this time (wall); its requests wait in the table for the next start. */
const STOP_MS = 5_000;
/** Reasons of `capacity-changed` that mean a machine has stopped. */
const BREAKDOWNS = ['machine-down', 'machine-still-down'];

export function openMatching(
  kernel: Kernel,
  _access: Access,
  registry: Registry,
  capacity: Capacity,
  orders: Orders,
): Matching {
  const engine = createEngineThread();
  const planner = createPlanner({ kernel, registry, capacity, orders, engine });
  const sources: OfferSources = { kernel, registry, capacity, orders, planner };
  const bases = createPromiseBases(kernel, { registry, capacity, orders });
  const hourValues = createHourValueBook(sources);
  subscribe(sources);
  watchExpiry(sources);
  kernel.jobs.work(
    'matching-nightly',
    async () => {
      for (const networkId of await kernel.db.transaction({ kind: 'platform' }, networkIds)) {
        await kernel.db.transaction({ kind: 'network', networkId }, (tx) =>
          planner.request(tx, networkId, 'nightly'),
        );
      }
    },
    { cron: NIGHTLY },
  );
  return {
    routes: (app) => matchingRoutes(app, { ...sources, engine, bases, hourValues }),
    stop: async () => {
      await planner.close(STOP_MS);
      await engine.stop();
      await hourValues.stop();
    },
    allocation: (tx, id) => findAllocation(tx, id),
    acceptAllocation: (actor, id) => acceptOffer(sources, actor, id),
    declineAllocation: (actor, id, reason, note) => declineOffer(sources, actor, id, reason, note),
    startProduction,
    completeAllocation: (tx, id, good) => completeAllocation(tx, sources, id, good),
    recall: (tx, _networkId, id, kept, reason) => recall(tx, sources, id, kept, reason),
    retime: (tx, networkId, fromMs, retimed) => retime(tx, sources, networkId, fromMs, retimed),
    settle: async (networkId) => {
      await planner.plan(networkId);
    },
  };
}

const networkIds = async (tx: Parameters<typeof listNetworks>[0]): Promise<string[]> =>
  (await listNetworks(tx)).map(({ id }) => id);

/** What others do to the plan; each becomes a request in the same transaction as the subscriber's position. */
function subscribe(sources: OfferSources): void {
  const { kernel, planner } = sources;
  kernel.bus.subscribe(
    'matching',
    ['order-submitted', 'order-cancelled', 'capacity-changed', 'capability-changed'],
    async (tx, event) => {
      const { networkId } = event;
      switch (event.kind) {
        case 'order-submitted':
          await planner.request(tx, networkId, 'order-submitted');
          return;
        case 'order-cancelled':
          await cancelLines(tx, sources, networkId, event.payload.lineIds);
          await planner.request(tx, networkId, 'order-cancelled');
          return;
        case 'capacity-changed': {
          const isBreakdown = BREAKDOWNS.includes(event.payload.reason);
          await planner.request(tx, networkId, isBreakdown ? 'breakdown' : 'capacity-changed');
          return;
        }
        case 'capability-changed':
          await planner.request(tx, networkId, 'capacity-changed');
      }
    },
  );
}
