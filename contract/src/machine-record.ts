import { type Static, Type } from 'typebox';
import { Day, Id, Instant, Nullable, OneOf } from './primitives.ts';

/** OPC 40001-1: running = Executing, idle = NotExecuting, setup = operation mode Setup, down = OutOfService, off = NotAvailable; unknown = no value. See docs/guide/machine-states.md. */
export const MACHINE_STATES = ['running', 'idle', 'setup', 'down', 'off', 'unknown'] as const;
export const MachineState = OneOf(MACHINE_STATES);
export type MachineState = Static<typeof MachineState>;

/** One upload holds at most this many records: a gateway's machines for one minute, or a back-fill of several minutes. */
export const UPLOAD_RECORDS_MAX = 10_000;
/** Signals beyond the basics, per record. */
export const SIGNALS_MAX = 32;

/** What one machine did in one minute. [V3 §2] */
export const MachineRecord = Type.Object({
  /** Machine code, unique in the gateway's organisation, or the machine's id. */
  machine: Type.String({ minLength: 1, maxLength: 64 }),
  /** Start of the minute, epoch ms; a multiple of 60,000. */
  minute: Instant,
  /** Seconds the machine ran in this minute, 0–60. */
  runningS: Type.Integer({ minimum: 0, maximum: 60 }),
  /** Pieces counted since local midnight; never decreases within a day except by a controller restart or a wrap at the declared modulus. [V3 §3] */
  count: Type.Integer({ minimum: 0, maximum: 4_294_967_295 }),
  /**
   * The site's local date whose pieces `count` counts, where the sender knows it because it begins anew by the same clock that
   * gives `minute`. Without it the platform allows for a counter that begins anew some minutes before or after midnight.
   */
  day: Type.Optional(Day),
  state: Type.Optional(MachineState),
  /** Energy of this minute, watt-hours. */
  energyWh: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_147_483_647 })),
  /** Signal values by name. */
  signals: Type.Optional(
    Type.Record(Type.String({ maxLength: 64 }), Type.Number(), { maxProperties: SIGNALS_MAX }),
  ),
});
export type MachineRecord = Static<typeof MachineRecord>;

export const MachineRecordUpload = Type.Object({
  /** Version of the interface. */
  v: Type.Literal(3),
  /** Opaque to the platform, returned in the answer. */
  uploadId: Type.Optional(Type.String({ maxLength: 64 })),
  records: Type.Array(MachineRecord, { minItems: 1, maxItems: UPLOAD_RECORDS_MAX }),
});
export type MachineRecordUpload = Static<typeof MachineRecordUpload>;

export const RECORD_REJECTIONS = [
  'malformed',
  'unknown-machine',
  'foreign-machine',
  'minute-off-boundary',
  'too-far-in-future',
  'too-old',
  'running-out-of-range',
  'count-out-of-range',
  'energy-out-of-range',
  'unknown-state',
  'too-many-signals',
  'repeated-in-upload',
] as const;
/** Answer to an upload, given after COMMIT: accepted + duplicate + conflict + rejected = received. */
export const UploadAnswer = Type.Object({
  uploadId: Type.Optional(Type.String()),
  received: Type.Integer(),
  accepted: Type.Integer(),
  duplicate: Type.Integer(),
  conflict: Type.Integer(),
  rejected: Type.Integer(),
  /** First 100 rejections, by index into `records`. */
  rejections: Type.Array(
    Type.Object({ index: Type.Integer(), code: OneOf(RECORD_REJECTIONS), message: Type.String() }),
  ),
});
export type UploadAnswer = Static<typeof UploadAnswer>;

/** received = accepted + duplicate + conflict + rejected; late is a part of accepted. */
export const LossLedger = Type.Object({
  machineId: Id,
  received: Type.Integer(),
  accepted: Type.Integer(),
  duplicate: Type.Integer(),
  conflict: Type.Integer(),
  rejected: Type.Integer(),
  late: Type.Integer(),
  gapMinutes: Type.Integer(),
  /** Latest gaps first, at most 100; half-open. */
  gaps: Type.Array(Type.Object({ from: Instant, to: Instant })),
});
export type LossLedger = Static<typeof LossLedger>;

export const RawRecord = Type.Object({
  minute: Instant,
  runningS: Type.Integer(),
  count: Type.Integer(),
  /** The local midnight with which `count` begins, where the sender said so; see `day` of an uploaded record. */
  dayStart: Nullable(Instant),
  /** `count` is the pieces of this minute alone: the machine's device was mapped, and tells increments. */
  increment: Type.Boolean(),
  state: Nullable(MachineState),
  energyWh: Nullable(Type.Integer()),
});
export type RawRecord = Static<typeof RawRecord>;

/** Maps a device that speaks another telemetry form onto one machine. */
export const DeviceMapping = Type.Object({
  id: Id,
  machineId: Id,
  /** `thingsboard`: topic v1/devices/me/telemetry, MQTT user name = the mapping's token. */
  form: OneOf(['thingsboard']),
  /** Key that carries the count, and whether it is cumulative or pieces since the last message. */
  countKey: Nullable(Type.String({ maxLength: 64 })),
  countKind: OneOf(['cumulative', 'increment']),
  /** Key whose value is truthy, > 0 or one of `runningValues` while the machine runs. */
  runningKey: Nullable(Type.String({ maxLength: 64 })),
  runningValues: Type.Array(Type.String({ maxLength: 64 }), { maxItems: 16 }),
  energyKey: Nullable(Type.String({ maxLength: 64 })),
});
export type DeviceMapping = Static<typeof DeviceMapping>;
export const NewDeviceMapping = Type.Object({
  machineId: Id,
  form: OneOf(['thingsboard']),
  countKey: Type.Optional(Type.String({ maxLength: 64 })),
  countKind: Type.Optional(OneOf(['cumulative', 'increment'])),
  runningKey: Type.Optional(Type.String({ maxLength: 64 })),
  runningValues: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 16 })),
  energyKey: Type.Optional(Type.String({ maxLength: 64 })),
});
export type NewDeviceMapping = Static<typeof NewDeviceMapping>;
