import { type Static, Type } from 'typebox';
import {
  Code,
  Currency,
  Day,
  Id,
  Instant,
  MoneyMinor,
  Name,
  Nullable,
  OneOf,
  Position,
  Quantity,
  TimeOfDay,
  Zone,
} from './primitives.ts';

export const Site = Type.Object({
  id: Id,
  organisationId: Id,
  organisationName: Name,
  code: Code,
  name: Name,
  position: Position,
  /** True where the position comes from a table of approximations and not from the owner. */
  positionApproximate: Type.Boolean(),
  zone: Zone,
  /** Share of every work center's hours offered to this network, percent. */
  offeredPercent: Type.Integer({ minimum: 0, maximum: 100 }),
  calendarId: Nullable(Id),
  /** Offers that fit the plan are accepted at once, without a person. */
  autoAccept: Type.Optional(Type.Boolean()),
  machineCount: Type.Integer(),
});
export type Site = Static<typeof Site>;
export const NewSite = Type.Object({
  organisationId: Type.Optional(Id),
  code: Code,
  name: Name,
  position: Position,
  positionApproximate: Type.Optional(Type.Boolean()),
  zone: Zone,
  offeredPercent: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
  calendarId: Type.Optional(Id),
  autoAccept: Type.Optional(Type.Boolean()),
});
export type NewSite = Static<typeof NewSite>;

/** ISA-95 work center: a group of alike machines at one site. */
export const WorkCenter = Type.Object({
  id: Id,
  siteId: Id,
  organisationId: Id,
  code: Code,
  name: Name,
  processCode: Code,
  machineCount: Type.Integer(),
});
export type WorkCenter = Static<typeof WorkCenter>;
export const NewWorkCenter = Type.Object({ siteId: Id, code: Code, name: Name, processCode: Code });
export type NewWorkCenter = Static<typeof NewWorkCenter>;

/** ISA-95 work unit with signals. */
export const Machine = Type.Object({
  id: Id,
  organisationId: Id,
  siteId: Id,
  workCenterId: Id,
  gatewayId: Nullable(Id),
  code: Code,
  name: Name,
  /** Own calendar; null = the site's. */
  calendarId: Nullable(Id),
  /** Value after which the machine's own counter starts again at 0; null = never wraps within a day. */
  countModulus: Nullable(Type.Integer({ minimum: 2, maximum: 4_294_967_296 })),
  retiredAt: Nullable(Instant),
});
export type Machine = Static<typeof Machine>;
export const NewMachine = Type.Object({
  workCenterId: Id,
  gatewayId: Type.Optional(Id),
  code: Code,
  name: Name,
  calendarId: Type.Optional(Id),
  countModulus: Type.Optional(Type.Integer({ minimum: 2, maximum: 4_294_967_296 })),
});
export type NewMachine = Static<typeof NewMachine>;

export const Item = Type.Object({
  id: Id,
  code: Code,
  name: Name,
  /** UCUM code of the base unit, for example `{piece}`. */
  unit: Type.String({ minLength: 1, maxLength: 32 }),
  weightGram: Nullable(Type.Integer({ minimum: 0 })),
});
export type Item = Static<typeof Item>;
export const NewItem = Type.Object({
  code: Code,
  name: Name,
  unit: Type.Optional(Type.String({ minLength: 1, maxLength: 32 })),
  weightGram: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000 })),
});
export type NewItem = Static<typeof NewItem>;

export const CAPABILITY_STATES = ['applied', 'qualified', 'suspended'] as const;
/** What a work center can make: the declared rate is per machine. */
export const Capability = Type.Object({
  id: Id,
  organisationId: Id,
  siteId: Id,
  workCenterId: Id,
  itemId: Id,
  itemCode: Code,
  itemName: Name,
  state: OneOf(CAPABILITY_STATES),
  /** Good pieces per running hour of one machine. */
  ratePerHour: Type.Number({ exclusiveMinimum: 0, maximum: 10_000_000 }),
  setUpMinutes: Type.Integer({ minimum: 0, maximum: 10_080 }),
  minimumLot: Quantity,
  unitCostMinor: MoneyMinor,
  currency: Currency,
});
export type Capability = Static<typeof Capability>;
export const NewCapability = Type.Object({
  workCenterId: Id,
  itemId: Id,
  state: Type.Optional(OneOf(CAPABILITY_STATES)),
  ratePerHour: Type.Number({ exclusiveMinimum: 0, maximum: 10_000_000 }),
  setUpMinutes: Type.Integer({ minimum: 0, maximum: 10_080 }),
  minimumLot: Type.Optional(Quantity),
  unitCostMinor: MoneyMinor,
  currency: Type.Optional(Currency),
});
export type NewCapability = Static<typeof NewCapability>;

/** A shift of the weekly pattern. `to` at or before `from` means it ends on the next day. */
export const Shift = Type.Object({
  name: Name,
  /** ISO weekday, 1 = Monday, on which the shift starts. */
  weekday: Type.Integer({ minimum: 1, maximum: 7 }),
  from: TimeOfDay,
  to: TimeOfDay,
});
export type Shift = Static<typeof Shift>;
/** A day that differs from the pattern: closed when it has no shifts. */
export const CalendarException = Type.Object({
  day: Day,
  reason: Name,
  shifts: Type.Array(Type.Object({ name: Name, from: TimeOfDay, to: TimeOfDay }), { maxItems: 8 }),
});
export type CalendarException = Static<typeof CalendarException>;
export const Calendar = Type.Object({
  id: Id,
  organisationId: Id,
  code: Code,
  name: Name,
  shifts: Type.Array(Shift, { maxItems: 64 }),
  exceptions: Type.Array(CalendarException, { maxItems: 1_000 }),
});
export type Calendar = Static<typeof Calendar>;
export const NewCalendar = Type.Object({
  organisationId: Type.Optional(Id),
  code: Code,
  name: Name,
  shifts: Type.Array(Shift, { maxItems: 64 }),
  exceptions: Type.Optional(Type.Array(CalendarException, { maxItems: 1_000 })),
});
export type NewCalendar = Static<typeof NewCalendar>;

export const IMPORT_KINDS = [
  'organisations',
  'sites',
  'work-centers',
  'machines',
  'items',
  'capabilities',
  'calendars',
  'orders',
] as const;
export const ImportKind = OneOf(IMPORT_KINDS);
export type ImportKind = Static<typeof ImportKind>;
/** Answer of a CSV import. All rows land or none: with one bad row nothing is written. */
export const ImportReport = Type.Object({
  kind: ImportKind,
  dryRun: Type.Boolean(),
  rows: Type.Integer(),
  created: Type.Integer(),
  updated: Type.Integer(),
  unchanged: Type.Integer(),
  /** First 1,000 errors; `row` counts from 2 as a spreadsheet shows it (1 is the header). */
  errors: Type.Array(
    Type.Object({
      row: Type.Integer(),
      column: Nullable(Type.String()),
      code: Type.String(),
      message: Type.String(),
    }),
  ),
  committed: Type.Boolean(),
});
export type ImportReport = Static<typeof ImportReport>;
