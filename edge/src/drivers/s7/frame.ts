/** What came in: the S7 message of one or more packets; undefined while bytes are missing; `fault` = not this protocol. */
export type Received =
  | { readonly kind: 'connected' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'data'; readonly message: Buffer }
  | { readonly fault: string }
  | undefined;

/** TPKT header: version 3, reserved, length. [RFC 1006 §6] */
const TPKT_BYTES = 4;
const TPKT_VERSION = 3;
/** A PDU of 960 bytes with its headers fits one packet; no partner sends longer ones than these. */
const MAX_PACKET = 2_048;
/** An S7 message in several packets. */
const MAX_MESSAGE = 4_096;
/** Codes of transport PDUs. [ISO 8073 §13] */
const COTP = {
  connectionRequest: 0xe0,
  connectionConfirm: 0xd0,
  disconnectRequest: 0x80,
  data: 0xf0,
} as const;
/** In a data PDU's third byte: no more of this message follows. */
const END_OF_MESSAGE = 0x80;

/** Asks for a connection to a CPU in a rack and slot. [RFC 1006 §6; ISO 8073 §13.3] */
export function connectionRequest(rack: number, slot: number): Buffer {
  const parameters = Buffer.from([
    ...[0xc0, 1, 0x0a], // packets of at most 2^10 bytes
    ...[0xc1, 2, 0x01, 0x00], // from
    ...[0xc2, 2, 0x01, rack * 32 + slot], // to: programming device's kind of connection, rack and slot
  ]);
  const head = Buffer.from([6 + parameters.length, COTP.connectionRequest, 0, 0, 0, 1, 0]);
  return packet(Buffer.concat([head, parameters]));
}

/** A message as one TPKT with one COTP data unit. [RFC 1006 §6, ISO 8073 §13.7] */
export function dataPacket(message: Buffer): Buffer {
  return packet(Buffer.concat([Buffer.of(2, COTP.data, END_OF_MESSAGE), message]));
}

function packet(body: Buffer): Buffer {
  const head = Buffer.of(TPKT_VERSION, 0, 0, 0);
  head.writeUInt16BE(TPKT_BYTES + body.length, 2);
  return Buffer.concat([head, body]);
}

/** Cuts a stream into messages. Holds at most one packet, what came with it, and the parts of one message. */
export class Framing {
  #held: Buffer = Buffer.alloc(0);
  #parts: Buffer[] = [];

  push(bytes: Buffer): void {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
  }

  /** Bytes are left over that are no whole message. */
  get isMidway(): boolean {
    return this.#held.length > 0 || this.#parts.length > 0;
  }

  next(): Received {
    while (this.#held.length >= TPKT_BYTES) {
      const length = this.#held.readUInt16BE(2);
      if (this.#held[0] !== TPKT_VERSION || length < TPKT_BYTES + 3 || length > MAX_PACKET)
        return { fault: `0x${this.#held.toString('hex', 0, TPKT_BYTES)} is no ISO-on-TCP header` };
      if (this.#held.length < length) return undefined;
      const body = this.#held.subarray(TPKT_BYTES, length);
      this.#held = this.#held.subarray(length);
      const received = this.#transport(body);
      if (received) return received;
    }
    return undefined;
  }

  #transport(body: Buffer): Received {
    const headBytes = (body[0] ?? 0) + 1;
    if (headBytes > body.length || headBytes < 3) return { fault: 'a transport header of wrong length' };
    switch ((body[1] ?? 0) & 0xf0) {
      case COTP.connectionConfirm:
        return { kind: 'connected' };
      case COTP.disconnectRequest:
        return { kind: 'refused' };
      case COTP.data:
        return this.#data(body.subarray(headBytes), ((body[2] ?? 0) & END_OF_MESSAGE) !== 0);
      default:
        return { fault: `transport PDU 0x${body.toString('hex', 1, 2)} does not belong here` };
    }
  }

  #data(part: Buffer, isLast: boolean): Received {
    this.#parts.push(part);
    const total = this.#parts.reduce((sum, { length }) => sum + length, 0);
    if (total > MAX_MESSAGE || this.#parts.length > MAX_MESSAGE) return { fault: 'a message without end' };
    if (!isLast) return undefined;
    const message = Buffer.concat(this.#parts);
    this.#parts = [];
    // Some partners acknowledge with an empty message.
    return message.length === 0 ? undefined : { kind: 'data', message };
  }
}
