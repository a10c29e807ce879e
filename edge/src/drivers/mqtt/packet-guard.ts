import { DriverFault } from '../../driver/index.ts';

/** Births of some ten thousand metrics stay below; MQTT itself would allow 256 MiB, which a gateway has not got. */
export const MAX_PACKET_BYTES = 2_097_152;
/** Type, and a length of at most four bytes. [MQTT-1.5.5-1] */
const MAX_HEADER_BYTES = 5;
const PUBLISH = 3;
/**
 * Packets that a broker may send to a client that subscribes with QoS 0 and 1, and the least that each holds. The library goes
 * on with what is missing in a shorter one, and fails where nobody can catch it.
 */
const LEAST_BYTES: ReadonlyMap<number, number> = new Map([
  [2, 2], // CONNACK
  [PUBLISH, 3],
  [4, 2], // PUBACK
  [9, 3], // SUBACK
  [11, 2], // UNSUBACK
  [13, 0], // PINGRESP
  [14, 0], // DISCONNECT
]);

interface GuardOptions {
  /** 4 = MQTT 3.1.1, 5 = MQTT 5.0. */
  readonly version: 4 | 5;
  readonly maxBytes: number;
  /** A message was too big: it goes on with an empty payload, so that it is acknowledged and does not come for ever. */
  onCut(topic: string, bytes: number): void;
}

/**
 * Bounds what a broker can make the agent keep: the length of each packet is looked at before any of it is collected. An MQTT 5
 * broker was told the limit [MQTT-3.1.2-24] and is dropped when it disobeys; with 3.1.1 the message loses its payload on the way.
 */
export class PacketGuard {
  readonly #options: GuardOptions;
  #head: Buffer = Buffer.alloc(0);
  #passing = 0;
  #skipping = 0;

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  feed(chunk: Buffer): Buffer {
    const out: Buffer[] = [];
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#passing > 0) {
        out.push(rest.subarray(0, this.#passing));
        rest = this.#take('passing', rest);
      } else if (this.#skipping > 0) rest = this.#take('skipping', rest);
      else rest = this.#collect(rest, out);
    }
    return out.length === 1 && out[0] ? out[0] : Buffer.concat(out);
  }

  #take(what: 'passing' | 'skipping', rest: Buffer): Buffer {
    const left = what === 'passing' ? this.#passing : this.#skipping;
    const taken = Math.min(left, rest.length);
    if (what === 'passing') this.#passing -= taken;
    else this.#skipping -= taken;
    return rest.subarray(taken);
  }

  /** Until the head of the packet is whole; it never holds more than a topic. */
  #collect(rest: Buffer, out: Buffer[]): Buffer {
    const wanted = this.#wanted();
    const taken = rest.subarray(0, wanted - this.#head.length);
    this.#head = Buffer.concat([this.#head, taken]);
    const fixed = readFixedHeader(this.#head);
    if (fixed) checkHeader(fixed);
    if (fixed && this.#head.length === this.#wanted()) {
      if (fixed.length > this.#options.maxBytes) this.#cut(fixed, out);
      else {
        out.push(this.#head);
        this.#passing = fixed.length;
        this.#head = Buffer.alloc(0);
      }
    }
    return rest.subarray(taken.length);
  }

  /** Bytes of the head as far as they are known now. */
  #wanted(): number {
    const fixed = readFixedHeader(this.#head);
    if (!fixed) return this.#head.length + 1;
    if (fixed.length <= this.#options.maxBytes) return fixed.bytes;
    if (fixed.type !== PUBLISH || this.#options.version === 5)
      throw tooBig(fixed.length, this.#options.maxBytes);
    if (this.#head.length < fixed.bytes + 2) return fixed.bytes + 2;
    const topic = this.#head.readUInt16BE(fixed.bytes);
    return fixed.bytes + 2 + topic + (fixed.qos > 0 ? 2 : 0);
  }

  #cut(fixed: FixedHeader, out: Buffer[]): void {
    const variable = this.#head.subarray(fixed.bytes);
    if (variable.length > fixed.length) throw new DriverFault('the broker sent a broken packet');
    this.#options.onCut(variable.subarray(2, 2 + variable.readUInt16BE(0)).toString('utf8'), fixed.length);
    out.push(Buffer.concat([Buffer.of(this.#head[0] ?? 0), encodeLength(variable.length), variable]));
    this.#skipping = fixed.length - variable.length;
    this.#head = Buffer.alloc(0);
  }
}

interface FixedHeader {
  readonly type: number;
  readonly qos: number;
  /** Of the fixed header itself. */
  readonly bytes: number;
  /** Of all that follows it. */
  readonly length: number;
}

function readFixedHeader(head: Buffer): FixedHeader | undefined {
  let length = 0;
  for (let at = 1; at < Math.min(head.length, MAX_HEADER_BYTES); at++) {
    const byte = head[at] ?? 0;
    length += (byte & 0x7f) * 128 ** (at - 1);
    if (byte < 0x80) {
      const first = head[0] ?? 0;
      return { type: first >> 4, qos: (first >> 1) & 3, bytes: at + 1, length };
    }
  }
  if (head.length >= MAX_HEADER_BYTES) throw new DriverFault('what answers there does not speak MQTT');
  return undefined;
}

function checkHeader({ type, qos, length }: FixedHeader): void {
  const least = LEAST_BYTES.get(type);
  if (least === undefined || length < least || (type === PUBLISH && qos > 1))
    throw new DriverFault('the broker sent a packet that does not belong there');
}

function encodeLength(length: number): Buffer {
  const bytes: number[] = [];
  let rest = length;
  do {
    const more = rest >= 128;
    bytes.push((rest % 128) + (more ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.from(bytes);
}

function tooBig(bytes: number, limit: number): DriverFault {
  return new DriverFault(`the broker sent a packet of ${bytes} bytes; the limit is ${limit}`);
}
