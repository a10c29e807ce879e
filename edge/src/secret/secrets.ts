import { join } from 'node:path';
import type { Log } from '../log/index.ts';
import { openFirstUses } from './first-uses.ts';
import { isFor, listeningAt, type SecretUse, secretUseOf } from './secret-use.ts';
import { openSecretsFile, type SecretEntry } from './secrets-file.ts';

const FILE = 'secrets.yaml';
const USES_FILE = 'secret-uses.json';
/** Named in a fault; who has more writes a pattern anyway. */
const ADDRESSES_TOLD = 3;

/** What a connection is told of `secrets.yaml`. */
export interface SecretGrant {
  /** By entry: only those that its settings name and that may go where they say. */
  readonly values: Readonly<Record<string, string>>;
  /** By entry: why not, and what to write where. */
  readonly withheld: Readonly<Record<string, string>>;
  /** The far side took them. */
  worked(): void;
}

/** Passwords and keys of the machines: they never leave the box but to their machine; a configuration only names them. */
export interface Secrets {
  grant(driver: string, settings: Readonly<Record<string, unknown>>): SecretGrant;
  /** The token that collectors must present at a port of this box. */
  grantAtPort(name: string, port: number): SecretGrant;
}

/** Whoever may configure the gateway names secrets and addresses; here is decided which secret goes to which address. */
export function openSecrets(folder: string, log: Log): Secrets {
  const path = join(folder, FILE);
  const entries = openSecretsFile(path, (message) => log.warn(message));
  const uses = openFirstUses(join(folder, USES_FILE), log);

  const refusal = (
    name: string,
    entry: SecretEntry | undefined,
    addresses: readonly string[],
  ): string | undefined => {
    const [address] = addresses;
    if (entry === undefined) return `there is no entry "${name}" in ${path}; write it there as ${name}: …`;
    if (address === undefined)
      return `"${name}" of ${FILE} is not sent to an address that is not plainly scheme://host:port`;
    if (entry.for !== null) {
      return isFor(entry.for, addresses)
        ? undefined
        : `"${name}" of ${FILE} is not for ${address}; if it should be, add that there to its "for"`;
    }
    if (uses.admit(name, address)) return undefined;
    const known = uses.addresses(name).slice(0, ADDRESSES_TOLD);
    const list = [...known, address].map((one) => `"${one}"`).join(', ');
    return `"${name}" of ${FILE} was used at ${known.join(', ')} and is not sent to ${address}; if it should be, write there ${name}: { value: …, for: [${list}] }`;
  };
  const grant = ({ names, addresses }: SecretUse): SecretGrant => {
    // No prototype: a name such as "constructor" is not an entry.
    const values: Record<string, string> = Object.create(null);
    const withheld: Record<string, string> = Object.create(null);
    for (const name of names) {
      const entry = entries().get(name);
      const why = refusal(name, entry, addresses);
      if (entry !== undefined && why === undefined) values[name] = entry.value;
      else withheld[name] = why ?? '';
    }
    return {
      values,
      withheld,
      worked: () => {
        for (const name of Object.keys(values)) {
          if (entries().get(name)?.for === null) uses.worked(name, addresses[0] ?? '');
        }
      },
    };
  };
  return {
    grant: (driver, settings) => grant(secretUseOf(driver, settings, (name) => entries().has(name))),
    grantAtPort: (name, port) => grant({ names: [name], addresses: listeningAt(port) }),
  };
}
