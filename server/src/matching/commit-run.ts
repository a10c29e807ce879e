import type { MatchRun, MatchTrigger } from '@millrace/contract';
import type { Capacity } from '../capacity/index.ts';
import { type Kernel, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import type { Orders } from '../orders/index.ts';
import { type Decision, type LineOutcome, outcomes } from './decide.ts';
import type { StoredAllocation } from './matching.ts';
import { withdrawn } from './offer-news.ts';
import { planChanges } from './plan-change.ts';
import { freshAllocations, moveTo, reservationsOf } from './planned-allocation.ts';
import { toRun } from './run-record.ts';
import { groupByLine } from './snapshot-input.ts';
import { insertAllocations, listOfLines, moveAllocations, setStates } from './store-allocation.ts';
import { deleteRequests } from './store-request.ts';
import { dropOldRuns, insertRun, putExplanations } from './store-run.ts';
import { explanationsOf, type Told, tellLines } from './tell-lines.ts';
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
  const found = newsOf(world, decision);
  const fresh = freshAllocations(kernel, world, found, runId);
  const shifted = found.flatMap((outcome) =>
    outcome.moved.map(({ from, to }) => moveTo(kernel, world, from, to, runId)),
  );
  const told: Told = {
    world,
    decision,
    found,
    fresh,
    standing: standingAfter(world, found, [...shifted, ...fresh]),
    runId,
  };
  // First what nobody else ever waits for.
  const run = await recordRun(tx, sources, told, order);
  await capacity.lockPlan(tx, world.networkId);
  const stale = (await lockLines(tx, sources.orders, world, found)) ?? (await findStale(tx, world, found));
  if (stale) return stale;
  const refused = await rebook(tx, sources, world, found, fresh, shifted);
  if (refused) return refused;
  await tellLines(tx, sources, told);
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

/** The run itself, what it saw, and why it decided so. */
async function recordRun(
  tx: Tx,
  { kernel }: CommitSources,
  told: Told,
  { trigger, requestIds }: RunOrder,
): Promise<MatchRun> {
  const { world, decision, found, runId } = told;
  const { networkId } = world;
  const changes = planChanges(world, found, decision.taken, trigger);
  const run = toRun(kernel, decision, trigger, runId, changes);
  const { packedSnapshot, planHash, stoppedAfter } = decision.result;
  await insertRun(tx, networkId, { ...run, planHash, stoppedAfter, changes, snapshot: packedSnapshot });
  await dropOldRuns(tx, networkId, KEPT);
  await deleteRequests(tx, networkId, requestIds);
  await putExplanations(tx, networkId, runId, explanationsOf(told));
  return run;
}

/** What of each line stands when the run is committed. */
function standingAfter(
  world: World,
  found: readonly LineOutcome[],
  placed: readonly StoredAllocation[],
): Map<string, StoredAllocation[]> {
  const replaced = new Set([...found.flatMap(({ gone }) => gone), ...placed].map(({ id }) => id));
  return groupByLine([...world.allocations.filter(({ id }) => !replaced.has(id)), ...placed]);
}

/** What somebody has to hear of; a line that stays without a place, as it was before, is no news. */
export function newsOf(world: World, decision: Decision): LineOutcome[] {
  const hopeless = new Set(world.lines.filter((line) => line.unplaceable).map(({ id }) => id));
  return outcomes(world, decision).filter(
    ({ lineId, gone, come, moved: shifted, unplaced }) =>
      gone.length + come.length + shifted.length > 0 || (unplaced > 0 && !hopeless.has(lineId)),
  );
}

/** Refuses when one of the lines is not what the plan was made for. */
async function lockLines(
  tx: Tx,
  orders: Orders,
  world: World,
  found: readonly LineOutcome[],
): Promise<Refusal | undefined> {
  const seen = new Map(world.lines.map((line) => [line.id, line]));
  const locked = await orders.lockLines(
    tx,
    world.networkId,
    found.map(({ lineId }) => lineId),
  );
  const isSame = locked.every((now) => {
    const then = seen.get(now.id);
    return (
      now.quantity === then?.quantity &&
      now.cancelledQuantity === then.cancelledQuantity &&
      now.allocatedQuantity === then.allocatedQuantity &&
      now.state !== 'cancelled'
    );
  });
  return isSame && locked.length === found.length ? undefined : moved('line');
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
  const left = found.flatMap(({ gone }) => gone);
  await capacity.release(
    tx,
    networkId,
    [...left, ...shifted].map(({ id }) => id),
  );
  await setStates(
    tx,
    networkId,
    left.map(({ id }) => ({ id, state: 'withdrawn' })),
    { at: world.now, reason: 're-planned' },
  );
  await kernel.bus.publishAll(
    tx,
    networkId,
    left.map((one) => withdrawn(one, 're-planned')),
  );
  await moveAllocations(tx, networkId, shifted);
  await insertAllocations(tx, fresh);
  const refused = await capacity.reserve(tx, networkId, reservationsOf(kernel, [...shifted, ...fresh]));
  if (refused) return moved('machine');
  const freshByLine = groupByLine(fresh);
  const sum = (list: readonly StoredAllocation[]): number =>
    list.reduce((pieces, { quantity }) => pieces + quantity, 0);
  const moves = found.map(({ lineId, gone, unplaced }) => ({
    lineId,
    deltas: { allocated: sum(freshByLine.get(lineId) ?? []) - sum(gone), unplaceable: unplaced > 0 },
  }));
  return (await orders.addQuantities(tx, networkId, moves)) ? moved('line') : undefined;
}
