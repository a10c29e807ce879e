import type { MatchRun, MatchTrigger } from '@millrace/contract';
import type { Capacity } from '../capacity/index.ts';
import { type Kernel, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import type { Orders, StoredLine } from '../orders/index.ts';
import { type Decision, type LineOutcome, outcomes } from './decide.ts';
import type { StoredAllocation } from './matching.ts';
import { planChanges } from './plan-change.ts';
import { freshAllocations, moveTo, reservationsOf } from './planned-allocation.ts';
import { toRun } from './run-record.ts';
import { groupByLine } from './snapshot-input.ts';
import { insertAllocations, listOfLines, moveAllocation, setState } from './store-allocation.ts';
import { deleteRequests } from './store-request.ts';
import { dropOldRuns, insertRun } from './store-run.ts';
import { tellLines } from './tell-lines.ts';
import type { World } from './world.ts';

/** Snapshots for replay: some days of a busy network, some tens of megabytes. Runs without them: a year or so. */
const KEPT = { snapshots: 200, runs: 20_000 };

export interface CommitSources {
  readonly kernel: Kernel;
  readonly capacity: Capacity;
  readonly orders: Orders;
}

export interface RunOrder {
  readonly trigger: MatchTrigger;
  /** Requests that this run has looked at. */
  readonly requestIds: readonly number[];
}

/** The world is not what the plan was made for; look again. */
export const WORLD_MOVED = 'world-moved';
const moved = (what: string): Refusal =>
  refuse(WORLD_MOVED, 409, 'The plan changed while the engine was working.', { values: { what } });

/**
 * The whole run in one transaction: allocations, reservations, line quantities, steps, explanations, events. Refuses,
 * and so undoes everything, when an order, an offer or a machine is no longer what the plan was made for.
 */
export async function commitRun(
  tx: Tx,
  sources: CommitSources,
  world: World,
  decision: Decision,
  order: RunOrder,
): Promise<MatchRun | Refusal> {
  const { kernel, capacity } = sources;
  const runId = kernel.ids();
  await capacity.lockPlan(tx, world.networkId);
  const found = newsOf(world, decision);
  const lines = await lockLines(tx, sources.orders, world, found);
  if ('refused' in lines) return lines;
  const stale = await findStale(tx, world, found);
  if (stale) return stale;
  const fresh = freshAllocations(kernel, world, found, runId);
  const shifted = found.flatMap((outcome) =>
    outcome.moved.map(({ from, to }) => moveTo(kernel, world, from, to, runId)),
  );
  const refused = await rebook(tx, sources, world, found, fresh, shifted);
  if (refused) return refused;
  const changes = planChanges(world, found, decision.taken, order.trigger);
  await tellLines(tx, sources, { world, decision, found, fresh, runId });
  const run = toRun(kernel, decision, order.trigger, runId, changes);
  const { packedSnapshot, planHash } = decision.result;
  await insertRun(tx, world.networkId, { ...run, planHash, changes, snapshot: packedSnapshot });
  await dropOldRuns(tx, world.networkId, KEPT);
  await deleteRequests(tx, world.networkId, order.requestIds);
  await kernel.bus.publish(tx, world.networkId, 'match-run-finished', {
    runId,
    trigger: order.trigger,
    lines: run.lines,
    placed: run.placed,
    late: run.late,
    changed: run.changed,
  });
  return run;
}

/** What somebody has to hear of; a line that stays without a place, as it was before, is no news. */
export function newsOf(world: World, decision: Decision): LineOutcome[] {
  const hopeless = new Set(world.lines.filter((line) => line.unplaceable).map(({ id }) => id));
  return outcomes(world, decision).filter(
    ({ lineId, gone, come, moved: shifted, unplaced }) =>
      gone.length + come.length + shifted.length > 0 || (unplaced > 0 && !hopeless.has(lineId)),
  );
}

/** Locked in the order of their ids, so that two transactions never wait for each other. */
async function lockLines(
  tx: Tx,
  orders: Orders,
  world: World,
  found: readonly LineOutcome[],
): Promise<Map<string, StoredLine> | Refusal> {
  const seen = new Map(world.lines.map((line) => [line.id, line]));
  const locked = new Map<string, StoredLine>();
  for (const lineId of found.map((outcome) => outcome.lineId).sort()) {
    const [then, now] = [seen.get(lineId), await orders.lockLine(tx, lineId)];
    if (!then || !now) return moved('line');
    const same =
      now.quantity === then.quantity &&
      now.cancelledQuantity === then.cancelledQuantity &&
      now.allocatedQuantity === then.allocatedQuantity &&
      now.state !== 'cancelled';
    if (!same) return moved('line');
    locked.set(lineId, now);
  }
  return locked;
}

/** An offer was answered, or ended, while the engine was working. */
async function findStale(tx: Tx, world: World, found: readonly LineOutcome[]): Promise<Refusal | undefined> {
  const touched = found.flatMap(({ gone, moved: shifted }) => [...gone, ...shifted.map(({ from }) => from)]);
  if (touched.length === 0) return undefined;
  const lineIds = [...new Set(touched.map(({ lineId }) => lineId))];
  const now = new Map((await listOfLines(tx, world.networkId, lineIds, true)).map((one) => [one.id, one]));
  const stale = touched.some((then) => {
    const current = now.get(then.id);
    return current?.state !== then.state || current.quantity !== then.quantity;
  });
  return stale ? moved('offer') : undefined;
}

/** First everything that goes gives back its time, then everything that comes takes its own. */
async function rebook(
  tx: Tx,
  { kernel, capacity, orders }: CommitSources,
  world: World,
  found: readonly LineOutcome[],
  fresh: readonly StoredAllocation[],
  shifted: readonly StoredAllocation[],
): Promise<Refusal | undefined> {
  const { networkId } = world;
  for (const allocation of found.flatMap(({ gone }) => gone)) {
    await capacity.release(tx, networkId, allocation.id);
    await setState(tx, allocation, 'withdrawn', { at: world.now, reason: 're-planned' });
    await kernel.bus.publish(tx, networkId, 'allocation-withdrawn', {
      allocationId: allocation.id,
      lineId: allocation.lineId,
      orderId: allocation.orderId,
      siteId: allocation.siteId,
      quantity: allocation.quantity,
      reason: 're-planned',
    });
  }
  for (const allocation of shifted) {
    await capacity.release(tx, networkId, allocation.id);
    await moveAllocation(tx, allocation);
  }
  await insertAllocations(tx, fresh);
  const refused = await capacity.reserve(tx, networkId, reservationsOf(kernel, [...shifted, ...fresh]));
  if (refused) return moved('machine');
  const freshByLine = groupByLine(fresh);
  for (const { lineId, gone, unplaced } of found) {
    const sum = (list: readonly StoredAllocation[]): number =>
      list.reduce((pieces, { quantity }) => pieces + quantity, 0);
    const allocated = sum(freshByLine.get(lineId) ?? []) - sum(gone);
    const no = await orders.addLineQuantities(tx, networkId, lineId, {
      allocated,
      unplaceable: unplaced > 0,
    });
    if (no) return moved('line');
  }
  return undefined;
}
