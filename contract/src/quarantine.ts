import { type Static, Type } from 'typebox';
import { Code, Instant } from './primitives.ts';

/** What the platform refused for good lies on the box, apart from what is delivered; a person may have it sent again. */

/** Of one machine and refused for one reason. */
export const QuarantineGroup = Type.Object({
  /** The reason, as the platform said it. */
  code: Type.String({ maxLength: 64 }),
  machine: Type.String({ maxLength: 64 }),
  /** Records and alarms. */
  items: Type.Integer({ minimum: 1 }),
  /** Of the first and the last minute. */
  fromAt: Instant,
  toAt: Instant,
});
export type QuarantineGroup = Static<typeof QuarantineGroup>;
/** The largest; a gateway with more of them has one trouble, not fifty. */
export const QUARANTINE_GROUPS_MAX = 50;

/** Which of it is sent again; what is absent may be anything. */
export const QuarantineSelection = Type.Object({
  code: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  machine: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  /** Under the code of this machine, for what was collected under a wrong one; only together with `machine`. */
  as: Type.Optional(Code),
  /** Put aside until then, by the box's clock: who asks again for the rest does not ask for what came back meanwhile. */
  until: Type.Optional(Instant),
});
export type QuarantineSelection = Static<typeof QuarantineSelection>;

/** Items of the quarantine that wait for their delivery again. */
export const Resent = Type.Object({
  items: Type.Integer({ minimum: 0 }),
  /** Of the selection, for the next time: so many at once that live data does not wait long. */
  left: Type.Integer({ minimum: 0 }),
  until: Instant,
});
export type Resent = Static<typeof Resent>;
/** The log has no room for it beside what waits there, or the disk does not take it: what lies there stays there. */
export const RESEND_REFUSALS = ['quota', 'disk'] as const;
