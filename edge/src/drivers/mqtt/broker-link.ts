import { type ISubscriptionGrant, MqttClient } from 'mqtt';
import { DriverFault } from '../../driver/index.ts';
import { brokerFault, farewell, mayBeOldBroker } from './broker-fault.ts';
import { type BrokerAddress, openStream, parseBrokerUrl } from './broker-stream.ts';
import { clientOptions, connected, type DialOptions } from './dial.ts';
import { OwnEchoes } from './own-echoes.ts';
import { MAX_PACKET_BYTES, PacketGuard } from './packet-guard.ts';
import { checkFilter } from './topic-filter.ts';

const CONFIRM_TIMEOUT_MS = 5_000;
/** A farewell is polite, not necessary. */
const CLOSE_TIMEOUT_MS = 1_000;
/** Reason of a PUBACK: stored, but nobody listens. [MQTT5 §3.4.2.1] */
const NO_MATCHING_SUBSCRIBERS = 16;

/** A message as it came from the broker. */
export interface BrokerMessage {
  readonly topic: string;
  readonly payload: Buffer;
  /** The broker kept it; nobody has just said it. */
  readonly retained: boolean;
  /** DUP flag: the broker may have sent it before. */
  readonly repeated: boolean;
  /** 0 with QoS 0. */
  readonly packetId: number;
  /** Size of a payload that was too big to be taken. */
  readonly cutBytes: number | undefined;
}

export interface LinkOptions extends DialOptions {
  /** Whether it was taken; what was not is not acknowledged, and the broker of a durable session sends it again. */
  onMessage(message: BrokerMessage): boolean;
  /** Once, unless `close` came first. */
  onLost(reason: string): void;
}

/** One connection to a broker, in MQTT 5 or, where that is refused, 3.1.1; it is never mended, only opened anew. */
export class BrokerLink {
  readonly #client: MqttClient;
  readonly #options: LinkOptions;
  readonly #echoes: OwnEchoes;
  #pubackReason = 0;
  #fault = '';
  #isOpen = false;
  #isOver = false;

  private constructor(client: MqttClient, options: LinkOptions, cut: Map<string, number>) {
    this.#client = client;
    this.#options = options;
    this.#echoes = new OwnEchoes(client.options.protocolVersion === 4, () => options.context.now());
    this.#hear(client, cut);
    client.on('packetreceive', (packet) => {
      if (packet.cmd === 'puback') this.#pubackReason = packet.reasonCode ?? 0;
    });
    client.on('disconnect', (packet) => {
      this.#fault = farewell(packet.reasonCode ?? 0);
    });
    // After rubbish the library waits for more of it, so that nothing would ever come again.
    client.on('error', (fault) => {
      this.#fault ||= `the connection to the broker broke: ${fault.message}`;
      if (this.#isOpen) this.#lose(this.#fault);
    });
    client.on('connect', () => {
      this.#isOpen = true;
    });
    client.on('close', () => {
      if (this.#isOpen) this.#lose(this.#fault || 'the connection to the broker broke');
    });
  }

  static async open(options: LinkOptions): Promise<BrokerLink> {
    const address = parseBrokerUrl(options.settings.url);
    const where = `${address.host}:${address.port}`;
    const started = options.context.now();
    try {
      const link = await BrokerLink.#dial(options, address, 5).catch((fault: unknown) => {
        if (options.signal.aborted || !mayBeOldBroker(fault)) throw fault;
        return BrokerLink.#dial(options, address, 4);
      });
      options.context.latency(options.context.now() - started);
      return link;
    } catch (fault) {
      throw brokerFault(fault, where, options.context.folder());
    }
  }

  /** Listens from the first byte on: a broker may say welcome and goodbye in one breath. */
  static async #dial(options: LinkOptions, address: BrokerAddress, version: 4 | 5): Promise<BrokerLink> {
    if (options.signal.aborted) throw new DriverFault('the connection was closed');
    const cut = new Map<string, number>();
    const guard = new PacketGuard({
      version,
      maxBytes: MAX_PACKET_BYTES,
      onCut: (topic, bytes) => cut.set(topic, bytes),
    });
    // Before the line: without its password there is nobody to open one for.
    const login = clientOptions(options, version);
    const stream = openStream(address, () => options.context.folder(), guard);
    const client = new MqttClient(() => stream, login);
    const link = new BrokerLink(client, options, cut);
    await connected(client, `${address.host}:${address.port}`, options.signal);
    return link;
  }

  /**
   * Of each filter that the broker refused, why; rejects when the broker does not answer. `ownToo` = also what this client id has
   * published, such as the will of its session before.
   */
  async subscribe(
    filters: readonly string[],
    how: { readonly qos: 0 | 1; readonly ownToo?: boolean },
  ): Promise<ReadonlyMap<string, string>> {
    const refused = new Map<string, string>();
    for (const filter of filters) {
      const wrong = checkFilter(filter);
      if (wrong) refused.set(filter, wrong);
    }
    const asked = [...new Set(filters)].filter((filter) => !refused.has(filter));
    if (asked.length === 0) return refused;
    const granted = await this.#confirmed<readonly number[]>('the subscription', (done) => {
      // What the agent itself writes is not what a machine said. [MQTT5 §3.8.3.1, No Local]
      this.#client.subscribe(
        asked,
        { qos: how.qos, nl: !how.ownToo },
        (fault, _grants: ISubscriptionGrant[] | undefined, packet) => {
          // The library's types allow objects, which only brokers handle. [MQTT-3.9.3-1]
          if (packet) done(null, packet.granted.map(Number));
          else done(fault ?? new DriverFault('the broker did not answer the subscription'));
        },
      );
    });
    for (const [index, filter] of asked.entries())
      if ((granted[index] ?? 0x80) >= 0x80) refused.set(filter, `the broker refuses topic ${filter}`);
    return refused;
  }

  async unsubscribe(filters: readonly string[]): Promise<void> {
    if (filters.length === 0) return;
    await this.#confirmed('the end of the subscription', (done) =>
      this.#client.unsubscribe([...filters], (fault) => done(fault ?? null)),
    );
  }

  /** Resolves when the broker has it (QoS 1) or it was sent (QoS 0); `heard` is false when the broker knows of no listener. */
  async publish(
    topic: string,
    payload: string | Buffer,
    how: { readonly qos: 0 | 1; readonly retain?: boolean },
  ): Promise<{ readonly heard: boolean }> {
    const { qos, retain = false } = how;
    this.#echoes.expect(topic, payload);
    const reason = await this.#confirmed<number>('the message', (done) => {
      this.#client.publish(topic, payload, { qos, retain }, (fault) => {
        if (fault) done(fault);
        else done(null, this.#pubackReason);
      });
    });
    return { heard: qos === 0 || reason !== NO_MATCHING_SUBSCRIBERS };
  }

  /** Says goodbye if there is time; the broker then keeps the will to itself. */
  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.#client.end(true, () => resolve()), CLOSE_TIMEOUT_MS);
      this.#client.end(false, {}, () => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.#client.stream.destroy();
  }

  #hear(client: MqttClient, cut: Map<string, number>): void {
    let isTaken = false;
    client.on('message', (topic, payload, packet) => {
      const cutBytes = payload.length === 0 ? cut.get(topic) : undefined;
      if (cutBytes !== undefined) cut.delete(topic);
      const { retain: retained, dup: repeated, messageId: packetId = 0 } = packet;
      const message = { topic, payload, retained, repeated, packetId, cutBytes };
      // Cut off before its packet id: the library reads on, and fails where nobody can catch it.
      const isBroken = packet.qos > 0 && !(packetId > 0);
      if (isBroken) this.#lose('the broker sent a broken packet');
      isTaken = !this.#isOver && (this.#echoes.isOwn(message) || this.#options.onMessage(message));
    });
    // Called right after `message`; the PUBACK and the next message wait for `done`.
    client.handleMessage = (_packet, done) => {
      if (isTaken) done();
    };
  }

  #lose(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#client.end(true);
    this.#options.onLost(reason);
  }

  #confirmed<T>(what: string, ask: (done: (fault: Error | null, answer?: T) => void) => void): Promise<T> {
    if (this.#isOver) return Promise.reject(new DriverFault('not connected to the broker'));
    const started = this.#options.context.now();
    return new Promise<T>((resolve, reject) => {
      const finish = (fault: Error | null, answer?: T) => {
        clearTimeout(timer);
        this.#client.off('close', broken);
        if (fault)
          reject(fault instanceof DriverFault ? fault : new DriverFault(fault.message, { cause: fault }));
        else {
          this.#options.context.latency(this.#options.context.now() - started);
          resolve(answer as T);
        }
      };
      const broken = () =>
        finish(
          new DriverFault(`the connection broke before the broker confirmed ${what}`, { unanswered: true }),
        );
      const timer = setTimeout(
        () =>
          finish(
            new DriverFault(`the broker did not confirm ${what} within ${CONFIRM_TIMEOUT_MS} ms`, {
              unanswered: true,
            }),
          ),
        CONFIRM_TIMEOUT_MS,
      );
      this.#client.once('close', broken);
      ask(finish);
    });
  }
}
