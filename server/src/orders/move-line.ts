import { assert, isRefusal, type Kernel, notFound, type Refusal, type Tx } from '../kernel/index.ts';
import { applyDeltas, nextLineState, orderState } from './order-line.ts';
import type { LineDeltas, StoredLine } from './orders.ts';
import { findLine, insertStep, lineStates, lockOrderState, updateLine, updateOrderState } from './store.ts';

export async function moveLine(
  kernel: Kernel,
  tx: Tx,
  networkId: string,
  lineId: string,
  deltas: LineDeltas,
): Promise<Refusal | undefined> {
  const line = await findLine(tx, networkId, lineId, true);
  if (!line) return notFound('order line');
  const next = applyDeltas(line.state, line, deltas);
  if (isRefusal(next)) return next;
  const state = nextLineState(line.state, next);
  if (isRefusal(state)) return state;
  await updateLine(tx, networkId, lineId, next, state, state === 'received' ? kernel.clock.now() : null);
  if (state !== line.state) await settleOrder(kernel, tx, networkId, line.orderId, line);
  return undefined;
}

/** The order follows its lines. Its row is locked after theirs, everywhere, so that nobody waits in a circle. */
export async function settleOrder(
  kernel: Kernel,
  tx: Tx,
  networkId: string,
  orderId: string,
  { orderNo, buyerOrganisationId }: Pick<StoredLine, 'orderNo' | 'buyerOrganisationId'>,
): Promise<void> {
  const from = await lockOrderState(tx, networkId, orderId);
  assert(from, `order ${orderId} of a line exists`);
  const to = orderState(from, await lineStates(tx, networkId, orderId));
  if (to === from) return;
  await updateOrderState(tx, networkId, orderId, to);
  if (to !== 'closed') return;
  await insertStep(tx, buyerOrganisationId, {
    networkId,
    orderId,
    lineId: null,
    at: kernel.clock.now(),
    kind: 'closed',
    actor: 'millrace',
    evidence: `/api/v3/orders/${orderId}`,
  });
  await kernel.bus.publish(tx, networkId, 'order-closed', { orderId, orderNo });
}
