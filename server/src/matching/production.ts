import { isRefusal, notFound, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import { nextState } from './allocation.ts';
import type { StoredAllocation } from './matching.ts';
import { about, withdrawn } from './offer-news.ts';
import { giveBack, type OfferSources, recordStep, tellForecasts } from './offers.ts';
import { findAllocation, listActiveOfLines, setState, setStates } from './store-allocation.ts';

/** What execution tells about an allocation that a factory has accepted. Network scope. */

export async function startProduction(tx: Tx, allocationId: string): Promise<Refusal | undefined> {
  const allocation = await findAllocation(tx, allocationId, true);
  if (!allocation) return notFound('allocation');
  if (allocation.state === 'in-production') return undefined;
  const state = nextState(allocation.state, 'start');
  if (isRefusal(state)) return state;
  await setState(tx, allocation, state);
  return undefined;
}

export async function completeAllocation(
  tx: Tx,
  sources: OfferSources,
  allocationId: string,
  goodQuantity: number,
): Promise<Refusal | undefined> {
  const allocation = await lockWithPlan(tx, sources, allocationId);
  if (isRefusal(allocation)) return allocation;
  const state = nextState(allocation.state, 'complete');
  if (isRefusal(state)) return state;
  // Nothing came of it at all: that is a recall, whatever it is called.
  if (goodQuantity <= 0) return takeBack(tx, sources, allocation, 0, 'nothing-produced');
  const { networkId, lineId, quantity } = allocation;
  const missing = Math.max(0, quantity - goodQuantity);
  const now = sources.kernel.clock.now();
  await setState(tx, allocation, state, { quantity: quantity - missing });
  await sources.capacity.release(tx, networkId, [allocationId], now);
  if (missing === 0) return undefined;
  const no = await sources.orders.addLineQuantities(tx, networkId, lineId, { allocated: -missing });
  if (no) return no;
  await sources.planner.request(tx, networkId, 'delay', lineId);
  return undefined;
}

export async function recall(
  tx: Tx,
  sources: OfferSources,
  allocationId: string,
  keptQuantity: number,
  reason: string,
): Promise<Refusal | undefined> {
  const allocation = await lockWithPlan(tx, sources, allocationId);
  return isRefusal(allocation) ? allocation : takeBack(tx, sources, allocation, keptQuantity, reason);
}

async function lockWithPlan(
  tx: Tx,
  { capacity }: OfferSources,
  allocationId: string,
): Promise<StoredAllocation | Refusal> {
  const seen = await findAllocation(tx, allocationId);
  if (!seen) return notFound('allocation');
  // Plan before allocation, as everywhere.
  await capacity.lockPlan(tx, seen.networkId);
  return (await findAllocation(tx, allocationId, true)) ?? notFound('allocation');
}

async function takeBack(
  tx: Tx,
  sources: OfferSources,
  allocation: StoredAllocation,
  keptQuantity: number,
  reason: string,
): Promise<Refusal | undefined> {
  const { kernel, capacity, orders, planner } = sources;
  const { networkId, lineId, quantity } = allocation;
  const recalledQuantity = quantity - keptQuantity;
  const recalled = nextState(allocation.state, 'recall');
  if (isRefusal(recalled)) return recalled;
  if (keptQuantity < 0 || recalledQuantity <= 0) {
    return refuse('nothing-to-recall', 409, 'All of the allocation is already produced.', {
      values: { quantity, keptQuantity },
    });
  }
  if (keptQuantity === 0) {
    const no = await giveBack(tx, sources, networkId, [allocation], 'recall', reason);
    if (no) return no;
  } else {
    await setState(tx, allocation, allocation.state, { quantity: keptQuantity, reason });
    await capacity.release(tx, networkId, [allocation.id], kernel.clock.now());
    const no = await orders.addLineQuantities(tx, networkId, lineId, { allocated: -recalledQuantity });
    if (no) return no;
    await tellForecasts(tx, orders, networkId, [lineId]);
  }
  const taken = { ...allocation, quantity: recalledQuantity };
  await recordStep(tx, sources, taken, 'recalled', 'millrace', { reason, keptQuantity });
  await kernel.bus.publish(tx, networkId, 'allocation-recalled', {
    ...about(allocation),
    recalledQuantity,
    keptQuantity,
    reason,
  });
  await planner.request(tx, networkId, reason === 'machine-down' ? 'breakdown' : 'delay', lineId);
  return undefined;
}

/** The buyer has called the lines off: what is not finished ends here, and its machines are free again. */
export async function cancelLines(
  tx: Tx,
  { kernel, capacity }: OfferSources,
  networkId: string,
  lineIds: readonly string[],
): Promise<void> {
  await capacity.lockPlan(tx, networkId);
  const now = kernel.clock.now();
  const ended: StoredAllocation[] = [];
  for (const allocation of await listActiveOfLines(tx, networkId, lineIds, true)) {
    const state = nextState(allocation.state, 'cancel');
    if (!isRefusal(state)) ended.push({ ...allocation, state });
  }
  await setStates(tx, networkId, ended, { at: now, reason: 'order-cancelled' });
  await capacity.release(
    tx,
    networkId,
    ended.map(({ id }) => id),
    now,
  );
  await kernel.bus.publishAll(
    tx,
    networkId,
    ended.map((allocation) => withdrawn(allocation, 'order-cancelled')),
  );
}
