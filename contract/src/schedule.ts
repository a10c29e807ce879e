import { type Static, Type } from 'typebox';
import { Code, Id, Instant, Name, Nullable, OneOf, Priority } from './primitives.ts';

/** Half-open, domain instants. */
export const ScheduleSpan = Type.Object({ from: Instant, to: Instant });
export type ScheduleSpan = Static<typeof ScheduleSpan>;

/** A machine of the site, with the time that is worked on it for the network. */
export const ScheduleMachine = Type.Object({
  id: Id,
  code: Code,
  name: Name,
  workCenterId: Id,
  /** Offered shifts, within the span that is shown. */
  windows: Type.Array(ScheduleSpan),
  /** Maintenance, breakdown, own work. */
  blocked: Type.Array(ScheduleSpan),
  /** Held by work that is not part of the schedule: offers without an answer, orders about to be released. */
  held: Type.Array(ScheduleSpan),
});
export type ScheduleMachine = Static<typeof ScheduleMachine>;

/** An open production order, as the schedule sees it. */
export const ScheduleOrder = Type.Object({
  productionOrderId: Id,
  productionNo: Code,
  orderNo: Code,
  itemCode: Code,
  itemName: Name,
  priority: Priority,
  /** Points for each hour late; P0 16, P1 8, P2 4, P3 2, P4 1. */
  weight: Type.Integer(),
  quantity: Type.Integer(),
  goodQuantity: Type.Integer(),
  /** The finish at the site that was promised when the order was released. */
  promisedFinish: Instant,
  /** The finish of the plan that people know now. */
  plannedFinish: Instant,
});
export type ScheduleOrder = Static<typeof ScheduleOrder>;

/** Work that is left on one machine for one production order. */
export const ScheduleWork = Type.Object({
  operationId: Id,
  productionOrderId: Id,
  stepIndex: Type.Integer(),
  state: OneOf(['queued', 'running']),
  /** Pieces still to make. */
  remaining: Type.Integer(),
  /** Machines that can do it, the present one first. A running operation has one. */
  machineIds: Type.Array(Id),
});
export type ScheduleWork = Static<typeof ScheduleWork>;

export const PlacedOperation = Type.Object({
  operationId: Id,
  machineId: Id,
  /** The machine is taken from here on; set-up comes first. */
  from: Instant,
  /** The first piece; equals `from` when nothing has to be set up. */
  runFrom: Instant,
  to: Instant,
});
export type PlacedOperation = Static<typeof PlacedOperation>;

export const OrderFinish = Type.Object({
  productionOrderId: Id,
  finish: Instant,
  /** Past the promised finish, ms; ≥ 0. */
  lateMs: Type.Integer(),
});
export type OrderFinish = Static<typeof OrderFinish>;

export const ScheduleFigures = Type.Object({
  /** Hours past the promised finish × weight, over all orders. */
  weightedTardiness: Type.Number(),
  lateOrders: Type.Integer(),
  /** Changes of item on a machine that cost time. */
  setUps: Type.Integer(),
  /** Machine time spent on them, ms. */
  setUpMs: Type.Integer(),
  /** End of the last operation; null without work. */
  finish: Nullable(Instant),
});
export type ScheduleFigures = Static<typeof ScheduleFigures>;

/** One order of work for the site. */
export const OrderOfWork = Type.Object({
  operations: Type.Array(PlacedOperation),
  orders: Type.Array(OrderFinish),
  figures: ScheduleFigures,
});
export type OrderOfWork = Static<typeof OrderOfWork>;

/** What a site works on, and in which order as things stand. */
export const SiteSchedule = Type.Object({
  siteId: Id,
  /** Domain instant that this was true at. */
  at: Instant,
  zone: Type.String(),
  machines: Type.Array(ScheduleMachine),
  orders: Type.Array(ScheduleOrder),
  work: Type.Array(ScheduleWork),
  /** The plan that people know, run forward from now with what is really left to make. */
  today: OrderOfWork,
});
export type SiteSchedule = Static<typeof SiteSchedule>;

/** A planner's hand on one operation: this machine, this instant. */
export const SchedulePin = Type.Object({
  operationId: Id,
  machineId: Id,
  /** The first piece; how much set-up comes before depends on what the machine makes before. */
  runFrom: Instant,
});
export type SchedulePin = Static<typeof SchedulePin>;

/** A person who pins more than this has made the schedule himself. */
export const PINS_MAX = 500;
export const SchedulePreviewRequest = Type.Object({
  pins: Type.Optional(Type.Array(SchedulePin, { maxItems: PINS_MAX })),
});
export type SchedulePreviewRequest = Static<typeof SchedulePreviewRequest>;

export const WAITED_FOR = [
  'release',
  'operation-before',
  'job-before',
  'machine',
  'tool',
  'operator',
  'calendar',
  'fence',
  'lock',
] as const;

/** Why an order is late in the proposal: from its end back to where nothing held it any more. */
export const LateReason = Type.Object({
  productionOrderId: Id,
  lateMs: Type.Integer(),
  /** Were it alone in the site it would still be late by this, ms. */
  unavoidableMs: Type.Integer(),
  steps: Type.Array(
    Type.Object({
      operationId: Id,
      machineId: Id,
      waitedFor: OneOf(WAITED_FOR),
      /** The production order whose work held what was waited for. */
      heldBy: Nullable(Code),
      waitedMs: Type.Integer(),
    }),
  ),
});
export type LateReason = Static<typeof LateReason>;

export const SchedulePreview = Type.Intersect([
  SiteSchedule,
  Type.Object({
    /** SHA-256 of what the proposal was made from; names it when it is applied. */
    snapshotHash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    /** Nothing that starts before is moved; after it the proposal can no longer be applied. */
    fenceAt: Instant,
    proposed: OrderOfWork,
    late: Type.Array(LateReason),
    pins: Type.Array(SchedulePin),
    /** Weighted tardiness that no order of work can be below, hours × weight. */
    lowerBound: Type.Number(),
    /** Moves that were tried. */
    rounds: Type.Integer(),
    /** Ended before all moves were tried, with the best order of work until then. */
    stopped: Type.Boolean(),
    /** Wall time of the engine, ms. */
    engineMs: Type.Number(),
  }),
]);
export type SchedulePreview = Static<typeof SchedulePreview>;

export const ScheduleProgress = Type.Object({
  /** Wall instant. */
  startedAt: Instant,
  /** `read`, the name of a dispatch rule, or `improve`. */
  phase: Type.String(),
  rounds: Type.Integer(),
  /** Moves that will be tried at most. */
  of: Type.Integer(),
  /** Hours × weight of the best order of work so far; null before the first. */
  weightedTardiness: Nullable(Type.Number()),
  lowerBound: Nullable(Type.Number()),
  stopping: Nullable(OneOf(['keep', 'discard'])),
});
export type ScheduleProgress = Static<typeof ScheduleProgress>;
export const CurrentSchedule = Type.Object({ running: Nullable(ScheduleProgress) });
export type CurrentSchedule = Static<typeof CurrentSchedule>;
export const StopSchedule = Type.Object({
  /** True: show the best so far. False: drop it. */
  keep: Type.Boolean(),
});
export type StopSchedule = Static<typeof StopSchedule>;

export const ApplySchedule = Type.Object({
  snapshotHash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  /** Orders may finish later than promised: the planner has seen which. */
  acceptLater: Type.Optional(Type.Boolean()),
});
export type ApplySchedule = Static<typeof ApplySchedule>;
