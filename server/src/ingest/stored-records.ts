import type { Tx } from '../kernel/index.ts';
import { type Batch, carryOver, type SharedPosition } from './batch.ts';
import { type Layout, nextLayout, type StoredLayout } from './layout.ts';
import { readBatches } from './store-batch.ts';
import { readAllLayouts, readLayouts, readLayoutsOfMachine } from './store-layout.ts';

export { clearDirtyHours, type DirtyHour, dirtyHoursOf, lockDirtyHours } from './store-dirty-hour.ts';

/** Newest layout of every gateway of every network that has ever uploaded; platform scope. */
export const listLayouts = (tx: Tx): Promise<StoredLayout[]> => readAllLayouts(tx);

export async function newestLayout(
  tx: Tx,
  orgId: string,
  gatewayId: string,
): Promise<StoredLayout | undefined> {
  return (await readLayouts(tx, orgId, gatewayId)).at(-1);
}

/** Newest layout of each gateway that reports or reported for the machine. */
export async function layoutsOfMachine(tx: Tx, orgId: string, machineId: string): Promise<StoredLayout[]> {
  const newest = new Map<string, StoredLayout>();
  for (const layout of await readLayoutsOfMachine(tx, orgId, machineId)) newest.set(layout.gatewayId, layout);
  return [...newest.values()];
}

/** What one gateway said in [from, to), minutes since the epoch, in minute order. */
export async function storedBatches(
  tx: Tx,
  key: { readonly orgId: string; readonly gatewayId: string },
  from: number,
  to: number,
): Promise<Batch[]> {
  const layouts = new Map<number, Layout>();
  for (const stored of await readLayouts(tx, key.orgId, key.gatewayId)) {
    layouts.set(stored.layoutId, nextLayout(stored, stored, []));
  }
  return readBatches(tx, key, from, to, (layoutId) => layouts.get(layoutId));
}

/** What another gateway said in [from, to) of machines that moved between it and the gateway of `layout`, as if that one had. */
export async function carriedBatches(
  tx: Tx,
  key: { readonly orgId: string; readonly gatewayId: string },
  layout: StoredLayout,
  shared: readonly SharedPosition[],
  from: number,
  to: number,
): Promise<Batch[]> {
  const own = nextLayout(layout, layout, []);
  const batches = await storedBatches(tx, key, from, to);
  return batches.map((batch) => carryOver(batch, own, shared)).filter(({ records }) => records > 0);
}
