import type { NewMilestone, Shipment } from '@millrace/contract';
import { useList } from './orders.ts';
import { type QueryValues, request } from './request.ts';

export function useShipments(filter: QueryValues) {
  return useList<Shipment>('/shipments', filter);
}

export const shipments = {
  milestone: (shipmentId: string, body: NewMilestone) =>
    request<Shipment>('POST', `/shipments/${shipmentId}/milestones`, { body }),
};
