import type { Actor } from '../access/index.ts';
import { isRefusal, type Kernel, notFound, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import { settleOrders } from './move-lines.ts';
import { cancellable, isClosed, nextLineState } from './order-line.ts';
import { insertSteps, lockLinesOf, type MovedLine, updateLines, updateProjected } from './store.ts';

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
  const moved: MovedLine[] = [];
  for (const line of open) {
    const quantities = { ...line, cancelledQuantity: line.cancelledQuantity + cancellable(line) };
    const state = nextLineState(line.state, quantities);
    if (isRefusal(state)) return state;
    moved.push({ id: line.id, quantities, state, receivedAt: null });
  }
  await updateLines(tx, networkId, moved);
  // Nothing arrives any more; a forecast would be a promise nobody keeps.
  const ended = moved.filter(({ state }) => state === 'cancelled');
  await updateProjected(
    tx,
    networkId,
    ended.map(({ id: lineId }) => ({ lineId, at: null })),
  );
  const told = { networkId, orderId, at: kernel.clock.now(), actor: actor.label, detail: { reason } };
  await insertSteps(
    tx,
    open.map((line) => ({
      ...told,
      lineId: line.id,
      kind: 'cancelled',
      quantity: cancellable(line),
      evidence: `/api/v3/orders/${orderId}`,
    })),
  );
  await kernel.bus.publish(tx, networkId, 'order-cancelled', {
    orderId,
    orderNo: head.orderNo,
    lineIds: open.map((line) => line.id),
  });
  await settleOrders(kernel, tx, networkId, [orderId]);
  return undefined;
}
