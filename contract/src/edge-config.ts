import { type Static, Type } from 'typebox';
import { MachineState } from './machine-record.ts';
import { Code, Instant, Nullable, OneOf, Zone } from './primitives.ts';

const closed = { additionalProperties: false } as const;
/** Name of a tag, as expressions write it. */
export const TagName = Type.String({ pattern: '^[a-z][a-zA-Z0-9_]{0,63}$' });
/** Common Expression Language over the machine's tags; short, because it runs at every change of one of them. */
export const Expression = Type.String({ minLength: 1, maxLength: 500 });

export const TAG_TYPES = [
  'bool',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'float32',
  'float64',
  'bcd16',
  'bcd32',
  'string',
] as const;
export type TagType = (typeof TAG_TYPES)[number];
/** What fits into the whole-number types, inclusive. Beyond 2^53 a number on the way would have been rounded. */
export const INTEGER_RANGES: Readonly<Partial<Record<TagType, readonly [least: number, most: number]>>> = {
  int16: [-32_768, 32_767],
  uint16: [0, 65_535],
  int32: [-2_147_483_648, 2_147_483_647],
  uint32: [0, 4_294_967_295],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  uint64: [0, Number.MAX_SAFE_INTEGER],
  bcd16: [0, 9_999],
  bcd32: [0, 99_999_999],
};
/** Bytes of a 32-bit value 0x0A0B0C0D on the wire: ABCD = both big-endian. */
export const WORD_ORDERS = ['ABCD', 'CDAB', 'BADC', 'DCBA'] as const;

/** One value read from a far side. */
export const EdgeTag = Type.Object(
  {
    name: TagName,
    /** Code of the connection. */
    connection: Code,
    /** In the words of the driver: `1/holding/100`, `DB1.DBW20`, `ns=2;s=Count`, `topic#/json/pointer` … */
    address: Type.String({ minLength: 1, maxLength: 1_024 }),
    /** Absent = as the protocol says. */
    type: Type.Optional(OneOf(TAG_TYPES)),
    wordOrder: Type.Optional(OneOf(WORD_ORDERS)),
    /** One bit of an integer, 0 = least significant; the tag is then a truth value. */
    bit: Type.Optional(Type.Integer({ minimum: 0, maximum: 63 })),
    /** value = raw · scale + offset, in `unit`. */
    scale: Type.Optional(Type.Number()),
    offset: Type.Optional(Type.Number()),
    /** UCUM. */
    unit: Type.Optional(Type.String({ maxLength: 32 })),
  },
  closed,
);
export type EdgeTag = Static<typeof EdgeTag>;

/** Where the pieces come from. The agent makes of each a count that never falls within a local day. */
export const CountSource = Type.Union([
  /** A counter of the machine, which may wrap at `modulus` (65,536 or 4,294,967,296) or start again at any value. */
  Type.Object(
    {
      from: Type.Literal('counter'),
      tag: TagName,
      modulus: Type.Optional(Type.Integer({ minimum: 2, maximum: 9_007_199_254_740_991 })),
      /** Pieces for one of the counter. */
      pieces: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1_000_000 })),
      /** More than so many pieces a second is a fault of the counter, not production: refused and reported. */
      maxPerS: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1_000_000 })),
    },
    closed,
  ),
  /** Each rising edge is a piece. */
  Type.Object(
    {
      from: Type.Literal('pulse'),
      tag: TagName,
      /** Shorter pulses and pauses are contact bounce. */
      debounceMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 60_000 })),
      pieces: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1_000_000 })),
      maxPerS: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1_000_000 })),
    },
    closed,
  ),
]);
export type CountSource = Static<typeof CountSource>;

/** Where the state comes from; seconds of `running` are counted from it. */
export const StateSource = Type.Union([
  /** A tag that is true, or one of `values`, while the machine runs. */
  Type.Object(
    {
      from: Type.Literal('signal'),
      tag: TagName,
      values: Type.Optional(
        Type.Array(Type.Union([Type.String({ maxLength: 64 }), Type.Number()]), { maxItems: 32 }),
      ),
    },
    closed,
  ),
  /** Runs while pieces come; idle after `idleAfterS` without one. */
  Type.Object(
    { from: Type.Literal('motion'), idleAfterS: Type.Integer({ minimum: 1, maximum: 3_600 }) },
    closed,
  ),
  /** By current or power: running above one threshold, idle below the other, in between as before. */
  Type.Object(
    {
      from: Type.Literal('current'),
      tag: TagName,
      runningAbove: Type.Number(),
      idleBelow: Type.Number(),
      /** It must stay there so long. */
      holdS: Type.Optional(Type.Integer({ minimum: 0, maximum: 600 })),
      /** Below it the machine is switched off. */
      offBelow: Type.Optional(Type.Number()),
    },
    closed,
  ),
  /** First rule that holds gives the state. */
  Type.Object(
    {
      from: Type.Literal('rules'),
      rules: Type.Array(Type.Object({ when: Expression, state: MachineState }, closed), {
        minItems: 1,
        maxItems: 16,
      }),
      otherwise: MachineState,
    },
    closed,
  ),
]);
export type StateSource = Static<typeof StateSource>;

export const EnergySource = Type.Object(
  {
    tag: TagName,
    /** `meter` = a counter in Wh, `power` = W, summed over the minute. */
    kind: OneOf(['meter', 'power']),
    modulus: Type.Optional(Type.Integer({ minimum: 2, maximum: 9_007_199_254_740_991 })),
  },
  closed,
);
export type EnergySource = Static<typeof EnergySource>;

export const RULE_KINDS = ['threshold', 'dead-band', 'rate-of-change', 'moving-average', 'z-score'] as const;
const RuleBase = {
  code: Code,
  tag: TagName,
  severity: OneOf(['info', 'warning', 'critical']),
  /** It must hold so long before the alarm is raised. */
  holdS: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400 })),
};
/** Rules that run without the platform; what they raise is delivered like records. */
export const EdgeRule = Type.Union([
  Type.Object(
    {
      ...RuleBase,
      kind: Type.Literal('threshold'),
      above: Type.Optional(Type.Number()),
      below: Type.Optional(Type.Number()),
      /** Distance back inside before it is over. */
      hysteresis: Type.Optional(Type.Number({ minimum: 0 })),
    },
    closed,
  ),
  /** The value leaves the band around the one last settled on. */
  Type.Object(
    { ...RuleBase, kind: Type.Literal('dead-band'), band: Type.Number({ exclusiveMinimum: 0 }) },
    closed,
  ),
  /** Change per minute. */
  Type.Object(
    { ...RuleBase, kind: Type.Literal('rate-of-change'), perMinute: Type.Number({ exclusiveMinimum: 0 }) },
    closed,
  ),
  /** The mean of the window leaves the limits. */
  Type.Object(
    {
      ...RuleBase,
      kind: Type.Literal('moving-average'),
      windowS: Type.Integer({ minimum: 1, maximum: 86_400 }),
      above: Type.Optional(Type.Number()),
      below: Type.Optional(Type.Number()),
    },
    closed,
  ),
  /** Standard deviations from the mean of the window. */
  Type.Object(
    {
      ...RuleBase,
      kind: Type.Literal('z-score'),
      windowS: Type.Integer({ minimum: 10, maximum: 86_400 }),
      sigmas: Type.Number({ exclusiveMinimum: 0, maximum: 100 }),
    },
    closed,
  ),
]);
export type EdgeRule = Static<typeof EdgeRule>;

/** A write or call that the platform may ask for; also the gateway's own `allow.yaml` must name it. */
export const EdgeCommand = Type.Object(
  {
    code: Code,
    connection: Code,
    address: Type.String({ minLength: 1, maxLength: 1_024 }),
    kind: OneOf(['write', 'call']),
    type: Type.Optional(OneOf(TAG_TYPES)),
    wordOrder: Type.Optional(OneOf(WORD_ORDERS)),
    /** Dangerous ones need two persons. */
    class: OneOf(['normal', 'dangerous']),
    /** As of a tag: value = raw · scale + offset, so raw = (value − offset) / scale is written. For numbers that are written only. */
    scale: Type.Optional(Type.Number()),
    offset: Type.Optional(Type.Number()),
    /** Of the value, before it becomes raw. */
    minimum: Type.Optional(Type.Number()),
    maximum: Type.Optional(Type.Number()),
    /** All must hold at the machine at the moment of execution; the one that does not is named in the refusal. */
    interlocks: Type.Array(Type.Object({ name: Type.String({ maxLength: 100 }), when: Expression }, closed), {
      maxItems: 8,
    }),
    /** Tag that must show the written value within the time. */
    readBack: Type.Optional(
      Type.Object({ tag: TagName, withinMs: Type.Integer({ minimum: 100, maximum: 60_000 }) }, closed),
    ),
  },
  closed,
);
export type EdgeCommand = Static<typeof EdgeCommand>;

export const EdgeMachine = Type.Object(
  {
    /** Code of the machine at the platform. */
    machine: Code,
    /** Of the site: its midnight sets the count to zero. */
    timeZone: Zone,
    tags: Type.Array(EdgeTag, { minItems: 1, maxItems: 500 }),
    count: Type.Optional(CountSource),
    state: Type.Optional(StateSource),
    energy: Type.Optional(EnergySource),
    /** Tags whose last value goes into the minute record under their names. */
    signals: Type.Optional(Type.Array(TagName, { maxItems: 32 })),
    rules: Type.Optional(Type.Array(EdgeRule, { maxItems: 64 })),
    /** Absent or empty = nothing can be commanded. */
    commands: Type.Optional(Type.Array(EdgeCommand, { maxItems: 32 })),
  },
  closed,
);
export type EdgeMachine = Static<typeof EdgeMachine>;

export const EdgeConnection = Type.Object(
  {
    code: Code,
    /** One of `DRIVER_NAMES` or `npm:<package>`. */
    driver: Type.String({ minLength: 1, maxLength: 128 }),
    /** Checked against `DRIVER_SETTINGS[driver]`, or by the driver's package. */
    settings: Type.Record(Type.String({ maxLength: 64 }), Type.Unknown()),
    /** Switched off for a while without losing its settings. */
    disabled: Type.Optional(Type.Boolean()),
  },
  closed,
);
export type EdgeConnection = Static<typeof EdgeConnection>;

/** What the box keeps on its disk, and how. */
export const EdgeBuffer = Type.Object(
  {
    /** Appended records are on the disk after so long or so many bytes, whichever is first. */
    fsyncMs: Type.Optional(Type.Integer({ minimum: 10, maximum: 60_000, default: 1_000 })),
    fsyncBytes: Type.Optional(Type.Integer({ minimum: 4_096, maximum: 16_777_216, default: 262_144 })),
    quotaMiB: Type.Optional(Type.Integer({ minimum: 8, maximum: 1_048_576, default: 1_024 })),
    /** When the quota or the disk is full; what is lost is counted and reported either way. */
    whenFull: Type.Optional(OneOf(['drop-oldest', 'drop-newest'])),
    /** Records a second of the backlog, beside live data. */
    replayPerS: Type.Optional(Type.Integer({ minimum: 10, maximum: 100_000, default: 2_000 })),
  },
  closed,
);
export type EdgeBuffer = Static<typeof EdgeBuffer>;

/** Everything a gateway does: versioned at the platform, or a YAML file beside the agent. */
export const EdgeConfig = Type.Object(
  {
    v: Type.Literal(1),
    connections: Type.Array(EdgeConnection, { maxItems: 256 }),
    machines: Type.Array(EdgeMachine, { maxItems: 1_000 }),
    buffer: Type.Optional(EdgeBuffer),
    /** Workstation mode: V3 uploads of other collectors in the factory are taken and forwarded. */
    intake: Type.Optional(
      Type.Object(
        {
          port: Type.Integer({ minimum: 1, maximum: 65_535 }),
          /** Absent = every address of the box, of IPv6 where it has that. */
          host: Type.Optional(Type.String({ maxLength: 253 })),
          /** Name in `secrets.yaml` of the token that collectors present. */
          token: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,63}$' }),
        },
        closed,
      ),
    ),
  },
  closed,
);
export type EdgeConfig = Static<typeof EdgeConfig>;

/** One fault of a configuration; `path` is a JSON pointer into it. */
export const ConfigFault = Type.Object({ path: Type.String(), code: Type.String(), message: Type.String() });
export type ConfigFault = Static<typeof ConfigFault>;

/** A version of a gateway's configuration, and what the agent said of it. */
export const GatewayConfig = Type.Object({
  version: Type.Integer({ minimum: 1 }),
  config: EdgeConfig,
  createdAt: Instant,
  createdBy: Type.String(),
  note: Nullable(Type.String()),
  /** The agent runs it since. */
  appliedAt: Nullable(Instant),
  /** The agent refused it and goes on with the version before. */
  faults: Type.Array(ConfigFault),
});
export type GatewayConfig = Static<typeof GatewayConfig>;
