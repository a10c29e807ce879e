import { DriverFault } from '../../driver/index.ts';

/** A node as an address writes it: `namespace` is the index in the server's namespace array, or the URI, which survives restarts. */
export interface NodeAddress {
  readonly namespace: number | string;
  /** `i=85`, `s=Count`, `g=…` or `b=…`. [OPC 10000-6 §5.3.1.10] */
  readonly id: string;
}

export type MachineryValue = 'state' | 'count';
/** What an address means. */
export type TagTarget =
  | { readonly kind: 'node'; readonly node: NodeAddress }
  /** A value that the companion models define, wherever the machine keeps it. */
  | { readonly kind: 'machinery'; readonly machine: NodeAddress; readonly value: MachineryValue };

const MACHINERY = 'machinery:';
/** Between the object and its method, where the method hangs at several objects. */
const OF_OBJECT = ' > ';
const NODE = /^(?:ns=(\d{1,5});|nsu=([^;]{1,512});)?([isgb]=.+)$/s;
const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const NAMESPACE_INDEX_MAX = 65_535;
const NUMERIC_ID_MAX = 4_294_967_295;

/** The address of a tag, or what is wrong with it. */
export function parseTarget(address: string): TagTarget | string {
  if (!address.startsWith(MACHINERY)) {
    const node = parseNode(address);
    return typeof node === 'string' ? node : { kind: 'node', node };
  }
  const slash = address.lastIndexOf('/');
  const value = address.slice(slash + 1);
  if (slash < 0 || (value !== 'state' && value !== 'count')) {
    return 'an address of a machine ends with /state or /count, as machinery:nsu=urn:maker;i=5001/state';
  }
  const machine = parseNode(address.slice(MACHINERY.length, slash));
  return typeof machine === 'string' ? machine : { kind: 'machinery', machine, value };
}

/** `ns=2;s=Count`, `nsu=http://maker/;i=5001`, `i=2258`; or what is wrong with it. */
export function parseNode(text: string): NodeAddress | string {
  const match = NODE.exec(text.trim());
  const id = match?.[3];
  if (match === null || id === undefined) {
    return `"${text.slice(0, 100)}" is no node: it is written as ns=2;s=Count, nsu=http://maker/;i=5001 or i=2258`;
  }
  const wrong = wrongIdentifier(id);
  if (wrong !== undefined) return wrong;
  if (match[2] !== undefined) return { namespace: unescapeUri(match[2]), id };
  const namespace = Number(match[1] ?? 0);
  return namespace > NAMESPACE_INDEX_MAX
    ? `the namespace index ends at ${NAMESPACE_INDEX_MAX}`
    : { namespace, id };
}

/** Object and method of a call: `object > method`, or the method alone. */
export function parseMethod(
  address: string,
): { readonly object: NodeAddress | undefined; readonly method: NodeAddress } | string {
  const parts = address.split(OF_OBJECT);
  const [first, second] = parts.map(parseNode);
  if (parts.length > 2 || first === undefined) return 'a method is written as "object > method", or alone';
  if (typeof first === 'string') return first;
  if (second === undefined) return { object: undefined, method: first };
  return typeof second === 'string' ? second : { object: first, method: second };
}

/** In the form that outlives a restart of the server with other namespace indexes. */
export function formatNode(namespace: number, id: string, namespaces: readonly string[]): string {
  if (namespace === 0) return id;
  const uri = namespaces[namespace];
  return uri === undefined || uri === '' ? `ns=${namespace};${id}` : `nsu=${escapeUri(uri)};${id}`;
}

/** The address of a machine's value; `machine` is the address of its node. */
export function formatMachinery(machine: string, value: MachineryValue): string {
  return `${MACHINERY}${machine}/${value}`;
}

/** `ns=…;…` for the server as it is now. */
export function localNode(node: NodeAddress, namespaces: readonly string[]): string {
  if (typeof node.namespace === 'number') return `ns=${node.namespace};${node.id}`;
  const index = namespaces.indexOf(node.namespace);
  if (index >= 0) return `ns=${index};${node.id}`;
  throw new DriverFault(`the server has no namespace ${node.namespace}`, { lasting: true });
}

function wrongIdentifier(id: string): string | undefined {
  const value = id.slice(2);
  if (id.startsWith('i=') && !(/^\d{1,10}$/.test(value) && Number(value) <= NUMERIC_ID_MAX)) {
    return `i= wants a whole number up to ${NUMERIC_ID_MAX}, not "${value.slice(0, 100)}"`;
  }
  if (id.startsWith('g=') && !GUID.test(value))
    return 'g= wants a GUID such as 09087e75-8e5e-499b-954f-f2a9603db28a';
  if (id.startsWith('b=') && !BASE64.test(value)) return 'b= wants Base64';
  return undefined;
}

/** Only `;` and `%` are escaped. [OPC 10000-6 §5.1.13] */
function escapeUri(uri: string): string {
  return uri.replaceAll('%', '%25').replaceAll(';', '%3B');
}

function unescapeUri(uri: string): string {
  return uri.replace(/%(?:25|3B)/gi, (escaped) => (escaped === '%25' ? '%' : ';'));
}
