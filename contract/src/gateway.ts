import { type Static, Type } from 'typebox';
import { ConfigFault, EdgeConfig, RULE_KINDS } from './edge-config.ts';
import { Code, Id, Instant, Name, Nullable, OneOf } from './primitives.ts';
import {
  QUARANTINE_GROUPS_MAX,
  QuarantineGroup,
  QuarantineSelection,
  RESEND_REFUSALS,
  Resent,
} from './quarantine.ts';

/** One-time code that makes an agent a gateway: shown in the console, typed at the box. */
export const EnrolmentCode = Type.Object({
  /** Twelve letters and digits in three groups, without look-alikes. */
  code: Type.String({ pattern: '^[A-HJ-NP-Z2-9]{4}(-[A-HJ-NP-Z2-9]{4}){2}$' }),
  gatewayId: Id,
  expiresAt: Instant,
});
export type EnrolmentCode = Static<typeof EnrolmentCode>;
export const EnrolmentRequest = Type.Object({
  code: Type.String({ minLength: 12, maxLength: 16 }),
  agentVersion: Type.String({ maxLength: 32 }),
  hostName: Type.String({ maxLength: 253 }),
  /**
   * 256 random bits in base64url that the agent stored before it asked. With them the same question may be asked again when
   * the answer was lost, until the token is first used. Absent = a lost answer costs the code.
   */
  attemptKey: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' })),
});
export type EnrolmentRequest = Static<typeof EnrolmentRequest>;
/** The token is said once; `gatewayCode` names the agent. */
export const EnrolmentAnswer = Type.Object({ gatewayId: Id, gatewayCode: Code, token: Type.String() });
export type EnrolmentAnswer = Static<typeof EnrolmentAnswer>;

export const TAG_QUALITIES = ['good', 'uncertain', 'bad'] as const;
export type TagQuality = (typeof TAG_QUALITIES)[number];
export const TagValue = Type.Union([Type.Boolean(), Type.Number(), Type.String(), Type.Null()]);
export type TagValue = Static<typeof TagValue>;

/** What an agent has counted; bounded so that sums stay numbers, whatever it tells. A miscount below zero is shown, and costs no line. */
const Tally = Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER });
/** No gateway is configured anew so often. */
export const CONFIG_VERSION_MAX = 1_000_000_000;

export const TagHealth = Type.Object({
  machine: Code,
  tag: Type.String({ maxLength: 64 }),
  value: TagValue,
  quality: OneOf(TAG_QUALITIES),
  /** Of the value, by the source's clock. */
  at: Nullable(Instant),
  lastGoodAt: Nullable(Instant),
  error: Nullable(Type.String({ maxLength: 500 })),
});
export type TagHealth = Static<typeof TagHealth>;
export const CONNECTION_STATES = ['connecting', 'connected', 'waiting', 'failed', 'disabled'] as const;
export const ConnectionHealth = Type.Object({
  code: Code,
  driver: Type.String({ maxLength: 128 }),
  state: OneOf(CONNECTION_STATES),
  since: Instant,
  error: Nullable(Type.String({ maxLength: 500 })),
  reconnects: Tally,
  /** Restarts of the worker it runs in: it hung or crashed. */
  restarts: Tally,
  /** Of the last request, ms. */
  latencyMs: Nullable(Type.Number()),
  /** Polls left out since the agent started, because the far side was slower than the period. Absent = an agent that does not count them. */
  skippedPolls: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  tags: Tally,
  tagsBad: Tally,
  /** Values of the last minute. */
  samplesPerMin: Tally,
});
export type ConnectionHealth = Static<typeof ConnectionHealth>;
export const BufferHealth = Type.Object({
  /** Records on the box that the platform has not acknowledged. */
  waiting: Tally,
  bytes: Tally,
  quotaBytes: Tally,
  /** Of the oldest that waits. */
  oldestAt: Nullable(Instant),
  /** Lost since the agent was enrolled: there was no room, or what the disk held is damaged. */
  dropped: Tally,
  /** Refused by the platform for good and kept apart, until they are sent again. */
  quarantined: Tally,
  /** What that is, the most first. Absent = nothing, or an agent that does not tell. */
  quarantine: Type.Optional(Type.Array(QuarantineGroup, { maxItems: QUARANTINE_GROUPS_MAX })),
});
export type BufferHealth = Static<typeof BufferHealth>;
export const AgentHealth = Type.Object({
  agentVersion: Type.String({ maxLength: 32 }),
  hostName: Type.String({ maxLength: 253 }),
  startedAt: Instant,
  at: Instant,
  configVersion: Nullable(Tally),
  /** Where the running configuration came from. */
  configSource: OneOf(['platform', 'file', 'none']),
  rssBytes: Tally,
  connections: Type.Array(ConnectionHealth, { maxItems: 256 }),
  /** Those that are not good, at most 200; all of them on request. */
  tags: Type.Array(TagHealth, { maxItems: 200 }),
  buffer: BufferHealth,
});
export type AgentHealth = Static<typeof AgentHealth>;

/** Asks at a far side, in the configuration or not. */
export const EdgeLook = Type.Union([
  /** Settings of a connection not yet in the configuration. */
  Type.Object({
    kind: Type.Literal('test'),
    driver: Type.String(),
    settings: Type.Record(Type.String(), Type.Unknown()),
  }),
  Type.Object({
    kind: Type.Literal('browse'),
    driver: Type.String(),
    settings: Type.Record(Type.String(), Type.Unknown()),
    /** Address of the node whose children are asked for; absent = the root. */
    parent: Type.Optional(Type.String({ maxLength: 1_024 })),
  }),
  /** Asks at the settings' address what there is to connect to: servers and their security, devices, racks and slots. */
  Type.Object({
    kind: Type.Literal('discover'),
    driver: Type.String(),
    settings: Type.Record(Type.String(), Type.Unknown()),
  }),
  /** Reads addresses once, for live raw values. */
  Type.Object({
    kind: Type.Literal('read'),
    driver: Type.String(),
    settings: Type.Record(Type.String(), Type.Unknown()),
    addresses: Type.Array(
      Type.Object({
        address: Type.String({ maxLength: 1_024 }),
        type: Type.Optional(Type.String()),
        wordOrder: Type.Optional(Type.String()),
      }),
      { minItems: 1, maxItems: 64 },
    ),
  }),
]);
export type EdgeLook = Static<typeof EdgeLook>;
/** Something the platform asks of the agent while a person waits: at most seconds, nothing is changed at a machine. */
export const EdgeRequest = Type.Union([
  ...EdgeLook.anyOf,
  /** Sends again what the platform refused before. */
  Type.Object({ kind: Type.Literal('resend'), selection: QuarantineSelection }),
]);
export type EdgeRequest = Static<typeof EdgeRequest>;

export const BrowseNode = Type.Object({
  address: Type.String(),
  name: Type.String(),
  /** Folders have children, tags have a value. */
  folder: Type.Boolean(),
  tag: Type.Boolean(),
  type: Nullable(Type.String()),
  value: Type.Optional(TagValue),
  /** What the driver knows it to be, from a companion model. */
  meaning: Type.Optional(OneOf(['count', 'state', 'energy', 'other'])),
});
export type BrowseNode = Static<typeof BrowseNode>;
export const ReadValue = Type.Object({
  address: Type.String(),
  value: TagValue,
  quality: OneOf(TAG_QUALITIES),
  at: Nullable(Instant),
  error: Nullable(Type.String({ maxLength: 500 })),
});
export type ReadValue = Static<typeof ReadValue>;
/** Something to connect to, found by asking. */
export const ConnectionOffer = Type.Object({
  /** As the far side calls itself. */
  name: Type.String({ maxLength: 200 }),
  /** Laid over the settings that were asked with, they reach it. */
  settings: Type.Record(Type.String(), Type.Unknown()),
  /** Settings that a person has to add: it lets nobody in without. */
  needs: Type.Array(Type.String(), { maxItems: 8 }),
});
export type ConnectionOffer = Static<typeof ConnectionOffer>;
export const OFFERS_MAX = 64;
/** `error` in words when it failed, with nothing else. */
export const EdgeAnswer = Type.Object({
  error: Nullable(Type.String({ maxLength: 500 })),
  latencyMs: Nullable(Type.Number()),
  nodes: Type.Optional(Type.Array(BrowseNode, { maxItems: 1_000 })),
  /** Browsing found more than that. */
  truncated: Type.Optional(Type.Boolean()),
  values: Type.Optional(Type.Array(ReadValue, { maxItems: 64 })),
  resent: Type.Optional(Resent),
  /** Beside `error`, when it is one of these. */
  resendRefusal: Type.Optional(OneOf(RESEND_REFUSALS)),
  offers: Type.Optional(Type.Array(ConnectionOffer, { maxItems: OFFERS_MAX })),
});
export type EdgeAnswer = Static<typeof EdgeAnswer>;

/** What the rule looks at, so that an alarm can be said in words without the configuration it came from. */
export const AlarmBasis = Type.Object({
  kind: OneOf(RULE_KINDS),
  tag: Type.String({ maxLength: 64 }),
  /** Of `value` and `limit`; null = the tag has none. */
  unit: Nullable(Type.String({ maxLength: 32 })),
});
export type AlarmBasis = Static<typeof AlarmBasis>;
export const EdgeAlarm = Type.Object({
  /** Unique per agent: a repeated delivery is the same alarm. */
  id: Type.String({ minLength: 1, maxLength: 64 }),
  machine: Code,
  rule: Code,
  severity: OneOf(['info', 'warning', 'critical']),
  phase: OneOf(['raised', 'cleared']),
  at: Instant,
  value: Type.Number(),
  /** Limit it crossed, in the unit of the tag. */
  limit: Nullable(Type.Number()),
  /** Absent = an agent that does not tell it, and alarms of rules that are no more. */
  basis: Type.Optional(AlarmBasis),
});
export type EdgeAlarm = Static<typeof EdgeAlarm>;
export const EDGE_ALARMS_MAX = 1_000;
export const EdgeAlarmUpload = Type.Object({
  v: Type.Literal(1),
  alarms: Type.Array(EdgeAlarm, { minItems: 1, maxItems: EDGE_ALARMS_MAX }),
});
export type EdgeAlarmUpload = Static<typeof EdgeAlarmUpload>;
export const EdgeAlarmAnswer = Type.Object({
  accepted: Type.Integer(),
  duplicate: Type.Integer(),
  /** Machines that are not the gateway's, and what is no alarm. */
  rejected: Type.Integer(),
  rejections: Type.Optional(
    Type.Array(Type.Object({ index: Type.Integer(), code: Type.String() }), { maxItems: 1_000 }),
  ),
});
export type EdgeAlarmAnswer = Static<typeof EdgeAlarmAnswer>;

export const COMMAND_STATES = [
  'awaiting-approval',
  'queued',
  'delivered',
  'executed',
  'refused',
  'failed',
  'expired',
  'withdrawn',
  /** The agent went away between write and answer: what happened at the machine must be looked at. */
  'unknown',
] as const;
export const COMMAND_REFUSALS = [
  'not-configured',
  'not-allowed-here',
  'expired',
  'value-out-of-range',
  'wrong-type',
  'interlock',
  'not-connected',
  'already-executed',
] as const;
/** Longer than what machines take for a text; it stands in the audit with every step. */
export const COMMAND_TEXT_MAX = 4_096;
export const NewMachineCommand = Type.Object({
  machineId: Id,
  command: Code,
  value: Type.Optional(
    Type.Union([Type.Boolean(), Type.Number(), Type.String({ maxLength: COMMAND_TEXT_MAX }), Type.Null()]),
  ),
  reason: Name,
  /** After that it is not executed any more, s. */
  expiresInS: Type.Integer({ minimum: 5, maximum: 3_600 }),
  /** The caller's own key: the same again is the same command, not a second one. */
  requestKey: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
});
export type NewMachineCommand = Static<typeof NewMachineCommand>;
export const CommandOutcome = Type.Object({
  state: OneOf(['executed', 'refused', 'failed', 'unknown']),
  refusal: Nullable(OneOf(COMMAND_REFUSALS)),
  /** The interlock that did not hold, or the far side's words. */
  detail: Nullable(Type.String({ maxLength: 500 })),
  readBack: Nullable(TagValue),
  at: Instant,
});
export type CommandOutcome = Static<typeof CommandOutcome>;
export const MachineCommand = Type.Object({
  id: Id,
  machineId: Id,
  gatewayId: Id,
  command: Code,
  class: OneOf(['normal', 'dangerous']),
  value: TagValue,
  reason: Type.String(),
  state: OneOf(COMMAND_STATES),
  requestedBy: Type.String(),
  requestedAt: Instant,
  approvedBy: Nullable(Type.String()),
  approvedAt: Nullable(Instant),
  expiresAt: Instant,
  outcome: Nullable(CommandOutcome),
});
export type MachineCommand = Static<typeof MachineCommand>;

/**
 * The agent's one open line: it tells how it is and what it answered, and waits up to `waitS` for what the platform wants.
 * Only ever outward, so that a factory's firewall stays shut.
 */
export const EdgeExchange = Type.Object({
  waitS: Type.Integer({ minimum: 0, maximum: 25 }),
  health: AgentHealth,
  /** Newest configuration the agent knows, applied or refused. */
  seenVersion: Nullable(Type.Integer()),
  faults: Type.Array(ConfigFault, { maxItems: 100 }),
  answers: Type.Array(Type.Object({ id: Id, answer: EdgeAnswer }), { maxItems: 64 }),
  outcomes: Type.Array(Type.Object({ id: Id, outcome: CommandOutcome }), { maxItems: 64 }),
});
export type EdgeExchange = Static<typeof EdgeExchange>;
export const EdgeOrders = Type.Object({
  /** When it is newer than `seenVersion`. */
  config: Nullable(Type.Object({ version: Type.Integer(), config: EdgeConfig })),
  requests: Type.Array(Type.Object({ id: Id, request: EdgeRequest, expiresAt: Instant })),
  /** Asked for until the outcome is told; the agent executes each id at most once. */
  commands: Type.Array(
    Type.Object({ id: Id, machine: Code, command: Code, value: TagValue, expiresAt: Instant }),
  ),
  /** Ids whose outcome the platform has stored: the agent may forget them. */
  settled: Type.Array(Id),
  /** The platform's wall clock at the answer: expiry is judged by it, whatever the box's own clock says. */
  now: Type.Optional(Instant),
  /** A new token, said once, when rotation was asked for; the old one works until the new one is used. */
  token: Type.Optional(Type.String()),
});
export type EdgeOrders = Static<typeof EdgeOrders>;
