import type { LineRefusals } from '@millrace/engine';
import type { Kernel, Tx } from '../kernel/index.ts';
import type { Orders } from '../orders/index.ts';
import type { Decision, LineOutcome } from './decide.ts';
import { chosenOf, refusedOf } from './explanation.ts';
import type { StoredAllocation } from './matching.ts';
import { groupByLine } from './snapshot-input.ts';
import { listActiveOfLines } from './store-allocation.ts';
import { putExplanations } from './store-run.ts';
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
  readonly runId: string;
}

/** Promise, forecast, explanation and news of every line that the run touched. */
export async function tellLines(tx: Tx, sources: TellSources, told: Told): Promise<void> {
  const { world, decision, found, fresh, runId } = told;
  const { networkId } = world;
  const refusals = new Map<string, LineRefusals>(
    decision.result.plan.refusals.map((line) => [line.lineId, line]),
  );
  const lineIds = found.map(({ lineId }) => lineId);
  const standing = groupByLine(await listActiveOfLines(tx, networkId, lineIds));
  const explanations = lineIds.map((lineId) => {
    const chosen = chosenOf(world.directory, standing.get(lineId) ?? []);
    return {
      lineId,
      chosen,
      refused: refusedOf(
        world.directory,
        refusals.get(lineId),
        chosen,
        world.recalledSites.get(lineId) ?? [],
      ),
    };
  });
  await putExplanations(tx, networkId, runId, explanations);
  const lines = new Map(world.lines.map((line) => [line.id, line]));
  for (const outcome of found) {
    const line = lines.get(outcome.lineId);
    if (!line) continue;
    const active = standing.get(line.id) ?? [];
    const arriveAt = active.reduce((latest, one) => Math.max(latest, one.arriveAt), 0);
    await sources.orders.setProjected(tx, line.id, arriveAt > 0 ? arriveAt : null);
    if (outcome.unplaced === 0 && arriveAt > 0 && line.promisedAt === null) {
      await sources.orders.setPromise(tx, line.id, arriveAt, `/api/v3/match-runs/${runId}`);
    }
    if (outcome.unplaced > 0 && !line.unplaceable) {
      await sources.kernel.bus.publish(tx, networkId, 'line-unplaceable', {
        lineId: line.id,
        orderId: line.orderId,
        quantity: outcome.unplaced,
        reason:
          decision.result.plan.unplaced.find(({ lineId }) => lineId === line.id)?.reasons[0] ?? 'unknown',
      });
    }
  }
  for (const allocation of fresh) await announce(tx, sources, world, allocation);
}

async function announce(
  tx: Tx,
  { kernel, orders }: TellSources,
  world: World,
  allocation: StoredAllocation,
): Promise<void> {
  const { networkId, id: allocationId, lineId, orderId, siteId, quantity, finishAt, arriveAt } = allocation;
  const step = {
    networkId,
    orderId,
    lineId,
    siteName: world.directory.site(siteId)?.name ?? null,
    quantity,
    at: world.now,
    evidence: `/api/v3/allocations?lineId=${lineId}`,
  };
  await orders.recordStep(tx, { ...step, kind: 'allocated', actor: SYSTEM, detail: { finishAt, arriveAt } });
  await kernel.bus.publish(tx, networkId, 'order-allocated', {
    allocationId,
    lineId,
    orderId,
    siteId,
    quantity,
    finishAt,
    arriveAt,
    runId: allocation.runId,
  });
  if (allocation.state !== 'accepted') return;
  await orders.recordStep(tx, { ...step, kind: 'accepted', actor: SYSTEM, detail: { by: 'policy' } });
  await kernel.bus.publish(tx, networkId, 'allocation-accepted', {
    allocationId,
    lineId,
    orderId,
    siteId,
    by: 'policy',
  });
}
