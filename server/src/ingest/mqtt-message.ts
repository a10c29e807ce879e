import { setTimeout as sleep } from 'node:timers/promises';
import type { UploadAnswer } from '@millrace/contract';
import type { Access, Actor } from '../access/index.ts';
import { type Clock, isPassingFailure, isRefusal, type Log, type Refusal } from '../kernel/index.ts';
import type { DeviceBook } from './device-book.ts';
import type { GatewayBook } from './gateway-book.ts';
import type { GroupCommit } from './group-commit.ts';
import type { IngestMetrics } from './ingest-metrics.ts';
import {
  identify,
  isOwnTopic,
  type MqttIdentity,
  type MqttSession,
  type NotAdmitted,
  nextInstant,
} from './mqtt-session.ts';
import { submitTelemetry } from './submit-telemetry.ts';
import { parseTelemetry } from './thingsboard.ts';
import type { UploadService } from './upload.ts';

export interface MqttParts {
  readonly access: Access;
  readonly devices: DeviceBook;
  readonly book: GatewayBook;
  readonly uploads: UploadService;
  readonly commit: GroupCommit;
  readonly metrics: IngestMetrics;
  readonly log: Log;
  readonly clock: Clock;
}

/** One published message, and whom to tell. */
export interface MqttMessage {
  readonly session: MqttSession;
  readonly topic: string;
  readonly payload: Uint8Array;
  /** The client has gone, or the door is closing: whoever still waits gives up without an acknowledgement. */
  abandoned(): boolean;
  /** What became of an upload, for a gateway that listens. */
  tell(topic: string, answer: UploadAnswer | Refusal): Promise<void>;
}

/** While records cannot be written the acknowledgement waits; the client keeps its message and its peace. */
const HOLD_PAUSE_MS = 500;
/** Half a minute, the time a database takes to be restarted; whoever is cut off then comes back by himself. */
const IDENTIFY_ATTEMPTS = 60;
const TELEMETRY_TOPIC = 'v1/devices/me/telemetry';
/** ThingsBoard's devices also describe themselves; nobody needs it here, and refusing it would cut them off. */
const IGNORED_TOPICS = new Set(['v1/devices/me/attributes', 'v1/devices/me/claim']);

/**
 * Undefined when the message is durable (or not wanted) and may be acknowledged; otherwise why not. MQTT 3.1.1 has no refusing
 * acknowledgement, so the connection is closed then [MQTT-3.3.5-2].
 */
export async function takeMessage(parts: MqttParts, message: MqttMessage): Promise<string | undefined> {
  const identity = await identifyPatiently(parts, message);
  if ('refused' in identity) return identity.refused;
  if (identity.kind === 'gateway') return takeRecords(parts, identity.actor, message);
  const { topic, payload } = message;
  if (IGNORED_TOPICS.has(topic)) return undefined;
  if (topic !== TELEMETRY_TOPIC) return 'wrong-topic';
  const now = parts.clock.now();
  const telemetry = parseTelemetry(payload, now, () => nextInstant(message.session, now));
  if (typeof telemetry === 'string') return telemetry;
  const stored = await held(message, () => submitTelemetry(parts, identity.mapping, telemetry));
  if (stored === undefined) return 'abandoned';
  return isRefusal(stored) ? stored.code : undefined;
}

async function takeRecords(
  parts: MqttParts,
  actor: Actor,
  message: MqttMessage,
): Promise<string | undefined> {
  if (!isOwnTopic(actor, message.topic, 'records')) return 'wrong-topic';
  const answer = await held(message, () => parts.uploads.upload(actor, message.payload));
  if (answer === undefined) return 'abandoned';
  await message.tell(message.topic.replace(/records$/, 'answers'), answer);
  if (isRefusal(answer)) return answer.code;
  parts.metrics.answered(answer);
  return undefined;
}

/** A database that is away for a moment is no reason to cut off who was let in before. */
async function identifyPatiently(
  parts: MqttParts,
  message: MqttMessage,
): Promise<MqttIdentity | NotAdmitted> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await identify(parts, message.session);
    } catch (error) {
      const again = isPassingFailure(error) && attempt < IDENTIFY_ATTEMPTS && !message.abandoned();
      if (!again) throw error;
      await sleep(HOLD_PAUSE_MS);
    }
  }
}

/** Tries until it is stored or refused for good; undefined when nobody waits for the acknowledgement any more. */
async function held<T>(
  message: MqttMessage,
  work: () => Promise<T | Refusal>,
): Promise<T | Refusal | undefined> {
  for (;;) {
    const result = await work();
    if (!isRefusal(result) || result.status !== 503) return result;
    await sleep(HOLD_PAUSE_MS);
    if (message.abandoned()) return undefined;
  }
}
