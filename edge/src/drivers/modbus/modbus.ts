import type { ModbusSettings, ReadValue, TagValue } from '@millrace/contract';
import type { Driver, DriverContext, TagAddress } from '../../driver/index.ts';
import { Link, Polling } from '../../poll/index.ts';
import { type ModbusLink, modbusDialect } from './dialect.ts';
import { RtuFraming, TcpFraming } from './frame.ts';
import { Reader } from './reader.ts';
import { writeTag } from './writer.ts';

const DEFAULT_PORT = 502;
const DEFAULT_TIMEOUT_MS = 3_000;
const DEFAULT_POLL_MS = 1_000;

/** Modbus over TCP, or serial frames over TCP; several units behind one connection. */
export class ModbusDriver implements Driver {
  readonly #link: ModbusLink;
  readonly #polling: Polling;

  constructor(context: DriverContext) {
    // Checked against the schema by the host before. [DriverContext.settings]
    const settings = context.settings as ModbusSettings;
    const { host, port = DEFAULT_PORT, timeoutMs = DEFAULT_TIMEOUT_MS, pauseMs = 0 } = settings;
    const framing = settings.framing === 'rtu-over-tcp' ? new RtuFraming() : new TcpFraming();
    this.#link = new Link({ host, port, timeoutMs, pauseMs }, modbusDialect(framing), context);
    const periodMs = settings.pollMs ?? DEFAULT_POLL_MS;
    this.#polling = new Polling(context, periodMs, (tags) => new Reader(this.#link, tags, settings.gap));
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
}
