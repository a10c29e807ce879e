import { type Static, Type } from 'typebox';
import { Code, Count, Id, Instant, Name, Nullable, OneOf, Priority } from './primitives.ts';

export const PRODUCTION_STATES = ['released', 'running', 'completed', 'recalled', 'cancelled'] as const;
export const ProductionState = OneOf(PRODUCTION_STATES);
export type ProductionState = Static<typeof ProductionState>;

/** One sub-lot on one machine; machine counts go to the machine's running operation. */
export const Operation = Type.Object({
  id: Id,
  productionOrderId: Id,
  machineId: Id,
  machineCode: Code,
  stepIndex: Type.Integer(),
  state: OneOf(['queued', 'running', 'done', 'withdrawn']),
  quantity: Type.Integer(),
  goodQuantity: Type.Integer(),
  scrapQuantity: Type.Integer(),
  plannedStart: Instant,
  plannedEnd: Instant,
  startedAt: Nullable(Instant),
  finishedAt: Nullable(Instant),
  setUpMinutes: Type.Integer(),
  ratePerHour: Type.Number(),
});
export type Operation = Static<typeof Operation>;

export const ProductionOrder = Type.Object({
  id: Id,
  productionNo: Code,
  allocationId: Id,
  lineId: Id,
  orderNo: Code,
  itemId: Id,
  itemCode: Code,
  itemName: Name,
  siteId: Id,
  siteName: Name,
  factoryOrganisationId: Id,
  workCenterId: Id,
  priority: Priority,
  state: ProductionState,
  quantity: Type.Integer(),
  goodQuantity: Type.Integer(),
  scrapQuantity: Type.Integer(),
  plannedStart: Instant,
  plannedFinish: Instant,
  /** Forecast from real progress. */
  projectedFinish: Instant,
  startedAt: Nullable(Instant),
  completedAt: Nullable(Instant),
  operations: Type.Array(Operation),
});
export type ProductionOrder = Static<typeof ProductionOrder>;

/** What a machine should be doing: read by the factory's terminals and by collectors. */
export const MachineWork = Type.Object({
  machineId: Id,
  machineCode: Code,
  operationId: Id,
  productionNo: Code,
  itemId: Id,
  itemCode: Code,
  /** Pieces to count in all: the ordered ones, and as many as make up for the scrap found so far. */
  quantity: Type.Integer(),
  goodQuantity: Type.Integer(),
  ratePerHour: Type.Number(),
  setUpMinutes: Type.Integer(),
  plannedStart: Instant,
  plannedEnd: Instant,
  state: OneOf(['queued', 'running']),
});
export type MachineWork = Static<typeof MachineWork>;

/** Manual report: corrects or completes what the machine counted. */
export const NewOutputReport = Type.Object({
  operationId: Id,
  good: Count,
  scrap: Count,
  scrapReason: Type.Optional(Name),
  /** Client-made key: the same report sent twice counts once. */
  reportKey: Type.String({ minLength: 8, maxLength: 64 }),
  note: Type.Optional(Type.String({ maxLength: 500 })),
});
export type NewOutputReport = Static<typeof NewOutputReport>;
export const OutputReport = Type.Object({
  id: Id,
  operationId: Id,
  source: OneOf(['machine', 'manual']),
  good: Type.Integer(),
  scrap: Type.Integer(),
  scrapReason: Nullable(Name),
  at: Instant,
  reportedBy: Nullable(Name),
});
export type OutputReport = Static<typeof OutputReport>;
export const DECLINE_REASONS = ['no-material', 'no-people', 'machine-down', 'price', 'other'] as const;
export const DeclineOffer = Type.Object({
  reason: OneOf(DECLINE_REASONS),
  note: Type.Optional(Type.String({ maxLength: 500 })),
});
export type DeclineOffer = Static<typeof DeclineOffer>;
