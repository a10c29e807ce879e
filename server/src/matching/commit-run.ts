import type { MatchRun, MatchTrigger, PlanChange } from '@millrace/contract';
import type { Allocation as EngineAllocation, LineRefusals } from '@millrace/engine';
import type { Capacity, NewReservation } from '../capacity/index.ts';
import { type Kernel, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import type { Orders, StoredLine } from '../orders/index.ts';
import { offerExpiry } from './allocation.ts';
import { type Decision, type LineOutcome, outcomes } from './decide.ts';
import { chosenOf, refusedOf } from './explanation.ts';
import type { StoredAllocation } from './matching.ts';
import { isUnrest, planChanges } from './plan-change.ts';
import { capabilityIdOf, groupByLine, WEIGHTS } from './snapshot-input.ts';
import {
  insertAllocations,
  listActiveOfLines,
  listOfLines,
  moveAllocation,
  setState,
} from './store-allocation.ts';
import { deleteRequests } from './store-request.ts';
import { dropOldRuns, insertRun, putExplanations } from './store-run.ts';
import type { World } from './world.ts';

/** Moves with every change of the engine that could give another plan for the same snapshot. */
export const ENGINE_VERSION = 'matching-1';
/** Snapshots for replay: some days of a busy network, some tens of megabytes. Runs without them: a year or so. */
const KEPT = { snapshots: 200, runs: 20_000 };
const SYSTEM = 'millrace';

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
  const fresh = freshAllocations(sources, world, found, runId);
  const shifted = found.flatMap((outcome) =>
    outcome.moved.map(({ from, to }) => moveTo(sources, world, from, to, runId)),
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

function freshAllocations(
  { kernel }: CommitSources,
  world: World,
  found: readonly LineOutcome[],
  runId: string,
): StoredAllocation[] {
  const lines = new Map(world.lines.map((line) => [line.id, line]));
  return found.flatMap(({ lineId, come }) => {
    const line = lines.get(lineId);
    return line ? come.map((planned) => toStored(kernel, world, line, planned, runId)) : [];
  });
}

function toStored(
  kernel: Kernel,
  world: World,
  line: StoredLine,
  planned: EngineAllocation,
  runId: string,
): StoredAllocation {
  const capabilityId = capabilityIdOf(planned.capabilityId);
  const capability = world.directory.capability(capabilityId);
  const site = world.directory.site(planned.siteId);
  const state = site?.autoAccept ? 'accepted' : 'offered';
  return {
    networkId: world.networkId,
    id: kernel.ids(),
    lineId: line.id,
    orderId: line.orderId,
    orderNo: line.orderNo,
    lineNo: line.lineNo,
    itemId: line.itemId,
    siteId: planned.siteId,
    workCenterId: capability?.workCenterId ?? planned.siteId,
    capabilityId,
    factoryOrganisationId: site?.organisationId ?? planned.siteId,
    buyerOrganisationId: line.buyerOrganisationId,
    runId,
    quantity: planned.quantity,
    state,
    lock: planned.lock,
    origin: planned.origin,
    priority: line.priority,
    requestedAt: line.requestedAt,
    currency: capability?.currency ?? 'USD',
    ...timesOf(kernel, world, planned, state),
  };
}

function timesOf(
  kernel: Kernel,
  world: World,
  planned: EngineAllocation,
  state: string,
): Pick<
  StoredAllocation,
  'startAt' | 'finishAt' | 'arriveAt' | 'costMinor' | 'terms' | 'offerExpiresAt' | 'subLots'
> {
  const { offerMinutes } = kernel.config;
  return {
    startAt: planned.startMs,
    finishAt: planned.finishMs,
    arriveAt: planned.arriveMs,
    costMinor: planned.costMinor,
    terms: { ...planned.score },
    offerExpiresAt: state === 'offered' ? offerExpiry(world.now, planned.startMs, offerMinutes) : null,
    subLots: planned.subLots.map((lot) => ({
      machineId: lot.machineId,
      machineCode: world.directory.machine(lot.machineId)?.code ?? '?',
      stepIndex: lot.stepIndex,
      quantity: lot.quantity,
      setUpMs: lot.setUpMs,
      startAt: lot.startMs,
      endAt: lot.endMs,
    })),
  };
}

function moveTo(
  { kernel }: CommitSources,
  world: World,
  from: StoredAllocation,
  to: EngineAllocation,
  runId: string,
): StoredAllocation {
  const times = timesOf(kernel, world, to, from.state);
  // The time to answer does not start again because the work was moved; it only never outlives the new start.
  const offerExpiresAt =
    from.offerExpiresAt === null
      ? null
      : Math.min(from.offerExpiresAt, times.offerExpiresAt ?? from.offerExpiresAt);
  return { ...from, ...times, offerExpiresAt, lock: to.lock, origin: to.origin, runId };
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

function reservationsOf(kernel: Kernel, allocations: readonly StoredAllocation[]): NewReservation[] {
  return allocations.flatMap((allocation) =>
    allocation.subLots.map((lot) => ({
      id: kernel.ids(),
      machineId: lot.machineId,
      allocationId: allocation.id,
      from: lot.startAt,
      to: lot.endAt,
      quantity: lot.quantity,
    })),
  );
}

interface Told {
  readonly world: World;
  readonly decision: Decision;
  readonly found: readonly LineOutcome[];
  readonly fresh: readonly StoredAllocation[];
  readonly runId: string;
}

/** Promise, forecast, explanation and news of every line that the run touched. */
async function tellLines(tx: Tx, sources: CommitSources, told: Told): Promise<void> {
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
  { kernel, orders }: CommitSources,
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

function toRun(
  kernel: Kernel,
  { result }: Decision,
  trigger: MatchTrigger,
  id: string,
  changes: readonly PlanChange[],
): MatchRun {
  const { summary, unplaced } = result.plan;
  return {
    id,
    trigger,
    startedAt: kernel.clock.now(),
    engineMs: Math.round(result.engineMs * 10) / 10,
    snapshotHash: result.snapshotHash,
    engineVersion: ENGINE_VERSION,
    lines: summary.lines,
    placed: summary.placedLines,
    unplaced: unplaced.length,
    late: summary.lateLines,
    changed: new Set(changes.filter(isUnrest).map(({ lineId }) => lineId)).size,
    objective: summary.objective,
    weights: flatWeights(),
    violations: result.violations?.length ?? null,
  };
}

/** `tardinessPerHour.0` … for the weights that differ by priority. */
function flatWeights(): Record<string, number> {
  const flat: Record<string, number> = {};
  for (const [name, value] of Object.entries(WEIGHTS as unknown as Record<string, number | number[]>)) {
    if (typeof value === 'number') flat[name] = value;
    else
      value.forEach((one, priority) => {
        flat[`${name}.${priority}`] = one;
      });
  }
  return flat;
}
