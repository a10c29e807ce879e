import { isUtf8 } from 'node:buffer';
import type { TagValue } from '@millrace/contract';
import { DriverFault, type TagAddress } from '../../driver/index.ts';
import type { FormMessage, PayloadForm, Publication, Reading, TagReading } from './form.ts';
import { parseJson } from './json-payload.ts';
import { parseSourceTime, timeBeside } from './source-time.ts';
import { checkFilter, covers, hasWildcard } from './topic-filter.ts';

/** Deeper than people nest; a payload of nothing but brackets ends there. */
const MAX_DEPTH = 8;
/** Topics whose tags are remembered; beyond it they are looked up anew. */
const MAX_ROUTES = 10_000;
/** Steps of a pointer; an address has 1,024 characters. */
const INDEX = /^(0|[1-9]\d{0,8})$/;

interface JsonAddress {
  readonly filter: string;
  readonly pointer: readonly string[];
  /** Where the instant stands; absent = beside the value or at the top under a usual name. */
  readonly time?: readonly string[];
}

/** `topic#/json/pointer`, and `topic#/pointer#/pointer/of/the/time`. */
export const jsonForm: PayloadForm = {
  manyPerTopic: false,

  checkAddress(address) {
    const parsed = parseAddress(address);
    return typeof parsed === 'string' ? parsed : undefined;
  },

  filterOf(address) {
    return demand(address).filter;
  },

  *readings(message) {
    const { root } = readPayload(message);
    yield* leaves(root, message.topic, [], timeBeside(root));
  },

  router,

  publication(address, value, _now): Publication {
    const { filter, pointer } = demand(address);
    if (hasWildcard(filter)) throw new DriverFault('a topic with + or # cannot be written to');
    return { topic: filter, payload: writePayload(pointer, value) };
  },
};

function router(tags: readonly TagAddress[]): (message: FormMessage) => readonly TagReading[] {
  const addresses = tags.map(({ address }) => demand(address));
  const routes = new Map<string, readonly number[]>();
  const routeOf = (topic: string): readonly number[] => {
    const known = routes.get(topic);
    if (known) return known;
    const found = [...addresses.keys()].filter((tag) => covers(addresses[tag]?.filter ?? '', topic));
    if (routes.size >= MAX_ROUTES) routes.clear();
    routes.set(topic, found);
    return found;
  };
  return (message) => {
    const route = routeOf(message.topic);
    if (route.length === 0) return [];
    const payload = readOrFault(message);
    if (payload instanceof DriverFault)
      return route.map((tag) => ({ tag, raw: undefined, sourceAt: undefined, error: payload.message }));
    const { root, isJson } = payload;
    const found: TagReading[] = [];
    for (const tag of route) {
      const address = addresses[tag];
      const reading = address && pick(root, isJson, address);
      if (reading) found.push({ ...reading, tag });
    }
    return found;
  };
}

type Picked = Omit<TagReading, 'tag'>;

/** Undefined when the message does not speak of it: payloads may carry only what has changed. */
function pick(root: unknown, isJson: boolean, address: JsonAddress): Picked | undefined {
  if (address.pointer.length > 0 && !isJson)
    return { raw: undefined, sourceAt: undefined, error: 'the payload is not JSON' };
  const value = resolve(root, address.pointer);
  if (value === undefined) return undefined;
  if (address.time) return { raw: value, sourceAt: parseSourceTime(resolve(root, address.time)) };
  const beside = timeBeside(resolve(root, address.pointer.slice(0, -1)));
  return { raw: value, sourceAt: beside ?? timeBeside(root) };
}

function resolve(root: unknown, pointer: readonly string[]): unknown {
  let at = root;
  for (const step of pointer) {
    if (Array.isArray(at)) at = INDEX.test(step) ? at[Number(step)] : undefined;
    else if (typeof at === 'object' && at !== null && Object.hasOwn(at, step))
      at = (at as Readonly<Record<string, unknown>>)[step];
    else return undefined;
  }
  return at;
}

/** Here it is known whose value is missing, so that the fault is the tags' and not only the connection's. */
function readOrFault(message: FormMessage): Payload | DriverFault {
  try {
    return readPayload(message);
  } catch (fault) {
    if (fault instanceof DriverFault) return fault;
    throw fault;
  }
}

interface Payload {
  readonly root: unknown;
  readonly isJson: boolean;
}

/** A payload that is no JSON is a text, such as `RUNNING`; bytes that are no text are nothing. */
function readPayload(message: FormMessage): Payload {
  if (message.cutBytes !== undefined)
    throw new DriverFault(`a payload of ${message.cutBytes} bytes is too big`);
  if (message.payload.length === 0) throw new DriverFault('the payload is empty');
  if (!isUtf8(message.payload)) throw new DriverFault('the payload is not text');
  const text = message.payload.toString('utf8');
  const parsed = parseJson(text);
  return parsed === undefined ? { root: text.trim(), isJson: false } : { root: parsed.value, isJson: true };
}

function* leaves(
  value: unknown,
  topic: string,
  path: readonly string[],
  at: number | undefined,
): Generator<Reading> {
  if (typeof value === 'object' && value !== null) {
    if (path.length >= MAX_DEPTH) return;
    const own = timeBeside(value) ?? at;
    for (const [key, child] of Object.entries(value)) yield* leaves(child, topic, [...path, key], own);
    return;
  }
  const address =
    path.length === 0 ? topic : `${topic}#${path.map((step) => `/${escapeStep(step)}`).join('')}`;
  yield { address, ...(path.length > 0 && { folder: topic }), raw: value, sourceAt: at };
}

function parseAddress(address: string): JsonAddress | string {
  const hash = address.indexOf('#');
  const isWildcard = hash >= 0 && (hash === 0 || address[hash - 1] === '/');
  if (isWildcard && address[hash + 1] === '/')
    return `after a topic that ends in # comes another #: ${address.slice(0, hash + 1)}#${address.slice(hash + 1)}`;
  const end = hash < 0 ? address.length : isWildcard ? hash + 1 : hash;
  const filter = address.slice(0, end);
  const wrong = checkFilter(filter);
  if (wrong) return wrong;
  const [, value = '', time, ...more] = address.slice(end).split('#');
  if (more.length > 0) return 'an address has at most two pointers; a # in a key is written %23';
  const pointer = parsePointer(value);
  const timePointer = time === undefined ? undefined : parsePointer(time);
  if (!pointer || (time !== undefined && !timePointer))
    return 'a JSON pointer begins with / and is written as in RFC 6901 §6, for example topic#/press/count';
  return { filter, pointer, ...(timePointer && { time: timePointer }) };
}

/** URI fragment form, so that `#` can stand between the pointers. [RFC 6901 §6] */
function parsePointer(text: string): string[] | undefined {
  if (text === '') return [];
  if (!text.startsWith('/')) return undefined;
  try {
    return decodeURIComponent(text)
      .slice(1)
      .split('/')
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  } catch (fault) {
    if (fault instanceof URIError) return undefined;
    throw fault;
  }
}

function escapeStep(step: string): string {
  return step.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('%', '%25').replaceAll('#', '%23');
}

function writePayload(pointer: readonly string[], value: Exclude<TagValue, null>): string {
  if (pointer.length === 0) return String(value);
  return JSON.stringify(pointer.reduceRight<unknown>((inner, step) => ({ [step]: inner }), value));
}

function demand(address: string): JsonAddress {
  const parsed = parseAddress(address);
  if (typeof parsed === 'string') throw new DriverFault(parsed, { lasting: true });
  return parsed;
}
