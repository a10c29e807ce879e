import type { Sample, TagAddress } from '../driver/index.ts';
import type { Pace } from './message.ts';

/** A tag of a machine, as the host must know it. */
export interface HostTag extends TagAddress {
  readonly machine: string;
  readonly tag: string;
  /** Each sample counts, as with pulses: none may be left out when the agent is slow. */
  readonly every: boolean;
}
/** Samples of one connection in the order told; `tag` of a sample is a position in `tags`. */
export interface DriverBatch {
  readonly connection: string;
  readonly tags: readonly HostTag[];
  readonly samples: readonly Sample[];
  /** Samples that were left out because the agent was too slow, by position in `tags`; only of tags with `every`. */
  readonly lost: ReadonlyMap<number, number>;
}

/** Secrets of one connection, and those it names and is not told, with the reason. */
export interface GrantedSecrets {
  readonly values: Readonly<Record<string, string>>;
  readonly withheld: Readonly<Record<string, string>>;
  /** The far side took them. */
  worked(): void;
}

export interface DriverHostOptions {
  /** Below it each connection has a folder of its own. */
  readonly folder: string;
  /** What of `secrets.yaml` a connection is told: what its settings name and may go where they say. */
  secrets(driver: string, settings: Readonly<Record<string, unknown>>): GrantedSecrets;
  onSamples(batch: DriverBatch): void;
  /** Something a person should read: a worker was restarted. */
  onRestart?(connections: readonly string[], reason: string): void;
  /** A driver, or a library it uses, warned in a line of its own: no fault, and no value either. */
  onSaid?(driver: string, words: string): void;
  now(): number;
  readonly pace?: Partial<Pace>;
}
