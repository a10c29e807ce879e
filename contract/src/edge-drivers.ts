import { type Static, Type } from 'typebox';
import { OneOf } from './primitives.ts';

/** What a gateway's connection needs to reach its far side, per driver. Secrets are named, never written: see `Secret`. */

const Host = Type.String({ minLength: 1, maxLength: 253 });
const Port = Type.Integer({ minimum: 1, maximum: 65_535 });
const TimeoutMs = Type.Integer({ minimum: 100, maximum: 60_000, default: 3_000 });
const PollMs = Type.Integer({ minimum: 100, maximum: 3_600_000, default: 1_000 });
const Url = Type.String({ pattern: '^[a-z.+-]+://', maxLength: 2_048 });
const closed = { additionalProperties: false } as const;

/** Name of an entry in the gateway's own `secrets.yaml`: passwords and keys never leave the factory. */
export const Secret = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,63}$' });

export const OpcUaSettings = Type.Object(
  {
    /** `opc.tcp://host:port/path` */
    endpoint: Type.String({ pattern: '^opc\\.tcp://', maxLength: 2_048 }),
    securityPolicy: OneOf(['None', 'Basic256Sha256', 'Aes256_Sha256_RsaPss']),
    securityMode: OneOf(['none', 'sign', 'sign-and-encrypt']),
    user: Type.Optional(
      Type.Union([
        Type.Object(
          { kind: Type.Literal('password'), name: Type.String({ maxLength: 128 }), password: Secret },
          closed,
        ),
        /** Names of PEM files, without `.pem`, in the folder `pki/user` of the connection. */
        Type.Object({ kind: Type.Literal('certificate'), certificate: Secret, privateKey: Secret }, closed),
      ]),
    ),
    /** False = the server's certificate must lie in the gateway's trust list; true takes it at first sight, and says so. */
    trustOnFirstUse: Type.Optional(Type.Boolean()),
    publishMs: Type.Optional(PollMs),
    /** Values the server keeps per tag between two publishes. */
    queueSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  },
  closed,
);
export type OpcUaSettings = Static<typeof OpcUaSettings>;

export const ModbusSettings = Type.Object(
  {
    host: Host,
    port: Type.Optional(Port),
    framing: Type.Optional(OneOf(['tcp', 'rtu-over-tcp'])),
    pollMs: Type.Optional(PollMs),
    timeoutMs: Type.Optional(TimeoutMs),
    /** Unused registers read along rather than asking twice. */
    gap: Type.Optional(Type.Integer({ minimum: 0, maximum: 124 })),
    /** Least pause between two requests: old gateways need one. */
    pauseMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000 })),
  },
  closed,
);
export type ModbusSettings = Static<typeof ModbusSettings>;

export const S7Settings = Type.Object(
  {
    host: Host,
    port: Type.Optional(Port),
    rack: Type.Integer({ minimum: 0, maximum: 7 }),
    slot: Type.Integer({ minimum: 0, maximum: 31 }),
    pollMs: Type.Optional(PollMs),
    timeoutMs: Type.Optional(TimeoutMs),
  },
  closed,
);
export type S7Settings = Static<typeof S7Settings>;

export const MtconnectAdapterSettings = Type.Object(
  { host: Host, port: Type.Optional(Port), timeoutMs: Type.Optional(TimeoutMs) },
  closed,
);
export type MtconnectAdapterSettings = Static<typeof MtconnectAdapterSettings>;

export const MtconnectAgentSettings = Type.Object(
  {
    url: Url,
    /** Name or uuid of the device; absent = all of the agent. */
    device: Type.Optional(Type.String({ maxLength: 128 })),
    intervalMs: Type.Optional(PollMs),
    timeoutMs: Type.Optional(TimeoutMs),
  },
  closed,
);
export type MtconnectAgentSettings = Static<typeof MtconnectAgentSettings>;

export const MqttSettings = Type.Object(
  {
    url: Url,
    clientId: Type.Optional(Type.String({ maxLength: 64 })),
    user: Type.Optional(Type.String({ maxLength: 128 })),
    password: Type.Optional(Secret),
    /** How payloads are read; `json` maps any JSON by pointer. */
    form: OneOf(['json', 'thingsboard', 'umh', 'neuron']),
    /** Topic filters. */
    topics: Type.Array(Type.String({ minLength: 1, maxLength: 512 }), { minItems: 1, maxItems: 64 }),
  },
  closed,
);
export type MqttSettings = Static<typeof MqttSettings>;

export const SparkplugSettings = Type.Object(
  {
    url: Url,
    clientId: Type.Optional(Type.String({ maxLength: 64 })),
    user: Type.Optional(Type.String({ maxLength: 128 })),
    password: Type.Optional(Secret),
    /** Of the primary host: `spBv1.0/STATE/{hostId}`. */
    hostId: Type.String({ pattern: '^[^/+#]{1,64}$' }),
    /** Groups listened to; absent = all. */
    groups: Type.Optional(Type.Array(Type.String({ pattern: '^[^/+#]{1,128}$' }), { maxItems: 64 })),
  },
  closed,
);
export type SparkplugSettings = Static<typeof SparkplugSettings>;

export const HttpPollSettings = Type.Object(
  {
    url: Url,
    format: OneOf(['json', 'xml']),
    pollMs: Type.Optional(PollMs),
    timeoutMs: Type.Optional(TimeoutMs),
    headers: Type.Optional(Type.Record(Type.String({ maxLength: 64 }), Type.String({ maxLength: 512 }))),
    /** Sent as `Authorization: Bearer …`. */
    bearer: Type.Optional(Secret),
  },
  closed,
);
export type HttpPollSettings = Static<typeof HttpPollSettings>;

export const WebhookSettings = Type.Object(
  {
    /** Port the gateway listens on, in the factory's network. */
    port: Port,
    host: Type.Optional(Host),
    path: Type.String({ pattern: '^/', maxLength: 256 }),
    format: OneOf(['json', 'xml']),
    /** Callers must send it as `Authorization: Bearer …`. */
    bearer: Type.Optional(Secret),
  },
  closed,
);
export type WebhookSettings = Static<typeof WebhookSettings>;

export const PulseSettings = Type.Object(
  {
    /** A GPIO chip such as `/dev/gpiochip0`, or a file or pipe whose lines are `<line> <0|1> [epoch ms]`. */
    device: Type.String({ minLength: 1, maxLength: 256 }),
  },
  closed,
);
export type PulseSettings = Static<typeof PulseSettings>;

export const ScannerSettings = Type.Object(
  {
    /** Serial line or terminal, for example `/dev/ttyUSB0`; or an input device of a scanner that acts as a keyboard. */
    device: Type.String({ minLength: 1, maxLength: 256 }),
    mode: OneOf(['serial', 'keyboard']),
    baud: Type.Optional(Type.Integer({ minimum: 300, maximum: 921_600, default: 9_600 })),
    /** Longest label. */
    maxLength: Type.Optional(Type.Integer({ minimum: 1, maximum: 4_096, default: 256 })),
  },
  closed,
);
export type ScannerSettings = Static<typeof ScannerSettings>;

/** Drivers of the agent itself; others come from packages as `npm:<package>` and check their settings themselves. */
export const DRIVER_SETTINGS = {
  'opc-ua': OpcUaSettings,
  modbus: ModbusSettings,
  s7: S7Settings,
  'mtconnect-adapter': MtconnectAdapterSettings,
  'mtconnect-agent': MtconnectAgentSettings,
  mqtt: MqttSettings,
  'sparkplug-b': SparkplugSettings,
  'http-poll': HttpPollSettings,
  webhook: WebhookSettings,
  pulse: PulseSettings,
  scanner: ScannerSettings,
} as const;
export type DriverName = keyof typeof DRIVER_SETTINGS;
export const DRIVER_NAMES = Object.keys(DRIVER_SETTINGS) as readonly DriverName[];
