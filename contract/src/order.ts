import { type Static, Type } from 'typebox';
import {
  Code,
  Currency,
  Id,
  Instant,
  MoneyMinor,
  Name,
  Nullable,
  OneOf,
  Position,
  Priority,
  Quantity,
} from './primitives.ts';

export const ORDER_STATES = ['submitted', 'in-progress', 'closed', 'cancelled'] as const;
export const LINE_STATES = [
  'submitted',
  'allocated',
  'partly-allocated',
  'unplaceable',
  'in-production',
  'produced',
  'shipped',
  'received',
  'cancelled',
] as const;
export const OrderState = OneOf(ORDER_STATES);
export const LineState = OneOf(LINE_STATES);
export type OrderState = Static<typeof OrderState>;
export type LineState = Static<typeof LineState>;

export const NewOrderLine = Type.Object({
  itemId: Id,
  quantity: Quantity,
  /** When the buyer wants it at the destination. */
  requestedAt: Instant,
  priority: Type.Optional(Priority),
  splitAllowed: Type.Optional(Type.Boolean()),
  /** Smallest partial shipment the buyer takes, pieces. */
  minimumShipment: Type.Optional(Quantity),
});
export type NewOrderLine = Static<typeof NewOrderLine>;
export const NewOrder = Type.Object({
  /** Buyer's own number; makes a repeated submission the same order. */
  reference: Code,
  /** Operator may order for a buyer; a buyer orders for itself. */
  buyerOrganisationId: Type.Optional(Id),
  destination: Type.Object({ name: Name, position: Position }),
  lines: Type.Array(NewOrderLine, { minItems: 1, maxItems: 500 }),
});
export type NewOrder = Static<typeof NewOrder>;

export const OrderLine = Type.Object({
  id: Id,
  orderId: Id,
  lineNo: Type.Integer(),
  itemId: Id,
  itemCode: Code,
  itemName: Name,
  quantity: Quantity,
  requestedAt: Instant,
  priority: Priority,
  splitAllowed: Type.Boolean(),
  minimumShipment: Quantity,
  state: LineState,
  /** Date told to the buyer: arrival of the last piece by the plan at promise time. */
  promisedAt: Nullable(Instant),
  /** Forecast arrival from real progress; never confused with the requested date. */
  projectedAt: Nullable(Instant),
  allocatedQuantity: Type.Integer(),
  producedQuantity: Type.Integer(),
  shippedQuantity: Type.Integer(),
  receivedQuantity: Type.Integer(),
  /** Called off before it was produced; what is left to deliver = quantity − cancelled. */
  cancelledQuantity: Type.Optional(Type.Integer()),
});
export type OrderLine = Static<typeof OrderLine>;
export const Order = Type.Object({
  id: Id,
  orderNo: Code,
  reference: Code,
  buyerOrganisationId: Id,
  buyerName: Name,
  destination: Type.Object({ name: Name, position: Position }),
  state: OrderState,
  channel: OneOf(['console', 'api', 'file']),
  submittedAt: Instant,
  lines: Type.Array(OrderLine),
});
export type Order = Static<typeof Order>;
/** Row of the order list, one per line. */
export const OrderRow = Type.Object({
  orderId: Id,
  orderNo: Code,
  lineId: Id,
  lineNo: Type.Integer(),
  buyerName: Name,
  itemCode: Code,
  itemName: Name,
  quantity: Type.Integer(),
  producedQuantity: Type.Integer(),
  requestedAt: Instant,
  promisedAt: Nullable(Instant),
  projectedAt: Nullable(Instant),
  /** > 0 when the projected arrival is past the requested date, hours. */
  hoursLate: Nullable(Type.Number()),
  priority: Priority,
  state: LineState,
  submittedAt: Instant,
});
export type OrderRow = Static<typeof OrderRow>;

/** One entry of the order's story, each with actor and evidence. */
export const OrderStep = Type.Object({
  at: Instant,
  kind: OneOf([
    'submitted',
    'promised',
    'allocated',
    'accepted',
    'declined',
    'in-production',
    'progress',
    'slipped',
    'rescheduled',
    'recalled',
    'completed',
    'shipped',
    'milestone',
    'received',
    'closed',
    'cancelled',
    'override',
  ]),
  actor: Type.String(),
  lineId: Nullable(Id),
  siteName: Nullable(Name),
  quantity: Nullable(Type.Integer()),
  detail: Type.Record(Type.String(), Type.Unknown()),
  /** Path in the API where the evidence is. */
  evidence: Nullable(Type.String()),
});
export type OrderStep = Static<typeof OrderStep>;

/** Capable-to-promise question: one line that is not ordered yet. */
export const PromiseRequest = Type.Object({
  itemId: Id,
  quantity: Quantity,
  requestedAt: Instant,
  priority: Type.Optional(Priority),
  splitAllowed: Type.Optional(Type.Boolean()),
  minimumShipment: Type.Optional(Quantity),
  destination: Position,
});
export type PromiseRequest = Static<typeof PromiseRequest>;
export const BINDINGS = [
  'machine',
  'calendar',
  'committed',
  'minimum-lot',
  'qualification',
  'transport',
  'none',
] as const;
export const PromiseOption = Type.Object({
  kind: OneOf(['earliest-whole', 'earliest-split', 'cheapest']),
  arriveAt: Instant,
  finishAt: Instant,
  onTime: Type.Boolean(),
  costMinor: MoneyMinor,
  currency: Currency,
  sites: Type.Array(
    Type.Object({
      siteId: Id,
      siteName: Name,
      quantity: Type.Integer(),
      finishAt: Instant,
      arriveAt: Instant,
    }),
  ),
  /** What keeps it from being earlier. */
  binding: OneOf(BINDINGS),
});
export type PromiseOption = Static<typeof PromiseOption>;
export const Promise_ = Type.Object({
  options: Type.Array(PromiseOption),
  /** Empty options: why nothing is possible, by number of sites. */
  refusals: Type.Array(Type.Object({ code: Type.String(), sites: Type.Integer() })),
  /** SHA-256 of the capacity the answer rests on. */
  basisHash: Type.String(),
  /** Wall-clock instant after which to ask again. */
  expiresAt: Instant,
  computedMs: Type.Number(),
});
export type Promise_ = Static<typeof Promise_>;
