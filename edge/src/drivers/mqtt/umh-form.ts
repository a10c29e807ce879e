import { DriverFault } from '../../driver/index.ts';
import { type FormMessage, type PayloadForm, type Reading, routerByAddress } from './form.ts';
import { isObject, type JsonObject, payloadObject } from './json-payload.ts';
import { parseSourceTime } from './source-time.ts';

/** Groups of tags nest as deep as an axis of a machine in a line; a payload of nothing but braces ends there. */
const MAX_DEPTH = 8;
const TIME = 'timestamp_ms';

/**
 * `umh.v1.<enterprise>[.<site>…].<_schema>[.<group>…].<tag>`: the topic, with dots or slashes, and the key where a message carries
 * several. A tag has the same address whether it comes alone (`…_historian/temperature {timestamp_ms, value}`) or with others
 * (`…_historian {timestamp_ms, temperature}`), as the United Manufacturing Hub treats them.
 */
export const umhForm: PayloadForm = {
  manyPerTopic: false,

  checkAddress(address) {
    const levels = canonical(address).split('.');
    const schema = levels.findIndex((level) => level.startsWith('_'));
    if (levels.some((level) => level === '' || /[+#]/.test(level))) return 'no level may be empty, + or #';
    if (levels[0] !== 'umh' || levels[1] !== 'v1') return 'an address begins with umh.v1';
    if (schema < 3 || schema === levels.length - 1)
      return 'an address is umh.v1.<location>.<_schema>.<tag>, for example umh.v1.acme.line1._historian.count';
    return undefined;
  },

  filterOf() {
    return undefined;
  },

  readings,

  router(tags) {
    return routerByAddress({ readings }, tags, canonical);
  },

  publication(address, value, now) {
    const topic = canonical(address).replaceAll('.', '/');
    return { topic, payload: JSON.stringify({ [TIME]: now, value }) };
  },
};

function* readings(message: FormMessage): Generator<Reading> {
  const topic = canonical(message.topic);
  if (!topic.startsWith('umh.v1.')) return;
  const payload = payloadObject(message);
  if (!Object.hasOwn(payload, TIME)) throw new DriverFault(`a payload of the UMH has ${TIME}`);
  const sourceAt = parseSourceTime(payload[TIME]);
  const keys = Object.keys(payload).filter((key) => key !== TIME);
  const [only] = keys;
  if (keys.length === 1 && only === 'value' && !isObject(payload.value)) {
    const folder = topic.slice(0, topic.lastIndexOf('.'));
    yield { address: topic, folder, raw: payload.value, sourceAt };
  } else yield* group(payload, topic, sourceAt, 0);
}

function* group(
  values: JsonObject,
  path: string,
  sourceAt: number | undefined,
  depth: number,
): Generator<Reading> {
  for (const [key, raw] of Object.entries(values)) {
    if (depth === 0 && key === TIME) continue;
    const address = `${path}.${key}`;
    if (!isObject(raw)) yield { address, folder: path, raw, sourceAt };
    else if (depth < MAX_DEPTH) yield* group(raw, address, sourceAt, depth + 1);
  }
}

function canonical(address: string): string {
  return address.replaceAll('/', '.');
}
