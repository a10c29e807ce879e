import type { Capacity, PlanningResources } from '../capacity/index.ts';
import type { Tx } from '../kernel/index.ts';
import type { Orders, StoredLine } from '../orders/index.ts';
import type { Directory, Registry } from '../registry/index.ts';
import { REFUSED_STATES } from './allocation.ts';
import type { StoredAllocation } from './matching.ts';
import { listActive, listOfLines, listSitesOf } from './store-allocation.ts';
import { listInForce, type StoredOverride } from './store-override.ts';

const DAY_MS = 86_400_000;
/** Far enough that an overloaded network still finds a place for everything. */
const HORIZON_MS = 60 * DAY_MS;
/** Room behind the latest requested date, for a line that must be late. */
const AFTER_LAST_DUE_MS = 30 * DAY_MS;
/** Nobody plans machines further ahead; windows are computed day by day. */
const HORIZON_MAX_MS = 400 * DAY_MS;

/** What one planning run looks at, read in one transaction. */
export interface World {
  readonly networkId: string;
  /** Domain instant. */
  readonly now: number;
  readonly horizonEnd: number;
  readonly directory: Directory;
  readonly resources: PlanningResources;
  /** Open lines, by requested date. */
  readonly lines: readonly StoredLine[];
  /** Offered, accepted, in production. */
  readonly allocations: readonly StoredAllocation[];
  /** Finished parts of lines that the operator has decided about: they count for what was decided. */
  readonly produced: readonly StoredAllocation[];
  /** Operator's decisions in force, by line, oldest first. */
  readonly overrides: ReadonlyMap<string, readonly StoredOverride[]>;
  /** Sites that said no, by line. */
  readonly refusedSites: ReadonlyMap<string, readonly string[]>;
  /** Sites that the line was taken back from, by line. */
  readonly recalledSites: ReadonlyMap<string, readonly string[]>;
}

export interface WorldSources {
  readonly registry: Registry;
  readonly capacity: Capacity;
  readonly orders: Orders;
}

export async function readWorld(
  tx: Tx,
  { registry, capacity, orders }: WorldSources,
  networkId: string,
  now: number,
): Promise<World> {
  const lines = await orders.openLines(tx, networkId);
  const lastDue = lines.reduce((latest, line) => Math.max(latest, line.requestedAt), now);
  const horizonEnd = horizonFor(now, lastDue);
  const overrides = await listInForce(tx, networkId);
  const decided = await listOfLines(tx, networkId, [...overrides.keys()]);
  const lineIds = lines.map((line) => line.id);
  return {
    networkId,
    now,
    horizonEnd,
    directory: await registry.directory(networkId),
    resources: await capacity.planningResources(tx, networkId, now, horizonEnd),
    lines,
    allocations: await listActive(tx, networkId),
    produced: decided.filter(({ state }) => state === 'produced'),
    overrides,
    refusedSites: await listSitesOf(tx, networkId, lineIds, REFUSED_STATES),
    recalledSites: await listSitesOf(tx, networkId, lineIds, ['recalled']),
  };
}

export function horizonFor(now: number, lastDue: number): number {
  const wanted = Math.max(HORIZON_MS, lastDue - now + AFTER_LAST_DUE_MS);
  return now + Math.min(HORIZON_MAX_MS, wanted);
}

/** Pieces of a line that no site has; none when more was made than planned and the line is complete. */
export function openQuantity(line: StoredLine): number {
  const due = line.quantity - line.cancelledQuantity;
  return line.producedQuantity >= due ? 0 : Math.max(0, due - line.allocatedQuantity);
}
