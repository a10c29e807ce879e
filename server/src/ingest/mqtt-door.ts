import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Aedes, type AuthenticateError, type Client, type PublishPacket } from 'aedes';
import type { Access, Actor } from '../access/index.ts';
import { Fault, isRefusal, type Log, portRefusal, type Refusal, SETTINGS } from '../kernel/index.ts';
import { DEVICE_TOKEN_PREFIX, type DeviceBook } from './device-book.ts';
import type { GroupCommit } from './group-commit.ts';
import type { IngestMetrics } from './ingest-metrics.ts';
import { limitPacketSize } from './packet-limit.ts';
import { parseTelemetry } from './thingsboard.ts';
import type { UploadService } from './upload.ts';

export interface MqttDoor {
  start(host: string, port: number): Promise<void>;
  stop(): Promise<void>;
  port(): number | undefined;
}

export interface MqttParts {
  readonly access: Access;
  readonly devices: DeviceBook;
  readonly uploads: UploadService;
  readonly commit: GroupCommit;
  readonly metrics: IngestMetrics;
  readonly log: Log;
  readonly now: () => number;
}

/** Beyond this a machine of the platform's size runs out of descriptors; the next role process takes more. */
const CONNECTIONS_MAX = 20_000;
/** A client that does not say CONNECT in this time is none. */
const CONNECT_TIMEOUT_MS = 10_000;
/** Longest client id: a UUID with a prefix. */
const CLIENT_ID_LENGTH_MAX = 128;
/** While records cannot be written the acknowledgement waits; the client keeps its message and its peace. */
const HOLD_PAUSE_MS = 500;
/** CONNACK return codes [MQTT-3.1.1 §3.2.2.3]. */
const BAD_CREDENTIALS = 4;

const RECORD_TOPIC = (code: string): string => `millrace/v3/${code}/records`;
const ANSWER_TOPIC = (code: string): string => `millrace/v3/${code}/answers`;
const TELEMETRY_TOPIC = 'v1/devices/me/telemetry';
/** ThingsBoard's devices also describe themselves; nobody needs it here, and refusing it would cut them off. */
const IGNORED_TOPICS = new Set(['v1/devices/me/attributes', 'v1/devices/me/claim']);

/** Who is connected: the token is looked up again for every message, so that a revoked one ends at once. */
interface Session {
  readonly token: string;
  readonly address: string;
}
type Identity =
  | { readonly kind: 'gateway'; readonly actor: Actor }
  | { readonly kind: 'device'; readonly token: string };

/**
 * An MQTT broker in this process that brokers nothing: a published message is stored, and PUBACK (PUBREC) is written when
 * that is durable, because Aedes asks `authorizePublish` first and waits for its answer [D7].
 */
export async function createMqttDoor(parts: MqttParts): Promise<MqttDoor> {
  const sessions = new WeakMap<Client, Session>();
  const sockets = new Set<Socket>();
  const broker = await Aedes.createBroker({
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxClientsIdLength: CLIENT_ID_LENGTH_MAX,
    preConnect: (_client, packet, done) => {
      // Sessions are not kept: what was not acknowledged is sent again, and nothing is ever waiting for an absent client.
      packet.clean = true;
      const full = sockets.size > CONNECTIONS_MAX;
      if (full) parts.metrics.refused('mqtt', 'too-many-connections');
      done(null, !full);
    },
    authenticate: (client, username, password, done) => {
      const token = password && password.length > 0 ? password.toString('utf8') : (username ?? '');
      const session = { token, address: addressOf(client) };
      identify(parts, session).then(
        (identity) => {
          if (identity) sessions.set(client, session);
          else parts.metrics.refused('mqtt', 'bad-credentials');
          if (identity) done(null, true);
          else done(badCredentials(), false);
        },
        (cause: unknown) =>
          done(Object.assign(new Fault('cannot authenticate', cause), { returnCode: 3 }), false),
      );
    },
    authorizePublish: (client, packet, done) => {
      const session = client && sessions.get(client);
      if (!client || !session) return done(new Fault('publish without a session'));
      take(parts, client, session, packet).then(
        (refusal) => {
          if (refusal !== undefined) parts.metrics.refused('mqtt', refusal);
          done(refusal === undefined ? null : new Fault(`publish refused: ${refusal}`));
        },
        (error: unknown) => {
          parts.log.error({ err: error, topic: packet.topic }, 'MQTT message not stored');
          done(new Fault('message not stored', error));
        },
      );
    },
    authorizeSubscribe: (client, subscription, done) => {
      const session = client && sessions.get(client);
      if (!session) return done(null, null);
      mayHear(parts, session, subscription.topic).then(
        (may) => done(null, may ? subscription : null),
        () => done(null, null),
      );
    },
  });
  withoutDistribution(broker);
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.setNoDelay(true);
    limitPacketSize(socket, () => parts.metrics.refused('mqtt', 'packet-too-large'));
    broker.handle(socket);
  });
  return {
    start: (host, port) => listen(server, host, port),
    port: () => {
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : undefined;
    },
    stop: async () => {
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** What a client publishes is for the platform alone: no retained store, no matching of subscribers, no queue. */
function withoutDistribution(broker: Aedes): void {
  const publish = broker.publish.bind(broker) as (...args: unknown[]) => void;
  Object.assign(broker, {
    publish: (packet: unknown, client: unknown, done: unknown) => {
      if (typeof client === 'function' || client === null || client === undefined)
        publish(packet, client, done);
      else if (typeof done === 'function') done(null);
    },
  });
}

/** Undefined when the message is dealt with; otherwise why the connection is to be closed. */
async function take(
  parts: MqttParts,
  client: Client,
  session: Session,
  packet: PublishPacket,
): Promise<string | undefined> {
  const identity = await identify(parts, session);
  if (!identity) return 'bad-credentials';
  const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
  if (identity.kind === 'device') return takeTelemetry(parts, client, identity.token, packet.topic, payload);
  if (packet.topic !== RECORD_TOPIC(identity.actor.label)) return 'wrong-topic';
  const answer = await held(client, () => parts.uploads.upload(identity.actor, payload));
  if (answer === undefined) return 'connection-closed';
  if (isRefusal(answer)) parts.metrics.refused('mqtt', answer.code);
  else parts.metrics.answered(answer);
  tell(client, ANSWER_TOPIC(identity.actor.label), answer);
  return undefined;
}

async function takeTelemetry(
  parts: MqttParts,
  client: Client,
  token: string,
  topic: string,
  payload: Uint8Array,
): Promise<string | undefined> {
  if (IGNORED_TOPICS.has(topic)) {
    parts.metrics.refused('mqtt', 'ignored-topic');
    return undefined;
  }
  if (topic !== TELEMETRY_TOPIC) return 'wrong-topic';
  const mapping = await parts.devices.find(token);
  if (!mapping) return 'bad-credentials';
  const messages = parseTelemetry(payload, parts.now());
  if (typeof messages === 'string') {
    // Acknowledged all the same: the device would send what cannot be read again and again, for ever.
    parts.metrics.refused('mqtt', messages);
    return undefined;
  }
  const { orgId, networkId, machineId } = mapping;
  const stored = await held(client, () =>
    parts.commit.submit({
      batches: [],
      entries: [],
      rejections: [],
      owner: undefined,
      telemetry: messages.map((message) => ({ ...message, orgId, networkId, machineId })),
      records: messages.length,
    }),
  );
  return stored === undefined ? 'connection-closed' : undefined;
}

/** Tries until it is stored or refused for good; undefined when the client has gone meanwhile. */
async function held<T>(client: Client, work: () => Promise<T | Refusal>): Promise<T | Refusal | undefined> {
  for (;;) {
    const result = await work();
    if (!isRefusal(result) || result.status !== 503) return result;
    await sleep(HOLD_PAUSE_MS);
    if (client.closed) return undefined;
  }
}

async function identify({ access, devices }: MqttParts, session: Session): Promise<Identity | undefined> {
  const { token, address } = session;
  if (token.startsWith(DEVICE_TOKEN_PREFIX))
    return (await devices.find(token)) ? { kind: 'device', token } : undefined;
  const actor = await access.authenticateBearer(token, address);
  return isRefusal(actor) || actor.kind !== 'gateway' ? undefined : { kind: 'gateway', actor };
}

async function mayHear(parts: MqttParts, session: Session, topic: string): Promise<boolean> {
  const identity = await identify(parts, session);
  return identity?.kind === 'gateway' && topic === ANSWER_TOPIC(identity.actor.label);
}

/** The answer of an upload, for a gateway that listens; at most once. */
function tell(client: Client, topic: string, answer: unknown): void {
  const { subscriptions } = client as unknown as { subscriptions: Record<string, unknown> };
  if (subscriptions[topic] === undefined || client.closed) return;
  const payload = Buffer.from(JSON.stringify(answer));
  client.publish({ cmd: 'publish', topic, payload, qos: 0, dup: false, retain: false }, () => undefined);
}

function addressOf(client: Client): string {
  return (client.conn as Socket).remoteAddress ?? '';
}

function badCredentials(): AuthenticateError {
  return Object.assign(new Fault('token unknown, expired or revoked'), { returnCode: BAD_CREDENTIALS });
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(portRefusal(cause, port, SETTINGS.mqttPort.variable)));
    server.listen(port, host, resolve);
  });
}
