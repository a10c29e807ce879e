import type { NewEvent } from '../kernel/index.ts';
import type { StoredAllocation } from './matching.ts';

/** What every event about an allocation says of it. */
export const about = ({
  id,
  lineId,
  orderId,
  siteId,
}: StoredAllocation): { allocationId: string; lineId: string; orderId: string; siteId: string } => ({
  allocationId: id,
  lineId,
  orderId,
  siteId,
});

export const withdrawn = (allocation: StoredAllocation, reason: string): NewEvent => ({
  kind: 'allocation-withdrawn',
  payload: { ...about(allocation), quantity: allocation.quantity, reason },
});

/** When the last of them arrives, domain instant; null when there is none. */
export function lastArrival(allocations: readonly StoredAllocation[]): number | null {
  return allocations.reduce<number | null>((latest, { arriveAt }) => Math.max(latest ?? 0, arriveAt), null);
}
