import { type ConfigFault, DRIVER_SETTINGS, type EdgeConfig, type EdgeMachine } from '@millrace/contract';
import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';

/** What the configuration refers to: machines of the gateway's organisation by code. */
export type MachineLookup = (
  code: string,
) => { readonly gatewayId: string | null; readonly zone: string; readonly retired: boolean } | undefined;

/** Enough for a person to repair; the next check shows the rest. */
const FAULTS_MAX = 100;
type Tell = (path: string, code: string, message: string) => void;

export interface ConfigCheck {
  /** What is wrong beyond the form, as JSON pointers into the configuration; the agent checks it once more, with its drivers. */
  faults(config: EdgeConfig, gatewayId: string, machine: MachineLookup): readonly ConfigFault[];
  /** The settings of one connection, below `path`. */
  settings(driver: string, settings: unknown, path: string): readonly ConfigFault[];
}

export function createConfigCheck(): ConfigCheck {
  const validators = new Map<string, Validator>(
    Object.entries<TSchema>(DRIVER_SETTINGS).map(([driver, schema]) => [driver, Compile(schema)]),
  );
  const settings: ConfigCheck['settings'] = (driver, given, path) => {
    const validator = validators.get(driver);
    if (!validator && !isPackage(driver)) return [unknownDriver(driver, path)];
    const at = `${path}/settings`;
    return [...(validator ? settingsFaults(validator, given, at) : []), ...openSecrets(given, at)];
  };
  return {
    settings,
    faults: (config, gatewayId, machine) => {
      const faults: ConfigFault[] = [];
      const tell: Tell = (path, code, message) => faults.push({ path, code, message });
      repeated(config.connections, ({ code }) => code, '/connections', 'code', tell);
      repeated(config.machines, (one) => one.machine, '/machines', 'machine', tell);
      for (const [i, connection] of config.connections.entries()) {
        faults.push(...settings(connection.driver, connection.settings, `/connections/${i}`));
      }
      const connections = new Set(config.connections.map(({ code }) => code));
      for (const [i, one] of config.machines.entries()) {
        assignmentFaults(one, `/machines/${i}`, gatewayId, machine, tell);
        referenceFaults(one, `/machines/${i}`, connections, tell);
        if (faults.length >= FAULTS_MAX) break;
      }
      return faults.slice(0, FAULTS_MAX);
    },
  };
}

/** A name as the registry takes it, so that it can never be read as a path. */
const isPackage = (driver: string): boolean => /^npm:(@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*$/.test(driver);

function unknownDriver(driver: string, path: string): ConfigFault {
  const known = [...Object.keys(DRIVER_SETTINGS), 'npm:<package>'].join(', ');
  const message = `there is no driver "${driver}"; there are ${known}`;
  return { path: `${path}/driver`, code: 'unknown-driver', message };
}

/** One for each place: of a name too much the validator tells twice. */
function settingsFaults(validator: Validator, given: unknown, path: string): ConfigFault[] {
  if (validator.Check(given)) return [];
  const faults = new Map<string, ConfigFault>();
  for (const { instancePath, message, params } of validator.Errors(given)) {
    const named = params as {
      readonly requiredProperties?: string[];
      readonly additionalProperties?: string[];
    };
    const name = named.requiredProperties?.[0] ?? named.additionalProperties?.[0];
    const at = `${path}${instancePath}${name === undefined ? '' : `/${pointerPart(name)}`}`;
    if (!faults.has(at)) faults.set(at, { path: at, code: 'wrong-value', message });
  }
  return [...faults.values()];
}

/** Headers that carry a password in every known interface. */
const SECRET_HEADER = /^(authorization|proxy-authorization|cookie|x-api-key|x-auth-token)$/i;

/** What is written here stands in the platform's database: passwords stay in the box's `secrets.yaml`. */
function openSecrets(given: unknown, path: string): ConfigFault[] {
  const { url, headers } = given as { readonly url?: unknown; readonly headers?: unknown };
  const faults: ConfigFault[] = [];
  const address = typeof url === 'string' ? URL.parse(url) : null;
  if (address && (address.username !== '' || address.password !== '')) {
    faults.push({
      path: `${path}/url`,
      code: 'open-secret',
      message: 'names a user or password in the address',
    });
  }
  for (const name of Object.keys((headers ?? {}) as object).filter((one) => SECRET_HEADER.test(one))) {
    const message = 'would write a secret into the configuration; name it with bearer instead';
    faults.push({ path: `${path}/headers/${pointerPart(name)}`, code: 'open-secret', message });
  }
  return faults;
}

/** Records of a machine that is not the gateway's are refused, and a foreign midnight would split its days. */
function assignmentFaults(
  { machine: code, timeZone }: EdgeMachine,
  path: string,
  gatewayId: string,
  find: MachineLookup,
  tell: Tell,
): void {
  const found = find(code);
  if (!found || found.retired) {
    tell(
      `${path}/machine`,
      'unknown-machine',
      `there is no machine "${code}" in service in this organisation`,
    );
  } else if (found.gatewayId !== gatewayId) {
    const message = `the machine "${code}" is not assigned to this gateway; its records would be refused`;
    tell(`${path}/machine`, 'foreign-machine', message);
  } else if (found.zone !== timeZone) {
    tell(`${path}/timeZone`, 'wrong-zone', `the site of "${code}" lies in ${found.zone}`);
  }
}

function referenceFaults(
  machine: EdgeMachine,
  path: string,
  connections: ReadonlySet<string>,
  tell: Tell,
): void {
  const tags = new Set(machine.tags.map(({ name }) => name));
  const mustBeTag = (name: string | undefined, below: string): void => {
    if (name === undefined || tags.has(name)) return;
    tell(`${path}${below}`, 'unknown-tag', `there is no tag "${name}" at this machine`);
  };
  const mustBeConnection = (code: string, below: string): void => {
    if (connections.has(code)) return;
    tell(`${path}${below}`, 'unknown-connection', `there is no connection "${code}"`);
  };
  repeated(machine.tags, ({ name }) => name, `${path}/tags`, 'name', tell);
  repeated(machine.rules ?? [], ({ code }) => code, `${path}/rules`, 'code', tell);
  repeated(machine.commands ?? [], ({ code }) => code, `${path}/commands`, 'code', tell);
  for (const [i, tag] of machine.tags.entries()) mustBeConnection(tag.connection, `/tags/${i}/connection`);
  mustBeTag(machine.count?.tag, '/count/tag');
  mustBeTag(machine.energy?.tag, '/energy/tag');
  if (machine.state && 'tag' in machine.state) mustBeTag(machine.state.tag, '/state/tag');
  for (const [i, name] of (machine.signals ?? []).entries()) mustBeTag(name, `/signals/${i}`);
  for (const [i, rule] of (machine.rules ?? []).entries()) mustBeTag(rule.tag, `/rules/${i}/tag`);
  for (const [i, command] of (machine.commands ?? []).entries()) {
    mustBeConnection(command.connection, `/commands/${i}/connection`);
    mustBeTag(command.readBack?.tag, `/commands/${i}/readBack/tag`);
  }
}

function repeated<T>(
  entries: readonly T[],
  nameOf: (entry: T) => string,
  path: string,
  field: string,
  tell: Tell,
): void {
  const seen = new Set<string>();
  for (const [i, entry] of entries.entries()) {
    const name = nameOf(entry);
    if (seen.has(name)) tell(`${path}/${i}/${field}`, 'repeated-name', `"${name}" stands there twice`);
    seen.add(name);
  }
}

/** A name as a part of a JSON pointer. [RFC 6901 §3] */
const pointerPart = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
