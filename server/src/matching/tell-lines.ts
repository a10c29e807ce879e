import type { LineRefusals } from '@millrace/engine';
import type { Kernel, NewEvent, Tx } from '../kernel/index.ts';
import type { NewStep, Orders } from '../orders/index.ts';
import type { Decision, LineOutcome } from './decide.ts';
import { chosenOf, refusedOf } from './explanation.ts';
import type { StoredAllocation } from './matching.ts';
import { about, lastArrival } from './offer-news.ts';
import type { LineExplanation } from './store-run.ts';
import type { World } from './world.ts';

/** The platform's own name in an order's story. */
const SYSTEM = 'millrace';

interface TellSources {
  readonly kernel: Kernel;
  readonly orders: Orders;
}

export interface Told {
  readonly world: World;
  readonly decision: Decision;
  readonly found: readonly LineOutcome[];
  readonly fresh: readonly StoredAllocation[];
  /** What of each line stands after the run. */
  readonly standing: ReadonlyMap<string, readonly StoredAllocation[]>;
  readonly runId: string;
}

/** Why here, and why not there, for every line that the run touched. */
export function explanationsOf({ world, decision, found, standing }: Told): LineExplanation[] {
  const refusals = new Map<string, LineRefusals>(
    decision.result.plan.refusals.map((line) => [line.lineId, line]),
  );
  return found.map(({ lineId }) => {
    const chosen = chosenOf(world.directory, standing.get(lineId) ?? []);
    const recalled = world.recalledSites.get(lineId) ?? [];
    const refused = refusedOf(world.directory, refusals.get(lineId), chosen, recalled);
    return { lineId, chosen, refused };
  });
}

/** Promise, forecast and news of every line that the run touched. */
export async function tellLines(tx: Tx, sources: TellSources, told: Told): Promise<void> {
  await tellArrivals(tx, sources, told);
  await announce(tx, sources, told);
}

/** When the lines arrive: forecast for all, promise for those that have their first complete plan. */
async function tellArrivals(
  tx: Tx,
  { orders }: TellSources,
  { world, found, standing, runId }: Told,
): Promise<void> {
  const promised = new Set(world.lines.filter((line) => line.promisedAt !== null).map(({ id }) => id));
  const evidence = `/api/v3/match-runs/${runId}`;
  const arrivals = found.map(({ lineId, unplaced }) => ({
    lineId,
    unplaced,
    at: lastArrival(standing.get(lineId) ?? []),
  }));
  await orders.setAllProjected(tx, arrivals);
  await orders.setPromises(
    tx,
    arrivals.flatMap(({ lineId, unplaced, at }) =>
      unplaced === 0 && at !== null && !promised.has(lineId) ? [{ lineId, at, evidence }] : [],
    ),
  );
}

/** Steps and news: what found no place, and what was given to whom. */
async function announce(tx: Tx, { kernel, orders }: TellSources, told: Told): Promise<void> {
  const { world, fresh } = told;
  const events = unplaceableNews(told);
  const steps: NewStep[] = [];
  for (const allocation of fresh) {
    const { networkId, lineId, orderId, siteId, quantity, finishAt, arriveAt, runId } = allocation;
    const step = {
      networkId,
      orderId,
      lineId,
      actor: SYSTEM,
      siteName: world.directory.site(siteId)?.name ?? null,
      quantity,
      at: world.now,
      evidence: `/api/v3/allocations?lineId=${lineId}`,
    };
    steps.push({ ...step, kind: 'allocated', detail: { finishAt, arriveAt } });
    const payload = { ...about(allocation), quantity, finishAt, arriveAt, runId };
    events.push({ kind: 'order-allocated', payload });
    if (allocation.state !== 'accepted') continue;
    steps.push({ ...step, kind: 'accepted', detail: { by: 'policy' } });
    events.push({ kind: 'allocation-accepted', payload: { ...about(allocation), by: 'policy' } });
  }
  await orders.recordSteps(tx, steps);
  await kernel.bus.publishAll(tx, world.networkId, events);
}

function unplaceableNews({ world, decision, found }: Told): NewEvent[] {
  const lines = new Map(world.lines.map((line) => [line.id, line]));
  const reasons = new Map(decision.result.plan.unplaced.map(({ lineId, reasons: why }) => [lineId, why[0]]));
  return found.flatMap(({ lineId, unplaced: quantity }): NewEvent[] => {
    const line = lines.get(lineId);
    if (!line || line.unplaceable || quantity === 0) return [];
    const { orderId } = line;
    const reason = reasons.get(lineId) ?? 'unknown';
    return [{ kind: 'line-unplaceable', payload: { lineId, orderId, quantity, reason } }];
  });
}
