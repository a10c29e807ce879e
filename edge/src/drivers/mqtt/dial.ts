import type { IClientOptions, MqttClient } from 'mqtt';
import { type DriverContext, DriverFault } from '../../driver/index.ts';
import { MAX_PACKET_BYTES } from './packet-guard.ts';

/** A broker in the factory answers in milliseconds; one behind a bad link may take seconds. */
const CONNECT_TIMEOUT_MS = 5_000;
/** A dead line is found after at most one and a half of it. */
const KEEPALIVE_S = 15;
/** The broker keeps messages so long for an agent that is away; longer than the longest factory holiday. */
const SESSION_EXPIRY_S = 21 * 86_400;
/** Messages that the broker may send before the first is acknowledged; fewer than `REMEMBERED_MAX`. */
const RECEIVE_MAXIMUM = 128;

/** What both MQTT drivers know of a broker. */
interface BrokerSettings {
  readonly url: string;
  readonly user?: string;
  /** Name of the secret. */
  readonly password?: string;
}

/** Who connects where, and how. */
export interface DialOptions {
  readonly settings: BrokerSettings;
  readonly context: DriverContext;
  readonly clientId: string;
  /** True = the broker keeps the session and its messages while the agent is away. */
  readonly durable: boolean;
  /** Published and retained by the broker when the line breaks. */
  readonly will?: { readonly topic: string; readonly payload: string };
  /** Ends the attempt, and the connection. */
  readonly signal: AbortSignal;
}

/** Resolves when the broker has taken the client in; rejects when it does not in time, hangs up, or `signal` says so. */
export function connected(client: MqttClient, where: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let settled = false;
    const settle = (): boolean => {
      if (settled) return false;
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      return true;
    };
    const fail = (fault: Error) => {
      if (!settle()) return;
      client.end(true);
      client.stream.destroy();
      reject(fault);
    };
    const abort = () => fail(new DriverFault('the connection was closed'));
    const timer = setTimeout(
      () => fail(new DriverFault(`broker ${where} does not answer`)),
      CONNECT_TIMEOUT_MS,
    );
    signal.addEventListener('abort', abort);
    // Stays for good: an emitter throws errors that nobody listens to.
    client.on('error', fail);
    client.on('close', () => fail(new TypeError('it hung up')));
    client.once('connect', () => {
      if (settle()) resolve();
    });
  });
}

/** What is said to the broker first: who it is, how long it is waited for, what may come. */
export function clientOptions(options: DialOptions, version: 4 | 5): IClientOptions {
  const { settings, context, durable, will } = options;
  return {
    protocolVersion: version,
    clientId: options.clientId,
    clean: !durable,
    keepalive: KEEPALIVE_S,
    reconnectPeriod: 0,
    resubscribe: false,
    // The bound is kept by `connected`; the library's own would be taken for a broker that hangs up.
    connectTimeout: 2 * CONNECT_TIMEOUT_MS,
    ...(settings.user !== undefined && { username: settings.user }),
    ...(settings.password !== undefined && { password: context.secret(settings.password) }),
    ...(will && { will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true } }),
    ...(version === 5 && {
      properties: {
        sessionExpiryInterval: durable ? SESSION_EXPIRY_S : 0,
        receiveMaximum: RECEIVE_MAXIMUM,
        maximumPacketSize: MAX_PACKET_BYTES,
      },
    }),
  };
}
