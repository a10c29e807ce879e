import type { OrderStep } from '@millrace/contract';
import { type Actor, recordAudit, scopeOf, systemActor } from '../access/index.ts';
import type { Capacity } from '../capacity/index.ts';
import { isRefusal, type Kernel, notFound, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import type { Orders } from '../orders/index.ts';
import type { Registry } from '../registry/index.ts';
import { type AllocationAct, nextState } from './allocation.ts';
import type { StoredAllocation } from './matching.ts';
import { about, lastArrival } from './offer-news.ts';
import type { Planner } from './planner.ts';
import { groupByLine } from './snapshot-input.ts';
import {
  findAllocation,
  listActiveOfLines,
  listExpired,
  lockAllocations,
  setState,
  setStates,
} from './store-allocation.ts';

/** Wall time between looks for offers whose time is over. */
const EXPIRY_TURN_MS = 1_000;
/** Expired at once; more wait for the next look. */
const EXPIRY_BATCH = 200;

export interface OfferSources {
  readonly kernel: Kernel;
  readonly registry: Registry;
  readonly capacity: Capacity;
  readonly orders: Orders;
  readonly planner: Planner;
}

/** Only what the actor may see can be answered; the answer itself moves the network's plan, so it runs in its scope. */
async function answerOffer(
  sources: OfferSources,
  actor: Actor,
  id: string,
  movesPlan: boolean,
  act: (tx: Tx, offer: StoredAllocation) => Promise<StoredAllocation | Refusal>,
): Promise<StoredAllocation | Refusal> {
  const { db } = sources.kernel;
  const seen = await db.transaction(scopeOf(actor), (tx) => findAllocation(tx, id));
  if (!seen) return notFound('allocation');
  if (actor.organisationKind !== 'operator' && seen.factoryOrganisationId !== actor.organisationId) {
    return refuse('not-your-offer', 403, 'Only the factory that was asked can answer this offer.');
  }
  return db.transaction({ kind: 'network', networkId: actor.networkId }, async (tx) => {
    // Plan before allocation, as everywhere: whoever holds the second never waits for the first.
    if (movesPlan) await sources.capacity.lockPlan(tx, actor.networkId);
    const offer = await findAllocation(tx, id, true);
    return offer ? act(tx, offer) : notFound('allocation');
  });
}

export function acceptOffer(
  sources: OfferSources,
  actor: Actor,
  id: string,
): Promise<StoredAllocation | Refusal> {
  return answerOffer(sources, actor, id, false, async (tx, offer) => {
    const state = nextState(offer.state, 'accept');
    if (isRefusal(state)) return state;
    await setState(tx, offer, state, { at: sources.kernel.clock.now() });
    await recordStep(tx, sources, offer, 'accepted', actor.label, {});
    await sources.kernel.bus.publish(tx, offer.networkId, 'allocation-accepted', {
      ...about(offer),
      by: actor.label,
    });
    await recordAudit(tx, actor, {
      action: 'allocation.accept',
      subject: offer.id,
      detail: { orderNo: offer.orderNo, lineNo: offer.lineNo, quantity: offer.quantity },
    });
    return { ...offer, state };
  });
}

export function declineOffer(
  sources: OfferSources,
  actor: Actor,
  id: string,
  reason: string,
  note: string | undefined,
): Promise<StoredAllocation | Refusal> {
  return answerOffer(sources, actor, id, true, async (tx, offer) => {
    const state = nextState(offer.state, 'decline');
    if (isRefusal(state)) return state;
    const no = await giveBack(tx, sources, offer.networkId, [offer], 'decline', reason);
    if (no) return no;
    const detail = { reason, ...(note === undefined ? {} : { note }) };
    await recordStep(tx, sources, offer, 'declined', actor.label, detail);
    await sources.kernel.bus.publish(tx, offer.networkId, 'allocation-declined', { ...about(offer), reason });
    await recordAudit(tx, actor, {
      action: 'allocation.decline',
      subject: offer.id,
      detail: { orderNo: offer.orderNo, lineNo: offer.lineNo, ...detail },
    });
    await sources.planner.request(tx, offer.networkId, 'allocation-declined', offer.lineId);
    return { ...offer, state };
  });
}

/** Offers that nobody answered: the site is not asked again for this line, and the line is planned anew. */
export function watchExpiry(sources: OfferSources): void {
  const { kernel } = sources;
  kernel.ticker.every('matching-expiry', EXPIRY_TURN_MS, async () => {
    const now = kernel.clock.now();
    const expired = await kernel.db.transaction({ kind: 'platform' }, (tx) =>
      listExpired(tx, now, EXPIRY_BATCH),
    );
    for (const [networkId, offers] of Map.groupBy(expired, (offer) => offer.networkId)) {
      const ids = offers.map(({ id }) => id);
      if (!(await expireOffers(sources, networkId, ids, now))) continue;
      // One of them cannot end so; the others need not wait for it.
      for (const id of ids) {
        const no = await expireOffers(sources, networkId, [id], now);
        if (no) kernel.log.error({ networkId, allocationId: id, code: no.code }, 'offer cannot expire');
      }
    }
  });
}

function expireOffers(
  sources: OfferSources,
  networkId: string,
  ids: readonly string[],
  now: number,
): Promise<Refusal | undefined> {
  const { kernel, capacity, planner } = sources;
  return kernel.db.transaction({ kind: 'network', networkId }, async (tx) => {
    await capacity.lockPlan(tx, networkId);
    const offers = (await lockAllocations(tx, networkId, ids)).filter(
      ({ state, offerExpiresAt }) => state === 'offered' && (offerExpiresAt ?? Infinity) <= now,
    );
    if (offers.length === 0) return undefined;
    const no = await giveBack(tx, sources, networkId, offers, 'expire', 'no-answer');
    if (no) return no;
    const { label } = systemActor(networkId);
    await recordSteps(tx, sources, offers, 'declined', label, { reason: 'no-answer' });
    await kernel.bus.publishAll(
      tx,
      networkId,
      offers.map((offer) => ({ kind: 'allocation-expired', payload: about(offer) })),
    );
    await planner.request(tx, networkId, 'allocation-expired');
    return undefined;
  });
}

/** Frees the machines and gives the pieces back to the lines. The plan is locked by the caller. */
export async function giveBack(
  tx: Tx,
  { kernel, capacity, orders }: Pick<OfferSources, 'kernel' | 'capacity' | 'orders'>,
  networkId: string,
  allocations: readonly StoredAllocation[],
  act: AllocationAct,
  reason: string,
): Promise<Refusal | undefined> {
  const next: Pick<StoredAllocation, 'id' | 'state'>[] = [];
  for (const allocation of allocations) {
    const state = nextState(allocation.state, act);
    if (isRefusal(state)) return state;
    next.push({ id: allocation.id, state });
  }
  const now = kernel.clock.now();
  await setStates(tx, networkId, next, { at: now, reason });
  // What has been worked stays on the record; only the time ahead can be sold again.
  await capacity.release(
    tx,
    networkId,
    allocations.map(({ id }) => id),
    now,
  );
  const no = await orders.addQuantities(
    tx,
    networkId,
    allocations.map(({ lineId, quantity }) => ({ lineId, deltas: { allocated: -quantity } })),
  );
  if (no) return no;
  await tellForecasts(
    tx,
    orders,
    networkId,
    allocations.map(({ lineId }) => lineId),
  );
  return undefined;
}

/** Arrival of the last part of each line that still stands. */
export async function tellForecasts(
  tx: Tx,
  orders: Orders,
  networkId: string,
  lineIds: readonly string[],
): Promise<void> {
  const ids = [...new Set(lineIds)];
  const active = groupByLine(await listActiveOfLines(tx, networkId, ids));
  await orders.setAllProjected(
    tx,
    ids.map((lineId) => ({ lineId, at: lastArrival(active.get(lineId) ?? []) })),
  );
}

export function recordStep(
  tx: Tx,
  sources: Pick<OfferSources, 'kernel' | 'registry' | 'orders'>,
  allocation: StoredAllocation,
  kind: OrderStep['kind'],
  actor: string,
  detail: Readonly<Record<string, unknown>>,
): Promise<void> {
  return recordSteps(tx, sources, [allocation], kind, actor, detail);
}

/** One step for each, all of one network. */
async function recordSteps(
  tx: Tx,
  { kernel, registry, orders }: Pick<OfferSources, 'kernel' | 'registry' | 'orders'>,
  allocations: readonly StoredAllocation[],
  kind: OrderStep['kind'],
  actor: string,
  detail: Readonly<Record<string, unknown>>,
): Promise<void> {
  const [first] = allocations;
  if (!first) return;
  const directory = await registry.directory(first.networkId);
  const at = kernel.clock.now();
  await orders.recordSteps(
    tx,
    allocations.map(({ networkId, orderId, lineId, siteId, quantity }) => ({
      networkId,
      orderId,
      lineId,
      kind,
      actor,
      siteName: directory.site(siteId)?.name ?? null,
      quantity,
      detail,
      evidence: `/api/v3/allocations?lineId=${lineId}`,
      at,
    })),
  );
}
