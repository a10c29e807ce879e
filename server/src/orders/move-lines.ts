import { assert, isRefusal, type Kernel, notFound, type Refusal, type Tx } from '../kernel/index.ts';
import { applyDeltas, nextLineState, orderState } from './order-line.ts';
import type { LineMove } from './orders.ts';
import {
  insertSteps,
  type LineRow,
  lineStates,
  lockLines,
  lockOrders,
  updateLines,
  updateOrderStates,
} from './store.ts';

/** The rules run in memory over the locked rows; the database is asked a few times, whatever the number of lines. */
export async function moveLines(
  kernel: Kernel,
  tx: Tx,
  networkId: string,
  moves: readonly LineMove[],
): Promise<Refusal | undefined> {
  if (moves.length === 0) return undefined;
  const before = await lockLines(tx, networkId, [...new Set(moves.map(({ lineId }) => lineId))]);
  const after = new Map<string, LineRow>(before.map((line) => [line.id, line]));
  for (const { lineId, deltas } of moves) {
    const line = after.get(lineId);
    if (!line) return notFound('order line');
    const next = applyDeltas(line.state, line, deltas);
    if (isRefusal(next)) return next;
    const state = nextLineState(line.state, next);
    if (isRefusal(state)) return state;
    after.set(lineId, { ...line, ...next, state });
  }
  const at = kernel.clock.now();
  const moved = [...after.values()];
  await updateLines(
    tx,
    networkId,
    moved.map((line) => ({
      id: line.id,
      quantities: line,
      state: line.state,
      receivedAt: line.state === 'received' ? at : null,
    })),
  );
  const turned = before.filter(({ id, state }) => after.get(id)?.state !== state);
  await settleOrders(kernel, tx, networkId, [...new Set(turned.map(({ orderId }) => orderId))]);
  return undefined;
}

/** Orders follow their lines. Their rows are locked after the lines', everywhere, so that nobody waits in a circle. */
export async function settleOrders(
  kernel: Kernel,
  tx: Tx,
  networkId: string,
  orderIds: readonly string[],
): Promise<void> {
  if (orderIds.length === 0) return;
  const heads = await lockOrders(tx, networkId, orderIds);
  assert(heads.length === orderIds.length, 'the order of a line exists');
  const states = await lineStates(tx, networkId, orderIds);
  const turned = heads.flatMap((head) => {
    const state = orderState(head.state, states.get(head.id) ?? []);
    return state === head.state ? [] : [{ ...head, state }];
  });
  await updateOrderStates(tx, networkId, turned);
  const closed = turned.filter(({ state }) => state === 'closed');
  const at = kernel.clock.now();
  await insertSteps(
    tx,
    closed.map(({ id: orderId }) => ({
      networkId,
      orderId,
      lineId: null,
      at,
      kind: 'closed',
      actor: 'millrace',
      evidence: `/api/v3/orders/${orderId}`,
    })),
  );
  await kernel.bus.publishAll(
    tx,
    networkId,
    closed.map(({ id: orderId, orderNo }) => ({ kind: 'order-closed', payload: { orderId, orderNo } })),
  );
}
