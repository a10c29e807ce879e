import { createHash } from 'node:crypto';
import { DRIVER_SETTINGS, type DriverName } from '@millrace/contract';

/** What a connection wants of `secrets.yaml`, and where it would go. */
export interface SecretUse {
  /** Entries. */
  readonly names: readonly string[];
  /** The address, and what `for` may call it: the exact form first, then with less said. Empty = none that is plain enough to be checked. */
  readonly addresses: readonly string[];
}

type Settings = Readonly<Record<string, unknown>>;

/** Where drivers of our own name their secret and its address; null = they know none. A new driver does not compile without. */
const OWN: Readonly<
  Record<
    DriverName,
    { readonly secret: readonly string[]; readonly to: (settings: Settings) => readonly string[] } | null
  >
> = {
  'opc-ua': { secret: ['user', 'password'], to: ({ endpoint }) => addressesOf(endpoint) },
  mqtt: { secret: ['password'], to: ({ url }) => addressesOf(url) },
  'sparkplug-b': { secret: ['password'], to: ({ url }) => addressesOf(url) },
  'http-poll': { secret: ['bearer'], to: ({ url }) => addressesOf(url) },
  // It stays here, but who may point it at another door could try out there what it is.
  webhook: { secret: ['bearer'], to: ({ port }) => listeningAt(port) },
  modbus: null,
  s7: null,
  'mtconnect-adapter': null,
  'mtconnect-agent': null,
  pulse: null,
  scanner: null,
};

/** `isEntry` tells which texts in a package's settings, whose meaning only the package knows, may be names of secrets. */
export function secretUseOf(
  driver: string,
  settings: Settings,
  isEntry: (name: string) => boolean,
): SecretUse {
  if (!Object.hasOwn(DRIVER_SETTINGS, driver)) {
    // Which of its settings is the address is unknown: as long as all are the same, so is that.
    const digest = createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 16);
    return { names: textsIn(settings).filter(isEntry), addresses: [`${driver}#${digest}`, driver] };
  }
  const own = OWN[driver as DriverName];
  const name = own === null ? undefined : own.secret.reduce(inner, settings);
  if (own === null || typeof name !== 'string') return { names: [], addresses: [] };
  return { names: [name], addresses: own.to(settings) };
}

/** A door of this box itself. */
export const listeningAt = (port: unknown): readonly string[] => [`listen:${String(port)}`, 'listen'];

/**
 * Scheme, host and port and nothing clever: whatever two parsers could read as two hosts (user information, back slashes,
 * percent signs, characters beyond ASCII) is no address.
 */
const ADDRESS = /^([a-z][a-z0-9.+-]*):\/\/(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?(?=[/?#]|$)/i;
/** [RFC 9110 §4.2] [IANA: mqtt, secure-mqtt, opcua-tcp] */
const DEFAULT_PORTS: Readonly<Record<string, string>> = {
  http: '80',
  https: '443',
  mqtt: '1883',
  mqtts: '8883',
  'opc.tcp': '4840',
};

function addressesOf(url: unknown): readonly string[] {
  const [, scheme, host, port] = (typeof url === 'string' && ADDRESS.exec(url.toLowerCase())) || [];
  if (scheme === undefined || host === undefined) return [];
  const where = `${host}:${port ?? DEFAULT_PORTS[scheme] ?? ''}`;
  return [`${scheme}://${where}`, `${scheme}://${host}`, where, host];
}

/** One of the addresses as `for` has it, where `*` stands for any run of characters. */
export function isFor(patterns: readonly string[], addresses: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const parts = pattern.toLowerCase().split('*').map(escapeRegExp);
    const form = new RegExp(`^${parts.join('.*')}$`);
    return addresses.some((address) => form.test(address));
  });
}

const escapeRegExp = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
const inner = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Settings)[key] : undefined;

/** Settings are small; this bounds what a hostile nesting costs. */
const DEPTH_MAX = 6;

function textsIn(value: unknown, depth = 0): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null || depth >= DEPTH_MAX) return [];
  return [...new Set(Object.values(value).flatMap((part) => textsIn(part, depth + 1)))];
}
