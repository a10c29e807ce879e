import type {
  BrowseNode,
  ConnectionOffer,
  EdgeTag,
  ReadValue,
  TagQuality,
  TagValue,
} from '@millrace/contract';

/** One value of one tag, as the far side gave it: never invented, never repeated to look alive. */
export interface Sample {
  /** Index into the tags last given to `subscribe`. */
  readonly tag: number;
  /** As the protocol says, before bit, scale and offset. Null where the quality is bad. 64-bit integers beyond 2^53 are bad, not rounded. */
  readonly value: TagValue;
  readonly quality: TagQuality;
  /** By the source's clock where it has one, else when the driver received it; epoch ms. */
  readonly at: number;
  /**
   * Only of what the source kept while nobody listened: when it happened by the gateway's clock, `at` plus what the protocol
   * tells of the difference of the clocks. Such samples come in order, and the first without it says that they are over.
   */
  readonly historyAt?: number;
  /** Why the quality is not good. */
  readonly error?: string;
}

/** What a driver needs of a tag. */
export type TagAddress = Pick<EdgeTag, 'address' | 'type' | 'wordOrder'>;

/** What the host gives a driver of one connection. */
export interface DriverContext {
  /** Checked against the driver's own schema before. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Values of a `subscribe`; may be called as often as it likes. */
  sink(samples: readonly Sample[]): void;
  /** The far side is gone: the driver is closed and opened again after a pause. */
  lost(reason: string): void;
  /** A request was answered after so long. */
  latency(ms: number): void;
  /** So many polls were left out because the far side was slower than the period. */
  skipped?(polls: number): void;
  /** Wall clock, epoch ms. */
  now(): number;
  /** The value of an entry in the gateway's `secrets.yaml`; throws a `DriverFault` when there is none, or none for this address. */
  secret(name: string): string;
  /** Folder of this connection for certificates and the like; made on first use. */
  folder(): string;
}

/**
 * One protocol. A driver runs in a worker thread with other connections of its kind; it opens nothing before `connect`, tries
 * once (pauses and new attempts are the host's), keeps every timeout bounded, and after `close` calls nothing back.
 */
export interface Driver {
  /** Resolves when values can be asked for; rejects with a `DriverFault` whose message an electrician understands. */
  connect(): Promise<void>;
  /** Keeps these tags coming, in place of those before. A tag that the far side refuses comes as a bad sample with the reason; the others go on. */
  subscribe(tags: readonly TagAddress[]): Promise<void>;
  /** Reads once, for looking and for read-back; answers in the order asked, bad with the reason where nothing could be read. */
  read(tags: readonly TagAddress[]): Promise<readonly ReadValue[]>;
  /** Children of a node, at most `limit`; without a parent, where browsing begins. Rejects with a `DriverFault`. */
  browse?(parent: string | undefined, limit: number): Promise<readonly BrowseNode[]>;
  /** Resolves when the far side has confirmed; rejects with a `DriverFault`, `unanswered` when it may have been written. */
  write?(tag: TagAddress, value: Exclude<TagValue, null>): Promise<void>;
  /** Calls a method or program of the far side with one value, or none when it is null; rejects with a `DriverFault`. */
  call?(address: string, value: TagValue): Promise<TagValue>;
  /** Ends everything, also a `connect` that is under way; never rejects. */
  close(): Promise<void>;
}

/** What a driver's folder, or a package `npm:<name>`, exports as `driver`. */
export interface DriverKind {
  /** As the configuration names it. */
  readonly name: string;
  /** TypeBox or JSON schema of its settings. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Undefined when it can be read by this driver, else what is wrong with it. */
  checkAddress(tag: TagAddress): string | undefined;
  /** Connections that share one worker thread, 1 or more; 1 = each its own. */
  readonly perWorker: number;
  /** Makes the driver of one connection and opens nothing yet; a fault of the settings is told by `connect`. */
  open(context: DriverContext): Driver;
  /** What there is to connect to at the settings' address, asked before there is a connection; rejects with a `DriverFault`. */
  discover?(context: Omit<DriverContext, 'sink' | 'lost'>): Promise<readonly ConnectionOffer[]>;
}

/** The far side's fault or a setting's, in words; anything else thrown is a bug of the driver and restarts its worker. */
export class DriverFault extends Error {
  override readonly name = 'DriverFault';
  /** True = trying again cannot help before a person changes something (wrong password, untrusted certificate). */
  readonly lasting: boolean;
  /** True = what was asked went out and its answer did not come: a write may have been carried out all the same. */
  readonly unanswered: boolean;

  constructor(
    message: string,
    options: { readonly cause?: unknown; readonly lasting?: boolean; readonly unanswered?: boolean } = {},
  ) {
    super(message, { cause: options.cause });
    this.lasting = options.lasting ?? false;
    this.unanswered = options.unanswered ?? false;
  }
}
