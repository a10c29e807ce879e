import {
  type ConfigFault,
  DRIVER_SETTINGS,
  EdgeConfig,
  type EdgeConnection,
  type EdgeMachine,
} from '@millrace/contract';
import { Compile } from 'typebox/compile';
import type { DriverKind, TagAddress } from '../driver/index.ts';
import { type ExpressionCheck, machineFaults, repeated } from './cross-faults.ts';
import { FAULTS_MAX, schemaFaults } from './schema-faults.ts';

/** What the check must ask of other parts of the agent. */
export interface ConfigWords {
  /** The driver of that name; rejects with words when it cannot be loaded on this box. */
  kind(driver: string): Promise<DriverKind>;
  readonly checkExpression: ExpressionCheck;
}
export type CheckedConfig =
  | { readonly config: EdgeConfig; readonly faults: readonly [] }
  | { readonly config: undefined; readonly faults: readonly ConfigFault[] };

/**
 * Everything that can be known to be wrong before a machine is asked. First the form; the rules between the fields only
 * when the form is right, because they would repeat the same fault in other words.
 */
export async function checkConfig(value: unknown, words: ConfigWords): Promise<CheckedConfig> {
  const formFaults = schemaFaults(EdgeConfig, value);
  if (formFaults.length > 0) return refused(formFaults);
  if (!Compile(EdgeConfig).Check(value)) {
    return refused([{ path: '', code: 'wrong-value', message: 'is no configuration of this version' }]);
  }
  const faults: ConfigFault[] = [];
  const kinds = await connectionFaults(value.connections, words, faults);
  const known = new Set(value.connections.map(({ code }) => code));
  repeated(
    value.machines,
    ({ machine }) => machine,
    (i, name) =>
      faults.push({
        path: `/machines/${i}/machine`,
        code: 'repeated-name',
        message: `the machine "${name}" stands there twice`,
      }),
  );
  for (const [i, machine] of value.machines.entries()) {
    const path = `/machines/${i}`;
    faults.push(...machineFaults(machine, path, known, words.checkExpression));
    faults.push(...addressFaults(machine, path, kinds));
    if (faults.length >= FAULTS_MAX) break;
  }
  return faults.length > 0 ? refused(faults) : { config: value, faults: [] };
}

const refused = (faults: readonly ConfigFault[]): CheckedConfig => ({
  config: undefined,
  faults: faults.slice(0, FAULTS_MAX),
});

type Kinds = ReadonlyMap<string, DriverKind>;

/** Drivers by the code of the connection, as far as they could be loaded. */
async function connectionFaults(
  connections: readonly EdgeConnection[],
  words: ConfigWords,
  faults: ConfigFault[],
): Promise<Kinds> {
  const kinds = new Map<string, DriverKind>();
  repeated(
    connections,
    ({ code }) => code,
    (i, name) =>
      faults.push({
        path: `/connections/${i}/code`,
        code: 'repeated-name',
        message: `there are two connections "${name}"`,
      }),
  );
  for (const [i, { code, driver, settings }] of connections.entries()) {
    const path = `/connections/${i}`;
    if (!isKnown(driver)) {
      const names = [...Object.keys(DRIVER_SETTINGS), 'npm:<package>'].join(', ');
      const message = `there is no driver "${driver}"; there are ${names}`;
      faults.push({ path: `${path}/driver`, code: 'unknown-driver', message });
      continue;
    }
    const kind = await loaded(driver, words);
    if (kind !== undefined) kinds.set(code, kind);
    const schema = settingsOf(driver) ?? kind?.settings;
    if (schema !== undefined) faults.push(...schemaFaults(schema, settings, `${path}/settings`));
  }
  return kinds;
}

const isKnown = (driver: string): boolean =>
  settingsOf(driver) !== undefined || /^npm:(@[\w.-]+\/)?[\w.-]+$/.test(driver);

function settingsOf(driver: string): object | undefined {
  return Object.hasOwn(DRIVER_SETTINGS, driver)
    ? DRIVER_SETTINGS[driver as keyof typeof DRIVER_SETTINGS]
    : undefined;
}

/**
 * A driver whose package is not installed on this box does not make the configuration wrong: the other connections run,
 * this one shows how to install it.
 */
async function loaded(driver: string, words: ConfigWords): Promise<DriverKind | undefined> {
  try {
    return await words.kind(driver);
  } catch (cause) {
    if (cause instanceof Error) return undefined;
    throw cause;
  }
}

function addressFaults(machine: EdgeMachine, path: string, kinds: Kinds): ConfigFault[] {
  const faults: ConfigFault[] = [];
  const check = (at: TagAddress & { connection: string }, below: string): void => {
    const wrong = kinds.get(at.connection)?.checkAddress(at);
    if (wrong !== undefined) faults.push({ path: `${path}${below}`, code: 'bad-address', message: wrong });
  };
  for (const [i, tag] of machine.tags.entries()) check(tag, `/tags/${i}/address`);
  for (const [i, command] of (machine.commands ?? []).entries()) {
    // What is called is a method or a program, not a tag.
    if (command.kind === 'write') check(command, `/commands/${i}/address`);
  }
  return faults;
}
