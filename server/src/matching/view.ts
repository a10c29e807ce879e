import type { Allocation } from '@millrace/contract';
import type { Actor } from '../access/index.ts';
import type { Directory } from '../registry/index.ts';
import { hoursLate } from './allocation.ts';
import type { StoredAllocation } from './matching.ts';

/** As a reader sees it: with names, and without the factory's price for anyone but the factory and the operator. */
export function toView(actor: Actor, directory: Directory, stored: StoredAllocation): Allocation {
  const item = directory.item(stored.itemId);
  const mayKnowCost =
    actor.organisationKind === 'operator' || actor.organisationId === stored.factoryOrganisationId;
  return {
    id: stored.id,
    lineId: stored.lineId,
    orderId: stored.orderId,
    orderNo: stored.orderNo,
    lineNo: stored.lineNo,
    itemId: stored.itemId,
    itemCode: item?.code ?? '?',
    itemName: item?.name ?? '?',
    siteId: stored.siteId,
    siteName: directory.site(stored.siteId)?.name ?? '?',
    workCenterId: stored.workCenterId,
    factoryOrganisationId: stored.factoryOrganisationId,
    quantity: stored.quantity,
    state: stored.state,
    lock: stored.lock,
    origin: stored.origin,
    priority: stored.priority,
    startAt: stored.startAt,
    finishAt: stored.finishAt,
    arriveAt: stored.arriveAt,
    requestedAt: stored.requestedAt,
    hoursLate: hoursLate(stored),
    costMinor: mayKnowCost ? stored.costMinor : 0,
    currency: stored.currency,
    offerExpiresAt: stored.state === 'offered' ? stored.offerExpiresAt : null,
    runId: stored.runId,
    subLots: stored.subLots.map((lot) => ({
      machineId: lot.machineId,
      machineCode: lot.machineCode,
      stepIndex: lot.stepIndex,
      quantity: lot.quantity,
      startAt: lot.startAt,
      endAt: lot.endAt,
    })),
  };
}
