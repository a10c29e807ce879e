import { DriverFault } from '../../driver/index.ts';
import type { FormMessage } from './form.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Undefined when the text is no JSON; wrapped, because `null` is JSON. */
export function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch (fault) {
    // A text deeper than the parser's stack is as good as none.
    if (fault instanceof SyntaxError || fault instanceof RangeError) return undefined;
    throw fault;
  }
}

/** Throws a `DriverFault` for anything but a JSON object. */
export function payloadObject(message: FormMessage): JsonObject {
  const value = payloadJson(message);
  if (!isObject(value)) throw new DriverFault('the payload is not a JSON object');
  return value;
}

/** Throws a `DriverFault` for anything but JSON. */
export function payloadJson(message: FormMessage): unknown {
  const parsed = parseJson(message.payload.toString('utf8'));
  if (!parsed) throw new DriverFault('the payload is not JSON');
  return parsed.value;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Names may hold slashes, which separate the parts of an address. */
export function escapePart(part: string): string {
  return part.replaceAll('%', '%25').replaceAll('/', '%2F');
}

/** `%2F` and `%2f` are the same, and only what must be escaped is. */
export function canonicalParts(address: string): string[] | undefined {
  try {
    return address.split('/').map(decodeURIComponent).map(escapePart);
  } catch (fault) {
    if (fault instanceof URIError) return undefined;
    throw fault;
  }
}
