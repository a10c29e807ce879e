import type { Kernel, Tx } from '../kernel/index.ts';
import { takeNumbers } from './store-submit.ts';

/** Taken at once. What is left when the process stops becomes a gap: numbers are unique and rise, nothing more. */
const BLOCK = 20;

export interface TakenNumber {
  readonly orderNo: string;
  /** It became no order. */
  giveBack(): void;
}

export interface OrderNumbers {
  /** Outside any transaction, because it may need one of its own. */
  take(networkId: string): Promise<TakenNumber>;
}

/**
 * The counter is one row of the network, locked until the transaction that moved it is over. So a process takes some numbers
 * ahead: who submits an order does not wait until everybody before has committed.
 */
export function createOrderNumbers(kernel: Kernel): OrderNumbers {
  const waiting = new Map<string, string[]>();
  const refills = new Map<string, Promise<void>>();

  const refill = async (key: string, networkId: string, at: number): Promise<void> => {
    const fresh = await kernel.db.transaction({ kind: 'network', networkId }, (tx) =>
      numbersInRow(tx, networkId, at, BLOCK),
    );
    waiting.set(key, [...(waiting.get(key) ?? []), ...fresh]);
  };

  return {
    take: async (networkId) => {
      const at = kernel.clock.now();
      const key = `${networkId} ${yearOf(at)}`;
      for (;;) {
        const orderNo = waiting.get(key)?.shift();
        if (orderNo) return { orderNo, giveBack: () => void waiting.get(key)?.unshift(orderNo) };
        const running = refills.get(key) ?? refill(key, networkId, at).finally(() => refills.delete(key));
        refills.set(key, running);
        await running;
      }
    },
  };
}

/** The next numbers of the network; the counter stays locked until the transaction ends. */
export async function numbersInRow(
  tx: Tx,
  networkId: string,
  at: number,
  howMany: number,
): Promise<string[]> {
  if (howMany === 0) return [];
  const year = yearOf(at);
  const first = await takeNumbers(tx, networkId, year, howMany);
  return Array.from({ length: howMany }, (_, index) => orderNo(year, first + index));
}

const yearOf = (at: number): number => new Date(at).getUTCFullYear();

/** Not gap-free, and longer than six digits when a year needs them. */
export function orderNo(year: number, number: number): string {
  return `SO-${year}-${String(number).padStart(6, '0')}`;
}
