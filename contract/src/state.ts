import { type Static, Type } from 'typebox';
import { MachineState } from './machine-record.ts';
import { Code, Day, Id, Instant, Name, Nullable, OneOf } from './primitives.ts';

/**
 * What one machine is doing now; also the payload of the live stream. Of a machine that another organisation shares, fields
 * that the grant does not name are blank: `unknown`, null, 0 or empty.
 */
export const LiveMachine = Type.Object({
  machineId: Id,
  machineCode: Code,
  machineName: Name,
  siteId: Id,
  siteName: Name,
  organisationId: Id,
  workCenterId: Id,
  state: MachineState,
  /** Since when it has been in this state. */
  since: Nullable(Instant),
  /** Minute of the newest record. */
  lastMinute: Nullable(Instant),
  /** Good pieces counted since local midnight. */
  countToday: Type.Integer(),
  /** Planned pieces of today up to midnight; null without work. */
  planToday: Nullable(Type.Integer()),
  itemCode: Nullable(Code),
  /** Today so far, 0–1; null before the first planned minute. */
  oeeToday: Nullable(Type.Number()),
  /** Pieces in each of the last 60 minutes, oldest first; null = no record. */
  lastHour: Type.Array(Nullable(Type.Integer())),
});
export type LiveMachine = Static<typeof LiveMachine>;

/** ISO 22400-2 time classes; every minute of planned operation time has exactly one. */
export const TIME_CLASSES = ['production', 'setup', 'idle', 'down', 'maintenance', 'unrecorded'] as const;
export const TimeClass = OneOf(TIME_CLASSES);
export type TimeClass = Static<typeof TimeClass>;

/** Time accounting of one machine over one span; minutes. Σ classes = potMin. */
export const TimeAccount = Type.Object({
  /** Planned operation time. */
  potMin: Type.Number(),
  /** Planned busy time = POT − planned downtime (maintenance) . */
  pbtMin: Type.Number(),
  /** Actual production time APT. */
  aptMin: Type.Number(),
  /** Actual unit set-up time AUST. */
  austMin: Type.Number(),
  /** Actual delay: idle while planned busy (ADET). */
  adetMin: Type.Number(),
  /** Actual down time ADOT. */
  adotMin: Type.Number(),
  /** Planned maintenance APMT. */
  apmtMin: Type.Number(),
  /** Minutes of POT without any record. */
  unrecordedMin: Type.Number(),
  /** Production outside POT, reported apart. */
  outsidePotMin: Type.Number(),
});
export type TimeAccount = Static<typeof TimeAccount>;

/** A KPI with what it was computed from. */
export const Kpi = Type.Object({
  value: Nullable(Type.Number()),
  /** In the words of ISO 22400-2, for example `APT / PBT`. */
  formula: Type.String(),
  /** The numbers that went in, by element name. */
  inputs: Type.Record(Type.String(), Nullable(Type.Number())),
});
export type Kpi = Static<typeof Kpi>;
export const OeeSheet = Type.Object({
  availability: Kpi,
  effectiveness: Kpi,
  quality: Kpi,
  oee: Kpi,
  nee: Kpi,
});
export type OeeSheet = Static<typeof OeeSheet>;

/** One machine on one day: timeline, counts, waterfall. */
export const MachineDay = Type.Object({
  machineId: Id,
  day: Day,
  zone: Type.String(),
  from: Instant,
  to: Instant,
  /** State changes as half-open spans. */
  timeline: Type.Array(Type.Object({ state: MachineState, from: Instant, to: Instant })),
  shifts: Type.Array(Type.Object({ name: Name, from: Instant, to: Instant })),
  hours: Type.Array(
    Type.Object({ from: Instant, count: Type.Integer(), runningS: Type.Integer(), energyWh: Type.Integer() }),
  ),
  count: Type.Integer(),
  scrap: Type.Integer(),
  restarts: Type.Integer({ description: 'controller restarts seen in the count' }),
  time: TimeAccount,
  oee: OeeSheet,
  /** Rows the figures came from: path of the raw-record query. */
  source: Type.Object({ records: Type.Integer(), href: Type.String() }),
});
export type MachineDay = Static<typeof MachineDay>;

export const CountRow = Type.Object({
  from: Instant,
  to: Instant,
  count: Type.Integer(),
  runningS: Type.Integer(),
  energyWh: Type.Integer(),
  records: Type.Integer(),
});
export type CountRow = Static<typeof CountRow>;
export const CountGrain = OneOf(['minute', 'hour', 'shift', 'day']);
export type CountGrain = Static<typeof CountGrain>;
