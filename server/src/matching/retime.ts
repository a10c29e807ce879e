import type { NewReservation } from '../capacity/index.ts';
import { isRefusal, notFound, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import { ACTIVE_STATES } from './allocation.ts';
import type { Retimed, StoredAllocation } from './matching.ts';
import { lastArrival } from './offer-news.ts';
import type { OfferSources } from './offers.ts';
import { groupByLine } from './snapshot-input.ts';
import { listActiveOfLines, lockAllocations, moveAllocations } from './store-allocation.ts';

/**
 * The same work at the same site, at another time: the factory arranges its own day. Quantity, price and promise stay. A
 * finish that the operator has locked is not moved back.
 */
export async function retime(
  tx: Tx,
  { kernel, capacity, orders }: Pick<OfferSources, 'kernel' | 'capacity' | 'orders'>,
  networkId: string,
  fromMs: number,
  retimed: readonly Retimed[],
): Promise<Refusal | undefined> {
  // Plan before lines before allocations, as everywhere.
  await capacity.lockPlan(tx, networkId);
  const lineIds = [...new Set(retimed.map(({ lineId }) => lineId))];
  await orders.lockLines(tx, networkId, lineIds);
  const ids = retimed.map(({ allocationId }) => allocationId);
  const found = new Map((await lockAllocations(tx, networkId, ids)).map((one) => [one.id, one]));
  const moved: StoredAllocation[] = [];
  for (const wish of retimed) {
    const next = moveOne(found.get(wish.allocationId), wish);
    if (isRefusal(next)) return next;
    moved.push(next);
  }
  await capacity.release(tx, networkId, ids, fromMs);
  await moveAllocations(tx, networkId, moved);
  const refused = await capacity.reserve(
    tx,
    networkId,
    retimed.flatMap(({ allocationId, held }) =>
      held.map((span): NewReservation => ({ ...span, id: kernel.ids(), allocationId })),
    ),
  );
  if (refused) return refused;
  const standing = groupByLine(await listActiveOfLines(tx, networkId, lineIds));
  await orders.setAllProjected(
    tx,
    lineIds.map((lineId) => ({ lineId, at: lastArrival(standing.get(lineId) ?? []) })),
  );
  return undefined;
}

function moveOne(allocation: StoredAllocation | undefined, { subLots }: Retimed): StoredAllocation | Refusal {
  if (!allocation) return notFound('allocation');
  if (allocation.state === 'offered' || !(ACTIVE_STATES as readonly string[]).includes(allocation.state)) {
    return refuse('allocation-not-open', 409, `The allocation is ${allocation.state}; it cannot be moved.`, {
      values: { state: allocation.state, act: 'retime' },
    });
  }
  const finishAt = Math.max(...subLots.map(({ endAt }) => endAt));
  if (allocation.lock === 'date' && finishAt > allocation.finishAt) {
    const detail = `The operator has locked the date of ${allocation.orderNo}; it cannot finish later.`;
    return refuse('date-locked', 409, detail, { values: { orderNo: allocation.orderNo } });
  }
  return {
    ...allocation,
    subLots,
    startAt: Math.min(...subLots.map(({ startAt }) => startAt)),
    finishAt,
    // The way to the buyer takes as long as it did.
    arriveAt: finishAt + allocation.arriveAt - allocation.finishAt,
  };
}
