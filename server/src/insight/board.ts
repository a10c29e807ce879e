import type { Board, CapacitySummary } from '@millrace/contract';
import { type Actor, scopeOf } from '../access/index.ts';
import type { Kernel, Tx } from '../kernel/index.ts';
import type { InsightSources } from './insight.ts';
import { createKept } from './kept.ts';

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
/** Hours for sale move slowly and are dear to add up in a large network: they take at most a twentieth of a core. */
const CAPACITY_REST = 20;
const CAPACITY_AGE_MAX_MS = 60_000;

type BoardSources = Pick<InsightSources, 'registry' | 'state' | 'capacity' | 'orders' | 'shipping'>;

/** What of the board's figures comes from capacity. */
interface Hours {
  readonly summary: CapacitySummary;
  /** By site. */
  readonly sold: ReadonlyMap<string, number>;
}

/** No figure is computed here: each comes from the module that also answers its detail page [I3]. */
async function composeBoard(
  { registry, state, orders, shipping }: BoardSources,
  tx: Tx,
  networkId: string,
  now: number,
  readHours: () => Promise<Hours>,
): Promise<Board> {
  const machines = await state.summary(tx, networkId);
  const { summary, sold } = await readHours();
  const demand = await orders.figures(tx, networkId, now);
  const places = new Map((await registry.listSites(tx, networkId)).map((site) => [site.id, site]));
  return {
    at: now,
    kpis: {
      machinesRunning: machines.machinesRunning,
      machinesConnected: machines.machinesConnected,
      machinesTotal: machines.machinesTotal,
      oee: machines.oee,
      idleHours24h: summary.idleHours24h,
      idleHours7d: summary.idleHours7d,
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
    capacity: [...summary.buckets],
    atRisk: await orders.atRisk(tx, networkId, now, AT_RISK_MAX),
  };
}

export function createBoard(kernel: Kernel, sources: BoardSources): (actor: Actor) => Promise<Board> {
  const { clock, db } = kernel;
  const wallNow = (): number => clock.wallNow();
  const boards = createKept<Board>(wallNow, () => AGE_MAX_MS);
  const hours = createKept<Hours>(wallNow, (tookMs) =>
    Math.min(CAPACITY_AGE_MAX_MS, Math.max(AGE_MAX_MS, tookMs * CAPACITY_REST)),
  );
  return (actor) => {
    const { networkId } = actor;
    const scope = scopeOf(actor);
    const key = scope.kind === 'organisation' ? `${networkId} ${scope.organisationId}` : networkId;
    return boards(key, () =>
      db.transaction(scope, (tx) => {
        const now = clock.now();
        return composeBoard(sources, tx, networkId, now, () =>
          hours(key, () => readHours(sources, tx, networkId, now)),
        );
      }),
    );
  };
}

async function readHours({ capacity }: BoardSources, tx: Tx, networkId: string, now: number): Promise<Hours> {
  return {
    summary: await capacity.summary(tx, networkId, now, now + CAPACITY_DAYS * DAY_MS),
    sold: await capacity.soldShares(tx, networkId, now, now + SOLD_DAYS * DAY_MS),
  };
}
