import { type Static, Type } from 'typebox';
import { Code, Id, Instant, Name, Nullable, OneOf, Position } from './primitives.ts';

export const MILESTONE_KINDS = [
  'ready',
  'departure',
  'handover',
  'exception',
  'arrival',
  'received',
] as const;
export const Milestone = Type.Object({
  kind: OneOf(MILESTONE_KINDS),
  plannedAt: Nullable(Instant),
  estimatedAt: Nullable(Instant),
  actualAt: Nullable(Instant),
  note: Nullable(Type.String()),
  recordedBy: Nullable(Type.String()),
});
export type Milestone = Static<typeof Milestone>;
export const SHIPMENT_STATES = ['ready', 'in-transit', 'arrived', 'received'] as const;
export const ShipmentState = OneOf(SHIPMENT_STATES);
export type ShipmentState = Static<typeof ShipmentState>;
export const Shipment = Type.Object({
  id: Id,
  shipmentNo: Code,
  productionOrderId: Id,
  allocationId: Id,
  lineId: Id,
  orderId: Id,
  orderNo: Code,
  factoryOrganisationId: Id,
  buyerOrganisationId: Id,
  siteId: Id,
  siteName: Name,
  itemName: Name,
  quantity: Type.Integer(),
  receivedQuantity: Nullable(Type.Integer()),
  state: ShipmentState,
  from: Position,
  to: Position,
  destinationName: Name,
  distanceKm: Type.Number(),
  milestones: Type.Array(Milestone),
});
export type Shipment = Static<typeof Shipment>;
export const NewMilestone = Type.Object({
  kind: OneOf(['departure', 'handover', 'exception', 'arrival']),
  actualAt: Type.Optional(Instant),
  estimatedAt: Type.Optional(Instant),
  note: Type.Optional(Type.String({ maxLength: 500 })),
});
export type NewMilestone = Static<typeof NewMilestone>;
export const NewReceipt = Type.Object({
  quantity: Type.Integer({ minimum: 0, maximum: 1_000_000_000 }),
  note: Type.Optional(Type.String({ maxLength: 500 })),
});
export type NewReceipt = Static<typeof NewReceipt>;
