import type { NewOverride, OverridePreview } from '@millrace/contract';
import { type Actor, recordAudit } from '../access/index.ts';
import { ImpossibleTask, isRefusal, notFound, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import type { StoredLine } from '../orders/index.ts';
import { contradiction } from './contradiction.ts';
import { type Decision, decide, outcomes } from './decide.ts';
import type { EngineThread } from './engine-thread.ts';
import type { StoredAllocation } from './matching.ts';
import type { OfferSources } from './offers.ts';
import { draftOverride, type OverrideDraft } from './override.ts';
import { planChanges } from './plan-change.ts';
import { comparePlans } from './plan-price.ts';
import { listActiveOfLines, setLock } from './store-allocation.ts';
import { insertOverride, listInForce, releaseOverrides, type StoredOverride } from './store-override.ts';
import { readWorld, type World, type WorldSources } from './world.ts';

export type OverrideSources = OfferSources & WorldSources & { readonly engine: EngineThread };

/** What the decision would cost: the engine plans with it, and nothing is kept. */
export async function previewOverride(
  sources: OverrideSources,
  actor: Actor,
  asked: NewOverride,
): Promise<OverridePreview | Refusal> {
  const { kernel, engine } = sources;
  const { networkId } = actor;
  const now = kernel.clock.now();
  const world = await kernel.db.transaction({ kind: 'network', networkId }, (tx) =>
    readWorld(tx, sources, networkId, now),
  );
  const line = world.lines.find(({ id }) => id === asked.lineId);
  if (!line) return notFound('order line');
  const draft = draftIn(world, line, asked);
  if (isRefusal(draft)) return draft;
  const decided: World = { ...world, overrides: withDraft(world.overrides, line, draft, actor, asked, now) };
  const decision = await decideOrRefuse(engine, decided, line.id);
  if (isRefusal(decision)) return decision;
  const found = decision ? outcomes(decided, decision) : [];
  const unplaced = found.find(({ lineId }) => lineId === line.id)?.unplaced ?? 0;
  return {
    feasible: unplaced === 0,
    reason: unplaced === 0 ? null : unplacedReason(decision, line.id),
    ...comparePlans(world, decision, found),
    changes: decision ? planChanges(decided, found, decision.taken, 'override') : [],
  };
}

/** A decision that contradicts another is refused with the contradiction's words. */
async function decideOrRefuse(
  engine: EngineThread,
  world: World,
  lineId: string,
): Promise<Decision | undefined | Refusal> {
  try {
    return await decide(engine, world, { trigger: 'override', decidedLines: [lineId] });
  } catch (error) {
    if (error instanceof ImpossibleTask) return contradiction(error);
    throw error;
  }
}

function unplacedReason(decision: Decision | undefined, lineId: string): string {
  const unplaced = decision?.result.plan.unplaced.find((one) => one.lineId === lineId);
  return unplaced?.reasons[0] ?? 'no-capacity-in-horizon';
}

/** Records the decision and plans at once; what the run cannot do now, the next ones try again. */
export async function recordOverride(
  sources: OverrideSources,
  actor: Actor,
  asked: NewOverride,
): Promise<readonly StoredAllocation[] | Refusal> {
  const { kernel, planner } = sources;
  const { networkId } = actor;
  const scope = { kind: 'network', networkId } as const;
  const recorded = await kernel.db.transaction(scope, (tx) => record(tx, sources, actor, asked));
  if (isRefusal(recorded)) return recorded;
  // A run that is busy elsewhere is no failure of the decision: its request waits for the next turn.
  await planner.plan(networkId);
  return kernel.db.transaction(scope, async (tx) => {
    await showLocks(tx, networkId, asked.lineId);
    return listActiveOfLines(tx, networkId, [asked.lineId]);
  });
}

async function record(
  tx: Tx,
  sources: OverrideSources,
  actor: Actor,
  asked: NewOverride,
): Promise<Refusal | undefined> {
  const { kernel, orders, registry, capacity } = sources;
  const { networkId } = actor;
  const now = kernel.clock.now();
  await capacity.lockPlan(tx, networkId);
  const line = await orders.lockLine(tx, asked.lineId);
  if (!line) return notFound('order line');
  if (line.state === 'cancelled' || line.state === 'received') {
    return refuse('line-closed', 409, 'The line is closed; nothing can be decided about it any more.', {
      values: { state: line.state },
    });
  }
  const active = await listActiveOfLines(tx, networkId, [line.id]);
  const inForce = (await listInForce(tx, networkId)).get(line.id) ?? [];
  const directory = await registry.directory(networkId);
  const draft = draftOverride(asked, line, active, inForce, directory);
  if (isRefusal(draft)) return draft;
  await releaseOverrides(
    tx,
    networkId,
    draft.replaced.map(({ id }) => id),
    now,
  );
  const detail = {
    lock: asked.lock,
    reason: asked.reason,
    site: asked.siteId === undefined ? null : (directory.site(asked.siteId)?.name ?? null),
    quantity: asked.quantity ?? null,
    finishAt: asked.finishAt ?? null,
  };
  for (const fresh of toRows(draft, line, actor, asked, now)) {
    await insertOverride(tx, networkId, { ...fresh, id: kernel.ids() });
  }
  await showLocks(tx, networkId, line.id);
  await orders.recordStep(tx, {
    networkId,
    orderId: line.orderId,
    lineId: line.id,
    kind: 'override',
    actor: actor.label,
    siteName: detail.site,
    quantity: asked.quantity ?? null,
    detail,
    evidence: `/api/v3/overrides?lineId=${line.id}`,
    at: now,
  });
  await kernel.bus.publish(tx, networkId, 'override-recorded', {
    lineId: line.id,
    orderId: line.orderId,
    lock: asked.lock,
    siteId: asked.siteId ?? null,
    reason: asked.reason,
    by: actor.label,
  });
  await recordAudit(tx, actor, {
    action: 'override.record',
    subject: line.id,
    detail: { orderNo: line.orderNo, lineNo: line.lineNo, ...detail },
  });
  await sources.planner.request(tx, networkId, 'override', line.id);
  return undefined;
}

function draftIn(world: World, line: StoredLine, asked: NewOverride): OverrideDraft | Refusal {
  const active = world.allocations.filter(({ lineId }) => lineId === line.id);
  return draftOverride(asked, line, active, world.overrides.get(line.id) ?? [], world.directory);
}

function withDraft(
  overrides: World['overrides'],
  line: StoredLine,
  draft: OverrideDraft,
  actor: Actor,
  asked: NewOverride,
  now: number,
): World['overrides'] {
  const replaced = new Set(draft.replaced.map(({ id }) => id));
  const kept = (overrides.get(line.id) ?? []).filter(({ id }) => !replaced.has(id));
  const fresh = toRows(draft, line, actor, asked, now).filter(({ lock }) => lock !== 'none');
  const changed = new Map(overrides);
  const mine = [...kept, ...fresh.map((one): StoredOverride => ({ ...one, id: line.id }))];
  if (mine.length > 0) changed.set(line.id, mine);
  else changed.delete(line.id);
  return changed;
}

function toRows(
  draft: OverrideDraft,
  line: StoredLine,
  actor: Actor,
  asked: NewOverride,
  now: number,
): Omit<StoredOverride, 'id'>[] {
  return draft.fresh.map((one) => ({
    ...one,
    lineId: line.id,
    orderId: line.orderId,
    reason: asked.reason,
    recordedBy: actor.label,
    recordedAt: now,
    releasedAt: null,
  }));
}

/** The allocations of a line show what has been decided about them. */
async function showLocks(tx: Tx, networkId: string, lineId: string): Promise<void> {
  const inForce = (await listInForce(tx, networkId)).get(lineId) ?? [];
  for (const allocation of await listActiveOfLines(tx, networkId, [lineId], true)) {
    const mine = inForce.filter(({ siteId }) => siteId === null || siteId === allocation.siteId);
    // The narrowest decision names the lock: a quantity also fixes the site, a site leaves the date free.
    const lock = (['quantity', 'site', 'date'] as const).find((kind) =>
      mine.some((one) => one.lock === kind),
    );
    if ((lock ?? 'none') !== allocation.lock) await setLock(tx, allocation, lock ?? 'none');
  }
}
