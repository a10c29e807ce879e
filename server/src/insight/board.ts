import type { Board } from '@millrace/contract';
import { type Actor, scopeOf } from '../access/index.ts';
import type { Kernel, Tx } from '../kernel/index.ts';
import type { InsightSources } from './insight.ts';

const DAY_MS = 24 * 3_600_000;
/** What is still open for sale fits a screen for this long. */
const CAPACITY_DAYS = 14;
const SOLD_DAYS = 7;
/** More lines than these nobody works through on a wall; the list has them all. */
const AT_RISK_MAX = 20;
/** More moving marks than these nobody tells apart on a map. */
const IN_TRANSIT_MAX = 200;
/** Everybody who looks in the same second, in the same name, sees the same board. */
const AGE_MAX_MS = 1_000;
/** Organisations whose board is kept at the same time; each lives a second. */
const KEPT_MAX = 1_000;

type BoardSources = Pick<InsightSources, 'registry' | 'state' | 'capacity' | 'orders' | 'shipping'>;

/** No figure is computed here: each comes from the module that also answers its detail page [I3]. */
export async function composeBoard(
  { registry, state, capacity, orders, shipping }: BoardSources,
  tx: Tx,
  networkId: string,
  now: number,
): Promise<Board> {
  const machines = await state.summary(tx, networkId);
  const hours = await capacity.summary(tx, networkId, now, now + CAPACITY_DAYS * DAY_MS);
  const sold = await capacity.soldShares(tx, networkId, now, now + SOLD_DAYS * DAY_MS);
  const demand = await orders.figures(tx, networkId, now);
  const places = new Map((await registry.listSites(tx, networkId)).map((site) => [site.id, site]));
  return {
    at: now,
    kpis: {
      machinesRunning: machines.machinesRunning,
      machinesConnected: machines.machinesConnected,
      machinesTotal: machines.machinesTotal,
      oee: machines.oee,
      idleHours24h: hours.idleHours24h,
      idleHours7d: hours.idleHours7d,
      ordersOpen: demand.ordersOpen,
      ordersAtRisk: demand.ordersAtRisk,
      keptPromises: demand.keptPromises,
      linesReceived30d: demand.linesReceived,
    },
    sites: machines.sites.flatMap(({ siteId, machines: total, running, down, connected }) => {
      const place = places.get(siteId);
      if (!place) return [];
      const { name, position, positionApproximate } = place;
      const soldShare = sold.get(siteId) ?? 0;
      return [
        { siteId, name, position, positionApproximate, machines: total, running, down, connected, soldShare },
      ];
    }),
    inTransit: await shipping.inTransit(tx, networkId, now, IN_TRANSIT_MAX),
    capacity: [...hours.buckets],
    atRisk: await orders.atRisk(tx, networkId, now, AT_RISK_MAX),
  };
}

interface Kept {
  readonly at: number;
  readonly board: Promise<Board>;
}

export function createBoard(kernel: Kernel, sources: BoardSources): (actor: Actor) => Promise<Board> {
  const kept = new Map<string, Kept>();
  return (actor) => {
    const { networkId } = actor;
    const scope = scopeOf(actor);
    const key = scope.kind === 'organisation' ? `${networkId} ${scope.organisationId}` : networkId;
    const wallNow = kernel.clock.wallNow();
    const known = kept.get(key);
    if (known && wallNow - known.at < AGE_MAX_MS) return known.board;
    const board = kernel.db.transaction(scope, (tx) =>
      composeBoard(sources, tx, networkId, kernel.clock.now()),
    );
    // A board that failed is not shown to the next one who asks.
    board.catch(() => kept.delete(key));
    if (kept.size >= KEPT_MAX) kept.clear();
    kept.set(key, { at: wallNow, board });
    return board;
  };
}
