import { isDeepStrictEqual } from 'node:util';
import type { BufferHealth, EdgeBuffer, QuarantineSelection, Resent } from '@millrace/contract';
import type { Identity } from './identity/index.ts';
import type { Log } from './log/index.ts';
import { type Disk, NotStored, openStore, type ResendRefused, type Store } from './store/index.ts';
import { startUplink, type Uplink } from './uplink/index.ts';

export interface DeliveryOptions {
  /** Of the log; locked while it is open. */
  readonly folder: string;
  readonly buffer: EdgeBuffer;
  now(): number;
  readonly log: Log;
  /** Tests give one that refuses. */
  readonly disk?: Disk;
}

/** The log on the disk and what empties it towards the platform. */
export interface Delivery {
  /** Undefined for the moment in which the buffer's settings change. */
  store(): Store | undefined;
  /** From now on records leave; again with another identity is not needed, its token is asked for every time. */
  connect(identity: Identity): void;
  /** Other settings close the log and open it again; nothing in it is touched. */
  apply(buffer: EdgeBuffer): Promise<void>;
  /** There is a new token or the line is back. */
  tryNow(): void;
  health(): BufferHealth;
  /** Sends again what the platform refused before; undefined for the moment without a store. */
  resend(selection: QuarantineSelection): Promise<Resent | ResendRefused | undefined>;
  /** Why nothing can be kept; undefined while all is well. */
  illness(): string | undefined;
  close(): Promise<void>;
}

/** Rejects with `FolderInUse` when another agent has the folder. */
export async function openDelivery(options: DeliveryOptions): Promise<Delivery> {
  const delivery = new StoreAndUplink(options);
  await delivery.open(options.buffer);
  return delivery;
}

class StoreAndUplink implements Delivery {
  readonly #options: DeliveryOptions;
  #store: Store | undefined;
  #uplink: Uplink | undefined;
  #identity: Identity | undefined;
  #buffer: EdgeBuffer = {};
  #health: BufferHealth | undefined;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  store(): Store | undefined {
    return this.#store;
  }

  async open(buffer: EdgeBuffer): Promise<void> {
    const { folder, now, log, disk } = this.#options;
    this.#store = await openStore({
      folder,
      buffer,
      now,
      ...(disk === undefined ? {} : { disk }),
      onFault: (message) => log.warn(message),
    });
    this.#buffer = buffer;
    if (this.#identity !== undefined) this.connect(this.#identity);
  }

  connect(identity: Identity): void {
    this.#identity = identity;
    if (this.#store === undefined || this.#uplink !== undefined) return;
    const { now, log } = this.#options;
    const { replayPerS } = this.#buffer;
    this.#uplink = startUplink({
      store: this.#store,
      server: identity.server,
      token: () => identity.token(),
      ...(replayPerS === undefined ? {} : { replayPerS }),
      now,
      onFault: (lane, words) => {
        if (words === undefined) log.info('delivery goes on', { lane });
        else log.warn('delivery is held up; records wait on the disk', { lane, why: words });
      },
    });
  }

  async apply(buffer: EdgeBuffer): Promise<void> {
    if (isDeepStrictEqual(buffer, this.#buffer)) return;
    const before = this.#buffer;
    await this.#shut();
    try {
      await this.open(buffer);
    } catch (cause) {
      await this.open(before);
      throw cause;
    }
  }

  tryNow(): void {
    this.#uplink?.tryNow();
  }

  health(): BufferHealth {
    this.#health = this.#store?.health() ?? this.#health;
    return (
      this.#health ?? { waiting: 0, bytes: 0, quotaBytes: 0, oldestAt: null, dropped: 0, quarantined: 0 }
    );
  }

  async resend(selection: QuarantineSelection): Promise<Resent | ResendRefused | undefined> {
    return this.#store?.resend(selection);
  }

  illness(): string | undefined {
    const full = this.#store?.full();
    if (full === 'quota') return 'the buffer has reached its quota';
    return full === 'disk' ? 'the disk does not take records' : undefined;
  }

  close(): Promise<void> {
    return this.#shut();
  }

  async #shut(): Promise<void> {
    this.health();
    const store = this.#store;
    await this.#uplink?.close();
    this.#uplink = undefined;
    this.#store = undefined;
    try {
      await store?.close();
    } catch (cause) {
      if (!(cause instanceof NotStored)) throw cause;
      // The disk takes nothing any more: what it had not taken is lost and told here; the log itself is closed.
      this.#options.log.warn('the disk did not take the last records', { why: cause.message });
    }
  }
}
