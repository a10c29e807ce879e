import type { Allocation, ProductionOrder } from '@millrace/contract';

export type Sum = Readonly<{ currency: string; minor: number }>;

/**
 * What the made pieces earn: each production order's share made, of the price its allocation was agreed at.
 * Sums stay apart by currency; nobody here knows an exchange rate.
 */
export function earningsOf(
  production: readonly ProductionOrder[],
  allocations: readonly Allocation[],
  organisationId: string | undefined,
): readonly Sum[] {
  const prices = new Map(allocations.map((allocation) => [allocation.id, allocation]));
  const sums = new Map<string, number>();
  for (const order of production) {
    const price = prices.get(order.allocationId);
    if (!price || price.quantity === 0) continue;
    if (organisationId !== undefined && price.factoryOrganisationId !== organisationId) continue;
    const share = Math.min(1, order.goodQuantity / price.quantity);
    sums.set(price.currency, (sums.get(price.currency) ?? 0) + Math.round(price.costMinor * share));
  }
  return [...sums].map(([currency, minor]) => ({ currency, minor }));
}
