import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { exitCodes, StartRefusal } from './start-refusal.ts';

export interface Config {
  /** Address of the owner of the schema; undefined = the PostgreSQL that comes with Millrace, under `dataDir`. */
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  readonly host: string;
  /** 0 = any free port. */
  readonly httpPort: number;
  readonly mqttPort: number;
  /** Whose word about the caller's address is taken: that many proxies in front, or the proxies with these addresses; undefined = nobody's. */
  readonly trustProxy: number | string[] | undefined;
  /** Where people reach the platform; links are made with it. */
  readonly publicUrl: string | undefined;
  /** Domain seconds per wall second; anything but 1 is a demonstration. */
  readonly clockSpeed: number;
  /** Where a sped-up clock begins when the database is new, epoch ms; undefined = at the wall's time. */
  readonly clockStart: number | undefined;
  readonly logLevel: string;
  /** Wall milliseconds an upload waits at most to share a transaction with others. */
  readonly groupCommitMs: number;
  /** Domain minutes after which an unanswered offer expires. */
  readonly offerMinutes: number;
  readonly roles: readonly Role[];
  /** Encrypts what must be readable again (second factors); undefined = one is made and kept in the database. */
  readonly secret: string | undefined;
  /** The token of the first-start link, when an installer wants to know it beforehand. */
  readonly setupToken: string | undefined;
}

export const SERVER_ROLES = ['api', 'ingest', 'worker'] as const;
export type Role = (typeof SERVER_ROLES)[number];

interface Setting {
  readonly variable: string;
  readonly fallback: string;
  readonly meaning: string;
}
/** Every setting of the platform; `millrace --help` and the operating guide print this table. */
export const SETTINGS = {
  databaseUrl: { variable: 'DATABASE_URL', fallback: '', meaning: 'PostgreSQL ≥ 15; empty = embedded' },
  dataDir: {
    variable: 'MILLRACE_DATA_DIR',
    fallback: './data',
    meaning: 'folder of the embedded PostgreSQL',
  },
  host: { variable: 'MILLRACE_HOST', fallback: '0.0.0.0', meaning: 'address to listen on' },
  httpPort: { variable: 'MILLRACE_HTTP_PORT', fallback: '8080', meaning: 'HTTP port, 0 = any free' },
  mqttPort: { variable: 'MILLRACE_MQTT_PORT', fallback: '1883', meaning: 'MQTT port, 0 = any free' },
  trustProxy: {
    variable: 'MILLRACE_TRUST_PROXY',
    fallback: '',
    meaning: 'proxies in front: their number or addresses (CIDR); empty = none',
  },
  publicUrl: { variable: 'MILLRACE_PUBLIC_URL', fallback: '', meaning: 'address people use, for links' },
  clockSpeed: {
    variable: 'MILLRACE_CLOCK_SPEED',
    fallback: '1',
    meaning: 'domain seconds per wall second; anything but 1 is a demonstration',
  },
  clockStart: {
    variable: 'MILLRACE_CLOCK_START',
    fallback: '',
    meaning: 'first domain instant of a sped-up clock, epoch ms',
  },
  logLevel: {
    variable: 'MILLRACE_LOG_LEVEL',
    fallback: 'info',
    meaning: 'trace, debug, info, warn, error, fatal, silent',
  },
  groupCommitMs: {
    variable: 'MILLRACE_GROUP_COMMIT_MS',
    fallback: '4',
    meaning: 'longest wait of an upload to share a transaction, ms',
  },
  offerMinutes: {
    variable: 'MILLRACE_OFFER_MINUTES',
    fallback: '240',
    meaning: 'life of an unanswered offer, domain minutes',
  },
  roles: {
    variable: 'MILLRACE_ROLES',
    fallback: 'api,ingest,worker',
    meaning: 'which roles this process runs',
  },
  secret: {
    variable: 'MILLRACE_SECRET',
    fallback: '',
    meaning: 'at least 32 characters; empty = made and kept in the database',
  },
  setupToken: {
    variable: 'MILLRACE_SETUP_TOKEN',
    fallback: '',
    meaning: 'token of the first-start link, at least 16 characters; empty = random',
  },
} as const satisfies Record<keyof Config, Setting>;

/** Even written in hexadecimal it then holds 128 bits. */
const SECRET_LENGTH_MIN = 32;
/** Guessing is bounded by attempts as well; this keeps out words. */
const SETUP_TOKEN_LENGTH_MIN = 16;
/** More proxies in a row than this is a slip of the keyboard; each one more is one more line anybody may write. */
const PROXIES_MAX = 10;
/** The last instant the API speaks of: the year 2200. */
const INSTANT_MAX = 7_258_118_400_000;
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** Reads the environment once; a wrong value is one sentence that names the variable. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const text = (key: keyof Config): string => env[SETTINGS[key].variable]?.trim() || SETTINGS[key].fallback;
  const number = (key: keyof Config, from: number, to: number, whole = true): number => {
    const value = Number(text(key));
    if (Number.isFinite(value) && value >= from && value <= to && (!whole || Number.isInteger(value)))
      return value;
    throw wrong(key, text(key), `a ${whole ? 'whole ' : ''}number from ${from} to ${to}`);
  };
  const roles = text('roles')
    .split(',')
    .map((role) => role.trim());
  const unknown = roles.find((role) => !(SERVER_ROLES as readonly string[]).includes(role));
  if (unknown !== undefined) throw wrong('roles', unknown, `a list of ${SERVER_ROLES.join(', ')}`);
  if (!LOG_LEVELS.includes(text('logLevel')))
    throw wrong('logLevel', text('logLevel'), LOG_LEVELS.join(', '));
  return {
    databaseUrl: parseUrl('databaseUrl', text('databaseUrl'), ['postgres:', 'postgresql:', 'socket:']),
    dataDir: resolve(text('dataDir')),
    host: text('host'),
    httpPort: number('httpPort', 0, 65_535),
    mqttPort: number('mqttPort', 0, 65_535),
    trustProxy: parseProxies(text('trustProxy')),
    publicUrl: parseUrl('publicUrl', text('publicUrl'), ['http:', 'https:']),
    clockSpeed: number('clockSpeed', 0.001, 100_000, false),
    clockStart: text('clockStart') === '' ? undefined : number('clockStart', 0, INSTANT_MAX),
    logLevel: text('logLevel'),
    groupCommitMs: number('groupCommitMs', 0, 1_000),
    offerMinutes: number('offerMinutes', 1, 100_000),
    roles: roles as Role[],
    secret: parseSecret('secret', text('secret'), SECRET_LENGTH_MIN),
    setupToken: parseSecret('setupToken', text('setupToken'), SETUP_TOKEN_LENGTH_MIN),
  };
}

function parseProxies(text: string): number | string[] | undefined {
  if (text === '') return undefined;
  if (/^\d+$/.test(text)) {
    const hops = Number(text);
    if (hops <= PROXIES_MAX) return hops === 0 ? undefined : hops;
  }
  const addresses = text.split(',').map((address) => address.trim());
  if (addresses.every(isAddressOrRange)) return addresses;
  throw wrong(
    'trustProxy',
    text,
    `a whole number from 0 to ${PROXIES_MAX} or a list of addresses such as 127.0.0.1,10.0.0.0/8`,
  );
}

function isAddressOrRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const bitsMax = { 4: 32, 6: 128 }[isIP(address)];
  if (bitsMax === undefined || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax);
}

function parseSecret(key: keyof Config, text: string, lengthMin: number): string | undefined {
  if (text === '') return undefined;
  if (text.length >= lengthMin) return text;
  throw wrong(key, '(hidden)', `at least ${lengthMin} characters long`);
}

function parseUrl(key: keyof Config, text: string, protocols: readonly string[]): string | undefined {
  if (text === '') return undefined;
  const url = URL.parse(text);
  if (url && protocols.includes(url.protocol)) return text;
  // The value may hold a password, so it is not repeated.
  throw wrong(key, '(hidden)', `an address that starts with ${protocols[0]}//`);
}

function wrong(key: keyof Config, value: string, expected: string): StartRefusal {
  return new StartRefusal(
    `${SETTINGS[key].variable} is ${value}, but must be ${expected}.`,
    exitCodes.configuration,
  );
}
