import { DriverFault, type TagAddress } from '../../driver/index.ts';
import {
  type FormMessage,
  type PayloadForm,
  type Reading,
  routerByAddress,
  type TagReading,
} from './form.ts';
import { canonicalParts, escapePart, isObject, type JsonObject, payloadJson } from './json-payload.ts';
import { parseSourceTime } from './source-time.ts';

/** Topics of the ThingsBoard device and gateway API; a bridge may put its own levels in front. */
const DEVICE_TOPIC = /(^|\/)v1\/devices\/me\/(telemetry|attributes)$/;
const GATEWAY_TOPIC = /(^|\/)v1\/gateway\/(telemetry|attributes)$/;
const DISCONNECT_TOPIC = /(^|\/)v1\/gateway\/disconnect$/;

/** `device/key` of the gateway API, `key` of the device API; a slash inside a name is written %2F, a percent sign %25. */
export const thingsboardForm: PayloadForm = {
  manyPerTopic: true,

  checkAddress(address) {
    const parts = canonicalParts(address);
    if (parts && parts.length <= 2 && parts.every((part) => part !== '')) return undefined;
    return 'an address is key or device/key; a slash inside a name is written %2F, a percent sign %25';
  },

  filterOf() {
    return undefined;
  },

  readings,

  router(tags) {
    const byAddress = routerByAddress({ readings }, tags, canonical);
    return (message) =>
      DISCONNECT_TOPIC.test(message.topic) ? farewells(message, tags) : byAddress(message);
  },

  publication(address, value) {
    const parts = address.split('/').map(decodeURIComponent);
    const [first = '', key] = parts;
    // What a server sends when a shared attribute was changed: the one kind of write that both APIs know.
    if (key === undefined)
      return { topic: 'v1/devices/me/attributes', payload: JSON.stringify({ [first]: value }) };
    return {
      topic: 'v1/gateway/attributes',
      payload: JSON.stringify({ device: first, data: { [key]: value } }),
    };
  },
};

function* readings(message: FormMessage): Generator<Reading> {
  const root = payloadJson(message);
  if (DEVICE_TOPIC.test(message.topic)) yield* deviceReadings(root, undefined);
  else if (GATEWAY_TOPIC.test(message.topic)) {
    if (!isObject(root)) throw new DriverFault('a gateway sends an object with its devices');
    for (const [device, entries] of Object.entries(root)) yield* deviceReadings(entries, device);
  }
}

interface Entry {
  readonly at: number | undefined;
  readonly values: JsonObject;
}

/** `{key: value}`, `{ts?, values}` or a list of them; a list may hold hours that were waiting, and in any order. */
function* deviceReadings(root: unknown, device: string | undefined): Generator<Reading> {
  const entries = (Array.isArray(root) ? root : [root]).map(entryOf);
  entries.sort((one, other) => (one.at ?? Number.MAX_VALUE) - (other.at ?? Number.MAX_VALUE));
  const folder = device === undefined ? undefined : escapePart(device);
  for (const { at, values } of entries)
    for (const [key, raw] of Object.entries(values)) {
      const name = escapePart(key);
      if (folder === undefined) yield { address: name, raw, sourceAt: at };
      else yield { address: `${folder}/${name}`, folder, raw, sourceAt: at };
    }
}

function entryOf(entry: unknown): Entry {
  if (!isObject(entry)) throw new DriverFault('telemetry is an object or a list of objects');
  // The instant may be left out; any other key beside `values` makes it a key of the device's own.
  if (isObject(entry.values) && Object.keys(entry).every((key) => key === 'ts' || key === 'values'))
    return { at: parseSourceTime(entry.ts), values: entry.values };
  return { at: undefined, values: entry };
}

/** A device that has left its gateway says nothing any more, so none of its values is of now. */
function farewells(message: FormMessage, tags: readonly TagAddress[]): readonly TagReading[] {
  const root = payloadJson(message);
  if (!isObject(root) || typeof root.device !== 'string') return [];
  const prefix = `${escapePart(root.device)}/`;
  return [...tags.keys()]
    .filter((tag) => canonical(tags[tag]?.address ?? '').startsWith(prefix))
    .map((tag) => ({ tag, raw: undefined, sourceAt: undefined, error: 'the device has left its gateway' }));
}

function canonical(address: string): string {
  return canonicalParts(address)?.join('/') ?? address;
}
