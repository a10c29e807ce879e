import type { BrowseNode, ConnectionOffer, ReadValue, TagQuality, TagValue } from '@millrace/contract';
import type { TagAddress } from '../driver/index.ts';

/** A tag as the worker must know it. */
export interface WatchedTag extends TagAddress {
  /** Each sample is a piece: none may be left out in favour of a newer one. */
  readonly every: boolean;
}

/** How patient a worker is; the defaults are `PACE`, tests are in a hurry. */
export interface Pace {
  /** First pause before a connection is opened again, ms; doubles up to `waitMaxMs`. */
  readonly waitFirstMs: number;
  readonly waitMaxMs: number;
  /** Pause after a fault that only a person can end, ms. */
  readonly lastingWaitMs: number;
  /** A driver that takes longer to connect, subscribe or answer than it should ever, ms. */
  readonly callMaxMs: number;
  /** A driver that cannot be closed in so long holds something: its worker is restarted, ms. */
  readonly closeMaxMs: number;
  /** Between two pings of a worker, ms. */
  readonly pingMs: number;
  /** Between two looks at `secrets.yaml`, for connections that may wait for a person to write there, ms. */
  readonly secretsLookMs: number;
  /** First pause before a worker that hung or crashed is started again, ms; doubles up to `waitMaxMs`. */
  readonly restartFirstMs: number;
  /** Life of a connection that is opened only to look, ms. */
  readonly lookMaxMs: number;
}

/** As patient as people and machines in a factory need it. */
export const PACE: Pace = {
  waitFirstMs: 1_000,
  // A machine that was switched on again is seen within a minute.
  waitMaxMs: 60_000,
  // A wrong password tried more often would lock the account at many a server.
  lastingWaitMs: 300_000,
  // OPC UA with certificates over a slow link takes some 10 s; beyond a minute nothing comes any more.
  callMaxMs: 60_000,
  closeMaxMs: 10_000,
  pingMs: 2_000,
  secretsLookMs: 5_000,
  restartFirstMs: 1_000,
  // A person waits, and the platform forgets the request after 30 s.
  lookMaxMs: 25_000,
};

/** What is asked of an open driver. */
export type DriverRequest =
  | { readonly kind: 'read'; readonly tags: readonly TagAddress[] }
  | { readonly kind: 'browse'; readonly parent: string | undefined; readonly limit: number }
  | { readonly kind: 'write'; readonly tag: TagAddress; readonly value: Exclude<TagValue, null> }
  | { readonly kind: 'call'; readonly address: string; readonly value: TagValue }
  /** Opens nothing more: that the connection stands is the answer. */
  | { readonly kind: 'test' };
/** What is asked at an address that is not in the configuration; what there is to connect to is asked before there is a connection. */
export type LookRequest = DriverRequest | { readonly kind: 'discover' };
/** What came of it: values for `read`, nodes for `browse`, offers for `discover`, a value for `call`. */
export interface DriverResult {
  readonly values?: readonly ReadValue[];
  readonly nodes?: readonly BrowseNode[];
  readonly offers?: readonly ConnectionOffer[];
  readonly value?: TagValue;
}
/** A `DriverFault` on its way between threads, which keep no class. */
export interface ToldFault {
  readonly message: string;
  readonly lasting: boolean;
  readonly unanswered: boolean;
}

/** What a thread must know to open a driver. */
export interface OpenConnection {
  readonly connection: number;
  readonly driver: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Only those that the settings name and that may go where they say. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Why the others may not. */
  readonly withheld: Readonly<Record<string, string>>;
  readonly folder: string;
}

/** What the agent says to a thread. */
export type ToWorker =
  | (OpenConnection & {
      readonly kind: 'open';
      readonly generation: number;
      readonly tags: readonly WatchedTag[];
    })
  | {
      readonly kind: 'subscribe';
      readonly connection: number;
      readonly generation: number;
      readonly tags: readonly WatchedTag[];
    }
  | { readonly kind: 'close'; readonly connection: number }
  | {
      readonly kind: 'ask';
      readonly ask: number;
      readonly connection: number;
      readonly request: DriverRequest;
    }
  /** Opens, asks, closes; for settings that are not in the configuration. */
  | (OpenConnection & { readonly kind: 'look'; readonly ask: number; readonly request: LookRequest })
  | { readonly kind: 'ping' }
  /** A batch was taken: one more may be sent. */
  | { readonly kind: 'taken' };

/** Samples by column: copying them between threads costs a fraction of copying as many objects. */
export interface SampleBatch {
  readonly tags: Uint32Array;
  readonly values: readonly TagValue[];
  /** Positions in `TAG_QUALITIES`. */
  readonly qualities: Uint8Array;
  readonly at: Float64Array;
  /** By position in the batch, where the source kept the value. */
  readonly historyAt: ReadonlyMap<number, number>;
  /** By position in the batch. */
  readonly errors: ReadonlyMap<number, string>;
  /** Samples that had to be left out, by tag; only of tags of which every sample counts. */
  readonly lost: ReadonlyMap<number, number>;
}

/** Where a connection stands; `failed` waits for a person. */
export type LifeState = 'connecting' | 'connected' | 'waiting' | 'failed';
/** What a thread says to the agent. */
export type FromWorker =
  | {
      readonly kind: 'state';
      readonly connection: number;
      readonly state: LifeState;
      readonly error: string | null;
    }
  | {
      readonly kind: 'samples';
      readonly connection: number;
      readonly generation: number;
      readonly batch: SampleBatch;
    }
  | {
      readonly kind: 'answer';
      readonly ask: number;
      readonly result: DriverResult;
      readonly latencyMs: number;
    }
  | { readonly kind: 'refused'; readonly ask: number; readonly fault: ToldFault }
  | { readonly kind: 'closed'; readonly connection: number }
  /** A bug of the driver, or one that cannot be closed: the worker must be restarted. */
  | { readonly kind: 'broken'; readonly connection: number; readonly reason: string }
  /** Of each connection, since the last pong: latency where it was told, and polls that were left out. */
  | {
      readonly kind: 'pong';
      readonly latencies: ReadonlyMap<number, number>;
      readonly skipped: ReadonlyMap<number, number>;
    };

/** Position in `TAG_QUALITIES`. */
export const QUALITY_CODE: Readonly<Record<TagQuality, number>> = { good: 0, uncertain: 1, bad: 2 };
