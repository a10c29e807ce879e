import { createServer, type Server, type Socket } from 'node:net';
import { Aedes, type AuthenticateError, type Client, type PublishPacket } from 'aedes';
import { Fault, portRefusal, SETTINGS } from '../kernel/index.ts';
import { type MqttMessage, type MqttParts, takeMessage } from './mqtt-message.ts';
import {
  identify,
  isOwnTopic,
  type MqttSession,
  type NotAdmitted,
  sessionName,
  tokenOf,
} from './mqtt-session.ts';
import { createPacketBudget, limitPacketSize, type PacketBudget } from './packet-limit.ts';

export interface MqttDoor {
  start(host: string, port: number): Promise<void>;
  /** Lets what is being written be acknowledged, then closes every connection. */
  stop(): Promise<void>;
  port(): number | undefined;
}

/** With their buffers some 600 MB at worst; the next process with the role `ingest` takes more. */
const CONNECTIONS_MAX = 20_000;
/** Bytes read from one client before its messages are dealt with: it bounds what a client has in flight. */
const READ_BYTES = 16 * 1024;
/** A client that does not say CONNECT in this time is none. */
const CONNECT_TIMEOUT_MS = 10_000;
/** Longest client id: a UUID with a prefix and a name. */
const CLIENT_ID_LENGTH_MAX = 128;
/** Messages of QoS 2 between PUBREC and PUBREL of one client; a device has one or two. */
const QOS2_INFLIGHT_MAX = 100;
/** Packets that may wait for the answer to CONNECT. */
const BEFORE_CONNACK_MAX = 32;
/** An answer that its reader does not read for this long ends the connection. */
const DRAIN_TIMEOUT_MS = 30_000;
/** A peer that vanished without a word is noticed by TCP, whatever keep-alive its CONNECT asked for. */
const TCP_KEEPALIVE_MS = 60_000;
const NOTHING = Buffer.alloc(0);

interface Door {
  readonly parts: MqttParts;
  readonly sessions: WeakMap<Client, MqttSession>;
  readonly budget: PacketBudget;
  /** Messages between their arrival and their acknowledgement. */
  readonly underWay: Set<Promise<unknown>>;
  stopping: boolean;
}

/**
 * An MQTT broker in this process that brokers nothing: a published message is stored, and PUBACK (PUBREC) is written when
 * that is durable, because Aedes asks `authorizePublish` first and waits for its answer [D7].
 */
export async function createMqttDoor(parts: MqttParts): Promise<MqttDoor> {
  const door: Door = {
    parts,
    sessions: new WeakMap(),
    budget: createPacketBudget(),
    underWay: new Set(),
    stopping: false,
  };
  const broker = await openBroker(door);
  const sockets = new Set<Socket>();
  parts.metrics.mqttDoor(
    () => sockets.size,
    () => door.underWay.size,
  );
  const options = {
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: TCP_KEEPALIVE_MS,
    highWaterMark: READ_BYTES,
  };
  const server = createServer(options, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    limitPacketSize(socket, door.budget, (code) => parts.metrics.refused('mqtt', code));
    broker.handle(socket);
  });
  server.maxConnections = CONNECTIONS_MAX;
  // A connection that could not be accepted (no descriptors left) concerns that one only.
  server.on('error', (error) => parts.log.warn({ err: error }, 'MQTT listener'));
  server.on('drop', () => parts.metrics.refused('mqtt', 'too-many-connections'));
  return {
    start: (host, port) => listen(server, host, port),
    port: () => {
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : undefined;
    },
    stop: async () => {
      door.stopping = true;
      const closed = new Promise<void>((resolve) =>
        server.listening ? server.close(() => resolve()) : resolve(),
      );
      await Promise.allSettled(door.underWay);
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function openBroker(door: Door): Promise<Aedes> {
  const broker: Aedes = await Aedes.createBroker({
    connectTimeout: CONNECT_TIMEOUT_MS,
    drainTimeout: DRAIN_TIMEOUT_MS,
    maxClientsIdLength: CLIENT_ID_LENGTH_MAX,
    maxInflightInbound: QOS2_INFLIGHT_MAX,
    queueLimit: BEFORE_CONNACK_MAX,
    preConnect: (_client, packet, done) => {
      // Sessions are not kept: what was not acknowledged is sent again, and nothing is ever waiting for an absent client.
      packet.clean = true;
      done(null, true);
    },
    authenticate: (client, username, password, done) => {
      admit(door, client, tokenOf(username, password)).then(
        (refused) => (refused === undefined ? done(null, true) : done(notAdmitted(door, refused), false)),
        (cause: unknown) => {
          door.parts.log.warn({ err: cause }, 'MQTT client not looked up');
          done(notAdmitted(door, { refused: 'not-available', returnCode: 3 }), false);
        },
      );
    },
    authorizePublish: (client, packet, done) => {
      const task = publish(door, broker, client, packet).then(
        (refused) => {
          if (refused === undefined) return done(null);
          door.parts.metrics.refused('mqtt', refused);
          done(new Fault(`publish refused: ${refused}`));
        },
        (error: unknown) => {
          door.parts.metrics.refused('mqtt', 'fault');
          door.parts.log.error({ err: error, topic: packet.topic }, 'MQTT message not stored');
          done(new Fault('message not stored', error));
        },
      );
      door.underWay.add(task);
      void task.finally(() => door.underWay.delete(task));
    },
    authorizeSubscribe: (client, subscription, done) => {
      mayHear(door, client, subscription.topic).then(
        (may) => done(null, may ? subscription : null),
        () => done(null, null),
      );
    },
  });
  // An EventEmitter without a listener for errors would end the process.
  broker.on('error' as 'closed', (error?: unknown) => door.parts.log.error({ err: error }, 'MQTT broker'));
  withoutDistribution(broker);
  return broker;
}

async function admit(door: Door, client: Client, token: string): Promise<NotAdmitted | undefined> {
  if (client.id.length > CLIENT_ID_LENGTH_MAX) return { refused: 'client-id-too-long', returnCode: 2 };
  const session = { token, address: (client.conn as Socket).remoteAddress ?? '', lastAt: 0 };
  const identity = await identify(door.parts, session);
  if ('refused' in identity) return identity;
  client.id = `${sessionName(identity)} ${client.id}`;
  door.sessions.set(client, session);
  return undefined;
}

function notAdmitted({ parts }: Door, { refused, returnCode }: NotAdmitted): AuthenticateError {
  parts.metrics.refused('mqtt', refused);
  return Object.assign(new Fault(`not admitted: ${refused}`), { returnCode });
}

async function publish(
  door: Door,
  broker: Aedes,
  client: Client | null,
  packet: PublishPacket,
): Promise<string | undefined> {
  const session = client && door.sessions.get(client);
  if (!client || !session || door.stopping) return 'abandoned';
  if (packet.qos === 2 && (await isHeld(broker, client, packet))) return undefined;
  const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
  if (!door.budget.take(payload.length)) return 'no-room';
  try {
    const message: MqttMessage = {
      session,
      topic: packet.topic,
      payload,
      abandoned: () => client.closed || door.stopping,
      tell: (topic, answer) => tell(client, topic, answer),
    };
    return await takeMessage(door.parts, message);
  } finally {
    door.budget.give(payload.length);
    // Aedes keeps a message of QoS 2 until PUBREL; its content is stored already.
    packet.payload = NOTHING;
  }
}

/** A message of QoS 2 that was stored before, and whose PUBREC did not arrive [MQTT-4.3.3-2]. */
function isHeld(broker: Aedes, client: Client, packet: PublishPacket): Promise<boolean> {
  const { persistence } = broker as unknown as {
    persistence: { incomingGetPacket(client: Client, packet: PublishPacket): Promise<unknown> };
  };
  return persistence.incomingGetPacket(client, packet).then(
    () => true,
    () => false,
  );
}

async function mayHear(door: Door, client: Client | null, topic: string): Promise<boolean> {
  const session = client && door.sessions.get(client);
  const identity = session && (await identify(door.parts, session));
  const may =
    identity &&
    !('refused' in identity) &&
    identity.kind === 'gateway' &&
    isOwnTopic(identity.actor, topic, 'answers');
  if (!may) door.parts.metrics.refused('mqtt', 'wrong-subscription');
  return may === true;
}

/** The answer of an upload, for a gateway that listens; at most once. Resolves when it is written, or cannot be. */
function tell(client: Client, topic: string, answer: unknown): Promise<void> {
  const { subscriptions } = client as unknown as { subscriptions: Record<string, unknown> };
  if (subscriptions[topic] === undefined || client.closed) return Promise.resolve();
  const payload = Buffer.from(JSON.stringify(answer));
  return new Promise((resolve) =>
    client.publish({ cmd: 'publish', topic, payload, qos: 0, dup: false, retain: false }, () => resolve()),
  );
}

/** What a client publishes is for the platform alone: no retained store, no matching of subscribers, no queue. */
function withoutDistribution(broker: Aedes): void {
  const distribute = broker.publish.bind(broker) as (...args: unknown[]) => void;
  Object.assign(broker, {
    publish: (packet: unknown, client: unknown, done: unknown) => {
      if (typeof client === 'function' || client === null || client === undefined)
        distribute(packet, client, done);
      else if (typeof done === 'function') done(null);
    },
  });
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(portRefusal(cause, port, SETTINGS.mqttPort.variable)));
    server.listen(port, host, () => resolve());
  });
}
