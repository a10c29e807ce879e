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
  Priority,
  Quantity,
} from './primitives.ts';

export const MATCH_TRIGGERS = [
  'order-submitted',
  'order-cancelled',
  'allocation-declined',
  'allocation-expired',
  'breakdown',
  'delay',
  'override',
  'manual',
  'nightly',
  'capacity-changed',
] as const;
export const MatchTrigger = OneOf(MATCH_TRIGGERS);
export type MatchTrigger = Static<typeof MatchTrigger>;

export const MatchRun = Type.Object({
  id: Id,
  trigger: MatchTrigger,
  startedAt: Instant,
  /** Wall time of the engine, ms. */
  engineMs: Type.Number(),
  snapshotHash: Type.String(),
  engineVersion: Type.String(),
  lines: Type.Integer(),
  placed: Type.Integer(),
  unplaced: Type.Integer(),
  late: Type.Integer(),
  changed: Type.Integer(),
  objective: Type.Number(),
  weights: Type.Record(Type.String(), Type.Number()),
  /** Violations the independent verifier found; 0 or the run is not committed. */
  violations: Nullable(Type.Integer()),
  /** No plan for the same snapshot has fewer points; null in runs of an engine that did not tell. */
  lowerBound: Nullable(Type.Number()),
  /** A person or the time limit ended the run with its best plan so far. */
  stopped: Type.Boolean(),
});
export type MatchRun = Static<typeof MatchRun>;

/** A run that is under way. */
export const MatchRunProgress = Type.Object({
  trigger: MatchTrigger,
  /** Wall instant. */
  startedAt: Instant,
  phase: OneOf(['read', 'construct', 'bound', 'improve', 'explain']),
  /** Lines placed, rounds of tightening the bound or of improvement, or lines explained, of `of`. */
  done: Type.Integer(),
  of: Type.Integer(),
  /** Points of the best plan so far; null until there is one. */
  objective: Nullable(Type.Number()),
  lowerBound: Nullable(Type.Number()),
  /** It was asked to stop and is about to. */
  stopping: Nullable(OneOf(['keep', 'discard'])),
});
export type MatchRunProgress = Static<typeof MatchRunProgress>;
export const CurrentMatchRun = Type.Object({ running: Nullable(MatchRunProgress) });
export type CurrentMatchRun = Static<typeof CurrentMatchRun>;
/** `keep` = end now with the best plan so far; otherwise the run is dropped and nothing changes. */
export const StopMatchRun = Type.Object({ keep: Type.Boolean() });
export type StopMatchRun = Static<typeof StopMatchRun>;

/** In words what a run moved: for whom, from, to, why. */
export const PlanChange = Type.Object({
  lineId: Id,
  orderNo: Code,
  lineNo: Type.Integer(),
  itemName: Name,
  kind: OneOf(['placed', 'moved-site', 'moved-date', 'split', 'quantity', 'withdrawn', 'unplaceable']),
  from: Nullable(Type.Object({ siteName: Name, finishAt: Instant, quantity: Type.Integer() })),
  to: Nullable(Type.Object({ siteName: Name, finishAt: Instant, quantity: Type.Integer() })),
  reason: Type.String({ description: 'code' }),
});
export type PlanChange = Static<typeof PlanChange>;
export const MatchRunDetail = Type.Object({ run: MatchRun, changes: Type.Array(PlanChange) });
export type MatchRunDetail = Static<typeof MatchRunDetail>;

export const ALLOCATION_STATES = [
  'offered',
  'accepted',
  'in-production',
  'produced',
  'declined',
  'expired',
  'withdrawn',
  'recalled',
  'cancelled',
] as const;
export const AllocationState = OneOf(ALLOCATION_STATES);
export type AllocationState = Static<typeof AllocationState>;
export const LOCKS = ['none', 'site', 'quantity', 'date'] as const;
export const Lock = OneOf(LOCKS);
export type Lock = Static<typeof Lock>;

/** Part of a line given to a site. */
export const Allocation = Type.Object({
  id: Id,
  lineId: Id,
  orderId: Id,
  orderNo: Code,
  lineNo: Type.Integer(),
  itemId: Id,
  itemCode: Code,
  itemName: Name,
  siteId: Id,
  siteName: Name,
  workCenterId: Id,
  factoryOrganisationId: Id,
  quantity: Type.Integer(),
  state: AllocationState,
  lock: Lock,
  origin: OneOf(['auto', 'operator']),
  priority: Priority,
  startAt: Instant,
  finishAt: Instant,
  arriveAt: Instant,
  requestedAt: Instant,
  hoursLate: Type.Number(),
  costMinor: MoneyMinor,
  currency: Currency,
  /** Domain instant at which an unanswered offer expires. */
  offerExpiresAt: Nullable(Instant),
  runId: Id,
  subLots: Type.Array(
    Type.Object({
      machineId: Id,
      machineCode: Code,
      stepIndex: Type.Integer(),
      quantity: Type.Integer(),
      startAt: Instant,
      endAt: Instant,
    }),
  ),
});
export type Allocation = Static<typeof Allocation>;

/** Why this factory, why not that one. */
export const Explanation = Type.Object({
  lineId: Id,
  runId: Id,
  chosen: Type.Array(
    Type.Object({
      siteId: Id,
      siteName: Name,
      quantity: Type.Integer(),
      arriveAt: Instant,
      terms: Type.Record(Type.String(), Type.Number()),
      total: Type.Number(),
    }),
  ),
  refused: Type.Array(
    Type.Object({
      siteId: Id,
      siteName: Name,
      /** First hard reason, or `score` when it was only worse. */
      reason: Type.String(),
      values: Type.Record(Type.String(), Type.Union([Type.Number(), Type.String()])),
      terms: Nullable(Type.Record(Type.String(), Type.Number())),
      total: Nullable(Type.Number()),
    }),
  ),
});
export type Explanation = Static<typeof Explanation>;

/** Operator's hand on the plan: put (part of) a line on a site, or fix what is there. */
export const NewOverride = Type.Object({
  lineId: Id,
  lock: OneOf(['site', 'quantity', 'date', 'none']),
  siteId: Type.Optional(Id),
  quantity: Type.Optional(Quantity),
  finishAt: Type.Optional(Instant),
  reason: Type.String({ minLength: 3, maxLength: 500 }),
});
export type NewOverride = Static<typeof NewOverride>;
/** What the override would cost, shown before it is confirmed. */
export const OverridePreview = Type.Object({
  feasible: Type.Boolean(),
  reason: Nullable(Type.String()),
  lateBefore: Type.Integer(),
  lateAfter: Type.Integer(),
  objectiveBefore: Type.Number(),
  objectiveAfter: Type.Number(),
  costDifferenceMinor: Type.Integer(),
  changes: Type.Array(PlanChange),
});
export type OverridePreview = Static<typeof OverridePreview>;

/** A decision as recorded, newest first in lists. */
export const Override = Type.Object({
  id: Id,
  lineId: Id,
  orderId: Id,
  lock: Lock,
  siteId: Nullable(Id),
  siteName: Nullable(Name),
  quantity: Nullable(Type.Integer()),
  finishAt: Nullable(Instant),
  reason: Type.String(),
  recordedBy: Type.String(),
  recordedAt: Instant,
  /** When a later decision took its place; null = in force. */
  releasedAt: Nullable(Instant),
});
export type Override = Static<typeof Override>;

/** Deciding again from the stored snapshot: the same plan, byte for byte, or not [D11]. */
export const MatchReplay = Type.Object({ sameSnapshot: Type.Boolean(), samePlan: Type.Boolean() });
export type MatchReplay = Static<typeof MatchReplay>;

/** What one more machine hour would be worth, by work center and local day. */
export const HourValueTable = Type.Object({
  /** Domain instant of the look. */
  computedAt: Instant,
  /** Work centers that work not yet begun could use. */
  rows: Type.Array(
    Type.Object({
      siteId: Id,
      siteName: Name,
      workCenterId: Id,
      workCenterName: Name,
      machines: Type.Integer(),
      days: Type.Array(
        Type.Object({
          date: Type.String({ format: 'date' }),
          /** Machine hours that nothing fixed stands on, and those of them that are wanted. */
          freeHours: Type.Number(),
          takenHours: Type.Number(),
          /** Points (minor units of money) by which the best plan would gain with one more hour; 0 = there is enough. */
          valuePerHour: Type.Number(),
        }),
      ),
    }),
  ),
  wantedHours: Type.Number(),
  /** Of the wanted hours, those that no capable work center has in time. */
  unservedHours: Type.Number(),
  /** How far the plan behind the values can be from the best, 0 … 1. */
  gap: Type.Number(),
});
export type HourValueTable = Static<typeof HourValueTable>;
