import { type Static, Type } from 'typebox';
import { CapacityBucket } from './capacity.ts';
import { OrderRow } from './order.ts';
import { Id, Instant, Name, Nullable, Position } from './primitives.ts';

/** The network board in one request: first paint needs no second. */
export const Board = Type.Object({
  at: Instant,
  kpis: Type.Object({
    machinesRunning: Type.Integer(),
    machinesConnected: Type.Integer(),
    machinesTotal: Type.Integer(),
    /** Σ good standard time ÷ Σ planned busy time of today so far, 0–1. */
    oee: Nullable(Type.Number()),
    idleHours24h: Type.Number(),
    idleHours7d: Type.Number(),
    ordersOpen: Type.Integer(),
    ordersAtRisk: Type.Integer(),
    /** Lines received on or before the requested date ÷ lines received, last 30 days, 0–1. */
    keptPromises: Nullable(Type.Number()),
    linesReceived30d: Type.Integer(),
  }),
  sites: Type.Array(
    Type.Object({
      siteId: Id,
      name: Name,
      position: Position,
      positionApproximate: Type.Boolean(),
      machines: Type.Integer(),
      running: Type.Integer(),
      down: Type.Integer(),
      connected: Type.Integer(),
      /** Share of the next 7 days' offered minutes that is committed, 0–1. */
      soldShare: Type.Number(),
    }),
  ),
  inTransit: Type.Array(
    Type.Object({
      shipmentId: Id,
      from: Position,
      to: Position,
      orderNo: Type.String(),
      /** 0–1 */ progress: Type.Number(),
    }),
  ),
  capacity: Type.Array(CapacityBucket),
  atRisk: Type.Array(OrderRow),
});
export type Board = Static<typeof Board>;

/** What a figure means, so that two people who read it mean the same. */
export const KpiDefinition = Type.Object({
  /** As in the board or the sheet that shows it. */
  name: Type.String(),
  /** In the words of ISO 22400-2 and B2MML where they have one. */
  formula: Type.String(),
  /** `1` for a share (0–1), else UCUM. */
  unit: Type.String(),
  /** Route that shows what the figure is made of. */
  source: Type.String(),
});
export type KpiDefinition = Static<typeof KpiDefinition>;

/** The domain clock: wall time in production, faster in the demonstration. */
export const DomainClock = Type.Object({ now: Instant, wallNow: Instant, speed: Type.Number() });
export type DomainClock = Static<typeof DomainClock>;
