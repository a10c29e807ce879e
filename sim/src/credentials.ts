import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Everything secret the simulator needs to come back tomorrow; readable by its owner only. */
export interface Credentials {
  readonly operatorKey: string;
  /** By organisation id. */
  readonly memberKeys: Readonly<Record<string, string>>;
  /** By factory code. */
  readonly gatewayTokens: Readonly<Record<string, string>>;
  /** Organisation ids by code. */
  readonly organisations: Readonly<Record<string, string>>;
  /** Users who get sign-in links. */
  readonly users: readonly { readonly role: string; readonly userId: string }[];
  readonly device: { readonly machineCode: string; readonly token: string };
}

/** How far the simulated world has come. */
export interface Progress {
  readonly position: number;
  /** Domain instant of the next order. */
  readonly nextOrderAt: number;
  /** Domain instant up to which machine records were sent. */
  readonly playedTo: number;
}

export function readCredentials(dataDir: string): Credentials | undefined {
  return readJson<Credentials>(join(dataDir, 'demo-credentials.json'));
}
export function keepCredentials(dataDir: string, credentials: Credentials): void {
  keepJson(join(dataDir, 'demo-credentials.json'), credentials);
}
/** Known before everything else is set up, so that an interrupted set-up can go on. */
export function readOperatorKey(dataDir: string): string | undefined {
  return readJson<string>(join(dataDir, 'demo-operator-key.json'));
}
export function keepOperatorKey(dataDir: string, key: string): void {
  keepJson(join(dataDir, 'demo-operator-key.json'), key);
}
export function readProgress(dataDir: string): Progress | undefined {
  return readJson<Progress>(join(dataDir, 'demo-progress.json'));
}
export function keepProgress(dataDir: string, progress: Progress): void {
  keepJson(join(dataDir, 'demo-progress.json'), progress);
}

function readJson<T>(path: string): T | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : undefined;
}

/** Whole or not at all: a kill in the middle leaves the old file. */
function keepJson(path: string, value: unknown): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(`${path}.new`, JSON.stringify(value), { mode: 0o600 });
  chmodSync(`${path}.new`, 0o600);
  renameSync(`${path}.new`, path);
}
