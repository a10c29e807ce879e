import { type Static, Type } from 'typebox';
import { Code, Day, Id, Instant, Name, Nullable, OneOf } from './primitives.ts';

/** B2MML capacity words, machine-minutes of one work center in one bucket: total = used + committed + unattainable + available. */
export const CapacityBucket = Type.Object({
  from: Instant,
  to: Instant,
  /** Local day of the site. */
  day: Day,
  totalMin: Type.Integer(),
  usedMin: Type.Integer(),
  committedMin: Type.Integer(),
  unattainableMin: Type.Integer(),
  availableMin: Type.Integer(),
});
export type CapacityBucket = Static<typeof CapacityBucket>;

export const CAPACITY_SOURCES = ['measured', 'planned', 'declared'] as const;
export const WorkCenterCapacity = Type.Object({
  workCenterId: Id,
  workCenterName: Name,
  siteId: Id,
  siteName: Name,
  organisationId: Id,
  /** Where the rate comes from. */
  source: OneOf(CAPACITY_SOURCES),
  /** 0–1; grows with the running minutes seen lately. */
  confidence: Type.Number({ minimum: 0, maximum: 1 }),
  /** Age of the newest measurement; null when nothing was measured. */
  ageMs: Nullable(Type.Integer()),
  rates: Type.Array(
    Type.Object({
      itemId: Id,
      itemCode: Code,
      declaredPerHour: Type.Number(),
      measuredPerHour: Nullable(Type.Number()),
      usedPerHour: Type.Number(),
      confidence: Type.Number(),
    }),
  ),
  buckets: Type.Array(CapacityBucket),
  /** Only on a row that another organisation shares: the fields its grant opens. All others are blank: 0, null, 'declared', no rates. */
  sharedFields: Type.Optional(Type.Array(Type.String())),
});
export type WorkCenterCapacity = Static<typeof WorkCenterCapacity>;

/** Network or site total by day, for the board. */
export const CapacitySummary = Type.Object({
  buckets: Type.Array(CapacityBucket),
  idleHours24h: Type.Number(),
  idleHours7d: Type.Number(),
});
export type CapacitySummary = Static<typeof CapacitySummary>;

export const BLOCK_KINDS = ['maintenance', 'own-work', 'closed', 'down'] as const;
/** Time the factory takes out of what it offers. */
export const CapacityBlock = Type.Object({
  id: Id,
  machineId: Id,
  from: Instant,
  to: Instant,
  kind: OneOf(BLOCK_KINDS),
  reason: Name,
});
export type CapacityBlock = Static<typeof CapacityBlock>;
export const NewCapacityBlock = Type.Object({
  machineId: Id,
  from: Instant,
  to: Instant,
  kind: OneOf(['maintenance', 'own-work', 'closed']),
  reason: Name,
});
export type NewCapacityBlock = Static<typeof NewCapacityBlock>;

/** One machine taken for one sub-lot; never overlaps another of the same machine. */
export const Reservation = Type.Object({
  id: Id,
  machineId: Id,
  allocationId: Id,
  from: Instant,
  to: Instant,
  quantity: Type.Integer(),
});
export type Reservation = Static<typeof Reservation>;
