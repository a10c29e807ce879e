import { AGE_MS_MAX, FUTURE_MS_MAX } from './decode-v3.ts';

/** What a device said at one instant, before it is bound to a machine. */
export interface DeviceMessage {
  readonly at: number;
  readonly numbers: readonly (readonly [name: string, value: number])[];
  readonly texts: readonly (readonly [name: string, value: string])[];
}

export type PayloadRefusal =
  | 'malformed-json'
  | 'not-telemetry'
  | 'too-many-messages'
  | 'too-many-values'
  | 'key-too-long'
  | 'text-too-long';

/** What a payload held. */
export interface ParsedTelemetry {
  readonly messages: readonly DeviceMessage[];
  /** Messages of a time that cannot be: a device whose clock is wrong must not be kept from going on. */
  readonly rejected: readonly TimeRejection[];
}
type TimeRejection = 'too-far-in-future' | 'too-old';

/** A device that was offline sends what it kept; a longer list is cut by the device, not by us. */
const MESSAGES_MAX = 1_000;
const VALUES_MAX = 256;
const KEY_LENGTH_MAX = 64;
const TEXT_LENGTH_MAX = 512;
/**
 * All forms of ThingsBoard's device API: `{key: value}`, `{ts, values: {key: value}}` and lists of both. What cannot be read is
 * refused whole: a device has no way to hear which part it was. Without `ts` the platform's clock counts:
 * `untimed` gives every such message an instant of its own, or a burst of them would pass for one message repeated.
 */
export function parseTelemetry(
  payload: Uint8Array,
  now: number,
  untimed: () => number = () => now,
): ParsedTelemetry | PayloadRefusal {
  let body: unknown;
  try {
    body = JSON.parse(UTF8.decode(payload));
  } catch {
    return 'malformed-json';
  }
  const parts: readonly unknown[] = Array.isArray(body) ? body : [body];
  if (parts.length > MESSAGES_MAX) return 'too-many-messages';
  const messages: DeviceMessage[] = [];
  const rejected: TimeRejection[] = [];
  for (const part of parts) {
    const message = parseMessage(part, untimed);
    if (typeof message === 'string') return message;
    const wrong = wrongTime(message.at, now);
    if (wrong !== undefined) rejected.push(wrong);
    else if (message.numbers.length + message.texts.length > 0) messages.push(message);
  }
  return { messages, rejected };
}

/** The same bounds as those of machine records. */
function wrongTime(at: number, now: number): TimeRejection | undefined {
  if (at > now + FUTURE_MS_MAX) return 'too-far-in-future';
  return at < now - AGE_MS_MAX ? 'too-old' : undefined;
}
const UTF8 = new TextDecoder('utf-8', { fatal: true });

function parseMessage(part: unknown, untimed: () => number): DeviceMessage | PayloadRefusal {
  if (!isObject(part)) return 'not-telemetry';
  const { ts, values } = part;
  const stamped = ts !== undefined && isObject(values);
  if (ts !== undefined && values !== undefined && !stamped) return 'not-telemetry';
  const at = stamped ? ts : untimed();
  if (typeof at !== 'number' || !Number.isInteger(at)) return 'not-telemetry';
  return parseValues(stamped ? values : part, at);
}

function parseValues(values: Record<string, unknown>, at: number): DeviceMessage | PayloadRefusal {
  const numbers: [string, number][] = [];
  const texts: [string, string][] = [];
  for (const [key, value] of Object.entries(values)) {
    if (key.length > KEY_LENGTH_MAX || !isPlain(key)) return 'key-too-long';
    if (numbers.length + texts.length === VALUES_MAX) return 'too-many-values';
    if (typeof value === 'number' && Number.isFinite(value)) numbers.push([key, value]);
    else if (typeof value === 'boolean') numbers.push([key, value ? 1 : 0]);
    else if (value !== null) {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      if (text.length > TEXT_LENGTH_MAX || !isPlain(text)) return 'text-too-long';
      texts.push([key, text]);
    }
  }
  return { at, numbers, texts };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const isPlain = (text: string): boolean => !text.includes('\0') && text.isWellFormed();
