import { DRIVER_NAMES, type DriverName } from '@millrace/contract';

/** What the wizard begins with: only what nobody can guess is left out. */
const FIRST_SETTINGS: Record<DriverName, Readonly<Record<string, unknown>>> = {
  'opc-ua': { endpoint: 'opc.tcp://', securityPolicy: 'None', securityMode: 'none' },
  modbus: { host: '', port: 502 },
  s7: { host: '', rack: 0, slot: 1 },
  'mtconnect-adapter': { host: '', port: 7878 },
  'mtconnect-agent': { url: 'http://' },
  mqtt: { url: 'mqtt://', form: 'json', topics: ['#'] },
  'sparkplug-b': { url: 'mqtt://', hostId: 'millrace' },
  'http-poll': { url: 'http://', format: 'json' },
  webhook: { port: 8081, path: '/', format: 'json' },
  pulse: { device: '/dev/gpiochip0' },
  scanner: { device: '/dev/ttyUSB0', mode: 'serial' },
};

/** Most common first. */
export const DRIVER_CHOICES: readonly (readonly [DriverName, Readonly<Record<string, unknown>>])[] =
  DRIVER_NAMES.map((name) => [name, FIRST_SETTINGS[name]] as const);

/** Protocols without a way to ask what there is: addresses are typed. */
const BLIND: readonly string[] = ['modbus', 's7'];
export const canBrowse = (driver: string): boolean => !BLIND.includes(driver);

/** Protocols whose far sides tell what there is to connect to. */
const TELLING: readonly string[] = ['opc-ua', 's7', 'mtconnect-agent'];
export const canDiscover = (driver: string): boolean => TELLING.includes(driver);

/** Protocols that carry bare words of memory: somebody must say what type they are. */
export const needsType = (driver: string): boolean => driver === 'modbus';

/** How addresses look, for the field's placeholder. */
const EXAMPLES: Readonly<Record<string, string>> = {
  'opc-ua': 'ns=2;s=Machine.Count',
  modbus: '1/holding/100',
  s7: 'DB1.DBD20',
  'mtconnect-adapter': 'partcount',
  'mtconnect-agent': 'partcount',
  mqtt: 'factory/machine-1#/count',
  'sparkplug-b': 'group/node/device/metric',
  'http-poll': '/machine/count',
  webhook: '/count',
  pulse: '17',
  scanner: 'label',
};
export const addressExample = (driver: string): string => EXAMPLES[driver] ?? '';
