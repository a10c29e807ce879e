import {
  Id,
  NewCalendar,
  NewCapability,
  NewItem,
  NewMachine,
  NewSite,
  NewWorkCenter,
  Nullable,
} from '@millrace/contract';
import { type Static, Type } from 'typebox';

// A change names only what changes. Whose it is and where it belongs never changes; null takes an optional value away.
export const SitePatch = Type.Partial(
  Type.Intersect([
    Type.Omit(NewSite, ['organisationId', 'calendarId']),
    Type.Object({ calendarId: Nullable(Id) }),
  ]),
);
export type SitePatch = Static<typeof SitePatch>;
export const WorkCenterPatch = Type.Partial(Type.Omit(NewWorkCenter, ['siteId']));
export type WorkCenterPatch = Static<typeof WorkCenterPatch>;
export const MachinePatch = Type.Partial(
  Type.Object({
    workCenterId: Id,
    code: NewMachine.properties.code,
    name: NewMachine.properties.name,
    gatewayId: Nullable(Id),
    calendarId: Nullable(Id),
    countModulus: Nullable(Type.Integer({ minimum: 2, maximum: 4_294_967_296 })),
    /** True takes the machine out of service, false brings it back. */
    retired: Type.Boolean(),
  }),
);
export type MachinePatch = Static<typeof MachinePatch>;
export const ItemPatch = Type.Partial(NewItem);
export type ItemPatch = Static<typeof ItemPatch>;
export const CapabilityPatch = Type.Partial(Type.Omit(NewCapability, ['workCenterId', 'itemId']));
export type CapabilityPatch = Static<typeof CapabilityPatch>;
export const CalendarPatch = Type.Partial(Type.Omit(NewCalendar, ['organisationId']));
export type CalendarPatch = Static<typeof CalendarPatch>;
