import type { ReadValue, S7Settings, TagValue } from '@millrace/contract';
import type { Driver, DriverContext, TagAddress } from '../../driver/index.ts';
import { Link, Polling, type Rounds } from '../../poll/index.ts';
import { S7Dialect, type S7Link } from './dialect.ts';
import { Reader } from './reader.ts';
import { writeTag } from './writer.ts';

/** ISO-on-TCP. [RFC 1006 §1] */
const DEFAULT_PORT = 102;
const DEFAULT_TIMEOUT_MS = 3_000;
const DEFAULT_POLL_MS = 1_000;

/** Siemens S7-300, 400, 1200 and 1500 by absolute addresses. */
export class S7Driver implements Driver {
  readonly #dialect: S7Dialect;
  readonly #link: S7Link;
  readonly #polling: Polling;

  constructor(context: DriverContext) {
    // Checked against the schema by the host before. [DriverContext.settings]
    const settings = context.settings as S7Settings;
    const { host, port = DEFAULT_PORT, rack, slot, timeoutMs = DEFAULT_TIMEOUT_MS } = settings;
    this.#dialect = new S7Dialect(rack, slot);
    this.#link = new Link({ host, port, timeoutMs, pauseMs: 0 }, this.#dialect, context);
    const periodMs = settings.pollMs ?? DEFAULT_POLL_MS;
    this.#polling = new Polling(context, periodMs, (tags) => this.#rounds(tags));
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
    return writeTag(this.#link, tag, value);
  }

  async close(): Promise<void> {
    this.#polling.stop();
    this.#link.close();
  }

  /** A connection that was made anew may have agreed on messages of another length: then the plan is made anew too. */
  #rounds(tags: readonly TagAddress[]): Rounds {
    let { pdu } = this.#dialect;
    let reader = new Reader(this.#link, pdu, tags);
    return {
      round: (report, isStopped) => {
        if (pdu !== this.#dialect.pdu) reader = new Reader(this.#link, this.#dialect.pdu, tags);
        pdu = this.#dialect.pdu;
        return reader.round(report, isStopped);
      },
    };
  }
}
