import type { AnyEvent, Tx } from '../kernel/index.ts';
import type { Shop } from './execution.ts';
import { recordRecall, trim } from './recall.ts';
import { operationsOf, ordersOfLines, productionOrder, productionOrderOfAllocation } from './store.ts';
import type { ProductionOrderRow } from './view.ts';

type Withdrawal = AnyEvent<'order-cancelled' | 'allocation-withdrawn' | 'allocation-recalled'>;

/** What is taken from a site is no longer made there; what was made already is finished as a smaller order. */
export async function withdraw(shop: Shop, tx: Tx, event: Withdrawal): Promise<void> {
  if (event.kind === 'order-cancelled') {
    for (const { id } of await ordersOfLines(tx, event.networkId, event.payload.lineIds)) {
      const order = await productionOrder(tx, id, 'lock');
      if (order) await stop(shop, tx, order, 'cancelled');
    }
    return;
  }
  const order = await productionOrderOfAllocation(tx, event.networkId, event.payload.allocationId);
  if (!order) return;
  if (event.kind === 'allocation-withdrawn') {
    await stop(shop, tx, order, 'recalled');
    return;
  }
  const { keptQuantity, recalledQuantity, reason } = event.payload;
  // Cut already when the recall came from here; otherwise somebody upstream took it back.
  if (isOpen(order) && (keptQuantity === 0 || order.quantity > keptQuantity)) {
    const operations = await operationsOf(tx, order.network_id, [order.id]);
    await trim(shop, tx, order, operations, keptQuantity, new Set(operations.map(({ id }) => id)));
  }
  await recordRecall(shop, tx, order, recalledQuantity, reason);
}

const isOpen = ({ state }: ProductionOrderRow): boolean => state === 'released' || state === 'running';

async function stop(
  shop: Shop,
  tx: Tx,
  order: ProductionOrderRow,
  end: 'recalled' | 'cancelled',
): Promise<void> {
  if (!isOpen(order)) return;
  const operations = await operationsOf(tx, order.network_id, [order.id]);
  const good = operations.reduce((sum, { good_quantity }) => sum + good_quantity, 0);
  await trim(shop, tx, order, operations, good, new Set(operations.map(({ id }) => id)), end);
}
