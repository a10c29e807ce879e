import type { Tx } from '../kernel/index.ts';
import { endAssignment } from './count-machines.ts';
import type { Shop } from './execution.ts';
import { keptQuantity, RECALL_SLIP_MS } from './slip.ts';
import { operationsOf, updateOperation, updateProductionOrder } from './store.ts';
import type { OperationRow, ProductionOrderRow } from './view.ts';

/**
 * Gives the unproduced part of the operations that slip back to matching; the others go on with their machines. False when
 * it stays: the operator has locked it here, or there is nothing worth taking back.
 */
export async function recallSlipping(
  shop: Shop,
  tx: Tx,
  order: ProductionOrderRow,
  finishes: ReadonlyMap<string, number>,
): Promise<boolean> {
  const allocation = await shop.matching.allocation(tx, order.allocation_id);
  if (allocation?.lock !== 'none') return false;
  const operations = (await operationsOf(tx, order.network_id, [order.id])).filter(
    ({ state }) => state !== 'withdrawn',
  );
  const slipping = new Set(
    operations
      .filter((row) => (finishes.get(row.id) ?? 0) - row.planned_end >= RECALL_SLIP_MS)
      .map(({ id }) => id),
  );
  // Of several steps each piece needs all: there the order goes back as a whole, or not at all once something is made.
  if (operations.some(({ step_index }) => step_index > 0)) return false;
  const kept = keptQuantity(
    operations.map((row) => ({
      id: row.id,
      quantity: row.quantity,
      goodQuantity: row.good_quantity,
      slipping: slipping.has(row.id),
    })),
    order.minimum_shipment,
  );
  if (kept === undefined) return false;
  const reason = await recallReason(shop, tx, order.network_id, operations, slipping);
  const refusal = await shop.matching.recall(tx, order.network_id, order.allocation_id, kept, reason);
  if (refusal) {
    shop.kernel.log.info({ productionOrder: order.id, refusal: refusal.code }, 'not recalled');
    return false;
  }
  await keepOthersReserved(shop, tx, order, operations, slipping);
  await trim(shop, tx, order, operations, kept, slipping);
  return true;
}

async function recallReason(
  shop: Shop,
  tx: Tx,
  networkId: string,
  operations: readonly OperationRow[],
  slipping: ReadonlySet<string>,
): Promise<'machine-down' | 'delay'> {
  const nowMs = shop.kernel.clock.now();
  const machines = new Set(operations.filter(({ id }) => slipping.has(id)).map((row) => row.machine_id));
  const blocks = await shop.registry.listBlocks(tx, networkId, nowMs, nowMs + 1);
  return blocks.some(({ kind, machineId }) => kind === 'down' && machines.has(machineId))
    ? 'machine-down'
    : 'delay';
}

/** The recall freed all machines of the allocation; those that are on time go on and keep theirs. */
async function keepOthersReserved(
  shop: Shop,
  tx: Tx,
  order: ProductionOrderRow,
  operations: readonly OperationRow[],
  slipping: ReadonlySet<string>,
): Promise<void> {
  const nowMs = shop.kernel.clock.now();
  const rows = operations
    .filter(({ id, state, planned_end }) => !slipping.has(id) && state !== 'done' && planned_end > nowMs)
    .map((row) => ({
      id: shop.kernel.ids(),
      machineId: row.machine_id,
      allocationId: order.allocation_id,
      from: Math.max(nowMs, row.planned_start),
      to: row.planned_end,
      quantity: Math.max(1, row.quantity - row.good_quantity),
    }));
  if (rows.length === 0) return;
  const refusal = await shop.capacity.reserve(tx, order.network_id, rows);
  if (refusal)
    shop.kernel.log.warn({ productionOrder: order.id, refusal }, 'machines of a kept part are taken');
}

/**
 * Cuts a production order down to what stays with the site. With nothing left it ends; otherwise it is completed by the
 * next turn as soon as the pieces that stay are made.
 */
export async function trim(
  shop: Shop,
  tx: Tx,
  order: ProductionOrderRow,
  operations: readonly OperationRow[],
  kept: number,
  shrinking: ReadonlySet<string>,
  end: 'recalled' | 'cancelled' = 'recalled',
): Promise<void> {
  const nowMs = shop.kernel.clock.now();
  let surplus =
    kept -
    operations.reduce((sum, row) => sum + (shrinking.has(row.id) ? row.good_quantity : row.quantity), 0);
  for (const row of operations) {
    if (!shrinking.has(row.id) || row.state === 'done' || row.state === 'withdrawn') continue;
    const more = Math.max(0, Math.min(surplus, row.quantity - row.good_quantity));
    surplus -= more;
    if (more > 0) {
      await updateOperation(tx, row, { quantity: row.good_quantity + more });
      continue;
    }
    await updateOperation(tx, row, {
      quantity: row.good_quantity,
      state: row.good_quantity > 0 ? 'done' : 'withdrawn',
      finished_at: nowMs,
    });
    if (row.state === 'running') await endAssignment(shop, tx, row, nowMs);
  }
  await updateProductionOrder(tx, order, {
    quantity: kept > 0 ? kept : order.quantity,
    slip_told: null,
    ...(kept === 0 ? { state: end, completed_at: nowMs } : {}),
  });
}
