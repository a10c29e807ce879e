import type { Interval } from '@millrace/engine';
import type { Tx } from '../kernel/index.ts';
import type { Registry } from '../registry/index.ts';
import type { TakenTime } from './machine-sums.ts';
import * as store from './store-figures.ts';

interface Claim {
  readonly machineId: string;
  readonly from: number;
  readonly to: number;
}

/**
 * What is taken of the machines' time in [from, to): of those the transaction may see, and on request of those whose
 * organisations share figures that depend on it.
 */
export async function readTakenTime(
  tx: Tx,
  registry: Registry,
  networkId: string,
  span: { readonly from: number; readonly to: number },
  whose: 'own' | 'own and shared',
): Promise<TakenTime> {
  const { from, to } = span;
  const blocked = new Map<string, Interval[]>();
  const reserved = new Map<string, Interval[]>();
  for (const block of await registry.listBlocks(tx, networkId, from, to)) append(blocked, block);
  for await (const rows of store.reservedTime(tx, networkId, from, to)) {
    for (const row of rows) append(reserved, row);
  }
  if (whose === 'own and shared') {
    for (const row of await store.sharedTakenTime(tx, from, to)) {
      append(row.blocked ? blocked : reserved, row);
    }
  }
  return { blocked, reserved };
}

function append(lists: Map<string, Interval[]>, { machineId, from, to }: Claim): void {
  const span = { startMs: from, endMs: to };
  const list = lists.get(machineId);
  if (list) list.push(span);
  else lists.set(machineId, [span]);
}
