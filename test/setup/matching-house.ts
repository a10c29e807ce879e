import type { NewOrder, Order } from '@millrace/contract';
import pg from 'pg';
import { expect } from 'vitest';
import { type Actor, openAccess } from '../../server/src/access/index.ts';
import { type Capacity, openCapacity } from '../../server/src/capacity/index.ts';
import {
  type Config,
  isRefusal,
  type Kernel,
  openKernel,
  type Refusal,
  readConfig,
  type Tx,
} from '../../server/src/kernel/index.ts';
import { createEngineThread, type EngineThread } from '../../server/src/matching/engine-thread.ts';
import type { Matching, StoredAllocation } from '../../server/src/matching/matching.ts';
import { createPlanner, type Planner } from '../../server/src/matching/planner.ts';
import { createPromiseBases, type PromiseBases } from '../../server/src/matching/promise-basis.ts';
import { openMatching } from '../../server/src/matching/service.ts';
import { listOfLines } from '../../server/src/matching/store-allocation.ts';
import { type Orders, openOrders, type StoredLine } from '../../server/src/orders/index.ts';
import { openRegistry, type Registry } from '../../server/src/registry/index.ts';
import { freshDatabase } from './database.ts';
import { type SmallNetwork, type SmallNetworkOptions, seedSmallNetwork } from './small-network.ts';

const HOUR = 3_600_000;
/** Where the clock of a fresh house stands, epoch ms. */
export const START = Date.UTC(2026, 2, 2, 6);

/** A network with all modules up to matching, on a clock that the test moves. */
export interface MatchingHouse {
  readonly kernel: Kernel;
  readonly network: SmallNetwork;
  readonly registry: Registry;
  readonly capacity: Capacity;
  readonly orders: Orders;
  readonly matching: Matching;
  /** Of a second process on the same database. */
  readonly planner: Planner;
  readonly engine: EngineThread;
  readonly bases: PromiseBases;
  readonly clock: { ms: number };
  operator(): Actor;
  buyer(): Actor;
  /** Of the n-th factory. */
  factory(n: number): Actor;
  factoryOf(allocation: StoredAllocation): Actor;
  inNetwork<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** An order of one line, a thousand pieces in four days unless said otherwise. */
  submit(line?: Partial<NewOrder['lines'][number]>): Promise<Order>;
  /** Until every event is digested and everything that waits is planned. */
  settle(): Promise<void>;
  allocations(lineId: string): Promise<StoredAllocation[]>;
  /** Those that still hold machines. */
  active(lineId: string): Promise<StoredAllocation[]>;
  lineOf(lineId: string): Promise<StoredLine>;
  /** Which of the factories it was given to. */
  siteNo(allocation: StoredAllocation): number;
  /** What the tables say about each other: reservations are the active sub-lots, lines know what is allocated, nothing overlaps. */
  expectConsistent(): Promise<void>;
  close(): Promise<void>;
}

export async function openMatchingHouse(options: SmallNetworkOptions = {}): Promise<MatchingHouse> {
  const database = await freshDatabase();
  const network = await seedSmallNetwork(database.adminUrl, options);
  const clock = { ms: START };
  const config = {
    ...readConfig({ MILLRACE_ROLES: 'api', MILLRACE_LOG_LEVEL: 'silent' }),
    databaseUrl: database.adminUrl,
  };
  const modules = await openModules(config, clock);
  const { kernel, access, registry, capacity, orders } = modules;
  const matching = openMatching(kernel, access, registry, capacity, orders);
  const engine = createEngineThread();
  const bases = createPromiseBases(kernel, { registry, capacity, orders });
  await kernel.start();
  // Only the lease and the tables lie between its planner and the first.
  const other = await openModules(config, clock);
  const planner = createPlanner({ ...other, engine });
  const parts = { kernel, network, registry, capacity, orders, matching, planner, engine, bases, clock };
  return {
    ...parts,
    ...actorsOf(network),
    ...workOf(parts),
    expectConsistent: () => expectConsistent(database.adminUrl),
    close: async () => {
      await matching.stop();
      await engine.stop();
      await other.kernel.stop();
      await kernel.stop();
      await database.drop();
    },
  };
}

async function openModules(config: Config, clock: MatchingHouse['clock']) {
  const kernel = await openKernel(config, {
    clock: { now: () => clock.ms, wallNow: () => Date.now(), speed: 1 },
  });
  const access = openAccess(kernel);
  const registry = openRegistry(kernel, access);
  const capacity = openCapacity(kernel, access, registry);
  const orders = openOrders(kernel, access, registry);
  return { kernel, access, registry, capacity, orders };
}

export function must<T>(value: T | Refusal | undefined): T {
  if (value === undefined || isRefusal(value)) throw new TypeError(`refused: ${JSON.stringify(value)}`);
  return value;
}

function actorsOf(
  network: SmallNetwork,
): Pick<MatchingHouse, 'operator' | 'buyer' | 'factory' | 'factoryOf'> {
  const actorOf = (kind: Actor['organisationKind'], organisationId: string): Actor => ({
    kind: 'user',
    id: organisationId,
    label: `${kind}@example.org`,
    networkId: network.networkId,
    organisationId,
    organisationKind: kind,
    role: null,
    scopes: [],
  });
  return {
    operator: () => actorOf('operator', network.operatorId),
    buyer: () => actorOf('buyer', network.buyerId),
    factory: (n) => actorOf('factory', network.factories[n]?.organisationId ?? ''),
    factoryOf: ({ factoryOrganisationId }) => actorOf('factory', factoryOrganisationId),
  };
}

type Work = 'inNetwork' | 'submit' | 'settle' | 'allocations' | 'active' | 'lineOf' | 'siteNo';

function workOf({
  kernel,
  network,
  orders,
  matching,
  clock,
}: Pick<MatchingHouse, 'kernel' | 'network' | 'orders' | 'matching' | 'clock'>): Pick<MatchingHouse, Work> {
  let references = 0;
  const inNetwork: MatchingHouse['inNetwork'] = (work) =>
    kernel.db.transaction({ kind: 'network', networkId: network.networkId }, work);
  const allocations = (lineId: string): Promise<StoredAllocation[]> =>
    inNetwork((tx) => listOfLines(tx, network.networkId, [lineId]));
  return {
    inNetwork,
    allocations,
    submit: async (line = {}) => {
      const { order } = must(
        await orders.submit(actorsOf(network).buyer(), {
          reference: `PO-${++references}`,
          destination: { name: 'Store', position: { lat: 10, lon: 0 } },
          lines: [{ itemId: network.itemId, quantity: 1_000, requestedAt: clock.ms + 96 * HOUR, ...line }],
        }),
      );
      return order;
    },
    settle: async () => {
      for (let round = 0; round < 3; round++) {
        await kernel.bus.settle();
        await matching.settle(network.networkId);
      }
    },
    active: async (lineId) =>
      (await allocations(lineId)).filter(({ state }) =>
        ['offered', 'accepted', 'in-production'].includes(state),
      ),
    lineOf: async (lineId) => must(await inNetwork((tx) => orders.line(tx, lineId))),
    siteNo: ({ siteId }) => network.factories.findIndex((one) => one.siteId === siteId),
  };
}

async function expectConsistent(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows: overlaps } = await client.query(
    `SELECT a.id FROM reservation a JOIN reservation b ON a.machine_id = b.machine_id AND a.id < b.id AND a.period && b.period`,
  );
  const { rows: unreserved } = await client.query(
    `SELECT s.allocation_id FROM allocation_sub_lot s JOIN allocation a ON a.id = s.allocation_id
      WHERE a.state IN ('offered', 'accepted') AND NOT EXISTS (SELECT FROM reservation r
        WHERE r.allocation_id = s.allocation_id AND r.machine_id = s.machine_id
          AND r.period = tstzrange(s.start_at, s.end_at))`,
  );
  const { rows: orphans } = await client.query(
    `SELECT r.id FROM reservation r LEFT JOIN allocation a ON a.id = r.allocation_id
      WHERE a.id IS NULL OR a.state IN ('declined', 'expired', 'withdrawn')`,
  );
  const { rows: wrongLines } = await client.query(
    `SELECT l.id FROM order_line l WHERE l.state <> 'cancelled' AND l.allocated_quantity <> coalesce((
       SELECT sum(a.quantity) FROM allocation a WHERE a.line_id = l.id
          AND a.state IN ('offered', 'accepted', 'in-production', 'produced')), 0)`,
  );
  await client.end();
  expect({ overlaps, unreserved, orphans, wrongLines }).toEqual({
    overlaps: [],
    unreserved: [],
    orphans: [],
    wrongLines: [],
  });
}
