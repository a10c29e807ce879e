import type { ReadValue, TagValue } from '@millrace/contract';
import type { Driver, DriverContext, TagAddress } from '../driver/index.ts';
import { type Dialect, Link } from './link.ts';
import { Polling, type Rounds } from './polling.ts';

/** A simple device answers in some milliseconds, a loaded one in some hundred; beyond, people would rather see a fault. */
const DEFAULT_TIMEOUT_MS = 3_000;
const DEFAULT_POLL_MS = 1_000;

/** What the settings of protocols that are asked at intervals have in common. */
export interface PolledSettings {
  readonly host: string;
  readonly port?: number;
  readonly timeoutMs?: number;
  readonly pauseMs?: number;
  readonly pollMs?: number;
}

/** What such a protocol has of its own. */
export interface PolledProtocol<Q, A extends object> {
  readonly defaultPort: number;
  readonly dialect: Dialect<Q, A>;
  /** A plan to read these tags again and again. */
  rounds(link: Link<Q, A>, tags: readonly TagAddress[]): Rounds;
  /** Resolves when the far side has confirmed; rejects with a `DriverFault`. */
  write(link: Link<Q, A>, tag: TagAddress, value: Exclude<TagValue, null>): Promise<void>;
}

/** The driver of a protocol that answers one question at a time over TCP and says nothing by itself. */
export class PolledDriver<Q, A extends object> implements Driver {
  readonly #protocol: PolledProtocol<Q, A>;
  readonly #link: Link<Q, A>;
  readonly #polling: Polling;

  constructor(context: DriverContext, settings: PolledSettings, protocol: PolledProtocol<Q, A>) {
    const { host, port = protocol.defaultPort, timeoutMs = DEFAULT_TIMEOUT_MS, pauseMs = 0 } = settings;
    const { pollMs = DEFAULT_POLL_MS } = settings;
    const link = new Link({ host, port, timeoutMs, pauseMs }, protocol.dialect, context);
    this.#protocol = protocol;
    this.#link = link;
    this.#polling = new Polling(context, pollMs, (tags) => protocol.rounds(link, tags));
  }

  connect(): Promise<void> {
    return this.#link.open();
  }

  async subscribe(tags: readonly TagAddress[]): Promise<void> {
    this.#polling.subscribe(tags);
  }

  read(tags: readonly TagAddress[]): Promise<readonly ReadValue[]> {
    return this.#polling.read(tags);
  }

  write(tag: TagAddress, value: Exclude<TagValue, null>): Promise<void> {
    return this.#protocol.write(this.#link, tag, value);
  }

  async close(): Promise<void> {
    this.#polling.stop();
    this.#link.close();
  }
}
