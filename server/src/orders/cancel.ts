import type { Actor } from '../access/index.ts';
import { isRefusal, type Kernel, notFound, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import { settleOrder } from './move-line.ts';
import { cancellable, isClosed, nextLineState } from './order-line.ts';
import { insertStep, lockLinesOf, updateLine, updateProjected } from './store.ts';

/** Calls off what is not produced yet; what is already made is still delivered. */
export async function cancelOrder(
  kernel: Kernel,
  tx: Tx,
  actor: Actor,
  orderId: string,
  reason: string,
): Promise<Refusal | undefined> {
  const { networkId } = actor;
  const lines = await lockLinesOf(tx, networkId, orderId);
  const [head] = lines;
  if (!head) return notFound('order');
  const open = lines.filter((line) => !isClosed(line.state) && cancellable(line) > 0);
  if (open.length === 0) {
    return refuse(
      'nothing-to-cancel',
      409,
      'Everything of this order is produced, delivered or cancelled already.',
    );
  }
  const at = kernel.clock.now();
  for (const line of open) {
    const off = cancellable(line);
    const next = { ...line, cancelledQuantity: line.cancelledQuantity + off };
    const state = nextLineState(line.state, next);
    if (isRefusal(state)) return state;
    await updateLine(tx, networkId, line.id, next, state, null);
    // Nothing arrives any more; a forecast would be a promise nobody keeps.
    if (state === 'cancelled') await updateProjected(tx, networkId, line.id, null);
    await insertStep(tx, head.buyerOrganisationId, {
      networkId,
      orderId,
      lineId: line.id,
      at,
      kind: 'cancelled',
      actor: actor.label,
      quantity: off,
      detail: { reason },
      evidence: `/api/v3/orders/${orderId}`,
    });
  }
  await kernel.bus.publish(tx, networkId, 'order-cancelled', {
    orderId,
    orderNo: head.orderNo,
    lineIds: open.map((line) => line.id),
  });
  await settleOrder(kernel, tx, networkId, orderId, head);
  return undefined;
}
