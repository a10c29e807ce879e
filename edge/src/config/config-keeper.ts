import { join, resolve } from 'node:path';
import { type ConfigFault, EdgeBuffer, type EdgeConfig } from '@millrace/contract';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { readSmallFile, replaceFile } from '../identity/index.ts';
import type { Log } from '../log/index.ts';
import { type ConfigWords, checkConfig } from './check-config.ts';
import { checkConfigText } from './check-text.ts';
import { watchFile } from './watch-file.ts';
import { type LocatedFault, parseYaml } from './yaml-file.ts';

/** A configuration of a thousand machines with thirty tags each has about 5 MiB. */
export const CONFIG_BYTES_MAX = 32 * 1_048_576;
const FROM_PLATFORM = 'config-platform.json';
const FROM_FILE = 'config-file.json';

const Kept = Type.Object({
  version: Type.Union([Type.Integer(), Type.Null()]),
  config: Type.Unknown(),
});

const KeptBuffer = Type.Object({ config: Type.Object({ buffer: Type.Optional(EdgeBuffer) }) });

export interface RunningConfig {
  readonly config: EdgeConfig;
  readonly source: 'platform' | 'file';
  /** Of the platform's; null for a file. */
  readonly version: number | null;
}

/** Decides which configuration runs: checks what is offered, keeps the last good one, refuses the rest. */
export interface ConfigKeeper {
  /** Brings the last good configuration to run, then watches the file. */
  start(): Promise<void>;
  /** A version of the platform; resolves when it runs or is refused. */
  offer(version: number, value: unknown): Promise<void>;
  running(): RunningConfig | undefined;
  /** Newest version of the platform that was checked. */
  seenVersion(): number | null;
  /** Of the newest version or file that was refused; empty when the newest runs. */
  faults(): readonly (ConfigFault | LocatedFault)[];
  close(): Promise<void>;
}

export interface ConfigKeeperOptions {
  /** The agent's data folder. */
  readonly folder: string;
  /** `--config`. */
  readonly file?: string;
  /** `--local`: the file runs whatever the platform says. */
  readonly local: boolean;
  readonly words: ConfigWords;
  /**
   * Makes it so; what it throws is a fault of the configuration, and the one before is applied again. What `ranBefore` runs
   * as far as it can: a machine must not stay unread because something else is not there yet.
   */
  apply(running: RunningConfig, ranBefore: boolean): Promise<void>;
  readonly log: Log;
}

export function openConfigKeeper(options: ConfigKeeperOptions): ConfigKeeper {
  return new Keeper(options);
}

class Keeper implements ConfigKeeper {
  readonly #options: ConfigKeeperOptions;
  #running: RunningConfig | undefined;
  #seen: number | null = null;
  #faults: readonly (ConfigFault | LocatedFault)[] = [];
  /** Of the file when it was last looked at. */
  #text: string | undefined;
  /** One configuration at a time, whoever brings it. */
  #queue: Promise<void> = Promise.resolve();
  #stopWatching = (): void => undefined;

  constructor(options: ConfigKeeperOptions) {
    this.#options = options;
  }

  running(): RunningConfig | undefined {
    return this.#running;
  }
  seenVersion(): number | null {
    return this.#seen;
  }
  faults(): readonly (ConfigFault | LocatedFault)[] {
    return this.#faults;
  }

  start(): Promise<void> {
    const { file, local } = this.#options;
    return this.#inTurn(async () => {
      if (!local) await this.#restore(FROM_PLATFORM, 'platform');
      if (file === undefined) return;
      const path = resolve(file);
      await this.#readFile(path);
      const faults = this.#faults;
      if (this.#running === undefined) await this.#restore(FROM_FILE, 'file');
      this.#faults = faults;
      this.#stopWatching = watchFile(path, () => void this.#inTurn(() => this.#readFile(path)));
    });
  }

  offer(version: number, value: unknown): Promise<void> {
    const { local, words, log } = this.#options;
    return this.#inTurn(async () => {
      if (this.#seen !== null && version <= this.#seen) return;
      const { config, faults } = await checkConfig(value, words);
      this.#seen = version;
      if (config === undefined) this.#refuse(faults, `version ${version}`);
      else if (local) log.info('a version of the platform is not run: started with --local', { version });
      else if (await this.#run({ config, source: 'platform', version })) {
        this.#keep(FROM_PLATFORM, { version, config });
      }
    });
  }

  async close(): Promise<void> {
    this.#stopWatching();
    await this.#queue;
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(act).catch((cause: unknown) => {
      this.#options.log.error('a configuration could not be handled', { why: wordsOf(cause) });
    });
    return this.#queue;
  }

  async #readFile(path: string): Promise<void> {
    const { local, words } = this.#options;
    const text = await this.#textOf(path);
    if (text === undefined || text === this.#text) return;
    this.#text = text;
    if (this.#running?.source === 'platform' && !local) return;
    const { config, faults } = await checkConfigText(text, words);
    if (config === undefined) this.#refuse(faults, path);
    else if (await this.#run({ config, source: 'file', version: null })) {
      this.#keep(FROM_FILE, { version: null, config });
    }
  }

  async #textOf(path: string): Promise<string | undefined> {
    let message = `there is no file ${path}`;
    try {
      const text = await readSmallFile(path, CONFIG_BYTES_MAX);
      if (text !== undefined) return text;
    } catch (cause) {
      message = wordsOf(cause);
    }
    // A file that is away for a moment (an editor, a drive) does not stop what runs.
    this.#text = undefined;
    this.#refuse([{ path: '', code: 'no-file', message }], path);
    return undefined;
  }

  /** The last good one of an earlier run. */
  async #restore(name: string, source: 'platform' | 'file'): Promise<void> {
    const { folder, words, log } = this.#options;
    const kept = await readKept(join(folder, name), words, log);
    if (kept === undefined) return;
    if (await this.#run({ config: kept.config, source, version: kept.version }, true)) {
      if (source === 'platform') this.#seen = kept.version;
    }
  }

  async #run(next: RunningConfig, ranBefore = false): Promise<boolean> {
    const { apply, log } = this.#options;
    try {
      await apply(next, ranBefore);
    } catch (cause) {
      this.#refuse([{ path: '', code: 'cannot-run', message: wordsOf(cause) }], next.source);
      if (this.#running !== undefined) await apply(this.#running, true);
      return false;
    }
    this.#running = next;
    this.#faults = [];
    const { connections, machines } = next.config;
    log.info('a configuration runs', {
      source: next.source,
      version: next.version,
      connections: connections.length,
      machines: machines.length,
    });
    return true;
  }

  /** For the next start. What runs goes on running also on a disk that is full. */
  #keep(name: string, kept: Static<typeof Kept>): void {
    const { folder, log } = this.#options;
    try {
      replaceFile(join(folder, name), JSON.stringify(kept));
    } catch (cause) {
      if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
      log.error('the configuration runs but could not be stored: after a restart the one before runs', {
        file: name,
        why: cause.message,
      });
    }
  }

  #refuse(faults: readonly (ConfigFault | LocatedFault)[], from: string): void {
    this.#faults = faults;
    const what = { from, count: faults.length, first: faults[0] };
    this.#options.log.warn('a configuration was refused; the one before goes on', what);
  }
}

const wordsOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/**
 * What the last good configuration says about the buffer, before it is checked and run: the log must be open by then. Absent
 * or not understood = the defaults.
 */
export async function keptBuffer(folder: string, local: boolean): Promise<EdgeBuffer> {
  for (const name of local ? [FROM_FILE] : [FROM_PLATFORM, FROM_FILE]) {
    const text = await readSmallFile(join(folder, name), CONFIG_BYTES_MAX);
    if (text === undefined) continue;
    const { value } = parseYaml(text);
    if (Compile(KeptBuffer).Check(value)) return value.config.buffer ?? {};
  }
  return {};
}

/** The last good one of an earlier run; undefined when there is none, or when this agent understands it no more. */
async function readKept(
  path: string,
  words: ConfigWords,
  log: Log,
): Promise<{ readonly version: number | null; readonly config: EdgeConfig } | undefined> {
  const text = await readSmallFile(path, CONFIG_BYTES_MAX);
  if (text === undefined) return undefined;
  const parsed = parseYaml(text);
  if (Compile(Kept).Check(parsed.value)) {
    const { config, faults } = await checkConfig(parsed.value.config, words);
    if (config !== undefined) return { version: parsed.value.version, config };
    log.error('the last good configuration is not good for this agent', { path, ...faults[0] });
    return undefined;
  }
  log.error('the last good configuration cannot be read', { path });
  return undefined;
}
