import { type Static, Type } from 'typebox';
import { AlarmBasis, COMMAND_REFUSALS, TagValue } from './gateway.ts';
import { MachineState } from './machine-record.ts';
import { MatchTrigger } from './matching.ts';
import { Id, Instant, Nullable, OneOf } from './primitives.ts';

const ABOUT_COMMAND = {
  commandId: Id,
  machineId: Id,
  gatewayId: Id,
  command: Type.String(),
  value: TagValue,
  requestedBy: Type.String(),
} as const;

/**
 * News that travels downstream. One schema per kind: the outbox row, the live feed and later webhooks carry the same payload.
 * Past tense, the noun first; ids only, plus what the reader needs to say it in one sentence.
 */
export const EVENT_PAYLOADS = {
  'machine-state-changed': Type.Object({
    machineId: Id,
    siteId: Id,
    from: MachineState,
    to: MachineState,
    at: Instant,
  }),
  /** A machine has been down or silent inside its planned time for longer than the threshold. */
  'machine-stopped-long': Type.Object({ machineId: Id, siteId: Id, state: MachineState, since: Instant }),
  'machine-recovered': Type.Object({ machineId: Id, siteId: Id, at: Instant }),
  /** A rule on a gateway raised it; `count` of them came in the same upload, this is the newest. */
  'edge-alarm-raised': Type.Object({
    machineId: Id,
    siteId: Id,
    gatewayId: Id,
    rule: Type.String(),
    severity: Type.String(),
    at: Instant,
    value: Type.Number(),
    limit: Nullable(Type.Number()),
    basis: Nullable(AlarmBasis),
    count: Type.Integer(),
  }),
  /** Somebody wants something written or called at a machine; a dangerous one waits for a second person. */
  'machine-command-requested': Type.Object({
    ...ABOUT_COMMAND,
    class: OneOf(['normal', 'dangerous']),
    reason: Type.String(),
  }),
  'machine-command-approved': Type.Object({ ...ABOUT_COMMAND, approvedBy: Type.String() }),
  'machine-command-executed': Type.Object({ ...ABOUT_COMMAND, readBack: TagValue }),
  /** `unknown`: whether it was carried out must be looked at. */
  'machine-command-failed': Type.Object({
    ...ABOUT_COMMAND,
    outcome: OneOf(['refused', 'failed', 'unknown']),
    refusal: Nullable(OneOf(COMMAND_REFUSALS)),
    /** The condition that did not hold, or the machine's words. */
    detail: Nullable(Type.String()),
  }),
  /** It never reached the box. */
  'machine-command-lapsed': Type.Object({ ...ABOUT_COMMAND, outcome: OneOf(['withdrawn', 'expired']) }),
  'capacity-changed': Type.Object({ siteId: Id, reason: Type.String() }),
  'capability-changed': Type.Object({ capabilityId: Id, siteId: Id }),
  'order-submitted': Type.Object({ orderId: Id, orderNo: Type.String(), lineIds: Type.Array(Id) }),
  'order-cancelled': Type.Object({ orderId: Id, orderNo: Type.String(), lineIds: Type.Array(Id) }),
  'order-closed': Type.Object({ orderId: Id, orderNo: Type.String() }),
  'match-run-finished': Type.Object({
    runId: Id,
    trigger: MatchTrigger,
    lines: Type.Integer(),
    placed: Type.Integer(),
    late: Type.Integer(),
    changed: Type.Integer(),
  }),
  'order-allocated': Type.Object({
    allocationId: Id,
    lineId: Id,
    orderId: Id,
    siteId: Id,
    quantity: Type.Integer(),
    finishAt: Instant,
    arriveAt: Instant,
    runId: Id,
  }),
  'allocation-withdrawn': Type.Object({
    allocationId: Id,
    lineId: Id,
    orderId: Id,
    siteId: Id,
    quantity: Type.Integer(),
    reason: Type.String(),
  }),
  'line-unplaceable': Type.Object({
    lineId: Id,
    orderId: Id,
    quantity: Type.Integer(),
    reason: Type.String(),
  }),
  'allocation-accepted': Type.Object({
    allocationId: Id,
    lineId: Id,
    orderId: Id,
    siteId: Id,
    by: Type.String(),
  }),
  'allocation-declined': Type.Object({
    allocationId: Id,
    lineId: Id,
    orderId: Id,
    siteId: Id,
    reason: Type.String(),
  }),
  'allocation-expired': Type.Object({ allocationId: Id, lineId: Id, orderId: Id, siteId: Id }),
  'override-recorded': Type.Object({
    lineId: Id,
    orderId: Id,
    lock: Type.String(),
    siteId: Nullable(Id),
    reason: Type.String(),
    by: Type.String(),
  }),
  'production-order-released': Type.Object({
    productionOrderId: Id,
    allocationId: Id,
    lineId: Id,
    siteId: Id,
    quantity: Type.Integer(),
  }),
  'production-started': Type.Object({ productionOrderId: Id, allocationId: Id, lineId: Id, siteId: Id }),
  /** Sent when whole percents move, not per piece. */
  'production-progressed': Type.Object({
    productionOrderId: Id,
    allocationId: Id,
    lineId: Id,
    goodQuantity: Type.Integer(),
    scrapQuantity: Type.Integer(),
    projectedFinish: Instant,
  }),
  'projected-finish-slipped': Type.Object({
    productionOrderId: Id,
    allocationId: Id,
    lineId: Id,
    siteId: Id,
    plannedFinish: Instant,
    projectedFinish: Instant,
  }),
  /** The unproduced part went back to matching. */
  'allocation-recalled': Type.Object({
    allocationId: Id,
    lineId: Id,
    orderId: Id,
    siteId: Id,
    recalledQuantity: Type.Integer(),
    keptQuantity: Type.Integer(),
    reason: Type.String(),
  }),
  /** A planner of the factory gave its site another order of work. */
  'schedule-applied': Type.Object({
    siteId: Id,
    orders: Type.Integer(),
    /** Orders whose finish moved by a quarter of an hour or more. */
    earlier: Type.Integer(),
    later: Type.Integer(),
    /** Past their promised finish, in the old order of work and in the new one. */
    lateBefore: Type.Integer(),
    lateAfter: Type.Integer(),
    by: Type.String(),
  }),
  'production-completed': Type.Object({
    productionOrderId: Id,
    allocationId: Id,
    lineId: Id,
    orderId: Id,
    siteId: Id,
    goodQuantity: Type.Integer(),
  }),
  'shipment-ready': Type.Object({ shipmentId: Id, lineId: Id, orderId: Id, quantity: Type.Integer() }),
  'shipment-departed': Type.Object({
    shipmentId: Id,
    lineId: Id,
    orderId: Id,
    siteId: Id,
    quantity: Type.Integer(),
    estimatedArrival: Instant,
  }),
  'shipment-arrived': Type.Object({ shipmentId: Id, lineId: Id, orderId: Id }),
  'shipment-received': Type.Object({
    shipmentId: Id,
    lineId: Id,
    orderId: Id,
    quantity: Type.Integer(),
    short: Type.Integer(),
  }),
} as const;
export type EventKind = keyof typeof EVENT_PAYLOADS;
export type EventPayload<K extends EventKind> = Static<(typeof EVENT_PAYLOADS)[K]>;

/** One entry of the network's event list and live feed. */
export const FeedEvent = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  at: Instant,
  payload: Type.Record(Type.String(), Type.Unknown()),
  /** Names for the ids in the payload, so that the list reads without further requests. */
  names: Type.Record(Type.String(), Type.String()),
});
export type FeedEvent = Static<typeof FeedEvent>;
