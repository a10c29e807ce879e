import type { NewOrder, Order } from '@millrace/contract';
import type { Actor } from '../access/index.ts';
import { assert, isRefusal, type Kernel, type Refusal, refuse, type Tx } from '../kernel/index.ts';
import type { Registry } from '../registry/index.ts';
import { buyerOf, checkDates, type Draft, draftOf } from './draft.ts';
import { findOrder } from './store.ts';
import {
  findReferences,
  insertLines,
  insertOrders,
  insertSubmittedSteps,
  type NumberedDraft,
} from './store-submit.ts';

export interface OrderDesk {
  readonly kernel: Kernel;
  readonly registry: Registry;
}

export async function submitOne(
  desk: OrderDesk,
  tx: Tx,
  actor: Actor,
  fresh: NewOrder,
  orderNo: string,
): Promise<{ order: Order; created: boolean } | Refusal> {
  const buyer = await buyerOf(tx, actor, fresh.buyerOrganisationId);
  if (isRefusal(buyer)) return buyer;
  const draft = await draftOf(desk.registry, tx, buyer, fresh);
  if (isRefusal(draft)) return draft;
  const known = await sameReference(tx, actor.networkId, draft);
  if (isRefusal(known)) return known;
  if (known) return { order: await written(tx, actor.networkId, known), created: false };
  const wrong = checkDates(draft, desk.kernel.clock.now());
  if (wrong) return wrong;
  const channel = actor.kind === 'user' ? 'console' : 'api';
  const [placed] = await place(desk, tx, actor, [draft], [orderNo], channel);
  if (placed) return { order: await written(tx, actor.networkId, placed.id), created: true };
  // Somebody sent the same reference at the same moment and was faster; now it can be seen.
  const winner = await sameReference(tx, actor.networkId, draft);
  if (isRefusal(winner)) return winner;
  assert(winner, 'a reference that is taken has an order');
  return { order: await written(tx, actor.networkId, winner), created: false };
}

/** The order that already has the draft's reference; a refusal when it is about something else. */
async function sameReference(tx: Tx, networkId: string, draft: Draft): Promise<string | undefined | Refusal> {
  const found = await findReferences(tx, networkId, [draft.reference]);
  const known = found.find((one) => one.buyerOrganisationId === draft.buyer.id);
  if (!known || known.contentHash === draft.contentHash) return known?.id;
  return REFERENCE_REUSED;
}

export const REFERENCE_REUSED = refuse(
  'reference-reused',
  409,
  'There is already an order with this reference, and it orders something else.',
  { fields: [{ pointer: '/body/reference', message: 'belongs to another order' }] },
);

async function written(tx: Tx, networkId: string, id: string): Promise<Order> {
  const order = await findOrder(tx, networkId, id);
  assert(order, `order ${id} was written in this transaction`);
  return order;
}

/** Writes the drafts with their numbers, lines, steps and events; leaves out those whose reference was taken meanwhile. */
export async function place(
  { kernel }: OrderDesk,
  tx: Tx,
  actor: Actor,
  drafts: readonly Draft[],
  orderNos: readonly string[],
  channel: 'console' | 'api' | 'file',
): Promise<NumberedDraft[]> {
  if (drafts.length === 0) return [];
  const { networkId } = actor;
  const at = kernel.clock.now();
  const numbered = drafts.map((draft, index) => {
    const orderNo = orderNos[index];
    assert(orderNo, 'every draft has its number');
    return { ...draft, id: kernel.ids(), orderNo, lineIds: draft.lines.map(() => kernel.ids()) };
  });
  const inserted = await insertOrders(tx, networkId, channel, at, numbered);
  const placed = numbered.filter((draft) => inserted.has(draft.id));
  await insertLines(tx, networkId, at, placed);
  await insertSubmittedSteps(tx, networkId, at, actor.label, { channel }, placed);
  await kernel.bus.publishAll(
    tx,
    networkId,
    placed.map(({ id: orderId, orderNo: no, lineIds }) => ({
      kind: 'order-submitted',
      payload: { orderId, orderNo: no, lineIds: [...lineIds] },
    })),
  );
  return placed;
}
