import type { Allocation, ProductionOrder } from '@millrace/contract';
import { describe, expect, it } from 'vitest';
import { earningsOf } from './earnings.ts';

// Only the fields that money depends on; the rest of a production order does not matter here.
const order = (allocationId: string, goodQuantity: number) =>
  ({ allocationId, goodQuantity }) as ProductionOrder;
const price = (id: string, quantity: number, costMinor: number, currency = 'USD') =>
  ({ id, quantity, costMinor, currency, factoryOrganisationId: 'mine' }) as Allocation;

describe('what a factory earned', () => {
  it('is the share made of the agreed price, currencies apart', () => {
    const sums = earningsOf(
      [order('a', 50), order('b', 10), order('c', 5)],
      [price('a', 100, 1_000), price('b', 10, 300), price('c', 10, 80, 'EUR')],
      'mine',
    );
    expect(sums).toEqual([
      { currency: 'USD', minor: 800 },
      { currency: 'EUR', minor: 40 },
    ]);
  });

  it('never exceeds the price, and leaves out what others make', () => {
    expect(earningsOf([order('a', 500)], [price('a', 100, 1_000)], 'mine')).toEqual([
      { currency: 'USD', minor: 1_000 },
    ]);
    expect(earningsOf([order('a', 50)], [price('a', 100, 1_000)], 'somebody else')).toEqual([]);
  });
});
