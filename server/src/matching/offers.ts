import type { OrderStep } from '@millrace/contract';
import { type Actor, recordAudit, scopeOf, systemActor } from '../access/index.ts';
import type { Capacity } from '../capacity/index.ts';
import { isRefusal, type Kernel, notFound, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import type { Orders } from '../orders/index.ts';
import type { Registry } from '../registry/index.ts';
import { type AllocationAct, nextState } from './allocation.ts';
import type { StoredAllocation } from './matching.ts';
import type { Planner } from './planner.ts';
import { findAllocation, listActiveOfLines, listExpired, setState } from './store-allocation.ts';

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
    const no = await giveBack(tx, sources, offer, 'decline', reason);
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
  const { kernel, capacity } = sources;
  kernel.ticker.every('matching-expiry', EXPIRY_TURN_MS, async () => {
    const now = kernel.clock.now();
    const expired = await kernel.db.transaction({ kind: 'platform' }, (tx) =>
      listExpired(tx, now, EXPIRY_BATCH),
    );
    for (const { networkId, id } of expired) {
      await kernel.db.transaction({ kind: 'network', networkId }, async (tx) => {
        await capacity.lockPlan(tx, networkId);
        const offer = await findAllocation(tx, id, true);
        if (offer?.state !== 'offered' || (offer.offerExpiresAt ?? Infinity) > now) return;
        if (await giveBack(tx, sources, offer, 'expire', 'no-answer')) return;
        const { label } = systemActor(networkId);
        await recordStep(tx, sources, offer, 'declined', label, { reason: 'no-answer' });
        await kernel.bus.publish(tx, networkId, 'allocation-expired', about(offer));
        await sources.planner.request(tx, networkId, 'allocation-expired', offer.lineId);
      });
    }
  });
}

/** Frees the machines and gives the pieces back to the line. The plan is locked by the caller. */
export async function giveBack(
  tx: Tx,
  { kernel, capacity, orders }: Pick<OfferSources, 'kernel' | 'capacity' | 'orders'>,
  allocation: StoredAllocation,
  act: AllocationAct,
  reason: string,
): Promise<Refusal | undefined> {
  const state = nextState(allocation.state, act);
  if (isRefusal(state)) return state;
  const { networkId, id, lineId, quantity } = allocation;
  const now = kernel.clock.now();
  await setState(tx, allocation, state, { at: now, reason });
  // What has been worked stays on the record; only the time ahead can be sold again.
  await capacity.release(tx, networkId, id, allocation.startAt < now ? now : undefined);
  const no = await orders.addLineQuantities(tx, networkId, lineId, { allocated: -quantity });
  if (no) return no;
  await tellForecast(tx, orders, networkId, lineId);
  return undefined;
}

/** Arrival of the last part that still stands. */
export async function tellForecast(tx: Tx, orders: Orders, networkId: string, lineId: string): Promise<void> {
  const active = await listActiveOfLines(tx, networkId, [lineId]);
  const arriveAt = active.reduce((latest, one) => Math.max(latest, one.arriveAt), 0);
  await orders.setProjected(tx, lineId, arriveAt > 0 ? arriveAt : null);
}

export const about = ({
  id,
  lineId,
  orderId,
  siteId,
}: StoredAllocation): { allocationId: string; lineId: string; orderId: string; siteId: string } => ({
  allocationId: id,
  lineId,
  orderId,
  siteId,
});

export async function recordStep(
  tx: Tx,
  { kernel, registry, orders }: Pick<OfferSources, 'kernel' | 'registry' | 'orders'>,
  allocation: StoredAllocation,
  kind: OrderStep['kind'],
  actor: string,
  detail: Readonly<Record<string, unknown>>,
  quantity = allocation.quantity,
): Promise<void> {
  const { networkId, orderId, lineId, siteId } = allocation;
  const directory = await registry.directory(networkId);
  await orders.recordStep(tx, {
    networkId,
    orderId,
    lineId,
    kind,
    actor,
    siteName: directory.site(siteId)?.name ?? null,
    quantity,
    detail,
    evidence: `/api/v3/allocations?lineId=${lineId}`,
    at: kernel.clock.now(),
  });
}
