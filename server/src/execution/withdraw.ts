import type { AnyEvent, Tx } from '../kernel/index.ts';
import type { Shop } from './execution.ts';
import { trim } from './recall.ts';
import { operationsOf, productionOrderOfAllocation } from './store.ts';
import type { ProductionOrderRow } from './view.ts';

type Withdrawal = AnyEvent<'allocation-withdrawn' | 'allocation-recalled'>;

/** What is taken from a site is no longer made there; what was made already is finished as a smaller order. */
export async function withdraw(shop: Shop, tx: Tx, event: Withdrawal): Promise<void> {
  const order = await productionOrderOfAllocation(tx, event.networkId, event.payload.allocationId);
  if (!order || !isOpen(order)) return;
  if (event.kind === 'allocation-withdrawn') {
    const end = event.payload.reason === 'order-cancelled' ? 'cancelled' : 'recalled';
    // Pieces that the order line does not know of yet came too late for it.
    await cut(shop, tx, order, order.told_quantity, end);
    return;
  }
  const { keptQuantity } = event.payload;
  // Cut already when the recall came from here; otherwise somebody upstream took it back.
  if (keptQuantity === 0 || order.quantity > keptQuantity)
    await cut(shop, tx, order, keptQuantity, 'recalled');
}

const isOpen = ({ state }: ProductionOrderRow): boolean => state === 'released' || state === 'running';

async function cut(
  shop: Shop,
  tx: Tx,
  order: ProductionOrderRow,
  kept: number,
  end: 'recalled' | 'cancelled',
): Promise<void> {
  const operations = await operationsOf(tx, order.network_id, [order.id]);
  await trim(shop, tx, order, operations, kept, new Set(operations.map(({ id }) => id)), end);
}
