import { type Static, Type } from 'typebox';
import { Gateway } from './access.ts';
import { ConfigFault, EdgeConfig } from './edge-config.ts';
import {
  AgentHealth,
  AlarmBasis,
  CONFIG_VERSION_MAX,
  EdgeAlarm,
  EdgeAnswer,
  EdgeRequest,
} from './gateway.ts';
import { Id, Instant, Nullable, OneOf } from './primitives.ts';

/** What people see and do at the platform's side of gateways; the agent's side is `gateway.ts`. */

const Note = Type.String({ minLength: 1, maxLength: 200 });
/** The newest version the writer has seen; null when there was none. Somebody else's newer one refuses the change. */
const BasedOn = Nullable(Type.Integer({ minimum: 1, maximum: CONFIG_VERSION_MAX }));

export const NewGatewayConfig = Type.Object({
  config: EdgeConfig,
  basedOn: BasedOn,
  note: Type.Optional(Note),
});
export type NewGatewayConfig = Static<typeof NewGatewayConfig>;
export const ConfigRestore = Type.Object({ basedOn: BasedOn, note: Type.Optional(Note) });
export type ConfigRestore = Static<typeof ConfigRestore>;

/** A version without its content, for the list. */
export const GatewayConfigVersion = Type.Object({
  version: Type.Integer({ minimum: 1 }),
  createdAt: Instant,
  createdBy: Type.String(),
  note: Nullable(Type.String()),
  /** Its content is that of this older version. */
  restoredFrom: Nullable(Type.Integer()),
  connections: Type.Integer(),
  machines: Type.Integer(),
  appliedAt: Nullable(Instant),
  faults: Type.Array(ConfigFault),
});
export type GatewayConfigVersion = Static<typeof GatewayConfigVersion>;

export const GatewayHealth = Type.Object({
  gatewayId: Id,
  /** False after two waits without a word. */
  online: Type.Boolean(),
  /** Null = never since it was made. */
  heardAt: Nullable(Instant),
  /** Since then, ms (wall). */
  ageMs: Nullable(Type.Integer()),
  health: Nullable(AgentHealth),
});
export type GatewayHealth = Static<typeof GatewayHealth>;

/** One line of the gateway page. */
export const GatewaySummary = Type.Object({
  gateway: Gateway,
  online: Type.Boolean(),
  heardAt: Nullable(Instant),
  agentVersion: Nullable(Type.String()),
  hostName: Nullable(Type.String()),
  /** The version it runs, and the newest there is. */
  runningVersion: Nullable(Type.Integer()),
  newestVersion: Nullable(Type.Integer()),
  /** It refused the newest one. */
  configRefused: Type.Boolean(),
  /** In service, assigned to it. */
  machines: Type.Integer(),
  connections: Type.Integer(),
  connectionsConnected: Type.Integer(),
  tags: Type.Integer(),
  tagsBad: Type.Integer(),
  /** Records that wait on the box. */
  waiting: Nullable(Type.Integer()),
  /** How long the oldest of them had waited when the agent last spoke, ms by the box's clock. */
  oldestWaitMs: Nullable(Type.Integer({ minimum: 0 })),
  dropped: Nullable(Type.Integer()),
});
export type GatewaySummary = Static<typeof GatewaySummary>;

export const GATEWAY_REQUEST_STATES = ['pending', 'answered', 'expired'] as const;
export const GatewayRequest = Type.Object({
  id: Id,
  gatewayId: Id,
  state: OneOf(GATEWAY_REQUEST_STATES),
  request: EdgeRequest,
  requestedBy: Type.String(),
  createdAt: Instant,
  expiresAt: Instant,
  answeredAt: Nullable(Instant),
  answer: Nullable(EdgeAnswer),
});
export type GatewayRequest = Static<typeof GatewayRequest>;

/** What an agent raised or cleared, as the platform keeps it. */
export const StoredEdgeAlarm = Type.Object({
  ...EdgeAlarm.properties,
  basis: Nullable(AlarmBasis),
  gatewayId: Id,
  machineId: Id,
  receivedAt: Instant,
});
export type StoredEdgeAlarm = Static<typeof StoredEdgeAlarm>;

/** Off unless an owner switched it on: a machine takes no commands by itself. */
export const CommandSwitch = Type.Object({
  machineId: Id,
  enabled: Type.Boolean(),
  changedBy: Nullable(Type.String()),
  changedAt: Nullable(Instant),
});
export type CommandSwitch = Static<typeof CommandSwitch>;
